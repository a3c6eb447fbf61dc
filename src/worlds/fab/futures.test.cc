#include "worlds/fab/futures.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "worlds/fab/test_fab.h"
#include "worlds/fab/whatif.h"

using namespace dure;
using namespace dure::fab;

namespace {

struct Minifab {
  Scenario scenario = read_shipped("minifab");
  fab::World world{without_warm_up(*scenario.model)};

  explicit Minifab(Duration at) {
    Rules rules(scenario.policy.rules);
    run(world, rules, world.now() + at);
  }
  WhatIf what(uint32_t futures, Duration horizon) const {
    WhatIf w;
    w.base.rules = w.changed.rules = scenario.policy.rules;
    w.futures = futures;
    w.horizon = horizon;
    w.seed = scenario.model->seed;
    return w;
  }
};

const KpiComparison& find(const std::vector<KpiComparison>& all, const std::string& group,
                          const std::string& key) {
  for (const KpiComparison& c : all) {
    if (c.what.group == group && c.what.key == key) return c;
  }
  REQUIRE_MESSAGE(false, group, " ", key);
  return all[0];
}

const auto nobody = [](size_t, size_t) {};

}  // namespace

TEST_CASE("a change that changes nothing makes no difference at all") {
  const Minifab fab(40_d);
  const Futures f = imagine(fab.world, fab.what(4, 5_d), 1, nobody);
  REQUIRE(f.base.size() == 4);
  for (const KpiComparison& c : compare(f)) {
    CAPTURE(c.what.group + " " + c.what.key);
    if (c.difference.n == 0) continue;
    CHECK(c.difference.mean == 0);
  }
  REQUIRE(!whatif_notes(f, fab.what(4, 5_d)).empty());
  CHECK(whatif_notes(f, fab.what(4, 5_d))[0].find("makes no difference") != std::string::npos);
  // Futures differ from each other, and the world they start from is as it was.
  CHECK(f.base[0].wip.front() == f.base[1].wip.front());
  CHECK(f.base[0].wip != f.base[1].wip);
  CHECK(f.days.front() == 0);
  CHECK(f.days.back() == 5);
}

TEST_CASE("a measure that only one way has is shown without a difference") {
  Futures f;
  f.base = {Future{{{"All", "cycle_time", "", "d", 2.0, ""}}, {}, {}},
            Future{{{"All", "cycle_time", "", "d", 4.0, ""}}, {}, {}}};
  f.changed = {Future{{{"All", "cycle_time", "", "d", {}, ""}}, {}, {}},
               Future{{{"All", "cycle_time", "", "d", {}, ""}}, {}, {}}};
  const KpiComparison c = compare(f)[0];
  CHECK(c.base.mean == 3);
  CHECK(c.changed.n == 0);
  CHECK(c.difference.n == 0);
  WhatIf what;
  what.horizon = 1_d;
  CHECK(whatif_notes(f, what).size() == 1);
  what.horizon = 3_d;
  CHECK(whatif_notes(f, what).empty());
}

TEST_CASE("lots and wafers are conserved") {
  const Minifab fab(40_d);
  WhatIf what = fab.what(3, 7_d);
  what.changed.changes = *parse_release(*fab.scenario.model, "Pb=5");
  const Futures f = imagine(fab.world, what, 1, nobody);
  const auto all = compare(f);
  CHECK(find(all, "All", "wafers").base.mean == 24 * find(all, "All", "lots").base.mean);
  CHECK(find(all, "All", "wafers").changed.mean == 24 * find(all, "All", "lots").changed.mean);
  double of_classes = 0;
  for (const KpiComparison& c : all) {
    if (c.what.key == "lots" && c.what.group != "All") of_classes += c.base.mean;
  }
  CHECK(of_classes == doctest::Approx(find(all, "All", "lots").base.mean));
  CHECK(find(all, "All", "wip").difference.mean + find(all, "All", "lots").difference.mean ==
        doctest::Approx(5));
}

TEST_CASE("results do not depend on the number of threads") {
  const Minifab fab(30_d);
  WhatIf what = fab.what(5, 3_d);
  what.changed.changes = {*parse_tool_down(*fab.scenario.model, "Implant#1=12h")};
  std::string first;
  for (const unsigned threads : {1u, 2u, 3u}) {
    size_t done = 0;
    const std::string csv = futures_csv(
        imagine(fab.world, what, threads, [&](size_t n, size_t of) { done = n * (of == 10); }));
    CHECK(done == 10);
    if (first.empty()) first = csv;
    CHECK(csv == first);
  }
}

TEST_CASE(
    "a tool that is down costs lots, beyond chance, and less noise than two fabs would have") {
  const Minifab fab(40_d);
  WhatIf what = fab.what(20, 6_d);
  what.changed.changes = {*parse_tool_down(*fab.scenario.model, "Lithography#1=24h")};
  const auto all = compare(imagine(fab.world, what, 2, nobody));
  const KpiComparison& lots = find(all, "All", "lots");
  CHECK(lots.difference.mean < -5);
  CHECK(lots.difference.significant());
  const KpiComparison& wip = find(all, "All", "wip");
  CHECK(wip.difference.mean > 5);
}

