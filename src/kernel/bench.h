// Performance figures: a file x.perf.cc beside the code registers them with DURE_BENCH; `dure
// bench` runs them and prints one row each: figure, unit, goal, peer, ratio. Times are user CPU
// seconds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure {

struct PeerResult {
  std::string name;       // "ns-3 3.37, HeapScheduler"
  double value = 0;       // in the figure's unit
  double goal_ratio = 0;  // how many times better than the peer we want to be; 0 = no goal
};

struct Figure {
  std::string what;  // "hold, 10,000 pending"
  std::string unit;  // "M events/s"
  double value = 0;
  double goal = 0;               // 0 = no goal
  bool higher_is_better = true;  // false for times and memory
  std::optional<PeerResult> peer = {};
  std::string note = {};  // what the peer does that we do not, the size of the work

  bool met() const {
    const bool own = goal == 0 || (higher_is_better ? value >= goal : value <= goal);
    return own && (!peer || peer->goal_ratio == 0 || ratio() >= peer->goal_ratio);
  }
  // how many times better than the peer
  double ratio() const {
    if (!peer || peer->value == 0 || value == 0) return 0;
    return higher_is_better ? value / peer->value : peer->value / value;
  }
};

struct BenchContext {
  std::string data_folder;   // reference data; may not exist
  std::string peers_folder;  // built peers, "" when there are none
  std::string peers_source;  // bench/peers, for scripts
  bool smoke = false;        // one tiny repetition: does it run at all
};

struct Bench {
  const char* name;  // as on the command line, "hold"
  const char* what;  // one line
  Result<std::vector<Figure>> (*run)(const BenchContext&);
};

std::vector<Bench>& benches();

struct BenchRegistration {
  explicit BenchRegistration(Bench bench) { benches().push_back(bench); }
};

// User CPU seconds of this process so far.
double user_cpu_s();
// CPU seconds, user and system, of the calling thread.
double thread_cpu_s();
// The least of `repeats` runs of work(), in user CPU seconds.
double best_cpu_s(int repeats, const std::function<void()>& work);
// Peak resident memory of this process, MiB.
double peak_memory_mib();
// Keeps the compiler from dropping work whose result nobody reads.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// One JSON line of a peer program: {"peer":"ns-3","version":"3.37","rate_per_s":1e6,"cpu_s":1.2}.
struct PeerLine {
  std::string peer, version, note;
  double rate_per_s = 0;
  double cpu_s = 0;
};
// Runs a peer (program and arguments) and reads its line; nothing when it is not installed or
// fails.
std::optional<PeerLine> run_peer(const std::vector<std::string>& command);

}  // namespace dure

#define DURE_BENCH(name, what, function) \
  static const ::dure::BenchRegistration DURE_CONCAT(dure_bench_, __LINE__)({name, what, function})
