// What a run leaves when it ends: summary.json, series.csv and report.html, and its figures on
// stdout.
#pragma once

#include <string>

#include "apps/cli/run_folder.h"
#include "base/result.h"
#include "kernel/report.h"
#include "kernel/session.h"

namespace dure::cli {

std::string record_time(const Session& session);  // the date, or the time since 0, it has reached

RunInfo run_info(const RunRecord& record, const Session& session, double cpu_s, double wall_s);
Result<void> write_results(const RunFolder& folder, const Report& report, const RunInfo& run);
void print_results(const RunFolder& folder, const Report& report, const RunInfo& run);

}  // namespace dure::cli
