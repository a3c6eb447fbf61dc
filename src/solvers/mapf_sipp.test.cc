#include "solvers/mapf_sipp.h"

#include <algorithm>
#include <array>
#include <queue>

#include <doctest/doctest.h>

#include "base/random.h"

using namespace dure;
using namespace dure::mapf;

namespace {

constexpr uint32_t kSide = 7;

Graph random_graph(Random& random) {
  std::vector<uint8_t> free(kSide * kSide, 1);
  for (uint8_t& cell : free) cell = !random.chance(0.15);
  const Result<Graph> graph = make_graph(make_grid(kSide, kSide, free).roads);
  REQUIRE(graph.ok());
  return *graph;
}

std::vector<uint32_t> distances_to(const Graph& graph, uint32_t goal) {
  std::vector<uint32_t> distance(graph.vertices(), kNone), queue = {goal};
  distance[goal] = 0;
  for (size_t i = 0; i < queue.size(); ++i) {
    for (const uint32_t u : graph.of(queue[i])) {
      if (distance[u] != kNone) continue;
      distance[u] = distance[queue[i]] + 1;
      queue.push_back(u);
    }
  }
  return distance;
}

// Where an agent is at a step.
uint32_t at(const std::vector<uint32_t>& path, size_t step) {
  return path[std::min(step, path.size() - 1)];
}

bool clash(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  for (size_t step = 0; step < std::max(a.size(), b.size()); ++step) {
    if (at(a, step) == at(b, step)) return true;
    if (step > 0 && at(a, step) == at(b, step - 1) && at(b, step) == at(a, step - 1)) return true;
  }
  return false;
}

// The least cost, by breadth-first search over vertices and steps; kNone: no path.
uint32_t least_cost(const Graph& graph, uint32_t start, uint32_t goal,
                    const std::vector<std::vector<uint32_t>>& others) {
  std::vector<bool> here(graph.vertices()), next(graph.vertices());
  here[start] = true;
  size_t quiet = 0;  // from then on nobody else moves
  for (const std::vector<uint32_t>& path : others) quiet = std::max(quiet, path.size());
  for (size_t step = 0; step < quiet + 2 * graph.vertices(); ++step) {
    if (here[goal]) {
      const bool for_good = std::none_of(others.begin(), others.end(), [&](const auto& path) {
        for (size_t s = step; s < std::max(step + 1, path.size()); ++s)
          if (at(path, s) == goal) return true;
        return false;
      });
      if (for_good) return static_cast<uint32_t>(step);
    }
    std::fill(next.begin(), next.end(), false);
    for (uint32_t v = 0; v < graph.vertices(); ++v) {
      if (!here[v]) continue;
      for (uint32_t k = 0; k <= graph.of(v).size(); ++k) {
        const uint32_t u = k == graph.of(v).size() ? v : graph.of(v)[k];
        const bool free = std::none_of(others.begin(), others.end(), [&](const auto& path) {
          return at(path, step + 1) == u || (at(path, step) == u && at(path, step + 1) == v);
        });
        if (free) next[u] = true;
      }
    }
    std::swap(here, next);
  }
  return kNone;
}

}  // namespace

TEST_CASE("mapf distances: what neighbours differ by, however far they are known") {
  for (uint64_t i = 0; i < 20; ++i) {
    Random random{3, i};
    const Graph graph = random_graph(random);
    const uint32_t goal = static_cast<uint32_t>(random.below(graph.vertices()));
    const std::vector<uint32_t> truth = distances_to(graph, goal);
    const std::array<uint32_t, 1> goals = {goal};
    Distances distances(graph, goals);
    for (int draw = 0; draw < 60; ++draw) {
      const uint32_t v = static_cast<uint32_t>(random.below(graph.vertices()));
      if (truth[v] == kNone) {
        CHECK_FALSE(distances.reach(0, v));
        continue;
      }
      for (const uint32_t u : graph.of(v)) {
        CHECK(distances.step_between(0, v, u) ==
              static_cast<int>(truth[u]) - static_cast<int>(truth[v]));
      }
      if (draw % 4 != 0) continue;
      CHECK(distances.reach(0, v));
      CHECK(distances.code(0, v) == truth[v] % 3 + 1);
      CHECK(distances.level(0) >= truth[v]);
    }
  }
}

