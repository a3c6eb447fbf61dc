#include "worlds/floor/plan_windowed.h"

#include "worlds/floor/test_planner.h"

namespace dure::floor {
namespace {

std::unique_ptr<Planner> make(const Roadmap& roads, Distances& distances,
                              WindowedOptions options = {}) {
  return std::make_unique<WindowedPlanner>(roads, distances, options);
}

WindowedOptions options(uint32_t window, uint32_t horizon, uint64_t budget) {
  WindowedOptions o;
  o.fallback.window = window;
  o.horizon = horizon;
  o.budget = budget;
  return o;
}

TEST_CASE("windowed: no collisions in thousands of steps, and goals are reached") {
  struct Case {
    uint32_t size;
    double blocked;
    uint32_t robots, steps, window, horizon;
    uint32_t at_least, without_rings;  // goals
  };
  for (const Case& c :
       {Case{20, 0, 20, 1000, 12, 5, 1000, 1000}, Case{20, 0.1, 80, 300, 10, 4, 700, 300},
        Case{14, 0.2, 30, 150, 12, 1, 150, 60}, Case{14, 0.2, 50, 300, 8, 8, 150, 40},
        Case{10, 0, 65, 100, 16, 3, 40, 10}}) {
    for (const bool rings : {true, false}) {
      TestFloor floor(TestFloor::random_rows(c.size, c.size, c.blocked, c.robots), c.robots, 1);
      floor.rings = rings;
      Distances distances(floor.grid.roads, {});
      const auto planner = make(floor.grid.roads, distances, options(c.window, c.horizon, 20'000));
      for (uint32_t t = 0; t < c.steps; ++t) floor.advance(*planner);
      CHECK(floor.done >= (rings ? c.at_least : c.without_rings));
    }
  }
}

TEST_CASE("windowed: robots that are held stay, and the others go round them") {
  TestFloor floor(TestFloor::random_rows(16, 16, 0.1, 3), 50, 1);
  Distances distances(floor.grid.roads, {});
  const auto planner = make(floor.grid.roads, distances, options(10, 5, 20'000));
  for (int t = 0; t < 300; ++t) {
    for (uint32_t r = 0; r < floor.robots(); ++r) {
      floor.held[r] = floor.random.chance(floor.held[r] ? 0.8 : 0.02);
    }
    floor.advance(*planner);
  }
  CHECK(floor.done > 200);
}

TEST_CASE("windowed: a new planner in any step goes on alike") {
  TestFloor floor(TestFloor::random_rows(14, 14, 0.15, 5), 60, 1);
  floor.priority.assign(60, 0);
  floor.priority[7] = 3;
  for (const WindowedOptions& o : {options(8, 4, 5000), options(12, 5, 20'000),
                                   options(16, 8, 20'000), options(10, 1, 2000)}) {
    check_resumed(
        floor, [&](const Roadmap& roads, Distances& d) { return make(roads, d, o); }, 45);
  }
}

TEST_CASE("windowed: plans are made every horizon steps and followed in between") {
  TestFloor floor(TestFloor::random_rows(20, 20, 0.05, 2), 25, 1);
  Distances distances(floor.grid.roads, {});
  WindowedPlanner planner(floor.grid.roads, distances, options(12, 6, 100'000));
  for (int t = 0; t < 60; ++t) {
    const Fleet fleet = floor.fleet();
    Steps steps;
    planner.plan(fleet, steps);
    CHECK((planner.work() > 0) == (t % 6 == 0));
    CHECK_FALSE(planner.fell_back());
    floor.advance(planner);
  }
  // Somebody who was to move is held: planned anew at once.
  floor.advance(planner);
  for (uint32_t r = 0; r < floor.robots(); ++r) {
    if (noted_moves(floor.notes[r]) == kAllWait) continue;
    floor.held[r] = 1;
    break;
  }
  floor.advance(planner);
  CHECK(planner.work() > 0);
}

TEST_CASE("windowed: without a budget it falls back and still gets there") {
  TestFloor floor(TestFloor::random_rows(20, 20, 0.1, 2), 60, 1);
  Distances distances(floor.grid.roads, {});
  WindowedPlanner planner(floor.grid.roads, distances, options(10, 4, 100));
  for (int t = 0; t < 200; ++t) {
    floor.advance(planner);
    REQUIRE(planner.fell_back());
  }
  CHECK(floor.done > 300);
}

TEST_CASE("windowed: two that meet in a corridor pass at the niche") {
  TestFloor floor({".......", "@@@.@@@"}, 2, 1);
  floor.one_shot = true;
  floor.vertex = {0, 6};
  floor.heading = {0, 2};
  floor.goal = {6, 0};
  floor.then = {kNoVertex, kNoVertex};
  Distances distances(floor.grid.roads, {});
  const auto planner = make(floor.grid.roads, distances, options(14, 5, 100'000));
  for (int t = 0; t < 30; ++t) floor.advance(*planner);
  CHECK(floor.at_goal() == 2);
}

TEST_CASE("windowed: crossing costs one wait, and the more urgent goes first") {
  for (const int32_t urgent : {0, 1}) {
    TestFloor floor({"@.@", "...", "@.@"}, 2, 1);
    floor.one_shot = true;
    // Vertices: 0 north, 1 west, 2 middle, 3 east, 4 south.
    floor.vertex = {0, 1};
    floor.heading = {1, 0};
    floor.goal = {4, 3};
    floor.then = {kNoVertex, kNoVertex};
    floor.priority = {urgent == 0, urgent == 1};
    Distances distances(floor.grid.roads, {});
    const auto planner = make(floor.grid.roads, distances, options(8, 4, 100'000));
    floor.advance(*planner);
    CHECK(floor.vertex[static_cast<size_t>(urgent)] == 2);
    floor.advance(*planner);
    floor.advance(*planner);
    CHECK(floor.at_goal() == 2);
  }
}

}  // namespace
}  // namespace dure::floor
