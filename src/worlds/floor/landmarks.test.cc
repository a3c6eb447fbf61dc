#include "worlds/floor/landmarks.h"

#include <limits>
#include <queue>

#include "worlds/floor/guidance.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

constexpr uint32_t kFar = std::numeric_limits<uint32_t>::max();

// Least cost from standing anyhow on each vertex to standing on `goal`: Bellman and Ford.
std::vector<uint32_t> costs_to(const Roadmap& roads, const Costs& costs, uint32_t goal) {
  const uint32_t n = roads.vertices();
  std::vector<uint32_t> state(size_t{n} * 4, kFar);
  for (uint32_t h = 0; h < 4; ++h) state[goal * 4 + h] = 0;
  const auto lower = [&](uint32_t& a, uint32_t b, uint32_t cost) {
    if (b == kFar || a <= b + cost) return false;
    a = b + cost;
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t v = 0; v < n; ++v) {
      for (uint32_t h = 0; h < 4; ++h) {
        uint32_t& s = state[v * 4 + h];
        changed |= lower(s, state[v * 4 + (h + 1) % 4], costs.turn);
        changed |= lower(s, state[v * 4 + (h + 3) % 4], costs.turn);
        const uint32_t forward = costs.forward.empty() ? costs.step : costs.forward[v * 4 + h];
        if (roads.to(v, h) != kNoVertex)
          changed |= lower(s, state[roads.to(v, h) * 4 + h], forward);
      }
    }
  }
  std::vector<uint32_t> out(n);
  for (uint32_t v = 0; v < n; ++v) out[v] = *std::min_element(&state[v * 4], &state[v * 4] + 4);
  return out;
}

const std::vector<std::string> kRows = {"..........", ".##.###.#.", "....#.....",
                                        ".##.#.##..", "......#...", "##.##...#."};

void check_bounds(const Roadmap& roads, const Costs& costs) {
  Distances distances(roads, costs);
  const Landmarks few(roads, distances, 2), many(roads, distances, 8);
  uint64_t of_few = 0, of_many = 0, all = 0;
  for (uint32_t goal = 0; goal < roads.vertices(); ++goal) {
    const std::vector<uint32_t> to = costs_to(roads, costs, goal);
    for (uint32_t v = 0; v < roads.vertices(); ++v) {
      const uint32_t bound = many.apart(v, goal);
      if (to[v] == kFar) continue;
      // Too much by the turns at its ends at most.
      CHECK(bound <= to[v] + 2 * costs.turn);
      all += to[v];
      of_many += bound;
      of_few += few.apart(v, goal);
    }
    CHECK(many.apart(goal, goal) == 0);
  }
  CHECK(of_many > of_few);
  CHECK(of_many * 10 > all * 7);
}

TEST_CASE("landmarks: ways are bounded from below, and not by nothing") {
  const Model m = drawn(kRows);
  check_bounds(m.roads, plain_costs());
  check_bounds(m.roads, row_costs(m));
}

TEST_CASE("landmarks: on one-way lanes too") {
  // A ring with a chord: the way there is not the way back.
  std::vector<uint32_t> next(12 * kHeadings, kNoVertex);
  for (uint32_t v = 0; v < 12; ++v) next[v * kHeadings] = (v + 1) % 12;
  next[3 * kHeadings + 1] = 9;
  check_bounds(make_roadmap(std::move(next)), plain_costs());
}

TEST_CASE("landmarks: pieces that are not joined are far apart or unknown, never near by mistake") {
  const Model m = drawn({"...#..", "...#.."});
  Distances distances(m.roads, {});
  const Landmarks l(m.roads, distances, 4);
  const uint32_t a = at(m, 0, 0), b = at(m, 1, 2), c = at(m, 0, 5), d = at(m, 1, 4);
  CHECK(l.apart(a, b) <= distances.least(b, a) + 2);
  CHECK(l.apart(c, d) <= distances.least(d, c) + 2);
}

}  // namespace
}  // namespace dure::floor
