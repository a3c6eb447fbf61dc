// What the commands of `dure fab` share: their scenario, times on the command line, and the folder
// of their results.
#pragma once

#include <chrono>
#include <string>

#include "apps/cli/fab_commands.h"
#include "apps/cli/progress.h"
#include "apps/cli/run_folder.h"
#include "apps/cli/scenario_file.h"
#include "kernel/report.h"
#include "worlds/fab/scenario.h"
#include "worlds/fab/world.h"

namespace dure::cli {

struct FabScenario {
  ScenarioFile file;
  fab::Scenario scenario;
};
// An Error when it is of another world.
Result<ScenarioFile> load_fab_file(const FabOptions& options);
Result<FabScenario> load_fab(const FabOptions& options);

// A date, or a time after `start`: "30d". Errors name the flag.
Result<Time> parse_moment(const std::string& text, Time start, const char* flag);
// The same, up to the scenario's end.
Result<Time> parse_start(const std::string& text, const fab::Model& model, const char* flag);

// Runs to `until`, and tells how far it is on stderr.
void run_to(fab::World& world, const fab::RuleOptions& rules, Time until, bool quiet);

unsigned threads_of(const FabOptions& options);

// Where the results go, and what they cost: made before the work, so that a bad --out is told at
// once. There is no run.json: `dure runs` and `dure resume` do not see it.
class FabResults {
 public:
  static Result<FabResults> make(const FabOptions& options, const ScenarioFile& scenario,
                                 const char* what);
  RunInfo info;  // the caller adds start, end, digest, events, policy
  // report.html and summary.json.
  Result<void> write(const Report& report);
  Result<void> write(const std::string& name, const std::string& text) const;
  std::string footer() const;  // where they are

 private:
  FabResults() = default;
  RunFolder folder_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace dure::cli
