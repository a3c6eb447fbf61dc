#include "apps/cli/fab_scenario.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "apps/cli/figures.h"
#include "apps/cli/places.h"
#include "apps/cli/progress.h"
#include "apps/cli/report_page.h"
#include "apps/cli/terminal.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/parallel.h"

namespace dure::cli {

Result<ScenarioFile> load_fab_file(const FabOptions& options) {
  DURE_TRY(ScenarioFile file,
           load_scenario(options.scenario, {options.policy, options.seed, options.set}));
  if (file.kind->name != "fab") {
    return Error{.message = "expected a scenario of world \"fab\", found one of " +
                            dure::quoted(file.kind->name),
                 .file = file.file};
  }
  return file;
}

Result<FabScenario> load_fab(const FabOptions& options) {
  DURE_TRY(ScenarioFile file, load_fab_file(options));
  DURE_TRY(fab::Scenario scenario, fab::read_scenario(file.config, file.folder));
  return FabScenario{std::move(file), std::move(scenario)};
}

// Fabs begin before 2200, and Time ends in 2262.
constexpr Duration kFarthest = 40 * 365_d;

Result<Time> parse_moment(const std::string& text, Time start, const char* flag) {
  const auto wrong = [&](const std::string& expected) {
    return Error{.message = expected + ", found " + dure::quoted(text), .key = flag};
  };
  Time time;
  if (const Result<Duration> after = parse_duration(text)) {
    if (*after < 0_s) return wrong("expected a time from the start, " + to_string(start) + ", on");
    if (*after > kFarthest) return wrong("expected a time within 40 years");
    time = start + *after;
  } else if (const Result<Time> at = parse_time(text)) {
    time = *at;
  } else {
    return wrong("expected a date such as 2030-01-01 or a time from the start such as 30d");
  }
  if (time < start) return wrong("expected a time from the start, " + to_string(start) + ", on");
  if (time > start + kFarthest) return wrong("expected a time within 40 years");
  return time;
}

Result<Time> parse_start(const std::string& text, const fab::Model& m, const char* flag) {
  DURE_TRY(const Time at, parse_moment(text, m.start, flag));
  if (at <= m.end) return at;
  return Error{.message = "expected a time up to the scenario's end, " + to_string(m.end) +
                          " (--set end=DATE moves it), found " + dure::quoted(text),
               .key = flag};
}

void run_to(fab::World& world, const fab::RuleOptions& options, Time until, bool quiet) {
  fab::Rules rules(options);
  Progress progress(world.now(), until, world.events_handled(), quiet);
  while (world.now() < until) {
    run(world, rules, std::min(until, world.now() + 6_h));
    progress.update(world.now(), world.events_handled());
  }
}

unsigned threads_of(const FabOptions& options) {
  return options.threads > 0 ? options.threads : useful_threads(16);
}

Result<FabResults> FabResults::make(const FabOptions& options, const ScenarioFile& scenario,
                                    const char* what) {
  FabResults r;
  DURE_TRY(r.folder_, make_run_folder(options.out, scenario.name + '-' + what));
  r.info.id = r.folder_.id();
  r.info.title = scenario.title();
  r.info.scenario = scenario.name;
  r.info.world = scenario.kind->name;
  r.info.version = version();
  r.info.command = options.command;
  r.info.seed = scenario.head.seed;
  return r;
}

Result<void> FabResults::write(const Report& report) {
  info.cpu_s = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  info.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  DURE_CHECK(write_file_atomic(folder_.report_file(), report_html(report, info)));
  return write_file_atomic(folder_.summary_file(), summary_json(report, info));
}

Result<void> FabResults::write(const std::string& name, const std::string& text) const {
  return write_file_atomic(folder_.path + '/' + name, text);
}

std::string FabResults::footer() const { return "report  " + folder_.report_file() + '\n'; }

}  // namespace dure::cli
