#include <algorithm>
#include <string>

#include "solvers/mapf.h"

namespace dure {
namespace {

Error wrong(const std::string& message) { return Error{.message = message}; }

std::string agent_at(uint32_t agent, size_t step) {
  return "agent " + std::to_string(agent) + ", step " + std::to_string(step);
}

bool lane(const Roadmap& roads, uint32_t from, uint32_t to) {
  for (uint32_t heading = 0; heading < kHeadings; ++heading)
    if (roads.to(from, heading) == to) return true;
  return false;
}

// One agent's path, without the others.
Result<void> check_path(const MapfProblem& problem, const MapfSolution& solution, uint32_t agent) {
  if (solution.first[agent + 1] <= solution.first[agent])
    return wrong(agent_at(agent, 0) + ": no path");
  const std::span<const uint32_t> path = solution.path(agent);
  for (size_t step = 0; step < path.size(); ++step)
    if (path[step] >= problem.roads.vertices()) return wrong(agent_at(agent, step) + ": no vertex");
  if (path.front() != problem.starts[agent]) return wrong(agent_at(agent, 0) + ": not its start");
  if (path.back() != problem.goals[agent])
    return wrong(agent_at(agent, path.size() - 1) + ": not its goal");
  for (size_t step = 1; step < path.size(); ++step) {
    if (path[step] != path[step - 1] && !lane(problem.roads, path[step - 1], path[step]))
      return wrong(agent_at(agent, step) + ": no lane leads there");
  }
  if (path.size() > 1 && path[path.size() - 2] == path.back())
    return wrong(agent_at(agent, path.size() - 1) + ": it was at its goal before");
  return {};
}

}  // namespace

Result<void> check_mapf(const MapfProblem& problem, const MapfSolution& solution) {
  const uint32_t agents = static_cast<uint32_t>(problem.starts.size());
  if (solution.first.size() != size_t{agents} + 1 || solution.first.front() != 0 ||
      solution.first.back() != solution.vertices.size())
    return wrong("expected a path for each of " + std::to_string(agents) + " agents");
  uint64_t sum = 0;
  size_t steps = 0;
  for (uint32_t agent = 0; agent < agents; ++agent) {
    if (solution.first[agent + 1] > solution.vertices.size())
      return wrong("expected paths one after another");
    DURE_CHECK(check_path(problem, solution, agent));
    const size_t cost = solution.path(agent).size() - 1;
    sum += cost;
    steps = std::max(steps, cost);
  }
  if (sum != solution.sum_of_costs) return wrong("the sum of costs is " + std::to_string(sum));
  if (steps != solution.makespan) return wrong("the makespan is " + std::to_string(steps));

  std::vector<uint32_t> now(problem.roads.vertices(), kNoVertex), before = now;  // agents
  const auto at = [&](uint32_t agent, size_t step) {
    const std::span<const uint32_t> path = solution.path(agent);
    return path[std::min(step, path.size() - 1)];
  };
  for (size_t step = 0; step <= steps; ++step) {
    for (uint32_t agent = 0; agent < agents; ++agent) {
      uint32_t& here = now[at(agent, step)];
      if (here != kNoVertex)
        return wrong(agent_at(agent, step) + ": where agent " + std::to_string(here) + " is");
      here = agent;
    }
    for (uint32_t agent = 0; step > 0 && agent < agents; ++agent) {
      const uint32_t from = at(agent, step - 1), to = at(agent, step);
      const uint32_t other = before[to];
      if (from != to && other != kNoVertex && now[from] == other)
        return wrong(agent_at(agent, step) + ": changes places with agent " +
                     std::to_string(other));
    }
    for (uint32_t agent = 0; step > 0 && agent < agents; ++agent)
      before[at(agent, step - 1)] = kNoVertex;
    std::swap(now, before);
  }
  return {};
}

}  // namespace dure
