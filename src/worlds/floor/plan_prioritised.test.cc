#include "worlds/floor/plan_prioritised.h"

#include "worlds/floor/test_planner.h"

namespace dure::floor {
namespace {

std::unique_ptr<Planner> make(const Roadmap& roads, Distances& distances,
                              PrioritisedOptions options = {}) {
  return std::make_unique<PrioritisedPlanner>(roads, distances, options);
}

TEST_CASE("prioritised: no collisions in thousands of steps, and goals are reached") {
  struct Case {
    uint32_t size;
    double blocked;
    uint32_t robots, steps;
    uint32_t at_least, without_rings;  // goals
  };
  for (const Case& c : {Case{20, 0, 20, 1000, 1000, 1000}, Case{20, 0.1, 80, 300, 700, 300},
                        Case{14, 0.2, 50, 300, 200, 60}, Case{10, 0, 75, 100, 40, 5}}) {
    for (const bool rings : {true, false}) {
      TestFloor floor(TestFloor::random_rows(c.size, c.size, c.blocked, c.robots), c.robots, 1);
      floor.rings = rings;
      Distances distances(floor.grid.roads, {});
      const auto planner = make(floor.grid.roads, distances);
      for (uint32_t t = 0; t < c.steps; ++t) floor.advance(*planner);
      CHECK(floor.done >= (rings ? c.at_least : c.without_rings));
    }
  }
}

TEST_CASE("prioritised: robots that are held stay, and the others go round them") {
  TestFloor floor(TestFloor::random_rows(16, 16, 0.1, 3), 50, 1);
  Distances distances(floor.grid.roads, {});
  const auto planner = make(floor.grid.roads, distances);
  for (int t = 0; t < 300; ++t) {
    for (uint32_t r = 0; r < floor.robots(); ++r) {
      floor.held[r] = floor.random.chance(floor.held[r] ? 0.8 : 0.02);
    }
    floor.advance(*planner);
  }
  CHECK(floor.done > 200);
}

TEST_CASE("prioritised: a new planner in any step goes on alike") {
  TestFloor floor(TestFloor::random_rows(14, 14, 0.15, 5), 60, 1);
  floor.priority.assign(60, 0);
  floor.priority[7] = 3;
  for (const uint32_t window : {6u, 12u, 16u}) {
    PrioritisedOptions options;
    options.window = window;
    options.budget = 4000;  // some steps are cut short
    check_resumed(
        floor, [&](const Roadmap& roads, Distances& d) { return make(roads, d, options); }, 60);
  }
}

TEST_CASE("prioritised: who has nowhere to go makes way") {
  // The middle one stands in a corridor with a niche behind it.
  TestFloor floor({".....", "@@@.@"}, 2, 1);
  floor.one_shot = true;
  floor.vertex = {0, 2};
  floor.heading = {0, 2};
  floor.goal = {4, kNoVertex};
  floor.then = {kNoVertex, kNoVertex};
  Distances distances(floor.grid.roads, {});
  const auto planner = make(floor.grid.roads, distances);
  for (int t = 0; t < 12; ++t) floor.advance(*planner);
  CHECK(floor.vertex[0] == 4);
}

TEST_CASE("prioritised: two that meet in a corridor pass at the niche") {
  TestFloor floor({".......", "@@@.@@@"}, 2, 1);
  floor.one_shot = true;
  floor.vertex = {0, 6};
  floor.heading = {0, 2};
  floor.goal = {6, 0};
  floor.then = {kNoVertex, kNoVertex};
  Distances distances(floor.grid.roads, {});
  const auto planner = make(floor.grid.roads, distances);
  for (int t = 0; t < 30; ++t) floor.advance(*planner);
  CHECK(floor.at_goal() == 2);
}

TEST_CASE("prioritised: the more urgent task goes first, the patient robot before all") {
  // Both want through the same vertex in the same step; the one that must wait is later there.
  const auto first_there = [](std::vector<int32_t> priority, std::vector<uint32_t> patience) {
    TestFloor floor({"@.@", "...", "@.@"}, 2, 1);
    floor.one_shot = true;
    // Vertices: 0 north, 1 west, 2 middle, 3 east, 4 south.
    floor.vertex = {0, 1};
    floor.heading = {1, 0};
    floor.goal = {4, 3};
    floor.then = {kNoVertex, kNoVertex};
    floor.priority = std::move(priority);
    for (const uint32_t p : patience) floor.notes.push_back(note(kAllWait, p, true));
    Distances distances(floor.grid.roads, {});
    const auto planner = make(floor.grid.roads, distances);
    floor.advance(*planner);
    return floor.vertex[0] == 2 ? 0 : floor.vertex[1] == 2 ? 1 : 2;
  };
  CHECK(first_there({0, 0}, {0, 0}) == 0);
  CHECK(first_there({0, 1}, {0, 0}) == 1);
  CHECK(first_there({1, 0}, {0, 0}) == 0);
  CHECK(first_there({1, 0}, {0, 10}) == 1);
  CHECK(first_there({1, 0}, {0, 9}) == 0);
}

TEST_CASE("prioritised: the budget bounds the work") {
  TestFloor floor(TestFloor::random_rows(20, 20, 0.1, 2), 120, 1);
  Distances distances(floor.grid.roads, {});
  PrioritisedOptions options;
  options.budget = 0;
  PrioritisedPlanner idle(floor.grid.roads, distances, options);
  TestFloor still = floor;
  still.advance(idle);
  CHECK(idle.work() == 0);
  CHECK(still.vertex == floor.vertex);

  options.budget = 3000;
  options.most_nodes = 200;
  PrioritisedPlanner planner(floor.grid.roads, distances, options);
  // The last robot's turn may go beyond: each of its tries moves a chain.
  const uint64_t most = options.budget + 3 * (options.most_pushed + 1) * options.most_nodes;
  uint64_t least_used = ~uint64_t{0};
  for (int t = 0; t < 50; ++t) {
    floor.advance(planner);
    CHECK(planner.work() <= most);
    least_used = std::min(least_used, planner.work());
  }
  CHECK(least_used > 0);
  CHECK(floor.done > 50);
}

TEST_CASE("prioritised: a fleet of none") {
  TestFloor floor({".."}, 0, 1);
  Distances distances(floor.grid.roads, {});
  const auto planner = make(floor.grid.roads, distances);
  floor.advance(*planner);
  CHECK(floor.last.empty());
}

}  // namespace
}  // namespace dure::floor
