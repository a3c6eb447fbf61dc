// Guidance from predicted flows: lanes on which many robots will go, or go the other way, cost
// more.
//
// Trips are drawn from what the model says of tasks (see draw_trips()), and sent one batch after
// the other along the ways that are cheapest under the flows of those before; old flows fade, so
// that the first batches, which saw an empty floor, count for little. This is the method of
// successive averages for traffic assignment (Sheffi, "Urban Transportation Networks", 1985) with
// the costs of contraflow and of crowded vertices of Chen, Harabor, Li and Stuckey, "Traffic Flow
// Optimisation for Lifelong Multi-Agent Path Finding", AAAI 2024. Where both ways are equally good
// the trips that happen to come first decide which lane is for which direction.
//
// Flows are in robots a step, as if all robots of the model were under way; the costs are static.
// The work is bounded by the options, and everything depends on the model and the options alone.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/floor/distance.h"
#include "worlds/floor/model.h"

namespace dure::floor {

struct FlowOptions {
  uint32_t batches = 40;
  uint32_t goals = 8;                // of a batch; fewer on very large maps
  uint32_t starts = 8;               // of trips to a goal
  uint64_t most_work = 100'000'000;  // lanes looked at, about
  double fade = 0.05;                // share of all flow that a batch replaces, at least
  double opposed = 8;                // steps more for each robot a step that comes the other way
  double crowded = 1;                // ... and where the vertex ahead is used to its capacity
  uint64_t seed = 1;
};

// Where robots will go from, and to.
struct Trip {
  uint32_t from = kNoVertex, to = kNoVertex;
};

// Batches of goals, each with all its starts: [batches x goals x starts]. With sources, between the
// stations of their chains, by how often they release tasks, and from last stops to first ones.
// With tasks that have times, between their stops alike. Else anywhere that robots can come to:
// what a pool will reveal nobody knows.
std::vector<Trip> draw_trips(const Model& model, const FlowOptions& options);

// Robots a step on each lane, [vertices x 4].
std::vector<double> predict_flows(const Model& model, const FlowOptions& options);

Costs flow_costs(const Model& model, const FlowOptions& options = {});

}  // namespace dure::floor
