#include "apps/cli/interrupt.h"

#include <atomic>
#include <csignal>

namespace dure::cli {
namespace {

// Read by every thread that runs something.
std::atomic<int> caught = 0;
static_assert(std::atomic<int>::is_always_lock_free, "set in a signal handler");

void note(int signal) { caught = signal; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int interrupted() { return caught; }

}  // namespace dure::cli
