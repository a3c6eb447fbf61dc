#include "worlds/floor/window_search.h"

#include "worlds/floor/test_planner.h"

namespace dure::floor {
namespace {

// The least cost of all sequences of moves that collide with nobody; kNoVertex: there are none.
uint32_t least_cost(const JointPlan& plan, WindowSearch& search, uint32_t robot) {
  const Fleet& fleet = plan.fleet();
  uint32_t least = kNoVertex;
  std::vector<uint32_t> path(plan.window() + 1);
  for (Moves code = 0; code < Moves{1} << (2 * plan.window()); ++code) {
    const Moves moves = code | kAllWait << (2 * plan.window());
    if (!walk(*fleet.roads, fleet.vertex[robot], fleet.heading[robot], moves, plan.window(),
              path.data())) {
      continue;
    }
    bool free = true;
    for (uint32_t t = 0; t < plan.window() && free; ++t) {
      for (uint32_t b = 0; b < plan.robots(); ++b) {
        if (b == robot || !plan.on_floor(b)) continue;
        const uint32_t* const q = plan.path(b);
        free = free && path[t + 1] != q[t + 1] && (path[t + 1] != q[t] || path[t] != q[t + 1]);
      }
    }
    if (free) least = std::min(least, search.cost(plan, robot, moves));
  }
  return least;
}

TEST_CASE("a search finds what trying all moves finds") {
  Random random{5, 1, 0};
  uint32_t none = 0;
  for (int round = 0; round < 150; ++round) {
    TestFloor floor(TestFloor::random_rows(5, 5, 0.15, 9),
                    static_cast<uint32_t>(2 + random.below(9)), 200 + static_cast<uint64_t>(round));
    const uint32_t robot = 0, window = 1 + static_cast<uint32_t>(random.below(5));
    for (uint32_t r = 0; r < floor.robots(); ++r) {
      floor.notes.push_back(note(static_cast<Moves>(random.bits()), 0, false));
    }
    if (random.chance(0.2)) floor.then[robot] = kNoVertex;
    if (random.chance(0.1)) floor.goal[robot] = kNoVertex;
    if (random.chance(0.1)) floor.goal[robot] = floor.vertex[robot];
    Costs costs;
    costs.step = 2;
    for (uint32_t lane = 0; lane < floor.grid.roads.next.size() && round % 3 == 0; ++lane) {
      costs.forward.push_back(static_cast<uint8_t>(1 + random.below(5)));
    }
    Distances distances(floor.grid.roads, costs);
    WindowSearch search(floor.grid.roads, distances, 4, 4000);
    JointPlan plan(window);
    const Fleet fleet = floor.fleet();
    plan.begin(fleet);
    // Somebody else's plan may lead through where this robot stands: then it must give way.
    plan.take(robot);
    const uint32_t pushy = 1;
    plan.take(pushy);
    const std::vector<uint8_t> nobody(floor.robots(), 0);
    plan.put(pushy, search.find(plan, pushy, nobody.data()).value());
    const uint32_t least = least_cost(plan, search, robot);
    const std::optional<Moves> found = search.find(plan, robot, nullptr);
    CHECK(found.has_value() == (least != kNoVertex));
    none += !found;
    if (found) CHECK(search.cost(plan, robot, *found) == least);
  }
  CHECK(none > 0);
}

TEST_CASE("who is no wall may be run into, at a price") {
  TestFloor floor({"....."}, 2, 1);
  floor.vertex = {0, 1};
  floor.heading = {0, 0};
  floor.goal = {4, kNoVertex};
  floor.then = {kNoVertex, kNoVertex};
  Distances distances(floor.grid.roads, {});
  JointPlan plan(4);
  const Fleet fleet = floor.fleet();
  plan.begin(fleet);
  plan.take(0);
  const std::vector<uint8_t> none{0, 0}, walls{0, 1};
  WindowSearch cheap(floor.grid.roads, distances, 4, 1000),
      dear(floor.grid.roads, distances, 80, 1000);
  const Moves through = Moves{0} | kAllWait << 8;
  CHECK(cheap.find(plan, 0, none.data()) == through);
  CHECK(cheap.find(plan, 0, walls.data()) == kAllWait);
  CHECK(dear.find(plan, 0, none.data()) == kAllWait);
  // A search that may not look does not find.
  WindowSearch blind(floor.grid.roads, distances, 4, 1);
  CHECK_FALSE(blind.find(plan, 0, none.data()).has_value());
}

TEST_CASE("a robot that reaches its goal turns towards where it goes then") {
  TestFloor floor({"...", "...", "..."}, 1, 1);
  floor.vertex = {0};
  floor.heading = {0};
  floor.goal = {2};
  floor.then = {8};  // below the goal
  Distances distances(floor.grid.roads, {});
  WindowSearch search(floor.grid.roads, distances, 4, 1000);
  JointPlan plan(5);
  const Fleet fleet = floor.fleet();
  plan.begin(fleet);
  plan.take(0);
  const Moves moves = search.find(plan, 0, nullptr).value();
  const Move expected[] = {Move::forward, Move::forward, Move::right, Move::forward, Move::forward};
  for (uint32_t t = 0; t < 5; ++t) CHECK(move_at(moves, t) == expected[t]);
}

}  // namespace
}  // namespace dure::floor
