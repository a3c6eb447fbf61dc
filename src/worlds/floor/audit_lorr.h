// An auditor of runs under the rules of the League of Robot Runners 2024 (Start-Kit v2.1.2): it
// replays an output file from the problem alone and recomputes all that counts. It shares no code
// with the world, so that a mistake there does not excuse itself.
//
//   start   team size, start cells and headings
//   move    actualPaths: walls, the map's edge, shared cells, exchanges
//   plan    actualPaths and errors follow from plannerPaths
//   sched   tasks are in the pool, have one robot, stay when opened; actualSchedule and
//           scheduleErrors follow from plannerSchedule
//   tasks   ids, errands and reveal times
//   events  every errand done: time, robot, task, number
//   count   finished tasks, errors, late steps
//
// Errors of a planner or scheduler are no violations, if what must follow from them does. A key
// that the file lacks is not checked. Left out: the 2026 rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/floor/lorr_output_file.h"
#include "worlds/floor/lorr_problem.h"

namespace dure::floor {

struct LorrViolation {
  enum class Kind : uint8_t { start, move, plan, sched, tasks, events, count };
  static constexpr size_t kKinds = 7;

  Kind kind = Kind::start;
  std::string text;  // "time 12: robots 3 and 5 share row 2, column 7"
};
const char* name_of(LorrViolation::Kind kind);  // "START"

struct LorrAudit {
  std::vector<LorrViolation> violations;  // the first of them
  std::array<uint64_t, LorrViolation::kKinds> counts{};
  std::vector<std::string> notes;  // worth knowing, no violation
  // By the replay.
  uint32_t steps = 0;
  uint64_t finished = 0, errands = 0;
  uint64_t planner_errors = 0, schedule_errors = 0, late_steps = 0;

  uint64_t count() const;
  uint64_t count(LorrViolation::Kind kind) const { return counts[static_cast<size_t>(kind)]; }
};

struct LorrAuditOptions {
  std::optional<uint32_t> steps;  // that the run must have
  size_t most = 1000;             // violations kept
};

// An Error when the problem is one of other rules.
Result<LorrAudit> audit_lorr(const LorrProblem& problem, const LorrOutputFile& output,
                             const LorrAuditOptions& options = {});

}  // namespace dure::floor
