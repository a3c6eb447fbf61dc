// Prioritised planning in a window (Silver, "Cooperative Pathfinding", AIIDE 2005), with pushing.
//
// In each step everybody goes on with the rest of the last plan, and then, in order of priority,
// looks for a better one for the next `window` moves (plan_common.h has the rules). A robot that
// comes no nearer to its goal for long goes ahead of all others, which dissolves deadlocks.
// Complete it is not: two robots may need a third to back further than the window.
// The budget counts nodes of the searches; when it is used up the rest of the fleet goes on as
// planned. The plan depends on the Fleet (with its notes) and the options alone.
#pragma once

#include <cstdint>

#include "worlds/floor/plan_common.h"

namespace dure::floor {

struct PrioritisedOptions {
  uint32_t window = 12;            // moves, 1 to 16; beyond 13 the last are not remembered
  uint64_t budget = ~uint64_t{0};  // nodes a step, checked between robots
  uint32_t patience = 10;          // steps without progress until a robot goes first
  uint32_t clash = 8;          // parts of 8 of a unit for running into a robot that can be pushed
  uint32_t most_pushed = 20;   // robots on a chain of pushes
  uint32_t most_nodes = 1000;  // of one search
};

class PrioritisedPlanner final : public Planner {
 public:
  PrioritisedPlanner(const Roadmap& roads, Distances& distances, PrioritisedOptions options);

  void plan(const Fleet& fleet, Steps& steps) override;

  uint64_t work() const override { return work_; }  // nodes expanded in the last step

 private:
  Distances* distances_;
  PrioritisedOptions options_;
  JointPlan joint_;
  WindowSearch search_;
  PriorityPass pass_;
  uint64_t work_ = 0;
};

}  // namespace dure::floor
