#include "worlds/fab/operating.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "worlds/fab/report.h"
#include "worlds/fab/test_fab.h"
#include "worlds/fab/world.h"

using namespace dure;
using namespace dure::fab;

namespace {

Scenario minifab(const std::string& load = "1.0") {
  const auto path =
      std::filesystem::path(__FILE__).parent_path() / "../../../scenarios/minifab.toml";
  const auto text = read_file(path.string());
  REQUIRE(text.ok());
  auto config = Config::parse(*text, "minifab");
  REQUIRE(config.ok());
  REQUIRE(config->set("load", load).ok());
  REQUIRE(config->set("end", "2026-09-01").ok());
  auto s = read_scenario(*config, ".");
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  return *std::move(s);
}

const auto nobody = [](size_t, size_t) {};

const KpiConfidence& find(const std::vector<KpiConfidence>& all, const std::string& key) {
  for (const KpiConfidence& k : all) {
    if (k.what.group == "All" && k.what.key == key) return k;
  }
  REQUIRE_MESSAGE(false, key);
  return all[0];
}

}  // namespace

TEST_CASE("a replication is the scenario's run") {
  const Scenario s = minifab();
  const Replication r = replicate(s, s.model->seed);
  fab::World w(s.model);
  run(w, Rules(s.policy.rules), s.model->end);
  const auto kpis = report_of(w).kpis;
  REQUIRE(r.kpis.size() == kpis.size());
  for (size_t i = 0; i < kpis.size(); ++i) CHECK(r.kpis[i].value == kpis[i].value);
  CHECK(r.events == w.events_handled());
  CHECK(r.wip.size() == 239);
  // Daily means make up the mean of the time that counts, within the day of the warm-up's end.
  double sum = 0;
  for (size_t d = 28; d < r.wip.size(); ++d) sum += r.wip[d];
  CHECK(sum / static_cast<double>(r.wip.size() - 28) ==
        doctest::Approx(w.kpis().wip.mean(w.now())).epsilon(1e-9));
}

TEST_CASE("replications have intervals, and the same ones with any number of threads") {
  const Scenario s = minifab("0.9");
  const auto one = replicate_all({s}, 4, 1, nobody), two = replicate_all({s}, 4, 2, nobody);
  const auto a = kpis_of(one[0]), b = kpis_of(two[0]);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].over.n > 0) CHECK(a[i].over.mean == b[i].over.mean);
  }
  const Confidence& wip = find(a, "wip").over;
  CHECK(wip.n == 4);
  CHECK(wip.half_width > 0);
  CHECK(one[0][0].wip != one[0][1].wip);
}

TEST_CASE("the transient of a line that starts empty ends within its warm-up") {
  const Scenario s = minifab("0.9");
  const auto runs = replicate_all({s}, 5, 2, nobody)[0];
  const Transient t = transient_of(runs);
  REQUIRE(t.mser_wip);
  CHECK(*t.mser_wip <= 28);
  REQUIRE(t.welch_wip);
  CHECK(*t.welch_wip <= 40);
  const auto text = transient_text(t, s.model->warm_up);
  REQUIRE(text.size() == 4);
  CHECK(text[0].starts_with("MSER-5 on daily WIP (White 1997): settled after "));
  CHECK(text[3].starts_with("warm_up is 28d: "));
  // What lies beyond half of the run is not advised.
  Transient late;
  late.wip.assign(100, 1);
  late.mser_wip = 10;
  late.mser_cycle = 70;
  late.welch_wip = 20;
  CHECK(transient_text(late, 1_d)[1].ends_with("cannot be told from a run of 100 days"));
  CHECK(transient_text(late, 1_d)[3].find("set warm_up") == std::string::npos);
  late.mser_cycle = 30;
  CHECK(transient_text(late, 1_d)[3].ends_with("try --set warm_up=30d"));
  // Too short to tell.
  Replication few;
  few.wip = {1, 2, 3};
  few.cycle_d = {std::nan(""), 1, 1};
  CHECK(transient_text(transient_of({few}), 1_d)[3].ends_with("on the start, so run longer"));
}

TEST_CASE("the operating curve rises, and names the bottleneck") {
  const std::vector<double> loads = {0.6, 0.8, 0.95};
  const std::vector<Scenario> scenarios = {minifab("0.6"), minifab("0.8"), minifab("0.95")};
  const auto runs = replicate_all(scenarios, 3, 2, nobody);
  std::vector<LoadPoint> points;
  for (size_t i = 0; i < 3; ++i) points.push_back(load_point(scenarios[i], loads[i], runs[i]));
  for (size_t i = 0; i < 3; ++i) {
    REQUIRE(points[i].find("All", "x_factor"));
    CHECK(points[i].steady);
    if (i > 0) {
      CHECK(points[i].utilisation.mean > points[i - 1].utilisation.mean);
      CHECK(points[i].static_load > points[i - 1].static_load);
    }
  }
  CHECK(lot_groups_of(points[0]) == std::vector<std::string>{"All", "Pa", "Pb", "TW"});
  CHECK(points[2].static_load / points[0].static_load == doctest::Approx(0.95 / 0.6).epsilon(0.1));
  const Report report = sweep_report(scenarios[0], points, 3);
  CHECK(report.sections[0].items.size() == 4);
  CHECK_FALSE(report_json(report, {}).empty());
  CHECK_FALSE(report_json(replicate_report(scenarios[0], runs[0]), {}).empty());
}

TEST_CASE("a load above the line's capacity keeps it filling") {
  const Scenario s = minifab("1.4");
  const LoadPoint p = load_point(s, 1.4, replicate_all({s}, 2, 2, nobody)[0]);
  CHECK_FALSE(p.steady);
  CHECK(p.static_load > 100);
}
