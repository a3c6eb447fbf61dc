#include "solvers/mapf.h"

#include <algorithm>
#include <string>
#include <utility>

#include "solvers/lacam.h"
#include "solvers/mapf_graph.h"
#include "solvers/mapf_lns.h"

namespace dure {
namespace {

using mapf::kNone;

// Every agent's vertex is one, and its own.
Result<void> check_ends(std::span<const uint32_t> ends, uint32_t vertices, const char* key) {
  std::vector<uint32_t> owner(vertices, kNone);
  for (uint32_t agent = 0; agent < ends.size(); ++agent) {
    const uint32_t v = ends[agent];
    const std::string who = "agent " + std::to_string(agent);
    if (v >= vertices) {
      return Error{.message = who + ": expected one of the " + std::to_string(vertices) +
                              " vertices, found " + std::to_string(v),
                   .key = key};
    }
    if (owner[v] != kNone) {
      return Error{.message = who + ": expected a vertex of its own, found agent " +
                              std::to_string(owner[v]) + "'s, " + std::to_string(v),
                   .key = key};
    }
    owner[v] = agent;
  }
  return {};
}

Result<void> check_problem(const MapfProblem& problem) {
  if (problem.starts.size() != problem.goals.size()) {
    return Error{.message = "expected as many goals as starts, found " +
                            std::to_string(problem.starts.size()) + " starts and " +
                            std::to_string(problem.goals.size()) + " goals",
                 .key = "goals"};
  }
  DURE_CHECK(check_ends(problem.starts, problem.roads.vertices(), "starts"));
  return check_ends(problem.goals, problem.roads.vertices(), "goals");
}

mapf::Lns::Paths paths_of(const std::vector<const uint32_t*>& steps,
                          std::span<const uint32_t> goals) {
  mapf::Lns::Paths paths(goals.size());
  for (size_t agent = 0; agent < goals.size(); ++agent) {
    size_t end = steps.size();
    while (end > 1 && steps[end - 2][agent] == goals[agent]) --end;
    paths[agent].reserve(end);
    for (size_t step = 0; step < end; ++step) paths[agent].push_back(steps[step][agent]);
  }
  return paths;
}

void store(const mapf::Lns::Paths& paths, MapfSolution& solution) {
  solution.first.push_back(0);
  size_t total = 0;
  for (const std::vector<uint32_t>& path : paths) total += path.size();
  solution.vertices.reserve(total);
  for (const std::vector<uint32_t>& path : paths) {
    solution.vertices.insert(solution.vertices.end(), path.begin(), path.end());
    solution.first.push_back(solution.vertices.size());
    solution.sum_of_costs += path.size() - 1;
    solution.makespan = std::max(solution.makespan, static_cast<uint32_t>(path.size() - 1));
  }
}

}  // namespace

Result<MapfSolution> solve_mapf(const MapfProblem& problem, const MapfOptions& options) {
  DURE_CHECK(check_problem(problem));
  DURE_TRY(const mapf::Graph graph, mapf::make_graph(problem.roads));
  mapf::Distances distances(graph, problem.goals);
  MapfSolution solution;
  std::vector<uint32_t> lengths;
  for (uint32_t agent = 0; agent < problem.starts.size(); ++agent) {
    if (!distances.reach(agent, problem.starts[agent])) {
      return Error{.message = "agent " + std::to_string(agent) + ": its goal, vertex " +
                              std::to_string(problem.goals[agent]) +
                              ", cannot be reached from its start, vertex " +
                              std::to_string(problem.starts[agent]),
                   .key = "goals"};
    }
    lengths.push_back(distances.level(agent));
    solution.sum_of_distances += lengths.back();
  }
  mapf::Lns::Paths paths;
  {
    mapf::Lacam lacam(graph, distances, problem.starts, problem.goals, lengths, options.seed);
    const mapf::LacamEnd end = lacam.search(options.max_configurations, options.stop);
    if (end != mapf::LacamEnd::solved) {
      const std::string tried = std::to_string(lacam.configurations()) + " configurations";
      return Error{.message = end == mapf::LacamEnd::no_solution
                                  ? "no solution exists: " + tried + " lead nowhere else"
                                  : "no solution found in " + tried};
    }
    solution.configurations = lacam.configurations();
    paths = paths_of(lacam.solution(), problem.goals);
  }
  for (const std::vector<uint32_t>& path : paths) solution.first_sum_of_costs += path.size() - 1;
  if (options.improve_work > 0) {
    mapf::Lns lns(graph, distances, lengths, std::move(paths), options.seed);
    lns.improve(options.improve_work, options.stop);
    solution.iterations = lns.iterations();
    solution.work = lns.work();
    store(lns.paths(), solution);
  } else {
    store(paths, solution);
  }
  return solution;
}

}  // namespace dure
