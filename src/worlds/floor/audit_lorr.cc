#include "worlds/floor/audit_lorr.h"

#include <numeric>

#include "worlds/floor/audit_lorr_parts.h"

namespace dure::floor {
namespace {

bool all_late(std::string_view moves) {
  return moves.find_first_not_of('T') == std::string_view::npos;
}

void step(LorrFindings& found, LorrMoveReplay& moves, LorrTaskReplay& tasks) {
  const size_t robots = found.problem.robots(), row = (found.time - 1) * robots;
  const std::string_view actual = std::string_view(found.out.actual).substr(row, robots);
  const std::string_view planned =
      found.out.planned ? std::string_view(*found.out.planned).substr(row, robots) : actual;
  const bool late = all_late(actual) && all_late(planned);
  found.audit.late_steps += late;
  moves.step(planned, actual);
  tasks.step(late, moves.cells());
}

}  // namespace

const char* name_of(LorrViolation::Kind kind) {
  constexpr const char* names[] = {"START", "MOVE", "PLAN", "SCHED", "TASKS", "EVENTS", "COUNT"};
  return names[static_cast<size_t>(kind)];
}

uint64_t LorrAudit::count() const { return std::accumulate(counts.begin(), counts.end(), 0ULL); }

Result<LorrAudit> audit_lorr(const LorrProblem& problem, const LorrOutputFile& output,
                             const LorrAuditOptions& options) {
  if (problem.ticks_per_move > 1 || problem.delays.events != Delays::Events::none) {
    return Error{.message =
                     "expected a problem of the 2024 rules, found one with the 2026 rules' "
                     "agentCounter or delayConfig, which cannot be audited",
                 .file = problem.name};
  }
  LorrFindings found{problem, output, options};
  found.audit.steps = output.steps;
  LorrMoveReplay moves(found);
  if (!moves.check_start()) return std::move(found.audit);
  LorrTaskReplay tasks(found);
  moves.begin();
  tasks.begin();
  for (found.time = 1; found.time <= output.steps; ++found.time) step(found, moves, tasks);
  compare_reported(found, moves, tasks);
  return std::move(found.audit);
}

}  // namespace dure::floor
