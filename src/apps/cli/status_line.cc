#include "apps/cli/status_line.h"

#include <cstdio>

#include "apps/cli/terminal.h"

namespace dure::cli {
namespace {

constexpr double kRedraw_s = 0.1;
constexpr double kLogLine_s = 10;

double seconds_between(std::chrono::steady_clock::time_point a,
                       std::chrono::steady_clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

}  // namespace

StatusLine::StatusLine(bool quiet)
    : quiet_(quiet), terminal_(stderr_is_terminal()), began_(Clock::now()), last_(began_) {}

double StatusLine::elapsed_s() const { return seconds_between(began_, Clock::now()); }

bool StatusLine::due() {
  if (quiet_) return false;
  const Clock::time_point now = Clock::now();
  if (seconds_between(last_, now) < (terminal_ ? kRedraw_s : kLogLine_s)) return false;
  last_ = now;
  return true;
}

void StatusLine::draw(std::string line) {
  if (terminal_) {
    line = "\r" + cut_to(line, terminal_width() - 1) + "\033[K";
    drawn_ = true;
  } else {
    line += '\n';
  }
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

void StatusLine::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace dure::cli
