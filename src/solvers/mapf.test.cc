#include "solvers/mapf.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <queue>
#include <string>

#include <doctest/doctest.h>

#include "../tests/reference_data.h"
#include "base/file.h"
#include "base/random.h"
#include "solvers/movingai.h"

using namespace dure;

namespace {

using Vertices = std::vector<uint32_t>;

// Rows of '.' and '#'.
Grid grid_of(const std::vector<std::string>& rows) {
  std::vector<uint8_t> free;
  for (const std::string& row : rows)
    for (const char c : row) free.push_back(c != '#');
  return make_grid(static_cast<uint32_t>(rows[0].size()), static_cast<uint32_t>(rows.size()), free);
}

std::string outcome(const Grid& grid, const Vertices& starts, const Vertices& goals,
                    const MapfOptions& options = {}) {
  const MapfProblem problem{grid.roads, starts, goals};
  const Result<MapfSolution> solution = solve_mapf(problem, options);
  if (!solution) return solution.error().text();
  const Result<void> check = check_mapf(problem, *solution);
  return check ? "solved" : check.error().text();
}

Grid random_grid(Random& random, uint32_t width, uint32_t height, double blocked) {
  std::vector<uint8_t> free;
  for (uint32_t i = 0; i < width * height; ++i) free.push_back(!random.chance(blocked));
  free[0] = 1;
  return make_grid(width, height, free);
}

// The vertices joined with vertex 0, in a random order.
Vertices some_vertices(Random& random, const Grid& grid) {
  Vertices found = {0};
  std::vector<bool> seen(grid.roads.vertices());
  seen[0] = true;
  for (size_t i = 0; i < found.size(); ++i) {
    for (uint32_t h = 0; h < kHeadings; ++h) {
      const uint32_t u = grid.roads.to(found[i], h);
      if (u == kNoVertex || seen[u]) continue;
      seen[u] = true;
      found.push_back(u);
    }
  }
  random.shuffle(std::span(found));
  return found;
}

// The least sum of costs, by Dijkstra's algorithm over where everybody is and who will not move any
// more; nothing when there is no solution.
std::optional<uint64_t> least_sum(const Grid& grid, const Vertices& starts, const Vertices& goals) {
  struct State {
    Vertices at;
    uint32_t resting;
    auto operator<=>(const State&) const = default;
  };
  const size_t agents = starts.size();
  std::map<State, uint64_t> known;
  std::priority_queue<std::pair<uint64_t, State>, std::vector<std::pair<uint64_t, State>>,
                      std::greater<>>
      open;
  const auto reach = [&](const State& state, uint64_t cost) {
    const auto [entry, fresh] = known.try_emplace(state, cost);
    if (!fresh && entry->second <= cost) return;
    entry->second = cost;
    open.push({cost, state});
  };
  reach({starts, 0}, 0);
  while (!open.empty()) {
    const uint64_t cost = open.top().first;
    const State state = open.top().second;
    open.pop();
    if (known[state] < cost) continue;
    if (state.resting + 1 == 1u << agents) return cost;
    for (size_t agent = 0; agent < agents; ++agent) {
      if (state.at[agent] == goals[agent]) reach({state.at, state.resting | 1u << agent}, cost);
    }
    // Everybody's moves, one agent after another.
    std::vector<Vertices> partial = {{}};
    for (size_t agent = 0; agent < agents; ++agent) {
      std::vector<Vertices> longer;
      for (const Vertices& moves : partial) {
        for (uint32_t h = 0; h <= kHeadings; ++h) {
          const uint32_t from = state.at[agent];
          const uint32_t to = h == kHeadings ? from : grid.roads.to(from, h);
          if (to == kNoVertex || (to != from && (state.resting >> agent & 1) != 0)) continue;
          bool clash = false;
          for (size_t k = 0; k < agent; ++k)
            clash = clash || moves[k] == to || (moves[k] == from && state.at[k] == to);
          if (clash) continue;
          longer.push_back(moves);
          longer.back().push_back(to);
        }
      }
      partial = std::move(longer);
    }
    const uint64_t moving = agents - static_cast<uint64_t>(__builtin_popcount(state.resting));
    for (const Vertices& at : partial) reach({at, state.resting}, cost + moving);
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("mapf: nobody, and everybody at home") {
  const Grid grid = grid_of({"..."});
  CHECK(outcome(grid, {}, {}) == "solved");
  const Vertices places = {0, 2};
  const MapfProblem problem{grid.roads, places, places};
  const Result<MapfSolution> solution = solve_mapf(problem);
  REQUIRE(solution.ok());
  CHECK(solution->sum_of_costs == 0);
  CHECK(solution->vertices == places);
}

TEST_CASE("mapf: impossible inputs are errors") {
  const Grid grid = grid_of({"..#."});
  CHECK(outcome(grid, {0, 1}, {1}) ==
        "goals: expected as many goals as starts, found 2 starts and 1 goals");
  CHECK(outcome(grid, {0, 0}, {0, 1}) ==
        "starts: agent 1: expected a vertex of its own, found agent 0's, 0");
  CHECK(outcome(grid, {0, 1}, {1, 1}) ==
        "goals: agent 1: expected a vertex of its own, found agent 0's, 1");
  CHECK(outcome(grid, {0, 3}, {1, 2}) ==
        "starts: agent 1: expected one of the 3 vertices, found 3");
  CHECK(outcome(grid, {0}, {2}) ==
        "goals: agent 0: its goal, vertex 2, cannot be reached from its start, vertex 0");
  const Roadmap one_way = make_roadmap({1, kNoVertex, kNoVertex, kNoVertex,  //
                                        kNoVertex, kNoVertex, kNoVertex, kNoVertex});
  const Vertices start = {0}, goal = {1};
  const Result<MapfSolution> solution = solve_mapf({one_way, start, goal});
  REQUIRE_FALSE(solution.ok());
  CHECK(solution.error().text() ==
        "roads: expected lanes both ways, found one from vertex 0 to vertex 1 and none back");
}

TEST_CASE("mapf: changing places in a corridor") {
  // A dead end cannot be shared, with a side place it can.
  CHECK(outcome(grid_of({"....."}), {0, 4}, {4, 0}).starts_with("no solution exists"));
  const Grid pocket = grid_of({"#.###", "....."});  // 0 is the side place, 1 to 5 the corridor
  CHECK(outcome(pocket, {1, 5}, {5, 1}) == "solved");
  // The last one would have to get past two.
  CHECK(outcome(pocket, {1, 2, 5}, {2, 5, 1}).starts_with("no solution exists"));
  const Grid long_way = grid_of({"##.##########", ".............", "#############"});
  const uint32_t end = long_way.roads.vertices() - 1;
  CHECK(outcome(long_way, {1, end}, {end, 1}) == "solved");
  CHECK(outcome(long_way, {end - 1, end}, {end, end - 1}) == "solved");
  CHECK(outcome(long_way, {end - 2, end - 1, end}, {end, end - 1, end - 2}) == "solved");
}

TEST_CASE("mapf: a full ring turns, and two in it cannot change places") {
  const Grid ring = grid_of({"..", ".."});
  CHECK(outcome(ring, {0, 1, 3, 2}, {1, 3, 2, 0}) == "solved");
  CHECK(outcome(ring, {0, 1, 2, 3}, {1, 0, 2, 3}).starts_with("no solution exists"));
  const Grid large = grid_of({"...", ".#.", "..."});
  CHECK(outcome(large, {0, 1, 2, 4, 7, 6, 5}, {1, 2, 4, 7, 6, 5, 3}) == "solved");
}

TEST_CASE("mapf: a full square of 15 puzzles") {
  // One free vertex of nine: rotations of the 2x2 blocks make any order possible.
  const Grid grid = grid_of({"...", "...", "..."});
  CHECK(outcome(grid, {0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 2, 3, 4, 5, 6, 7}) == "solved");
  CHECK(outcome(grid, {0, 1, 2, 3, 4, 5, 6, 7}, {7, 6, 5, 4, 3, 2, 1, 0}) == "solved");
}

TEST_CASE("mapf: small problems against the least sum of costs") {
  uint64_t least = 0, ours = 0;
  int unsolvable = 0, solvable = 0, optimal = 0;
  for (uint64_t i = 0; i < 120; ++i) {
    CAPTURE(i);
    Random random{17, i};
    const Grid grid = random_grid(random, 4, 3, 0.3);
    Vertices places = some_vertices(random, grid);
    const size_t agents = std::min<size_t>(1 + i % 3, places.size());
    const Vertices starts(places.begin(), places.begin() + static_cast<long>(agents));
    random.shuffle(std::span(places));
    const Vertices goals(places.begin(), places.begin() + static_cast<long>(agents));
    const std::optional<uint64_t> best = least_sum(grid, starts, goals);
    const MapfProblem problem{grid.roads, starts, goals};
    const Result<MapfSolution> solution = solve_mapf(problem, {.improve_work = 3000});
    REQUIRE(solution.ok() == best.has_value());
    if (!best) {
      CHECK(solution.error().text().starts_with("no solution exists"));
      ++unsolvable;
      continue;
    }
    ++solvable;
    const Result<void> check = check_mapf(problem, *solution);
    CHECK_MESSAGE(check.ok(), (check ? "" : check.error().text()));
    REQUIRE(solution->sum_of_costs >= *best);
    CHECK(solution->sum_of_distances <= *best);
    CHECK(solution->sum_of_costs <= solution->first_sum_of_costs);
    least += *best;
    ours += solution->sum_of_costs;
    optimal += solution->sum_of_costs == *best;
  }

  CHECK(unsolvable >= 5);
  CHECK(solvable >= 80);
  // Paths planned one after another do not always come to the least sum.
  CHECK(optimal >= 100);
  CHECK(static_cast<double>(ours) <= 1.06 * static_cast<double>(least));
}

TEST_CASE("mapf: crowded random grids") {
  int solved = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    CAPTURE(i);
    Random random{18, i};
    const Grid grid = random_grid(random, 12, 12, 0.15);
    Vertices places = some_vertices(random, grid);
    const size_t agents = places.size() * 6 / 10;
    const Vertices starts(places.begin(), places.begin() + static_cast<long>(agents));
    random.shuffle(std::span(places));
    const Vertices goals(places.begin(), places.begin() + static_cast<long>(agents));
    // The tight ones may need very many configurations: then they are given up.
    const std::string result =
        outcome(grid, starts, goals, {.max_configurations = 20'000, .improve_work = 5000});
    CHECK_MESSAGE((result == "solved" || result == "no solution found in 20000 configurations"),
                  result);
    solved += result == "solved";
  }
  CHECK(solved >= 35);
}

TEST_CASE("mapf: same seed and work, same solution; limits and stop") {
  Random random{19, 0};
  const Grid grid = random_grid(random, 16, 16, 0.1);
  Vertices places = some_vertices(random, grid);
  const Vertices starts(places.begin(), places.begin() + 60);
  random.shuffle(std::span(places));
  const Vertices goals(places.begin(), places.begin() + 60);
  const MapfProblem problem{grid.roads, starts, goals};
  const auto solve = [&](const MapfOptions& options) {
    Result<MapfSolution> solution = solve_mapf(problem, options);
    REQUIRE_MESSAGE(solution.ok(), (solution ? "" : solution.error().text()));
    REQUIRE(check_mapf(problem, *solution).ok());
    return *std::move(solution);
  };
  const MapfSolution first = solve({});
  CHECK(first.sum_of_costs == first.first_sum_of_costs);
  CHECK(first.iterations == 0);
  const MapfSolution a = solve({.improve_work = 20'000});
  const MapfSolution b = solve({.improve_work = 20'000});
  CHECK(a.vertices == b.vertices);
  CHECK(a.work == b.work);
  CHECK(a.work >= 20'000);
  CHECK(a.first_sum_of_costs == first.sum_of_costs);
  CHECK(a.sum_of_costs < first.sum_of_costs);
  CHECK(solve({.seed = 2, .improve_work = 20'000}).vertices != a.vertices);
  CHECK(solve({.improve_work = 60'000}).sum_of_costs <= a.sum_of_costs);

  CHECK(outcome(grid, starts, goals, {.max_configurations = 1}) ==
        "no solution found in 1 configurations");
  CHECK(outcome(grid, starts, goals, {.stop = [] { return true; }}) ==
        "no solution found in 0 configurations");
  uint64_t asked = 0;
  const MapfSolution stopped = solve(
      {.improve_work = kNoLimit, .stop = [&] { return ++asked == first.configurations + 100; }});
  CHECK(stopped.iterations > 0);
}

TEST_CASE("mapf: the check finds what is wrong") {
  const Grid grid = grid_of({"...", "..."});
  const Vertices starts = {0, 2}, goals = {2, 0};
  const MapfProblem problem{grid.roads, starts, goals};
  const auto verdict = [&](const std::vector<Vertices>& paths, uint64_t sum, uint32_t makespan) {
    MapfSolution solution;
    solution.first = {0};
    for (const Vertices& path : paths) {
      solution.vertices.insert(solution.vertices.end(), path.begin(), path.end());
      solution.first.push_back(solution.vertices.size());
    }
    solution.sum_of_costs = sum;
    solution.makespan = makespan;
    const Result<void> check = check_mapf(problem, solution);
    return check ? "right" : check.error().text();
  };
  const Vertices below = {0, 3, 4, 5, 2}, above = {2, 1, 0};
  CHECK(verdict({below, above}, 6, 4) == "right");
  CHECK(verdict({below, above}, 5, 4) == "the sum of costs is 6");
  CHECK(verdict({below, above}, 6, 5) == "the makespan is 4");
  CHECK(verdict({below}, 4, 4) == "expected a path for each of 2 agents");
  CHECK(verdict({below, {}}, 4, 4) == "agent 1, step 0: no path");
  CHECK(verdict({below, {1, 0}}, 5, 4) == "agent 1, step 0: not its start");
  CHECK(verdict({below, {2, 1}}, 5, 4) == "agent 1, step 1: not its goal");
  CHECK(verdict({below, {2, 0}}, 5, 4) == "agent 1, step 1: no lane leads there");
  CHECK(verdict({below, {2, 9, 0}}, 5, 4) == "agent 1, step 1: no vertex");
  CHECK(verdict({below, {2, 1, 0, 0}}, 7, 4) == "agent 1, step 3: it was at its goal before");
  CHECK(verdict({{0, 1, 2}, above}, 4, 2) == "agent 1, step 1: where agent 0 is");
  CHECK(verdict({{0, 1, 2}, {2, 2, 1, 0}}, 5, 3) == "agent 0, step 2: changes places with agent 1");
  // In the way after the other has arrived for good.
  CHECK(verdict({{0, 3, 4, 5, 2}, {2, 2, 2, 5, 4, 1, 0}}, 10, 6) ==
        "agent 1, step 3: where agent 0 is");
}

TEST_CASE("mapf: the reference problem of 300 agents") {
  const auto folder = reference_data("robots/mapf");
  if (!folder) return;
  const Result<std::string> map_text = read_file(*folder + "/random-32-32-10.map");
  const Result<std::string> scen_text = read_file(*folder + "/random-32-32-10-random-1.scen");
  REQUIRE(map_text.ok());
  REQUIRE(scen_text.ok());
  const Result<MovingAiMap> map = read_movingai_map(*map_text, "map");
  const Result<std::vector<ScenEntry>> scen = read_movingai_scen(*scen_text, "scen");
  REQUIRE(map.ok());
  REQUIRE(scen.ok());
  const Grid grid = make_grid(map->width, map->height, free_cells(*map));
  Vertices starts, goals;
  for (size_t i = 0; i < 300; ++i) {
    starts.push_back(grid.vertex_of[(*scen)[i].start_cell()]);
    goals.push_back(grid.vertex_of[(*scen)[i].goal_cell()]);
  }
  const MapfProblem problem{grid.roads, starts, goals};
  const Result<MapfSolution> solution = solve_mapf(problem, {.improve_work = 2'500'000});
  REQUIRE(solution.ok());
  CHECK(check_mapf(problem, *solution).ok());
  CHECK(solution->sum_of_distances == 6371);
  CHECK(solution->sum_of_costs < 7948);
}
