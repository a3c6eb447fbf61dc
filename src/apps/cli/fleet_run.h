// A run of the fleet, found and its scenario read, for commands that look at its state.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/cli/execute.h"
#include "apps/cli/scenario_file.h"
#include "worlds/fleet/rules.h"

namespace dure::cli {

using FleetSession = SessionOf<fleet::World, fleet::Rules>;

struct FleetRun {
  RunFolder folder;
  RunRecord record;
  ScenarioFile file;

  // At its start.
  Result<std::unique_ptr<Session>> open() const;
  // At its last snapshot; or at the time of --at, run on from there, or from the start if that was
  // before.
  Result<std::unique_ptr<Session>> open_at(const std::optional<std::string>& at, bool quiet) const;
};

// `name`: a folder, the run's name or the start of it, or "last". An Error where it is another
// world's.
Result<FleetRun> find_fleet_run(const std::string& name);

inline const fleet::World& fleet_of(const Session& session) {
  return static_cast<const FleetSession&>(session).world();
}

}  // namespace dure::cli
