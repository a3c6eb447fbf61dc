// Reads back what runs have written about themselves: run.json and summary.json. The only file that
// sees nlohmann-json, which is slow to compile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/run_folder.h"
#include "base/result.h"
#include "kernel/report.h"

namespace dure::cli {

struct StoredSummary {
  std::string digest;
  uint64_t events = 0;
  double cpu_s = 0;
  std::vector<Kpi> kpis;
};

Result<RunRecord> parse_record(std::string_view text, const std::string& file_name);
Result<StoredSummary> parse_summary(std::string_view text, const std::string& file_name);

Result<StoredSummary> read_summary(const RunFolder& folder);

}  // namespace dure::cli
