// dure fab convert
#include <filesystem>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/fab_scenario.h"
#include "apps/cli/places.h"
#include "apps/cli/terminal.h"
#include "apps/cli/wall_clock.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fab/read_autosched.h"
#include "worlds/fab/write_fab.h"

namespace dure::cli {
namespace {

Result<fab::Model> from_tables(const ConvertOptions& options) {
  fab::AutoschedOptions how;
  how.half_spread = options.half_spread;
  how.spread_first = !options.first_together;
  how.breakdowns_interrupt = options.interrupt;
  DURE_TRY(fab::Model m, fab::read_autosched(options.from, how));
  DURE_TRY(m.end, parse_moment(options.end, m.start, "--end"));
  if (m.end <= m.start) return Error{.message = "expected a time after the start", .key = "--end"};
  DURE_CHECK(m.finish());
  return m;
}

Result<fab::Model> from_scenario(const ConvertOptions& options) {
  FabOptions common;
  common.scenario = options.from;
  DURE_TRY(const FabScenario s, load_fab(common));
  return fab::Model(*s.scenario.model);
}

}  // namespace

Result<int> fab_convert_command(const ConvertOptions& options) {
  const bool tables = fab::looks_like_autosched(options.from);
  std::error_code error;
  if (!tables && std::filesystem::is_directory(options.from, error) &&
      !exists(options.from + "/scenario.toml")) {
    return Error{.message =
                     "expected a folder with AutoSched tables (part.txt, order.txt, "
                     "tool.txt or tool.txt.1l) or a scenario, found neither",
                 .file = options.from};
  }
  if (exists(options.out)) {
    return Error{.message = "expected a new file, found one that is there already",
                 .file = options.out,
                 .key = "--out"};
  }
  DURE_TRY(const fab::Model m, tables ? from_tables(options) : from_scenario(options));
  const std::string name = options.name.value_or(file_name(options.from));
  const std::string text = fab::write_fab(
      m, name, fmt::format("Converted on {} from {}.", today(), file_name(options.from)));
  DURE_CHECK(write_file_atomic(options.out, text));
  print(
      fmt::format("{} tool groups with {} tools, {} routes with {} steps, {} releases, {} lots in "
                  "the line\nwritten to {}; `dure run {}` runs it\n",
                  m.groups.size(), with_commas(m.tools), m.routes.size(),
                  with_commas(static_cast<int64_t>(m.steps.size())), m.streams.size(),
                  with_commas(static_cast<int64_t>(m.wip.size())), options.out, options.out));
  return kOk;
}

}  // namespace dure::cli