TEST_CASE("mapf sipp: least costs among others' paths, and paths through them") {
  int found = 0, waited = 0, none = 0, through = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    CAPTURE(i);
    Random random{4, i};
    const Graph graph = random_graph(random);
    const uint32_t agents = 2 + static_cast<uint32_t>(random.below(14));
    std::vector<uint32_t> order(graph.vertices());
    for (uint32_t v = 0; v < order.size(); ++v) order[v] = v;
    random.shuffle(std::span(order));
    std::vector<uint32_t> starts(order.begin(), order.begin() + agents);
    random.shuffle(std::span(order));
    std::vector<uint32_t> goals(order.begin(), order.begin() + agents);
    Distances distances(graph, goals);
    Visits visits(graph);
    Sipp sipp(graph, distances, visits);
    std::vector<std::vector<uint32_t>> paths;
    std::vector<uint32_t> planned, weight(agents, 0);
    for (uint32_t agent = 0; agent < agents; ++agent) {
      const std::vector<uint32_t> truth = distances_to(graph, goals[agent]);
      if (truth[starts[agent]] == kNone) continue;
      const uint32_t least = least_cost(graph, starts[agent], goals[agent], paths);
      Sipp::Request request{.agent = agent,
                            .start = starts[agent],
                            .goal = goals[agent],
                            .distance = static_cast<int32_t>(truth[starts[agent]]),
                            .bound = kForever,
                            .salt = random.bits()};
      std::vector<uint32_t> path;
      REQUIRE(sipp.plan(request, path) == (least != kNone));
      if (least == kNone) {
        ++none;
        std::vector<uint32_t> in_the_way;
        sipp.plan_through(request, weight, path, in_the_way);
        CHECK(path.front() == starts[agent]);
        CHECK(path.back() == goals[agent]);
        CHECK_FALSE(in_the_way.empty());
        for (size_t k = 0; k < planned.size(); ++k) {
          const bool listed =
              std::find(in_the_way.begin(), in_the_way.end(), planned[k]) != in_the_way.end();
          CHECK(listed == clash(path, paths[k]));
          through += listed;
        }
        continue;
      }
      CHECK(path.size() == size_t{least} + 1);
      CHECK(path.front() == starts[agent]);
      CHECK(path.back() == goals[agent]);
      for (size_t step = 1; step < path.size(); ++step) {
        const std::span<const uint32_t> near = graph.of(path[step - 1]);
        CHECK((path[step] == path[step - 1] ||
               std::find(near.begin(), near.end(), path[step]) != near.end()));
      }
      for (const std::vector<uint32_t>& other : paths) CHECK_FALSE(clash(path, other));
      std::vector<uint32_t> again;
      request.bound = static_cast<int32_t>(least) - 1;
      CHECK_FALSE(sipp.plan(request, again));
      request.bound = kForever;
      request.hurry = 8;
      REQUIRE(sipp.plan(request, again));
      CHECK(again.size() >= path.size());
      for (const std::vector<uint32_t>& other : paths) CHECK_FALSE(clash(again, other));
      ++found;
      waited += least > truth[starts[agent]];
      visits.add(agent, path);
      paths.push_back(path);
      planned.push_back(agent);
      // In and out again leaves the others' visits.
      if (agent % 3 == 0) {
        visits.remove(path);
        visits.add(agent, path);
      }
      const size_t step = random.below(path.size() + 2);
      CHECK(visits.who(at(path, step), static_cast<int32_t>(step)) == agent);
    }
  }
  CHECK(found > 1000);
  CHECK(waited > 200);
  CHECK(none > 30);
  CHECK(through > 30);
}
