// Where the futures of a what-if begin: a scenario's line after some time, a run's last snapshot,
// or the line as CSV files tell it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/fab_commands.h"
#include "apps/cli/scenario_file.h"
#include "worlds/fab/rules.h"
#include "worlds/fab/world.h"

namespace dure::cli {

struct FabStart {
  ScenarioFile file;
  std::string policy_name;
  fab::RuleOptions rules;
  std::unique_ptr<fab::World> world;
  Time at;                         // it must be run to
  std::vector<std::string> names;  // of the lots, by slot, when they came from files
  std::string about;               // what was read

  bool ready() const { return world->now() >= at; }
  void run(bool quiet);
  uint32_t find_lot(const std::string& name) const;
  std::vector<std::string> lot_names() const;
};

Result<FabStart> prepare_start(const FabWhatIfOptions& options);

}  // namespace dure::cli
