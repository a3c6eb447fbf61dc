// dure fab whatif
#include <algorithm>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/fab_scenario.h"
#include "apps/cli/fab_start.h"
#include "apps/cli/figures.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "base/digest.h"
#include "base/text.h"
#include "worlds/fab/whatif.h"

namespace dure::cli {
namespace {

struct LineChanges {
  fab::Plan plan;
  std::vector<fab::Followed> lots;
  std::string about;  // the same in words
};

// ", which has 21 lots, such as "Pa_289", "Pb_104" and "TW_40"": first, middle and last.
std::string some_lots(const std::vector<std::string>& names) {
  if (names.empty()) return ", which has no lots";
  std::vector<std::string_view> some;
  for (const size_t i : {size_t{0}, names.size() / 2, names.size() - 1}) {
    if (std::find(some.begin(), some.end(), names[i]) == some.end()) some.push_back(names[i]);
  }
  return fmt::format(", which has {} lot{}, such as {}",
                     with_commas(static_cast<int64_t>(names.size())), names.size() == 1 ? "" : "s",
                     join_quoted(some));
}

Result<void> add_hot_lots(const FabWhatIfOptions& options, const FabStart& start,
                          LineChanges& out) {
  const fab::World& world = *start.world;
  for (const std::string& text : options.hot_lot) {
    DURE_TRY(const fab::HotLot hot, fab::parse_hot_lot(text));
    const uint32_t lot = start.find_lot(hot.name);
    if (lot == fab::kNone) {
      return Error{.message = "expected a lot in the line at " + to_string(world.now()) +
                              some_lots(start.lot_names()) + ", found " + dure::quoted(hot.name) +
                              ", which is not released yet, has left, or never was",
                   .key = "--hot-lot"};
    }
    for (const fab::Followed& other : out.lots) {
      if (other.lot != lot) continue;
      return Error{.message = "expected each lot once, found " + dure::quoted(hot.name) + " twice",
                   .key = "--hot-lot"};
    }
    out.lots.push_back({hot.name, lot});
    out.plan.changes.push_back({.kind = fab::Intervention::Kind::priority,
                                .lot = lot,
                                .value = hot.priority.value_or(fab::top_priority(world)),
                                .duration = {}});
  }
  return {};
}

// Lots are looked up only when the start is reached.
Result<LineChanges> parse_changes(const FabWhatIfOptions& options, const FabStart& start) {
  const fab::Model& m = start.world->model();
  LineChanges out;
  DURE_TRY(out.plan.rules, fab::change_rules(start.rules, options.rule, options.batch));
  auto& changes = out.plan.changes;
  const auto add = [&](const std::vector<fab::Intervention>& more) {
    changes.insert(changes.end(), more.begin(), more.end());
  };
  for (const std::string& text : options.tool_down) {
    DURE_TRY(const fab::Intervention one, fab::parse_tool_down(m, text));
    changes.push_back(one);
  }
  for (const std::string& text : options.group_down) {
    DURE_TRY(const auto some, fab::parse_group_down(m, text));
    add(some);
  }
  DURE_CHECK(fab::check_downs(m, changes));
  for (const std::string& text : options.tool_up) {
    DURE_TRY(const fab::Intervention one, fab::parse_tool_up(m, text));
    changes.push_back(one);
  }
  for (const std::string& text : options.release) {
    DURE_TRY(const auto some, fab::parse_release(m, text));
    add(some);
  }
  if (start.ready()) DURE_CHECK(add_hot_lots(options, start, out));

  const auto say = [&](const char* what, const std::vector<std::string>& of) {
    for (const std::string& x : of) out.about += (out.about.empty() ? "" : "; ") + (what + x);
  };
  const auto say_one = [&](const char* what, const std::optional<std::string>& of) {
    if (of) say(what, {*of});
  };
  say("down ", options.tool_down);
  say("down ", options.group_down);
  say("up ", options.tool_up);
  say("release ", options.release);
  say("hot lot ", options.hot_lot);
  say_one("rule ", options.rule);
  say_one("batch ", options.batch);
  if (out.about.empty()) {
    return Error{.message =
                     "expected a change to compare with: --tool-down, --group-down, "
                     "--tool-up, --release, --hot-lot, --rule or --batch"};
  }
  return out;
}

std::string result_table(const std::vector<KpiComparison>& all) {
  using Align = TextTable::Align;
  TextTable table({Align::left, Align::right, Align::right, Align::right, Align::left});
  table.row({"", "as it is", "changed", "difference, 95 %", ""});
  bool starred = false;
  for (const KpiComparison& c : all) {
    const bool of_all = c.what.group == "All", of_lot = c.what.group.starts_with("lot ");
    if (!of_all && !of_lot) continue;  // classes are in the report
    std::string label = of_lot ? c.what.group + ": " + to_lower(c.what.label) : c.what.label;
    if (!c.what.unit.empty() && c.what.unit != "lots") label += ", " + c.what.unit;
    const bool star = c.difference.n > 0 && c.difference.significant();
    starred = starred || star;
    const auto mean = [](const Confidence& x) { return x.n > 0 ? number(x.mean) : "-"; };
    table.row({label, mean(c.base), mean(c.changed), plus_minus(c.difference, "", true),
               star ? "*" : ""});
  }
  return table.text() + (starred ? "* beyond chance: the interval leaves out 0\n" : "");
}

}  // namespace

Result<int> fab_whatif_command(const FabWhatIfOptions& options) {
  DURE_TRY(const Duration horizon, fab::parse_span(options.horizon, "--horizon"));
  DURE_TRY(FabStart start, prepare_start(options));
  // All but the lots can be checked before the run to the start, which may take long.
  DURE_CHECK(parse_changes(options, start));
  start.run(options.common.quiet);
  DURE_TRY(const LineChanges changes, parse_changes(options, start));
  DURE_TRY(FabResults results, FabResults::make(options.common, start.file, "whatif"));

  fab::WhatIf what;
  what.base.rules = start.rules;
  what.changed = changes.plan;
  what.horizon = horizon;
  what.futures = options.futures;
  what.seed = start.file.head.seed;
  what.lots = changes.lots;
  PieceProgress progress("runs", options.common.quiet);
  const fab::Futures futures =
      fab::imagine(*start.world, what, threads_of(options.common),
                   [&](size_t done, size_t of) { progress.update(done, of); });

  const std::string when = to_string(start.world->now());
  results.info.title += ", what if: " + changes.about;
  results.info.policy = start.policy_name;
  results.info.digest = digest_text(digest_of(*start.world));
  results.info.start = start.world->now();
  results.info.end = start.world->now() + horizon;
  results.info.events = start.world->events_handled();
  const std::string about = "From " + when + ": " + changes.about + '.';
  DURE_CHECK(results.write(fab::whatif_report(futures, what, about)));
  DURE_CHECK(results.write("futures.csv", fab::futures_csv(futures)));
  if (options.common.quiet) return kOk;
  const std::string from = start.about.empty() ? when : start.about;
  std::string notes;
  for (const std::string& note : fab::whatif_notes(futures, what)) notes += note + '\n';
  print(fmt::format("{}\nfrom {}, for {}, in {} futures: {}\n\n{}{}\n{}", start.file.title(), from,
                    to_string(horizon), options.futures, changes.about,
                    result_table(fab::compare(futures)), notes, results.footer()));
  return kOk;
}

}  // namespace dure::cli
