// dure fleet metrics
#include "apps/cli/fleet_metrics.h"

#include "apps/cli/commands.h"
#include "apps/cli/fleet_run.h"
#include "apps/cli/places.h"
#include "worlds/fleet/prometheus.h"

namespace dure::cli {

Result<int> fleet_metrics_command(const FleetMetricsOptions& options) {
  if (options.out) DURE_CHECK(check_out_file(*options.out));
  DURE_TRY(const FleetRun run, find_fleet_run(options.run));
  DURE_TRY(const std::unique_ptr<Session> session, run.open_at(options.at, options.quiet));
  const std::string text = fleet::prometheus_text(fleet_of(*session));
  DURE_CHECK(write_or_print(options.out, text));
  return kOk;
}

}  // namespace dure::cli
