// The list of runs as a table that can be asked: runs/index.sqlite. Only a cache of the run
// folders, from which it is made again when it is missing, damaged or behind them; no run depends
// on it.
//
//   runs  id, folder, scenario, world, policy, seed, started, status, digest, cpu_s, events
//   kpis  run, grp, key, label, unit, value
#pragma once

#include <string>
#include <vector>

#include "apps/cli/run_folder.h"
#include "base/result.h"
#include "kernel/report.h"

namespace dure::cli {

// Brings one run up to date, if it stands in the runs folder. Failures are a warning on stderr.
void index_run(const RunFolder& folder);

struct IndexedRun {
  std::string id, folder, scenario, policy, started, status;
  uint64_t seed = 0;
  std::vector<Kpi> headline;  // KPIs of its first group
};
// Brings all up to date; newest first, at most `limit`.
Result<std::vector<IndexedRun>> indexed_runs(size_t limit, size_t& total);

}  // namespace dure::cli
