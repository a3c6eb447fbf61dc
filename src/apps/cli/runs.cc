// dure runs
#include <limits>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/kpi_table.h"
#include "apps/cli/run_index.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "apps/cli/wall_clock.h"

namespace dure::cli {
namespace {

constexpr size_t kNewest = 20;
constexpr size_t kFigures = 4;

std::string status_of(const IndexedRun& run) {
  const bool killed = run.status == "running" && !RunLock::is_held({run.folder});
  return killed ? "stopped" : run.status;
}

// The first keys of the newest run that has KPIs: columns that most runs can fill.
std::vector<std::string> headline_keys(const std::vector<IndexedRun>& runs) {
  std::vector<std::string> keys;
  for (const IndexedRun& run : runs) {
    for (const Kpi& kpi : run.headline) {
      if (keys.size() < kFigures) keys.push_back(kpi.key);
    }
    if (!keys.empty()) break;
  }
  return keys;
}

TextTable runs_table(const std::vector<IndexedRun>& runs, const std::vector<std::string>& keys) {
  using Align = TextTable::Align;
  std::vector<Align> align(6 + keys.size(), Align::right);
  for (const size_t left : {0, 1, 2, 3, 5}) align[left] = Align::left;
  TextTable table(align);
  std::vector<std::string> head{"run", "when", "scenario", "policy", "seed", "status"};
  head.insert(head.end(), keys.begin(), keys.end());
  table.row(head);
  for (const IndexedRun& run : runs) {
    std::vector<std::string> cells{run.id,     local_time(run.started),  run.scenario,
                                   run.policy, std::to_string(run.seed), status_of(run)};
    for (const std::string& key : keys) {
      if (run.headline.empty()) break;
      const Kpi* kpi = find_kpi(run.headline, run.headline[0].group, key);
      cells.push_back(kpi == nullptr ? "" : figure(kpi->value, kpi->unit));
    }
    table.row(cells);
  }
  return table;
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
  print(runs_table(runs, headline_keys(runs)).text());
  if (runs.size() < total)
    print(fmt::format("{} older runs: dure runs --all\n", total - runs.size()));
  return kOk;
}

}  // namespace dure::cli
