// dure resume
#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/execute.h"
#include "apps/cli/scenario_file.h"
#include "apps/cli/terminal.h"

namespace dure::cli {
namespace {

int ended(const RunFolder& folder, const RunRecord& record) {
  print(fmt::format("{} has ended; its report is {}\n", record.id, folder.report_file()));
  return kOk;
}

}  // namespace

Result<int> resume_command(const ResumeOptions& options) {
  DURE_TRY(const RunFolder folder, find_run(options.run));
  DURE_TRY(RunRecord record, read_record(folder));
  if (record.status == RunStatus::done) return ended(folder, record);
  DURE_TRY(const RunLock lock, RunLock::take(folder));
  DURE_TRY(record, read_record(folder));  // another process may just have ended it
  if (record.status == RunStatus::done) return ended(folder, record);
  DURE_TRY(const ScenarioFile scenario, load_scenario_file(folder.scenario_file(), record.folder));
  DURE_TRY(const std::unique_ptr<Session> session,
           scenario.kind->open(scenario.config, scenario.folder));
  DURE_CHECK(check_model(folder, record, *session));
  DURE_TRY(const std::optional<Checkpoint> from, load_checkpoint(folder, *session));
  return execute(folder, record, *session, from, options.pace);
}

}  // namespace dure::cli
