#include "worlds/floor/report.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include <doctest/doctest.h>

#include "kernel/world.h"
#include "worlds/floor/lanes.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

const Kpi& kpi(const Report& report, const std::string& key) {
  for (const Kpi& k : report.kpis) {
    if (k.key == key) return k;
  }
  FAIL("no KPI " << key);
  return report.kpis[0];
}

template <class Item>
std::vector<const Item*> items(const Report& report) {
  std::vector<const Item*> out;
  for (const Section& section : report.sections) {
    for (const auto& item : section.items) {
      if (const auto* one = std::get_if<Item>(&item)) out.push_back(one);
    }
  }
  return out;
}

// Two robots in a corridor with a dock at each end, in steps, with a film.
Model corridor() {
  Model m = test::drawn({"0....1", "......"});
  test::add_station(m, "in 1", {0});
  test::add_station(m, "in 2", {6});
  test::add_station(m, "bay", {11}, Station::charge | Station::park);
  for (int i = 0; i < 20; ++i) test::add_line(m, {3, 9}, Time{} + i * 10_s);
  m.end = Time{} + 400_s;
  m.film.interval = 2_s;
  m.film.frames = 300;
  m.assumptions = {"A corridor."};
  return m;
}

World run_of(Model m) {
  World world(test::finished(std::move(m)));
  run(world, test::Greedy{}, world.model().end);
  return world;
}

}  // namespace

TEST_CASE("floor report: figures are those that the world counted") {
  const World world = run_of(corridor());
  const Report report = report_of(world);
  CHECK_FALSE(report.calendar);
  REQUIRE(world.kpis().done == 20);
  CHECK(kpi(report, "tasks_done").value == 20);
  CHECK(*kpi(report, "tasks_per_hour").value == doctest::Approx(20 * 3600 / 400.0));
  CHECK(kpi(report, "tasks_open_end").value == 0);
  CHECK_FALSE(kpi(report, "on_time").value.has_value());
  CHECK(*kpi(report, "completion_mean").value ==
        doctest::Approx(world.kpis().completion.mean() * 1e-9));
  CHECK(kpi(report, "move_faults").value == 0);
  CHECK(kpi(report, "collisions").value == 0);
  CHECK(*kpi(report, "distance").value * 1000 ==
        doctest::Approx(world.kpis().empty_m + world.kpis().loaded_m));
  double shares = 0;
  for (const Kpi& k : report.kpis) {
    if (k.key.starts_with("state_")) shares += *k.value;
  }
  CHECK(shares == doctest::Approx(100));
  CHECK(report.assumptions[0] == "A corridor.");
  CHECK(report.assumptions.size() > 1);
}

TEST_CASE("floor report: the film shows where robots were, and what is where") {
  const World world = run_of(corridor());
  const Report report = report_of(world);
  const auto films = items<dure::Film>(report);
  REQUIRE(films.size() == 1);
  const dure::Film& film = *films[0];
  CHECK(film.width == 6);
  CHECK(film.height == 2);
  CHECK(film.cells == "a.....a....b");
  CHECK(film.marks == std::vector<std::string>{"pick, drop", "charge, park"});
  CHECK(film.things == 2);
  REQUIRE(film.time.size() > 10);
  CHECK(film.time[1] == Time{} + 2_s);
  CHECK(film.poses[0].x == 0.5f);
  CHECK(film.poses[1].x == 5.5f);
  CHECK(film.poses[1].y == 0.5f);
  bool moved = false;
  for (const dure::Film::Pose& p : film.poses) {
    CHECK(p.x >= 0);
    CHECK(p.x <= 6);
    CHECK(p.state < film.states.size());
    moved = moved || (p.x != 0.5f && p.x != 5.5f);
  }
  CHECK(moved);

  const auto charts = items<TimeChart>(report);
  const auto states =
      std::find_if(charts.begin(), charts.end(), [](const TimeChart* c) { return c->stacked; });
  REQUIRE(states != charts.end());
  for (size_t i = 0; i < (*states)->time.size(); ++i) {
    double sum = 0;
    for (const auto& s : (*states)->series) sum += s.second[i];
    CHECK(sum == doctest::Approx(100));
  }
}

