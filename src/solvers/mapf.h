// One-shot multi-agent path finding (MAPF): agents on a graph, each from its start to its goal. In
// a time step an agent waits or goes to a neighbour; no two may be at a vertex, or change places
// along a lane, in the same step. To make small: the sum of costs, an agent's cost being the step
// in which it reaches its goal for good (Stern et al., "Multi-agent pathfinding: definitions,
// variants, and benchmarks", SoCS 2019; waiting at the goal until the end is free).
//
// solve_mapf first finds a solution with LaCAM (Okumura, "LaCAM: search-based algorithm for quick
// multi-agent pathfinding", AAAI 2023), whose successors come from PIBT (Okumura et al., "Priority
// inheritance with backtracking", AIJ 2022) with the swap operation of "Improving LaCAM for
// scalable eventually optimal multi-agent pathfinding" (IJCAI 2023). It is complete: with enough
// work it finds a solution or proves that there is none. To improve it, all agents are first
// planned anew, those with short ways first, which cuts a crowded first solution's sum by far; then
// comes large neighbourhood search (Li et al., "Anytime multi-agent path finding via large
// neighborhood search", IJCAI 2021): some agents' paths are taken out and planned anew, one agent
// after another, by SIPP (Phillips and Likhachev, ICRA 2011), and the change is kept when no
// dearer.
//
// The same problem, seed and amount of work give the same solution on any machine. Memory: a
// quarter of a byte per agent and vertex, 8 bytes per agent and step of the search.
// Leaves out: headings and turns, lanes that go one way only, more than one goal per agent.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "solvers/roadmap.h"

namespace dure {

struct MapfProblem {
  const Roadmap& roads;
  std::span<const uint32_t> starts;  // [agents] vertices, all different
  std::span<const uint32_t> goals;   // [agents] vertices, all different
};

inline constexpr uint64_t kNoLimit = ~uint64_t{0};

struct MapfOptions {
  uint64_t seed = 1;
  uint64_t max_configurations = kNoLimit;  // tried for a first solution; an Error when used up
  uint64_t improve_work = 0;  // to improve it: search nodes expanded, and neighbourhoods tried
  // Asked now and then; true ends the work with the solution so far, or an Error when there is
  // none. An answer from a clock makes results differ from run to run.
  std::function<bool()> stop = {};
};

struct MapfSolution {
  std::vector<uint32_t> vertices;  // the agents' paths one after another
  std::vector<uint64_t> first;     // [agents + 1] index into `vertices`
  uint64_t sum_of_costs = 0;
  uint64_t sum_of_distances = 0;  // from starts to goals: no solution costs less
  uint32_t makespan = 0;          // the step in which the last agent arrives
  uint64_t configurations = 0;    // tried for the first solution
  uint64_t first_sum_of_costs = 0;
  uint64_t iterations = 0;  // neighbourhoods planned anew
  uint64_t work = 0;        // done for that; a neighbourhood begun is finished

  uint32_t agents() const { return static_cast<uint32_t>(first.size() - 1); }
  // Where an agent is at steps 0, 1, ...: from its start to its arrival at the goal, where it
  // stays.
  std::span<const uint32_t> path(uint32_t agent) const {
    return {vertices.data() + first[agent], vertices.data() + first[agent + 1]};
  }
};

// Errors: starts or goals that are no vertices, or not all different; a goal that cannot be
// reached; one-way lanes; no solution exists; or none was found within the limits.
Result<MapfSolution> solve_mapf(const MapfProblem& problem, const MapfOptions& options = {});

// Whether the paths solve the problem and the figures are theirs, from the problem alone.
Result<void> check_mapf(const MapfProblem& problem, const MapfSolution& solution);

}  // namespace dure
