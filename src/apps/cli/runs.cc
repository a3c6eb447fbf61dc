// dure runs
#include <limits>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/kpi_table.h"
#include "apps/cli/run_index.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "apps/cli/wall_clock.h"

namespace dure::cli {
namespace {

constexpr size_t kNewest = 20;
constexpr size_t kFigures = 3;

std::string status_of(const IndexedRun& run) {
  const bool killed = run.status == "running" && !RunLock::is_held({run.folder});
  return killed ? "stopped" : run.status;
}

}  // namespace

Result<int> runs_command(const RunsOptions& options) {
  size_t total = 0;
  DURE_TRY(const std::vector<IndexedRun> runs,
           indexed_runs(options.all ? size_t{1} << 40 : kNewest, total));
  if (runs.empty()) {
    print(fmt::format("no runs in {}/ here; `dure run SCENARIO` makes one\n", kRunsFolder));
    return kOk;
  }
  using Align = TextTable::Align;
  TextTable table({Align::left, Align::left, Align::left, Align::left, Align::right, Align::left});
  table.row({"run", "when", "scenario", "policy", "seed", "status", "key figures"});
  for (const IndexedRun& run : runs) {
    table.row({run.id, local_time(run.started), run.scenario, run.policy, std::to_string(run.seed),
               status_of(run), headline(run.headline, kFigures)});
  }
  print(table.text(0, terminal_width()));
  if (runs.size() < total) print(fmt::format("{} older runs: dure runs --all\n", total - runs.size()));
  return kOk;
}

}  // namespace dure::cli