TEST_CASE("a hot lot gains time") {
  const Minifab fab(40_d);
  WhatIf what = fab.what(20, 10_d);
  // The last one in front of the lithography tool.
  const auto& line = fab.world.waiting(fab.scenario.model->find_group("Lithography"));
  REQUIRE(!line.empty());
  const uint32_t lot = line.back().lot;
  what.lots = {{fab.world.lot_name(lot), lot}};
  what.changed.changes = {{.kind = Intervention::Kind::priority,
                           .lot = lot,
                           .value = top_priority(fab.world),
                           .duration = {}}};
  const auto all = compare(imagine(fab.world, what, 2, nobody));
  const std::string group = "lot " + fab.world.lot_name(lot);
  CHECK(find(all, group, "finished").changed.mean == 100);
  CHECK(find(all, group, "remaining").difference.mean < 0);
  CHECK(find(all, group, "remaining").difference.significant());
  CHECK(find(all, group, "steps").difference.mean >= 0);
}

TEST_CASE("changes in words") {
  const Scenario s = read_shipped("minifab");
  const Model& m = *s.model;
  const auto tool = parse_tool_down(m, "Implant#2=1h30m");
  REQUIRE(tool);
  CHECK(tool->tool == m.find_tool("Implant#2"));
  CHECK(tool->duration == 90_min);
  CHECK(parse_group_down(m, "Diffusion=2h")->size() == 2);
  CHECK(parse_tool_up(m, "Lithography#1")->kind == Intervention::Kind::tool_up);
  CHECK(parse_release(m, "Pa")->size() == 1);
  CHECK(parse_release(m, "TW=3")->size() == 3);
  CHECK(parse_hot_lot("Pa_7=30")->priority == 30);
  CHECK_FALSE(parse_hot_lot("Pa_7")->priority);

  CHECK(parse_tool_down(m, "Implant#3=1h").error().text() ==
        R"(--tool-down: expected a tool from "Implant#1" to "Implant#2", found "Implant#3")");
  CHECK(parse_tool_down(m, "Implont#1=1h").error().text() ==
        R"(--tool-down: expected a tool group, found "Implont", did you mean "Implant"?)");
  CHECK(parse_tool_down(m, "Implant#1").error().text() ==
        R"(--tool-down: expected a name, = and a time such as 12h, found "Implant#1")");
  const auto time = [&](const char* text) { return parse_tool_down(m, text).error().text(); };
  CHECK(time("Implant#1=12") ==
        R"(--tool-down: expected a duration with a unit such as 12h, found "12")");
  CHECK(time("Implant#1=0s") == R"(--tool-down: expected a duration above 0, found "0s")");
  CHECK(time("Implant#1=9999d") ==
        R"(--tool-down: expected a duration of at most 3650d, ten years, found "9999d")");
  CHECK(
      time("Zzz=1h") ==
      R"(--tool-down: expected a tool group, found "Zzz"; there is "Diffusion", "Implant" and "Lithography")");
  CHECK_FALSE(
      check_downs(m, {*parse_tool_down(m, "Implant#1=1h"), *parse_tool_down(m, "Implant#1=2h")}));
  CHECK(check_downs(m, {*parse_tool_down(m, "Implant#1=1h"), *parse_tool_down(m, "Implant#2=2h")}));
  for (const char* bad : {"Implant#1=-2h", "Implant#1=0s", "Implant=1h", "=1h", "Implant#1=12"})
    CHECK_FALSE(parse_tool_down(m, bad));
  CHECK_FALSE(parse_group_down(m, "Implant#1=2h"));
  CHECK_FALSE(parse_release(m, "Pa=0"));
  CHECK_FALSE(parse_release(m, "Px"));
  CHECK_FALSE(parse_hot_lot("Pa_7=high"));
}

TEST_CASE("a what-if's report has its tables and charts") {
  const Minifab fab(20_d);
  WhatIf what = fab.what(3, 2_d);
  what.changed.changes = *parse_group_down(*fab.scenario.model, "Implant=6h");
  const Futures f = imagine(fab.world, what, 1, nobody);
  const Report report = whatif_report(f, what, "Implant is down for 6 h.");
  REQUIRE(report.sections.size() == 1);
  CHECK(report.sections[0].items.size() == 3);
  CHECK(report.kpis.front().group == "As it is");
  CHECK(report.kpis.back().group == "95 % ±");
  CHECK(report_json(report, {}).find("Implant is down") != std::string::npos);
  const std::string csv = futures_csv(f);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 7);
  CHECK(csv.starts_with("future,plan,All: lots,All: wafers,"));
}
