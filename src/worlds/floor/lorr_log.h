// What a run under the rules of the League of Robot Runners 2024 did, step by step, and its output
// file: the JSON of Start-Kit v2.1.2, which the contest's viewer and auditors read.
//
// Memory: one byte for each robot and step, and twelve for each change of an assignment. Left out:
// late steps (numEntryTimeouts is 0), and what Start-Kit v2.0.0 alone wrote (sumOfCost, AllValid).
//
//   LorrLog log(problem.robots(), problem.pool());
//   log.add({.proposed = ..., .executed = ..., .tasks = ..., .done = ...});  // each step
//   DURE_CHECK(write_lorr_output("output.json", problem, log, planner_s));
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/floor/lorr_problem.h"
#include "worlds/floor/model.h"
#include "worlds/floor/plan.h"

namespace dure::floor {

// Why a joint move was not made: all robots waited.
struct LorrMoveError {
  enum class Kind : uint8_t {
    unallowed,  // off the map or onto a blocked cell
    vertex,     // two robots on a cell
    edge,       // two robots exchange their cells
    size,       // not a move for each robot
  };
  Kind kind = Kind::unallowed;
  uint32_t robot = kNone;
  uint32_t other = kNone;  // the lower one of two
};

// Why a proposed schedule was not taken: all assignments stayed.
struct LorrScheduleError {
  enum class Kind : uint8_t {
    finished,   // not in the pool
    duplicate,  // of a lower robot too
    opened,     // the robot's own task is opened and must stay
    size,       // not a task for each robot
  };
  Kind kind = Kind::finished;
  uint32_t task = kNone;
  uint32_t robot = kNone;
  uint32_t other = kNone;
};

// The words of the output file.
const char* lorr_text(LorrMoveError::Kind kind);
const char* lorr_text(LorrScheduleError::Kind kind);

// An errand that was done.
struct LorrDone {
  uint32_t robot = 0;
  uint32_t task = 0;
  uint32_t errand = 0;  // from 1
};

struct LorrStep {
  std::span<const Move> proposed;  // [robots]; shorter when the planner gave fewer
  std::span<const Move> executed;  // [robots]
  std::optional<LorrMoveError> move_error;
  std::span<const uint32_t> tasks;  // [robots] proposed, kNone: none
  std::optional<LorrScheduleError> schedule_error;
  std::span<const LorrDone> done;  // by robot
  uint64_t revealed = 0;           // tasks, up to the step's end
};

class LorrLog {
 public:
  struct Change {  // of what a robot was proposed or given
    uint32_t time = 0, robot = 0, task = 0;
  };
  template <class What>
  struct At {
    uint32_t time = 0;  // end of the step, from 1
    What what;
  };

  // `revealed`: tasks known before the first step.
  LorrLog(uint32_t robots, uint64_t revealed);

  void add(const LorrStep& step);

  uint32_t robots() const { return robots_; }
  uint32_t steps() const { return steps_; }
  size_t bytes() const;  // of memory

  // [steps x robots] what was proposed, plus 16 times what was executed: a Move, or kNoMove for
  // what is none.
  static constexpr uint8_t kNoMove = 4;
  std::span<const uint8_t> moves() const { return moves_; }
  // By time, then robot.
  std::span<const Change> proposals() const { return proposed_.changes; }
  std::span<const Change> assignments() const { return given_.changes; }
  std::span<const At<LorrMoveError>> move_errors() const { return move_errors_; }
  std::span<const At<LorrScheduleError>> schedule_errors() const { return schedule_errors_; }
  std::span<const At<LorrDone>> done() const { return done_; }
  std::span<const uint32_t> revealed() const { return revealed_; }  // [tasks] time
  std::span<const uint32_t> busy() const { return busy_; }  // [robots] steps with a task proposed

 private:
  struct Schedule {
    std::vector<uint32_t> last;  // [robots] task; empty before the first step
    std::vector<Change> changes;

    void see(std::span<const uint32_t> tasks, uint32_t time);
  };

  uint32_t robots_, steps_ = 0;
  std::vector<uint8_t> moves_;
  Schedule proposed_, given_;
  std::vector<uint32_t> busy_;
  std::vector<At<LorrMoveError>> move_errors_;
  std::vector<At<LorrScheduleError>> schedule_errors_;
  std::vector<At<LorrDone>> done_;
  std::vector<uint32_t> revealed_;
};

// The output's text. `planner_s`: wall time of each call of the planner.
std::string lorr_output(const LorrProblem& problem, const LorrLog& log,
                        std::span<const double> planner_s);
Result<void> write_lorr_output(const std::string& path, const LorrProblem& problem,
                               const LorrLog& log, std::span<const double> planner_s);

}  // namespace dure::floor
