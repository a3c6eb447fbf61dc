// The runs of `dure whatif`: several plans (a scenario as it is, and changed), each with the same
// seeds, some at a time. Worlds draw their random numbers by seed and stream (base/random.h), so
// that what a change does not touch meets the same arrivals and failures in every plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/cli/scenario_file.h"
#include "kernel/kpi_confidence.h"

namespace dure::cli {

struct Plan {
  ScenarioFile file;
  std::string flag;  // for Errors: `--set` of its own changes is called so
  // Found by check_plan().
  std::string policy;
  Time start, end;  // of its runs; Time::never(): when nothing is left to happen
  RunKpis known;    // its KPIs, without meaningful values
};

// Opens it once, so that bad input is told before any run. Returns the bytes that took.
Result<uint64_t> check_plan(Plan& plan, const std::optional<std::string>& until);

// As many as there are processors, and as fit into the memory that is free.
unsigned runs_at_once(uint64_t bytes_to_open);

struct PlanRuns {
  std::vector<std::vector<RunKpis>> kpis;  // [plans][seeds]
  bool interrupted = false;                // by Ctrl-C: kpis are not complete
  size_t done = 0;                         // runs
};
Result<PlanRuns> run_plans(const std::vector<Plan>& plans, uint64_t first_seed, uint32_t seeds,
                           unsigned threads, bool quiet);

// Calls the flag that gave a bad value by its name here.
Error at_plan(Error error, const Plan& plan);

}  // namespace dure::cli
