// dure floor audit
#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/floor_commands.h"
#include "apps/cli/terminal.h"
#include "base/text.h"
#include "worlds/floor/audit_lorr.h"
#include "worlds/floor/read_lorr.h"

namespace dure::cli {

Result<int> floor_audit_command(const FloorAuditOptions& options) {
  constexpr size_t kShown = 20;
  DURE_TRY(const floor::LorrProblem problem, floor::read_lorr(options.problem));
  DURE_TRY(const floor::LorrOutputFile output, floor::read_lorr_output(options.output));
  floor::LorrAuditOptions how;
  how.steps = options.steps;
  how.most = kShown;
  const Result<floor::LorrAudit> audit = floor::audit_lorr(problem, output, how);
  if (!audit) {
    Error error = audit.error();
    error.file = options.problem;
    return error;
  }

  std::string text;
  for (const floor::LorrViolation& v : audit->violations)
    text += fmt::format("{:<6}  {}\n", floor::name_of(v.kind), v.text);
  const uint64_t count = audit->count();
  if (count > audit->violations.size())
    text += fmt::format("... and {} more\n",
                        with_commas(static_cast<int64_t>(count - audit->violations.size())));
  for (const std::string& note : audit->notes) text += "note: " + note + '\n';
  const auto commas = [](uint64_t n) { return with_commas(static_cast<int64_t>(n)); };
  text += fmt::format("{}, {}, {}, {} finished\n", counted(problem.robots(), "robot"),
                      counted(audit->steps, "step"), counted(audit->errands, "errand"),
                      counted(audit->finished, "task"));
  text += fmt::format("planner errors {}, schedule errors {}, late steps {}\n",
                      commas(audit->planner_errors), commas(audit->schedule_errors),
                      commas(audit->late_steps));
  text += count == 0 ? "no violations\n" : counted(count, "violation") + '\n';
  print(text);
  return count == 0 ? kOk : kFailed;
}

}  // namespace dure::cli
