// dure fab whatif
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

Result<void> add_hot_lots(const WhatIfOptions& options, const FabStart& start, LineChanges& out) {
  const fab::World& world = *start.world;
  for (const std::string& text : options.hot_lot) {
    DURE_TRY(const fab::HotLot hot, fab::parse_hot_lot(text));
    const uint32_t lot = start.find_lot(hot.name);
    if (lot == fab::kNone) {
      const std::vector<std::string> names = start.lot_names();
      const std::vector<std::string_view> known(names.begin(), names.end());
      std::string hint = did_you_mean(hot.name, known);
      if (hint.empty() && !known.empty()) hint = ", there is " + dure::quoted(known.front());
      return Error{.message = "expected a lot in the line at " + to_string(world.now()) +
                              ", found " + dure::quoted(hot.name) + hint,
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
Result<LineChanges> parse_changes(const WhatIfOptions& options, const FabStart& start) {
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

std::string result_table(const std::vector<fab::Comparison>& all) {
  using Align = TextTable::Align;
  TextTable table({Align::left, Align::right, Align::right, Align::right, Align::left});
  table.row({"", "as it is", "changed", "difference, 95 %", ""});
  bool starred = false;
  for (const fab::Comparison& c : all) {
    const bool of_all = c.what.group == "All", of_lot = c.what.group.starts_with("lot ");
    if (!of_all && !of_lot) continue;  // classes are in the report
    std::string label = of_lot ? c.what.group + ": " + to_lower(c.what.label) : c.what.label;
    if (!c.what.unit.empty() && c.what.unit != "lots") label += ", " + c.what.unit;
    if (c.difference.n == 0) {
      table.row({label, "-", "-", "-", ""});
      continue;
    }
    const bool star = c.difference.significant();
    starred = starred || star;
    table.row({label, number(c.base.mean), number(c.changed.mean),
               plus_minus(c.difference, "", true), star ? "*" : ""});
  }
  return table.text() + (starred ? "* beyond chance: the interval leaves out 0\n" : "");
}

}  // namespace

Result<int> fab_whatif_command(const WhatIfOptions& options) {
  DURE_TRY(const Duration horizon, parse_span(options.horizon, "--horizon"));
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
  print(fmt::format("{}\nfrom {}, for {}, in {} futures: {}\n\n{}\n{}", start.file.title(), from,
                    to_string(horizon), options.futures, changes.about,
                    result_table(fab::compare(futures)), results.footer()));
  return kOk;
}

}  // namespace dure::cli
