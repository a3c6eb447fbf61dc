// The commands of `dure fab`, like those of commands.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::cli {

// What all of them can say about the scenario.
struct FabOptions {
  std::string scenario;
  std::vector<std::string> policy;
  std::optional<std::string> seed;
  std::vector<std::string> set;
  std::optional<std::string> out;  // folder
  unsigned threads = 0;            // 0: one for each processor
  bool quiet = false;
  std::string command;  // as typed, for the report
};

struct FabWhatIfOptions {
  FabOptions common;
  // Where the futures begin: one of these, or the end of the warm-up.
  std::optional<std::string> at, start;
  std::optional<std::string> line, events, until;
  // What is changed.
  std::vector<std::string> tool_down, tool_up, group_down, release, hot_lot;
  std::optional<std::string> rule, batch;
  std::string horizon = "14d";
  uint32_t futures = 20;
};
Result<int> fab_whatif_command(const FabWhatIfOptions& options);

struct ReplicateOptions {
  FabOptions common;
  uint32_t n = 10;
  bool seeds = false;  // a line for each
};
Result<int> fab_replicate_command(const ReplicateOptions& options);

struct SweepOptions {
  FabOptions common;
  std::string load = "0.7,0.8,0.9,0.95,1.0";
  uint32_t n = 3;
};
Result<int> fab_sweep_command(const SweepOptions& options);

struct SnapshotOptions {
  FabOptions common;
  std::string at;
  std::optional<std::string> events;  // for so long after it
};
Result<int> fab_snapshot_command(const SnapshotOptions& options);

struct ConvertOptions {
  std::string from;  // a folder of tables, or a scenario
  std::string out;   // a file
  std::optional<std::string> name;
  std::string end = "365d";
  bool half_spread = false, first_together = false, interrupt = false;
};
Result<int> fab_convert_command(const ConvertOptions& options);

}  // namespace dure::cli
