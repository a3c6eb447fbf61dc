#include "worlds/floor/distance.h"

#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"

using namespace dure;
using namespace dure::floor;

namespace {

Grid random_grid(uint32_t width, uint32_t height, double blocked, uint64_t seed) {
  Random random{.seed = seed, .stream = 1};
  std::vector<uint8_t> free(width * height);
  for (uint8_t& f : free) f = random.chance(blocked) ? 0 : 1;
  free[0] = 1;
  return make_grid(width, height, free);
}

// By relaxing every move until nothing changes.
std::vector<uint32_t> slow_distances(const Roadmap& roads, const Costs& costs, uint32_t goal) {
  constexpr uint32_t far = Distances::kUnreachable;
  std::vector<uint32_t> d(roads.vertices() * kHeadings, far);
  for (uint32_t h = 0; h < kHeadings; ++h) d[goal * kHeadings + h] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t s = 0; s < d.size(); ++s) {
      const uint32_t v = s / kHeadings, h = s % kHeadings;
      const auto relax = [&](uint32_t to, uint32_t cost) {
        if (d[to] != far && d[to] + cost < d[s]) {
          d[s] = d[to] + cost;
          changed = true;
        }
      };
      relax(v * kHeadings + (h + 1) % kHeadings, costs.turn);
      relax(v * kHeadings + (h + 3) % kHeadings, costs.turn);
      const uint32_t cost = costs.forward.empty() ? costs.step : costs.forward[s];
      if (roads.next[s] != kNoVertex) relax(roads.next[s] * kHeadings + h, cost);
    }
  }
  return d;
}

}  // namespace

TEST_CASE("distances are those of a slow search, in whatever order they are asked for") {
  for (const uint64_t seed : {1u, 2u, 3u, 4u}) {
    const Grid grid = random_grid(40, 30, 0.25, seed);
    const uint32_t n = grid.roads.vertices();
    Random random{.seed = seed, .stream = 2};
    Costs costs;
    costs.turn = static_cast<uint8_t>(1 + seed % 3);
    if (seed > 1) {
      for (size_t i = 0; i < grid.roads.next.size(); ++i)
        costs.forward.push_back(static_cast<uint8_t>(1 + random.below(31)));
    }
    // Room for few tables: they are forgotten and made again.
    Distances distances(grid.roads, costs, 3 * n * sizeof(uint32_t));
    std::vector<uint32_t> goals;
    std::vector<std::vector<uint32_t>> expected;
    for (int i = 0; i < 6; ++i) {
      goals.push_back(static_cast<uint32_t>(random.below(n)));
      expected.push_back(slow_distances(grid.roads, costs, goals.back()));
    }
    for (int i = 0; i < 4000; ++i) {
      const size_t g = random.below(goals.size());
      const uint32_t v = static_cast<uint32_t>(random.below(n));
      for (uint32_t h = 0; h < kHeadings; ++h) {
        const uint32_t slow = expected[g][v * kHeadings + h];
        const uint32_t ours = distances.at(goals[g], v, h);
        if (slow == Distances::kUnreachable)
          REQUIRE(ours >= Distances::kUnreachable);
        else
          REQUIRE(ours == slow);
      }
    }
  }
}

TEST_CASE("tables made on two threads are the same, and those in use are kept") {
  const Grid grid = random_grid(60, 60, 0.2, 9);
  const uint32_t n = grid.roads.vertices();
  Random random{.seed = 9, .stream = 3};
  std::vector<Distances::Question> questions;
  for (int i = 0; i < 400; ++i)
    questions.push_back(
        {static_cast<uint32_t>(random.below(n / 4)), static_cast<uint32_t>(random.below(n))});
  Distances one(grid.roads, {}), two(grid.roads, {}, 10 * n * sizeof(uint32_t));
  two.begin();
  two.prepare(questions, 2);
  std::vector<uint32_t> tables;
  for (const auto& q : questions) tables.push_back(two.table(q.goal));
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto& q = questions[i];
    CHECK(two.word(tables[i], q.vertex) == one.word(one.table(q.goal), q.vertex));
  }
  two.begin();
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto& q = questions[questions.size() - 1 - i];
    CHECK(two.at(q.goal, q.vertex, 2) == one.at(q.goal, q.vertex, 2));
    const uint32_t word = one.word(one.table(q.goal), q.vertex);
    CHECK(two.within(two.table(q.goal), q.vertex, 20) ==
          (word >> 12 <= 20 ? word : Distances::kUnreachable << 12));
  }
}

TEST_CASE("memory that one step needed beyond the bound is given back when it is over") {
  const Grid grid = random_grid(30, 30, 0.1, 4);
  const uint32_t n = grid.roads.vertices();
  Distances distances(grid.roads, {}, 4 * n * sizeof(uint32_t)), all(grid.roads, {});
  const auto ask = [&](uint32_t goals) {
    distances.begin();
    for (uint32_t g = 0; g < goals; ++g) REQUIRE(distances.at(g, n - 1, 0) == all.at(g, n - 1, 0));
  };
  ask(50);
  CHECK(distances.tables() == 50);
  for (int i = 0; i < 5; ++i) ask(50);  // still in use
  CHECK(distances.tables() == 50);
  for (int i = 0; i < 3; ++i) ask(7);
  CHECK(distances.tables() == 7);
  for (int i = 0; i < 3; ++i) ask(2);
  CHECK(distances.tables() == 4);
  const uint64_t work = distances.work();
  ask(2);
  CHECK(distances.work() == work);  // what is in use was not made again
}

TEST_CASE("a search goes no further than it is asked to") {
  const std::vector<uint8_t> free(200 * 200, 1);
  const Grid grid = make_grid(200, 200, free);
  Distances distances(grid.roads, {});
  CHECK(distances.at(0, 5, 0) == 7);  // 5 lanes west, and a turn about
  CHECK(distances.work() < 4 * 40 * 40);
  CHECK(distances.at(0, 200 * 200 - 1, 2) == 199 + 199 + 1);
}

TEST_CASE("one-way lanes are kept to") {
  // 0 -> 1 -> 2, and back by 5 4 3 only
  std::vector<uint32_t> next(6 * kHeadings, kNoVertex);
  const auto lane = [&](uint32_t from, uint32_t heading, uint32_t to) {
    next[from * kHeadings + heading] = to;
  };
  lane(0, 0, 1);
  lane(1, 0, 2);
  lane(2, 1, 5);
  lane(5, 2, 4);
  lane(4, 2, 3);
  lane(3, 3, 0);
  const Roadmap roads = make_roadmap(next);
  Distances distances(roads, {});
  CHECK(distances.at(2, 0, 0) == 2);
  CHECK(distances.at(0, 2, 0) == 1 + 1 + 1 + 1 + 1 + 1 + 1);  // 4 lanes, 3 turns
}
