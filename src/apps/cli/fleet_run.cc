#include "apps/cli/fleet_run.h"

#include "apps/cli/checkpoint.h"
#include "base/text.h"

namespace dure::cli {

Result<FleetRun> find_fleet_run(const std::string& name) {
  FleetRun run;
  DURE_TRY(run.folder, find_run(name));
  DURE_TRY(run.record, read_record(run.folder));
  if (run.record.world != "fleet") {
    return Error{.message = "expected a run of world \"fleet\", found one of " +
                            dure::quoted(run.record.world),
                 .file = run.folder.path};
  }
  DURE_TRY(run.file, load_scenario_file(run.folder.scenario_file(), run.record.folder));
  return run;
}

Result<std::unique_ptr<Session>> FleetRun::open() const {
  DURE_TRY(std::unique_ptr<Session> session, file.kind->open(file.config, file.folder));
  DURE_ASSERT(dynamic_cast<FleetSession*>(session.get()) != nullptr, "a session of a fleet");
  DURE_CHECK(check_model(folder, record, *session));
  return session;
}

}  // namespace dure::cli
