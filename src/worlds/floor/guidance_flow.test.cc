#include "worlds/floor/guidance_flow.h"

#include <numeric>
#include <set>

#include "worlds/floor/rules.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

// Robots for so many of the first vertices.
void add_robots(Model& m, uint32_t count) {
  for (uint32_t v = 0; v < count; ++v) m.robots.push_back({v});
}

uint32_t lane_cost(const Model& m, const Costs& costs, uint32_t row, uint32_t column,
                   uint32_t heading) {
  return costs.forward[at(m, row, column) * kHeadings + heading];
}

// A pool of tasks from the west room to the east room and back.
uint64_t done_between_rooms(const std::vector<std::string>& rows, uint32_t robots,
                            GuidanceKind guidance) {
  Model m = drawn(rows);
  add_robots(m, robots);
  std::vector<uint32_t> west, east;
  for (uint32_t v = 0; v < m.vertices(); ++v) {
    const uint32_t column = m.cell_of[v] % m.width;
    if (column < 3) west.push_back(v);
    if (column + 3 >= m.width) east.push_back(v);
  }
  for (uint32_t i = 0; i < 60; ++i)
    add_line(m, {west[i * 7 % west.size()], east[i * 5 % east.size()]});
  m.pool = 30;
  World w(finished(std::move(m)));
  PolicyKeys keys;
  keys.guidance = guidance;
  run(w, Rules(keys), Time{} + 500_s);
  CHECK(w.kpis().move_faults == 0);
  return w.kpis().done;
}

TEST_CASE("flow: all robots are under way, and only along lanes") {
  Model m = drawn({".....", ".#.#.", ".....", ".#.#.", "....."});
  add_robots(m, 7);
  for (const uint64_t most_work : {uint64_t{1}, uint64_t{100'000'000}}) {
    FlowOptions o;
    o.most_work = most_work;
    const std::vector<double> flow = predict_flows(m, o);
    REQUIRE(flow.size() == m.roads.next.size());
    CHECK(std::accumulate(flow.begin(), flow.end(), 0.0) == doctest::Approx(7));
    for (size_t lane = 0; lane < flow.size(); ++lane) {
      CHECK(flow[lane] >= 0);
      if (m.roads.next[lane] == kNoVertex) CHECK(flow[lane] == 0);
    }
  }
}

TEST_CASE("flow: the same every time, and another with another seed") {
  Model m = drawn({"......", "......", "......", "......"});
  add_robots(m, 6);
  FlowOptions other;
  other.seed = 2;
  CHECK(flow_costs(m).forward == flow_costs(m).forward);
  CHECK(predict_flows(m, {}) != predict_flows(m, other));
}

TEST_CASE("flow: costs stay within what distances can count, and nothing is forbidden") {
  Model m = drawn({"..........", "#########.", ".........."});
  add_robots(m, 20);
  const Costs costs = flow_costs(m);
  for (const uint8_t cost : costs.forward) {
    CHECK(cost >= costs.step);
    CHECK(cost <= 31);
  }
  Distances distances(m.roads, costs);
  CHECK(distances.least(at(m, 0, 0), at(m, 2, 0)) < Distances::kUnreachable);
}

TEST_CASE("flow: of two corridors each is for one direction") {
  Model m =
      drawn({"...####...", "..........", "...####...", "...####...", "..........", "...####..."});
  add_robots(m, 12);
  const Costs costs = flow_costs(m);
  uint32_t north_east = 0, north_west = 0, south_east = 0, south_west = 0;
  for (uint32_t column = 3; column < 6; ++column) {
    north_east += lane_cost(m, costs, 1, column, 0);
    north_west += lane_cost(m, costs, 1, column + 1, 2);
    south_east += lane_cost(m, costs, 4, column, 0);
    south_west += lane_cost(m, costs, 4, column + 1, 2);
  }
  CHECK((north_east < north_west) == (south_east > south_west));
  CHECK((north_east < north_west) != (south_east < south_west));
}

TEST_CASE("flow: with few robots there is hardly any guidance") {
  Model m = drawn({"..........", "..........", "..........", ".........."});
  m.robots.push_back({0});
  const Costs costs = flow_costs(m);
  for (const uint8_t cost : costs.forward) CHECK(cost <= costs.step + 1);
}

TEST_CASE("flow: trips are between the places of tasks") {
  Model m = drawn({"........", "........", "........"});
  add_robots(m, 2);
  FlowOptions o;
  o.batches = 5;
  const auto ends = [&] {
    std::set<std::pair<uint32_t, uint32_t>> out;
    const std::vector<Trip> trips = draw_trips(m, o);
    CHECK(trips.size() == o.batches * o.goals * o.starts);
    for (size_t i = 0; i < trips.size(); ++i) {
      CHECK(trips[i].to == trips[i / o.starts * o.starts].to);
      out.insert({trips[i].from, trips[i].to});
    }
    return out;
  };
  CHECK(ends().size() > 100);  // anywhere
  // Lines of a pool say nothing of what will be revealed; with times they do.
  add_line(m, {3, 9, 14});
  m.pool = 1;
  CHECK(ends().size() > 100);
  m.pool = 0;
  CHECK(ends() == std::set<std::pair<uint32_t, uint32_t>>{{3, 9}, {9, 14}, {14, 3}});
  // Sources: a to b, and from b to the next a.
  const uint32_t a = add_station(m, "a", {5, 6}), b = add_station(m, "b", {20});
  Source s;
  s.chain = {{a}, {b}};
  s.gap = Distribution::exponential(10);
  m.sources.push_back(s);
  CHECK(ends() == std::set<std::pair<uint32_t, uint32_t>>{{5, 20}, {6, 20}, {20, 5}, {20, 6}});
}

TEST_CASE("flow: two narrow doors are used one way each, and more gets through") {
  const std::vector<std::string> rows = {"....####....", "............", "....####....",
                                         "....####....", "....####....", "............",
                                         "....####...."};
  const uint64_t without = done_between_rooms(rows, 14, GuidanceKind::none);
  const uint64_t with = done_between_rooms(rows, 14, GuidanceKind::flow);
  CAPTURE(without);
  CHECK(with > without * 1.1);
}

TEST_CASE("flow: a longer way round a narrow door is for some when robots are many") {
  const auto share_of_the_way_round = [](uint32_t robots) {
    Model m = drawn({"....####....", "............", "....####....", "....####....", "....####....",
                     "....####....", ".##########.", "............"});
    add_robots(m, robots);
    const std::vector<double> flows = predict_flows(m, {});
    const auto both_ways = [&](uint32_t row) {
      return flows[at(m, row, 5) * 4 + 0] + flows[at(m, row, 6) * 4 + 2];
    };
    return both_ways(7) / (both_ways(7) + both_ways(1));
  };
  const double few = share_of_the_way_round(1), many = share_of_the_way_round(20);
  CAPTURE(few);
  CAPTURE(many);
  CHECK(many > few + 0.08);
}

}  // namespace
}  // namespace dure::floor
