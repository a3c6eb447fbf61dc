// dure fleet kueue: a scenario's accounts as Kueue's objects (worlds/fleet/kueue.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::cli {

struct FleetKueueOptions {
  std::string scenario;
  std::vector<std::string> set;    // key=value
  std::optional<std::string> at;   // quotas of this time; none: of the start
  std::optional<std::string> out;  // a file; none: standard output
};
Result<int> fleet_kueue_command(const FleetKueueOptions& options);

}  // namespace dure::cli
