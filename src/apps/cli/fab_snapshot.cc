// dure fab snapshot
#include <filesystem>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/fab_scenario.h"
#include "apps/cli/terminal.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fab/events_csv.h"
#include "worlds/fab/futures.h"
#include "worlds/fab/line_csv.h"
#include "worlds/fab/whatif.h"

namespace dure::cli {

Result<int> fab_snapshot_command(const SnapshotOptions& options) {
  const std::string& out = *options.common.out;
  DURE_TRY(const FabScenario s, load_fab(options.common));
  const fab::Model& m = *s.scenario.model;
  DURE_TRY(const Time at, parse_start(options.at, m, "--at"));
  std::optional<Duration> span;
  if (options.events) {
    DURE_TRY(span, fab::parse_span(*options.events, "--events"));
  }
  std::error_code error;
  if (exists(out) &&
      !(std::filesystem::is_directory(out, error) && std::filesystem::is_empty(out, error))) {
    return Error{.message = "expected a new or empty folder", .file = out, .key = "--out"};
  }

  fab::World world(fab::without_warm_up(m));
  run_to(world, s.scenario.policy.rules, at, options.common.quiet);
  const fab::LineState line = world.line_state();
  DURE_CHECK(make_directories(out));
  DURE_CHECK(write_file_atomic(out + "/line.toml", fab::line_toml(m, line)));
  DURE_CHECK(write_file_atomic(out + "/lots.csv", fab::lots_csv(m, line)));
  DURE_CHECK(write_file_atomic(out + "/tools.csv", fab::tools_csv(m, line)));
  std::string hint;
  if (span) {
    const std::string events = fab::record_events(world, s.scenario.policy.rules, at + *span);
    DURE_CHECK(write_file_atomic(out + "/events.csv", events));
    hint = " --events " + out + "/events.csv";
  }
  if (options.common.quiet) return kOk;
  print(
      fmt::format("{} lots and {} tools at {}\nwritten to {}; `dure fab whatif {} --line {}{} "
                  "--tool-down TOOL=TIME` starts from it\n",
                  with_commas(static_cast<int64_t>(line.lots.size())), with_commas(m.tools),
                  to_string(at), out, options.common.scenario, out, hint));
  return kOk;
}

}  // namespace dure::cli
