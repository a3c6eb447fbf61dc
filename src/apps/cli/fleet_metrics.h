// dure fleet metrics: a run's state as Prometheus text (worlds/fleet/prometheus.h).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace dure::cli {

struct FleetMetricsOptions {
  std::string run;                 // folder, name or the start of it, or "last"
  std::optional<std::string> at;   // see FleetRun::open_at()
  std::optional<std::string> out;  // a file; none: standard output
  bool quiet = false;
};
Result<int> fleet_metrics_command(const FleetMetricsOptions& options);

}  // namespace dure::cli
