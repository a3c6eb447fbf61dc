// The commands of `dure fleet`, like those of commands.h.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace dure::cli {

struct FleetWhyOptions {
  std::string run;
  std::optional<std::string> job;      // name or number; none: a list of those that wait
  std::optional<std::string> account;  // of the list: its path, or its name if only one has it
  int64_t top = 20;                    // of the list
  std::optional<std::string> at;
  std::string horizon = "30d";
  bool quiet = false;
};
Result<int> fleet_why_command(const FleetWhyOptions& options);

}  // namespace dure::cli