TEST_CASE("floor report: heat maps have each visit and each second of waiting once") {
  const World world = run_of(corridor());
  const Report report = report_of(world);
  const auto maps = items<HeatMap>(report);
  REQUIRE(maps.size() == 2);
  const auto sum = [](const HeatMap& map) {
    double s = 0;
    for (const auto& c : map.groups[0].cells) s += c.value_or(0);
    return s;
  };
  double waited = 0, visits = 0;
  for (const uint32_t w : world.kpis().waited) waited += w * world.kpis().wait_unit.seconds();
  for (const uint32_t v : world.kpis().visits) visits += v;
  CHECK(visits > 20);
  CHECK(sum(*maps[0]) == doctest::Approx(waited));
  CHECK(sum(*maps[1]) == doctest::Approx(visits));
  CHECK(maps[1]->groups[0].columns == 6);
  CHECK(maps[1]->groups[0].cells.size() == 12);
  CHECK(maps[1]->groups[0].map);
}

TEST_CASE("floor report: a wide floor is drawn in blocks, walls as nothing") {
  std::vector<std::string> rows(2, std::string(1500, '.'));
  rows[0][0] = '0';
  rows[1].replace(3, 3, "###");
  rows[0].replace(3, 3, "###");
  Model m = test::drawn(rows);
  test::add_line(m, {2});
  m.end = Time{} + 10_s;
  const Report report = report_of(run_of(std::move(m)));
  const HeatMap& map = *items<HeatMap>(report)[1];
  CHECK(map.groups[0].columns == 500);
  CHECK(map.groups[0].cells.size() == 500);
  CHECK(map.groups[0].cells[0].has_value());
  CHECK_FALSE(map.groups[0].cells[1].has_value());
  CHECK(map.groups[0].cell_label == "block");
  CHECK(items<dure::Film>(report).empty());
}

TEST_CASE("floor report: stations of a large floor are told by group") {
  Model m = test::drawn({"0" + std::string(99, '.')});
  for (uint32_t i = 1; i < 90; ++i) test::add_station(m, "rack " + std::to_string(i), {i});
  test::add_station(m, "dock", {95, 96});
  test::add_line(m, {1, 2});
  m.end = Time{} + 10_s;
  const Report report = report_of(run_of(std::move(m)));
  const auto tables = items<Table>(report);
  REQUIRE(tables.size() == 1);
  REQUIRE(tables[0]->rows.size() == 2);
  CHECK(std::get<std::string>(tables[0]->rows[0][0]) == "rack");
  CHECK(std::get<double>(tables[0]->rows[0][2]) == 89);
  CHECK(std::get<double>(tables[0]->rows[1][3]) == 2);
}

TEST_CASE("floor report: a road map is drawn by its lanes, in metres") {
  const CutRoads cut = *cut_lanes({{"a", {10, 5}}, {"b", {14, 5}}}, {{0, 1, true}}, 2);
  Model m;
  m.roads = cut.roads;
  m.lane_m = cut.lane_m;
  m.places = cut.places;
  m.cell_m = 2;
  m.robots.push_back({0, 0, 0, 1});
  test::add_line(m, {1});
  m.film.interval = 1_s;
  m.end = Time{} + 10_s;
  const Report report = report_of(run_of(std::move(m)));
  const dure::Film& film = *items<dure::Film>(report)[0];
  CHECK(film.cells.empty());
  CHECK(film.lines.size() == 4);
  CHECK(film.width == 8);  // 4 m and a cell on each side
  CHECK(film.height == 4);
  CHECK(film.poses[0].x == 2);
  CHECK(film.poses[0].y == 2);
  CHECK(film.poses.back().x == 6);
}

}  // namespace dure::floor
