// dure fleet metrics
#include "apps/cli/fleet_metrics.h"

#include "apps/cli/checkpoint.h"
#include "apps/cli/commands.h"
#include "apps/cli/execute.h"
#include "apps/cli/scenario_file.h"
#include "apps/cli/terminal.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/prometheus.h"
#include "worlds/fleet/rules.h"

namespace dure::cli {

Result<int> fleet_metrics_command(const FleetMetricsOptions& options) {
  DURE_TRY(const RunFolder folder, find_run(options.run));
  DURE_TRY(const RunRecord record, read_record(folder));
  if (record.world != "fleet") {
    return Error{
        .message = "expected a run of world \"fleet\", found one of " + dure::quoted(record.world),
        .file = folder.path};
  }
  DURE_TRY(const ScenarioFile file, load_scenario_file(folder.scenario_file(), record.folder));
  DURE_TRY(const std::unique_ptr<Session> session, file.kind->open(file.config, file.folder));
  DURE_CHECK(check_model(folder, record, *session));
  DURE_TRY(const std::optional<Checkpoint> checkpoint, load_checkpoint(folder, *session));
  if (!checkpoint) return Error{.message = "the run has no snapshot yet", .file = folder.path};
  const auto* fleet = dynamic_cast<SessionOf<fleet::World, fleet::Rules>*>(session.get());
  DURE_ASSERT(fleet != nullptr, "a session of a fleet");
  const std::string text = fleet::prometheus_text(fleet->world());
  if (options.out) {
    DURE_CHECK(write_file_atomic(*options.out, text));
  } else {
    print(text);
  }
  return kOk;
}

}  // namespace dure::cli
