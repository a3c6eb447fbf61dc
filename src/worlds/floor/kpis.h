// What a floor measures while it runs, from the end of the warm-up on.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "kernel/metrics.h"

namespace dure::floor {

// What a robot does; turning counts as driving. In steps a robot is idle, drives or waits.
enum class RobotState : uint8_t {
  idle,          // nothing to do
  drive_empty,   // without a task's load
  drive_loaded,  // between a task's first stop and its last
  wait,          // on its way, but standing: others are in the way, or the planner lets it wait
  service,       // at a stop of its task
  charge,
  stale,  // stands because its command is too old
  down,   // failed, or its battery is empty
};
inline constexpr size_t kRobotStates = 8;
const char* name_of(RobotState state);  // "drive empty"

// How often something happened in equal intervals, in bounded memory: when `capacity` intervals
// are full, neighbours merge.
class Counts {
 public:
  Counts() = default;
  Counts(Time start, Duration interval, uint32_t capacity);
  void add(Time now);
  Time start() const { return start_; }
  Duration interval() const { return interval_; }
  const std::vector<uint32_t>& counts() const { return counts_; }
  // Of a state that was read: whether it can be.
  bool consistent(Time start) const {
    return start_ == start && interval_.ns > 0 && capacity_ >= 2 && capacity_ <= 1u << 20 &&
           capacity_ % 2 == 0 && counts_.size() <= capacity_;
  }

  void fields(auto& visit) { visit(start_, interval_, capacity_, counts_); }

 private:
  Time start_;
  Duration interval_{1'000'000'000};
  uint64_t capacity_ = 2;
  std::vector<uint32_t> counts_;
};

struct Film {
  struct Spot {
    int32_t x_mm = 0, y_mm = 0;
    uint16_t heading = 0;
    uint16_t state = 0;  // RobotState
  };
  Time start;  // of the first frame
  Duration interval;
  uint64_t capacity = 0;    // frames
  std::vector<Spot> spots;  // [frames x robots]

  void fields(auto& visit) { visit(start, interval, capacity, spots); }
};

// Whether a robot gets on: while it has a goal and is not there, it has got on since `since` if it
// has come nearer to the goal in a straight line than ever before, or is three cells (of a road
// map: any way at all) from where it was then. So waiting counts as a deadlock, and so does moving
// to and fro or aside again and again; going round a larger block for ever does not. Time that a
// robot is down or stands for a stale command does not count.
struct Course {
  Time since;               // never(): it counts as a deadlock until it gets on
  uint32_t from = ~0u;      // vertex where it was then; ~0: not looked at since it has its goal
  uint32_t nearest_mm = 0;  // to its goal
};

struct Kpis {
  uint64_t released = 0;  // tasks
  uint64_t done = 0;
  uint64_t errands = 0;  // stops of tasks done
  uint64_t with_due = 0, on_time = 0;
  Quantiles pickup;                            // ns from release until a robot is at the first stop
  Quantiles completion;                        // ns from release to done
  Quantiles tardiness;                         // ns, of those with a due time; 0 when on time
  std::array<double, kRobotStates> state_s{};  // robot-seconds up to each robot's last change
  double empty_m = 0, loaded_m = 0;            // driven
  double energy_wh = 0;                        // drawn from batteries
  double charged_wh = 0;
  uint64_t moves = 0, turns = 0;
  uint64_t safety_stops = 0;  // for a stale command
  uint64_t old_commands = 0;  // received after a newer one, and ignored
  uint64_t failures = 0;
  uint64_t towed = 0;      // batteries run empty
  uint64_t deadlocks = 0;  // robots that did not get on for Model::jam_after (see Course)
  // Robots that came to a place taken up by another, or passed one on a lane; looked for where they
  // are, not where they may go: above 0 this program is wrong. Of the whole run, warm-up and all.
  uint64_t collisions = 0;
  uint64_t move_faults = 0;      // joint moves that were not valid
  uint64_t order_faults = 0;     // assignments that were not valid
  uint64_t delays = 0;           // robots hit by Model::delays
  uint64_t decisions = 0;        // questions answered
  std::vector<uint32_t> visits;  // [vertices] how often entered
  std::vector<uint32_t> waited;  // [vertices] how long robots waited there, in wait_unit
  Duration wait_unit{10'000'000};
  Counts done_over_time;
  Series live_over_time;  // tasks released and not done
  Film film;
  Time since;  // end of the warm-up, or start

  void fields(auto& visit) {
    visit(released, done, errands, with_due, on_time, pickup, completion, tardiness, state_s,
          empty_m, loaded_m, energy_wh, charged_wh, moves, turns, safety_stops, old_commands,
          failures, towed, deadlocks, collisions, move_faults, order_faults, delays, decisions,
          visits, waited, wait_unit, done_over_time, live_over_time, film, since);
  }
};

}  // namespace dure::floor
