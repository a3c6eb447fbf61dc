#include "worlds/floor/plan_pibt.h"

#include "worlds/floor/test_planner.h"

namespace dure::floor {
namespace {

PibtOptions options(uint32_t length, uint64_t budget, uint64_t seed = 1) {
  PibtOptions o;
  o.length = length;
  o.budget = budget;
  o.seed = seed;
  return o;
}

// Tells a planner two things more, which TestFloor does not keep: when each robot last came nearer
// to its goal, and which vertices are closed.
class Watch final : public Planner {
 public:
  Watch(Planner& planner, Distances& distances) : planner_(planner), distances_(distances) {}

  void plan(const Fleet& fleet, Steps& steps) override {
    const uint32_t n = fleet.robots();
    if (progress.empty()) {
      progress.assign(n, 0);
      goal_.assign(n, kNoVertex);
      nearest_.assign(n, 0);
    }
    for (uint32_t r = 0; r < n; ++r) {
      const uint32_t goal = fleet.goal[r];
      const uint32_t left =
          goal == kNoVertex ? 0 : distances_.at(goal, fleet.vertex[r], fleet.heading[r]);
      if (goal != kNoVertex && goal == goal_[r] && left >= nearest_[r]) continue;
      goal_[r] = goal;
      nearest_[r] = left;
      progress[r] = static_cast<uint32_t>(fleet.step);
    }
    Fleet told = fleet;
    told.progress = progress;
    told.closed = closed;
    planner_.plan(told, steps);
  }
  uint64_t work() const override { return planner_.work(); }

  std::vector<uint32_t> progress;  // [robots]
  std::vector<uint8_t> closed;     // [vertices]

 private:
  Planner& planner_;
  Distances& distances_;
  std::vector<uint32_t> goal_, nearest_;
};

struct Watched {
  TestFloor floor;
  Distances distances;
  PibtPlanner planner;
  Watch watch;

