// Rolling-horizon collision resolution (Li, Tinka, Kiesel, Durham, Kumar and Koenig, "Lifelong
// Multi-Agent Path Finding in Large-Scale Warehouses", AAAI 2021).
//
// Every `horizon` steps all robots are planned anew for the next `window` moves, with
// priority-based search (priority_search.h); in between they go on as planned, by their notes. Also
// planned anew is when a plan cannot go on: a robot is held, or has not moved as it was told.
// When the search finds nothing within its budget, passes of prioritised planning
// (plan_prioritised.h) take its place, one in each step until the next search, from what is left of
// the last plan.
// The budget counts nodes of the searches, and is spent in one step of `horizon`. The plan depends
// on the Fleet (with its notes) and the options alone.
#pragma once

#include <cstdint>

#include "worlds/floor/plan_common.h"
#include "worlds/floor/plan_prioritised.h"
#include "worlds/floor/priority_search.h"

namespace dure::floor {

struct WindowedOptions {
  uint32_t horizon = 5;              // steps, 1 to 8 and at most the window
  uint64_t budget = 200'000;         // nodes of the priority-based search, each time
  PrioritisedOptions fallback = {};  // its window, patience and most_nodes are those of both
};

class WindowedPlanner final : public Planner {
 public:
  WindowedPlanner(const Roadmap& roads, Distances& distances, WindowedOptions options);

  void plan(const Fleet& fleet, Steps& steps) override;

  uint64_t work() const override { return work_; }  // nodes expanded in the last step
  bool fell_back() const { return fell_back_; }     // in the last step

 private:
  bool search_all(const std::vector<uint32_t>& order);

  Distances* distances_;
  WindowedOptions options_;
  JointPlan joint_;
  WindowSearch search_;  // of the priority-based search: collisions break ties only
  WindowSearch fallback_search_;
  PrioritySearch priorities_;
  PriorityPass pass_;
  uint64_t work_ = 0;
  bool fell_back_ = false;
};

}  // namespace dure::floor
