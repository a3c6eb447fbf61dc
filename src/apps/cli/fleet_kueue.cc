// dure fleet kueue
#include "apps/cli/fleet_kueue.h"

#include "apps/cli/commands.h"
#include "apps/cli/fab_scenario.h"
#include "apps/cli/places.h"
#include "apps/cli/scenario_file.h"
#include "base/text.h"
#include "worlds/fleet/account_keys.h"
#include "worlds/fleet/kueue.h"
#include "worlds/fleet/scenario.h"

namespace dure::cli {

Result<int> fleet_kueue_command(const FleetKueueOptions& options) {
  if (options.out) DURE_CHECK(check_out_file(*options.out));
  DURE_TRY(const ScenarioFile file, load_scenario(options.scenario, {{}, {}, options.set}));
  if (file.kind->name != "fleet") {
    return Error{.message = "expected a scenario of world \"fleet\", found one of " +
                            dure::quoted(file.kind->name),
                 .file = file.file};
  }
  DURE_TRY(const fleet::Scenario scenario, fleet::read_scenario(file.config, file.folder));
  const fleet::Model& m = *scenario.model;
  if (!m.has_quotas()) {
    return Error{.message =
                     "expected an [[account]] with a quota, found none: without quotas "
                     "everybody may take what is free, and there is nothing to tell Kueue",
                 .file = file.file};
  }
  Time at = m.start;
  if (options.at) {
    DURE_TRY(at, parse_moment(*options.at, m.start, "--at"));
  }
  std::optional<fleet::ReclaimOptions> reclaim;
  if (scenario.rules.reclaim) reclaim = scenario.rules.reclaim_options;
  const std::string text = fleet::kueue_yaml(fleet::account_keys_of(m), at, reclaim);
  DURE_CHECK(write_or_print(options.out, text));
  return kOk;
}

}  // namespace dure::cli
