// dure run
#include <cstdio>

#include <unistd.h>

#include "apps/cli/commands.h"
#include "apps/cli/execute.h"
#include "apps/cli/places.h"
#include "apps/cli/scenario_file.h"
#include "apps/cli/wall_clock.h"
#include "base/digest.h"
#include "base/file.h"

namespace dure::cli {
namespace {

std::string resolved_text(const ScenarioFile& scenario) {
  return "# What ran, with everything that flags changed. From " + scenario.file + ".\n" +
         scenario.config.text();
}

}  // namespace

Result<int> run_command(const RunOptions& options) {
  DURE_TRY(const ScenarioFile scenario,
           load_scenario(options.scenario, {options.policy, options.seed, options.set}));
  DURE_TRY(const std::unique_ptr<Session> session,
           scenario.kind->open(scenario.config, scenario.folder));
  RunRecord record;
  if (options.until) {
    DURE_TRY(record.until, parse_until(*options.until, *session));
  }

  // All input is good: only now is anything written.
  DURE_TRY(const RunFolder folder, make_run_folder(options.out, scenario.name));
  record.id = folder.id();
  record.title = scenario.title();
  record.scenario = scenario.name;
  record.world = scenario.kind->name;
  record.policy = session->policy();
  record.folder = scenario.folder;
  record.command = options.command;
  record.version = version();
  record.started = utc_now();
  record.model = digest_text(session->model_digest());
  record.seed = scenario.head.seed;
  record.recorded = !options.no_record;
  DURE_TRY(const RunLock lock, RunLock::take(folder));
  DURE_CHECK(write_file_atomic(folder.scenario_file(), resolved_text(scenario)));
  return execute(folder, record, *session, std::nullopt, options.pace);
}

}  // namespace dure::cli
