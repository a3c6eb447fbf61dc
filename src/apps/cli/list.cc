// dure list
#include "apps/cli/commands.h"
#include "apps/cli/scenario_file.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "apps/cli/worlds.h"
#include "worlds/fleet/read_formats.h"

namespace dure::cli {

Result<int> list_command() {
  const size_t width = terminal_width();
  TextTable kinds;
  for (const WorldKind* world : worlds()) kinds.row({world->name, world->what});
  print("Worlds\n" + kinds.text(2, width));

  for (const WorldKind* world : worlds()) {
    TextTable policies;
    for (const WorldKind::Policy& policy : world->policies)
      policies.row({policy.name, policy.what});
    print("\nPolicies of " + world->name + "\n" + policies.text(2, width));
  }

  TextTable scenarios;
  for (const ScenarioName& scenario : scenario_names())
    scenarios.row({scenario.name, scenario.title});
  print("\nScenarios\n" + (scenarios.rows() > 0 ? scenarios.text(2, width) : "  none found\n"));

  TextTable formats;
  for (const fleet::TraceFormat& format : fleet::trace_formats())
    formats.row({format.name, format.what});
  print("\nTraces that `dure import` reads\n" + formats.text(2, width));
  return kOk;
}

}  // namespace dure::cli
