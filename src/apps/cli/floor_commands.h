// The commands of `dure floor`, like those of commands.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::cli {

struct FloorLorrOptions {
  std::string problem;  // JSON
  uint32_t steps = 1000;
  std::vector<std::string> policy;
  std::optional<uint64_t> budget;
  std::optional<std::string> out;  // file
  uint64_t seed = 1;
  bool quiet = false;
};
Result<int> floor_lorr_command(const FloorLorrOptions& options);

struct FloorAuditOptions {
  std::string problem, output;
  std::optional<uint32_t> steps;
};
Result<int> floor_audit_command(const FloorAuditOptions& options);

struct FloorMapfOptions {
  std::string map, scen;
  uint32_t agents = 0;
  uint64_t budget = 0;
  std::optional<std::string> out;  // file
  uint64_t seed = 1;
  bool quiet = false;
};
Result<int> floor_mapf_command(const FloorMapfOptions& options);

}  // namespace dure::cli
