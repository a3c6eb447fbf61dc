// Results of benchmarks as CSV, one file per kind of CPU, to which each `dure bench --csv` adds
// rows.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/bench.h"

namespace dure::cli {

struct BenchRow {
  std::string bench;
  Figure figure;
};

std::string cpu_name();  // "AMD EPYC 7B13"
// "amd-epyc-7b13": letters and digits of a name, for a file's.
std::string slug(const std::string& name);

// The path of the file: <folder>/<CPU>.csv.
Result<std::string> append_bench_csv(const std::string& folder, const std::vector<BenchRow>& rows);

}  // namespace dure::cli