  Watched(const std::vector<std::string>& rows, uint32_t robots, PibtOptions o, uint64_t seed = 1)
      : floor(rows, robots, seed),
        distances(floor.grid.roads, {}),
        planner(floor.grid.roads, distances, o),
        watch(planner, distances) {}
  void advance() { floor.advance(watch); }
};

std::vector<std::string> random_rows(uint32_t size, double blocked, uint64_t seed) {
  return TestFloor::random_rows(size, size, blocked, seed);
}

TEST_CASE("pibt: no collisions in thousands of steps, and goals are reached") {
  struct Case {
    uint32_t size;
    double blocked;
    uint32_t robots, steps, length;
    uint64_t budget;
    uint32_t at_least, without_rings;  // goals
  };
  for (const Case& c :
       {Case{20, 0, 20, 1000, 4, 400, 1200, 1200}, Case{20, 0.1, 80, 300, 4, 0, 500, 400},
        Case{20, 0.1, 90, 300, 4, 4000, 800, 500}, Case{14, 0.2, 50, 300, 3, 1000, 150, 30},
        // A quarter to 40 % of the places are taken, and nearly all.
        Case{16, 0.2, 55, 300, 4, 2000, 300, 150}, Case{16, 0.1, 90, 300, 4, 2000, 200, 50},
        Case{14, 0, 78, 300, 5, 2000, 300, 100}, Case{10, 0, 95, 200, 4, 2000, 1, 0},
        Case{12, 0, 40, 200, 1, 800, 5, 5}, Case{12, 0, 40, 100, 8, 800, 100, 50}}) {
    for (const bool rings : {true, false}) {
      Watched w(random_rows(c.size, c.blocked, c.robots), c.robots, options(c.length, c.budget));
      w.floor.rings = rings;
      for (uint32_t t = 0; t < c.steps; ++t) w.advance();
      CAPTURE(c.robots);
      CAPTURE(c.length);
      CAPTURE(rings);
      CHECK(w.floor.done >= (rings ? c.at_least : c.without_rings));
    }
  }
}

TEST_CASE("pibt: corridors with dead ends") {
  const std::vector<std::string> rows = {"............", ".@@@.@@@.@@.", ".@@@.@@@.@@.",
                                         "............", ".@.@@@.@.@@.", ".@.@@@@@.@@.",
                                         "............"};
  for (const uint64_t budget : {0, 500}) {
    for (const bool rings : {true, false}) {
      Watched w(rows, 10, options(4, budget));
      w.floor.rings = rings;
      for (int t = 0; t < 1000; ++t) w.advance();
      CHECK(w.floor.done > 100);
    }
  }
}

TEST_CASE("pibt: robots that are held stay, and the others go round them") {
  for (const uint64_t budget : {0, 1000}) {
    Watched w(random_rows(16, 0.1, 3), 50, options(4, budget));
    for (int t = 0; t < 400; ++t) {
      for (uint32_t r = 0; r < w.floor.robots(); ++r)
        w.floor.held[r] = w.floor.random.chance(w.floor.held[r] ? 0.8 : 0.02);
      w.advance();
    }
    CHECK(w.floor.done > 300);
  }
}

TEST_CASE("pibt: nobody enters what is closed, and who is inside may leave") {
  Watched w(random_rows(16, 0.05, 4), 30, options(4, 600));
  const uint32_t n = w.floor.grid.roads.vertices();
  w.watch.closed.assign(n, 0);
  Random random{5, 5, 0};
  uint32_t inside = 0, left = 0;
  for (int t = 0; t < 1500; ++t) {
    for (uint32_t v = 0; v < n; ++v)
      w.watch.closed[v] = random.chance(w.watch.closed[v] ? 0.95 : 0.003);
    const std::vector<uint32_t> before = w.floor.vertex;
    w.advance();
    uint32_t entered = 0;
    for (uint32_t r = 0; r < w.floor.robots(); ++r) {
      const bool moved = w.floor.vertex[r] != before[r];
      entered += moved && w.watch.closed[w.floor.vertex[r]];
      inside += w.watch.closed[before[r]];
      left += moved && w.watch.closed[before[r]];
    }
    REQUIRE(entered == 0);
  }
  CHECK(inside > 100);
  CHECK(left > 20);
  CHECK(w.floor.done > 500);
}

TEST_CASE("pibt: a new planner in any step goes on alike") {
  TestFloor floor(random_rows(14, 0.15, 5), 50, 1);
  floor.priority.assign(50, 0);
  floor.priority[7] = 3;
  for (const PibtOptions& o :
       {options(4, 0), options(4, 2000), options(3, 500, 9), options(6, 300)}) {
    check_resumed(
        floor,
        [&](const Roadmap& roads, Distances& d) {
          return std::make_unique<PibtPlanner>(roads, d, o);
        },
        80);
  }
}

TEST_CASE("pibt: the seed matters to the search, and to nothing else") {
  const auto run = [](uint64_t budget, uint64_t seed) {
    Watched w(random_rows(14, 0.15, 5), 50, options(4, budget, seed));
    for (int t = 0; t < 60; ++t) w.advance();
    return w.floor.vertex;
  };
  CHECK(run(0, 1) == run(0, 2));
  CHECK(run(2000, 1) == run(2000, 1));
  CHECK(run(2000, 1) != run(2000, 2));
}

TEST_CASE("pibt: notes that no longer fit are let go") {
  Watched w(random_rows(14, 0.1, 6), 40, options(4, 500));
  Random random{6, 6, 0};
  for (int t = 0; t < 300; ++t) {
    // Robots that were told something else and stand where nobody thought they would.
    if (t % 3 == 0) {
      const auto a = random.below(40), b = random.below(40);
      std::swap(w.floor.vertex[a], w.floor.vertex[b]);
      w.floor.heading[a] = static_cast<uint8_t>(random.below(4));
    }
    w.advance();
  }
  CHECK(w.floor.done > 200);
}

TEST_CASE("pibt: who has nowhere to go is pushed out of the way, and stays otherwise") {
  for (const uint64_t budget : {0, 100}) {
    // The middle one stands in a corridor with a niche behind it.
    Watched w({".....", "@@@.@"}, 2, options(4, budget));
    w.floor.one_shot = true;
    w.floor.vertex = {0, 2};
    w.floor.heading = {0, 2};
    w.floor.goal = {4, kNoVertex};
    w.floor.then = {kNoVertex, kNoVertex};
    for (int t = 0; t < 14; ++t) w.advance();
    CHECK(w.floor.vertex[0] == 4);

    Watched open({"......", "......", "......"}, 3, options(4, budget));
    open.floor.one_shot = true;
    open.floor.vertex = {0, 14, 16};
    open.floor.heading = {0, 1, 2};
    open.floor.goal = {5, kNoVertex, kNoVertex};
    open.floor.then.assign(3, kNoVertex);
    for (int t = 0; t < 6; ++t) {
      open.advance();
      CHECK(open.floor.last[1] == Move::wait);
      CHECK(open.floor.last[2] == Move::wait);
    }
    CHECK(open.floor.vertex[0] == 5);
  }
}

TEST_CASE("pibt: a robot alone takes a shortest way, turns and all, and stays there") {
  Watched w(random_rows(16, 0.25, 7), 1, options(4, 0));
  w.floor.one_shot = true;
  w.floor.then = {kNoVertex};
  for (int i = 0; i < 40; ++i) {
    w.floor.goal[0] = w.floor.any_place();
    w.floor.notes.clear();
    const uint32_t way = w.distances.at(w.floor.goal[0], w.floor.vertex[0], w.floor.heading[0]);
    for (uint32_t t = 0; t < way; ++t) {
      CHECK(w.floor.vertex[0] != w.floor.goal[0]);
      w.advance();
    }
    CHECK(w.floor.vertex[0] == w.floor.goal[0]);
    w.advance();
    CHECK(w.floor.vertex[0] == w.floor.goal[0]);
  }
}

TEST_CASE("pibt: the more urgent task goes first, the one that waits for long before it") {
  const auto first_there = [](std::vector<int32_t> priority, std::vector<uint32_t> progress,
                              uint64_t step) {
    TestFloor floor({"@.@", "...", "@.@"}, 2, 1);
    floor.one_shot = true;
    // Vertices: 0 north, 1 west, 2 middle, 3 east, 4 south.
    floor.vertex = {0, 1};
    floor.heading = {1, 0};
    floor.goal = {4, 3};
    floor.then = {kNoVertex, kNoVertex};
    floor.priority = std::move(priority);
    floor.step = step;
    Distances distances(floor.grid.roads, {});
    PibtPlanner planner(floor.grid.roads, distances, options(4, 0));
    Fleet fleet = floor.fleet();
    fleet.progress = progress;
    Steps steps;
    planner.plan(fleet, steps);
    CHECK((steps.moves[0] == Move::forward) != (steps.moves[1] == Move::forward));
    return steps.moves[0] == Move::forward ? 0 : 1;
  };
  const int usual = first_there({0, 0}, {}, 0);
  CHECK(first_there({1, 0}, {}, 0) == 0);
  CHECK(first_there({0, 1}, {}, 0) == 1);
  CHECK(first_there({0, 0}, {100, 100}, 100) == usual);
  CHECK(first_there({0, 0}, {0, 100}, 100) == 0);
  CHECK(first_there({0, 0}, {100, 0}, 100) == 1);
  CHECK(first_there({0, 1}, {0, 100}, 100) == 1);
}

TEST_CASE("pibt: urgent robots come through a crowd sooner") {
  double urgent = 0, others = 0;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Watched w(random_rows(16, 0.1, seed), 60, options(4, 0), seed);
    w.floor.priority.assign(60, 0);
    for (int r = 0; r < 6; ++r) w.floor.priority[static_cast<size_t>(r)] = 1;
    for (int t = 0; t < 400; ++t) {
      const std::vector<uint32_t> goal = w.floor.goal;
      w.advance();
      for (uint32_t r = 0; r < 60; ++r) (r < 6 ? urgent : others) += w.floor.vertex[r] == goal[r];
    }
  }
  CHECK(urgent / 6 > 1.1 * others / 54);
}

TEST_CASE("pibt: everybody gets there again and again") {
  Watched w(random_rows(20, 0.1, 8), 60, options(4, 1200));
  std::vector<uint32_t> reached(60, 0), since(60, 0);
  uint32_t longest = 0;
  for (int t = 0; t < 2500; ++t) {
    const std::vector<uint32_t> goal = w.floor.goal;
    w.advance();
    for (uint32_t r = 0; r < 60; ++r) {
      ++since[r];
      if (w.floor.vertex[r] != goal[r]) continue;
      ++reached[r];
      longest = std::max(longest, since[r]);
      since[r] = 0;
    }
  }
  longest = std::max(longest, *std::max_element(since.begin(), since.end()));
  CHECK(longest < 300);
  CHECK(*std::min_element(reached.begin(), reached.end()) > 50);
}

TEST_CASE("pibt: the budget is what the search adds, and it pays") {
  uint32_t without = 0;
  for (const uint64_t budget : {0, 300, 3000}) {
    Watched w(random_rows(20, 0.1, 2), 60, options(4, budget));
    for (int t = 0; t < 200; ++t) {
      // The first pass is the same planner's without a budget.
      PibtPlanner first(w.floor.grid.roads, w.distances, options(4, 0));
      Fleet fleet = w.floor.fleet();
      Steps steps;
      if (t > 0) fleet.progress = w.watch.progress;
      first.plan(fleet, steps);
      w.advance();
      if (t > 0) CHECK(w.planner.work() <= first.work() + budget + 1000);
      if (t > 0 && budget == 0) CHECK(w.planner.work() == first.work());
    }
    if (budget == 0) without = w.floor.done;
    if (budget == 3000) CHECK(w.floor.done > without * 1.03);
  }
}

TEST_CASE("pibt: a fleet of none") {
  Watched w({".."}, 0, options(4, 100));
  w.advance();
  CHECK(w.floor.last.empty());
}

}  // namespace
}  // namespace dure::floor
