#include "apps/cli/fab_start.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/cli/checkpoint.h"
#include "apps/cli/execute.h"
#include "apps/cli/fab_scenario.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fab/events_csv.h"
#include "worlds/fab/futures.h"
#include "worlds/fab/line_csv.h"

namespace dure::cli {
namespace {

Result<FabStart> from_scenario(const FabWhatIfOptions& options) {
  DURE_TRY(FabScenario s, load_fab(options.common));
  const fab::Model& m = *s.scenario.model;
  FabStart out;
  out.at = m.start + m.warm_up;
  if (options.at) {
    DURE_TRY(out.at, parse_start(*options.at, m, "--at"));
  }
  out.file = std::move(s.file);
  out.policy_name = s.scenario.policy_name;
  out.rules = s.scenario.policy.rules;
  out.world = std::make_unique<fab::World>(fab::without_warm_up(m));
  return out;
}

Result<FabStart> from_run(const FabWhatIfOptions& options) {
  DURE_TRY(const RunFolder folder, find_run(*options.start));
  DURE_TRY(const RunRecord record, read_record(folder));
  FabOptions common = options.common;
  common.scenario = folder.path;
  DURE_TRY(ScenarioFile file, load_fab_file(common));
  DURE_TRY(const fab::Scenario scenario, fab::read_scenario(file.config, file.folder));
  DURE_TRY(const std::unique_ptr<Session> session, file.kind->open(file.config, file.folder));
  DURE_CHECK(check_model(folder, record, *session));
  DURE_TRY(const std::optional<Checkpoint> checkpoint, load_checkpoint(folder, *session));
  if (!checkpoint) return Error{.message = "the run has no snapshot yet", .file = folder.path};
  const auto* of_fab = dynamic_cast<const SessionOf<fab::World, fab::Rules>*>(session.get());
  DURE_ASSERT(of_fab != nullptr, "a session of the fab");
  FabStart out;
  out.world = std::make_unique<fab::World>(of_fab->world());
  const fab::Model& m = out.world->model();
  if (out.world->now() < m.start + m.warm_up) {
    return Error{.message = "expected a run that is past its warm-up, which ends at " +
                            to_string(m.start + m.warm_up) + ", found one at " +
                            to_string(out.world->now()),
                 .file = folder.path};
  }
  out.at = out.world->now();
  out.file = std::move(file);
  out.policy_name = scenario.policy_name;
  out.rules = scenario.policy.rules;
  return out;
}

Result<FabStart> from_line(const FabWhatIfOptions& options) {
  DURE_TRY(FabScenario s, load_fab(options.common));
  const fab::Model& m = *s.scenario.model;
  DURE_TRY(fab::LineState line, fab::read_line(m, *options.line));
  FabStart out;
  out.about = fmt::format("{} lots at {}", with_commas(static_cast<int64_t>(line.lots.size())),
                          to_string(line.time));
  std::optional<Time> until;
  if (options.until) {
    DURE_TRY(until, parse_moment(*options.until, line.time, "--until"));
  }
  if (options.events) {
    DURE_TRY(const std::string text, read_file(*options.events));
    DURE_TRY(const size_t n, fab::apply_events(m, line, text, *options.events, until));
    out.about += fmt::format(", {} events to {}", with_commas(static_cast<int64_t>(n)),
                             to_string(line.time));
  }
  for (const fab::LineLot& lot : line.lots) out.names.push_back(lot.name);
  DURE_TRY(out.world, fab::world_from(m, line));
  out.at = line.time;
  out.file = std::move(s.file);
  out.policy_name = s.scenario.policy_name;
  out.rules = s.scenario.policy.rules;
  return out;
}

}  // namespace

void FabStart::run(bool quiet) { run_to(*world, rules, at, quiet); }

uint32_t FabStart::find_lot(const std::string& name) const {
  if (names.empty()) return world->find_lot(name);
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? fab::kNone : static_cast<uint32_t>(at - names.begin());
}

std::vector<std::string> FabStart::lot_names() const {
  if (!names.empty()) return names;
  std::vector<std::string> out;
  for (uint32_t i = 0; i < world->lots(); ++i) {
    if (world->lot(i).state != fab::Lot::State::gone) out.push_back(world->lot_name(i));
  }
  return out;
}

Result<FabStart> prepare_start(const FabWhatIfOptions& options) {
  const int given = options.at.has_value() + options.start.has_value() + options.line.has_value();
  if (given > 1) return Error{.message = "expected one of --at, --start and --line, found several"};
  if (options.until && !options.events)
    return Error{.message = "expected --events FILE beside it", .key = "--until"};
  if (options.start) {
    if (!options.common.scenario.empty()) {
      return Error{.message = "expected no scenario beside it: the run has its own",
                   .key = "--start"};
    }
    return from_run(options);
  }
  if (options.common.scenario.empty())
    return Error{.message = "expected a scenario, or --start RUN; `dure list` shows scenarios"};
  if (options.line) return from_line(options);
  if (options.events) return Error{.message = "expected --line DIR beside it", .key = "--events"};
  return from_scenario(options);
}

}  // namespace dure::cli
