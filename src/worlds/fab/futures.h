// A line and a change of it, in the same imagined futures: how many lots would come out of the next
// two weeks if this tool were down, under that rule?
//
// Each future is a copy of the world with its own luck from now on (World::reseed), run twice: as
// it is, and changed. Both meet the same breakdowns, process times and yields (common random
// numbers), so that their difference is better known than from different ones: by measurement on
// SMT2020's HVLM, variances are 1.5 to 3 times smaller for lots, WIP and moves, and 1 to 1.9 times
// for cycle time. Every measure counts the horizon only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernel/report.h"
#include "worlds/fab/rules.h"
#include "worlds/fab/world.h"

namespace dure::fab {

struct Plan {
  RuleOptions rules;
  std::vector<Intervention> changes;  // applied now
};

// A lot that is followed through the futures.
struct Followed {
  std::string name;
  uint32_t lot = kNone;  // slot in the world as it is now
};

struct WhatIf {
  Plan base, changed;
  Duration horizon = 14_d;
  uint32_t futures = 20;
  uint64_t seed = 1;
  std::vector<Followed> lots;
};

// What one run through the horizon gave. The keys are the same in every future and both plans:
//   All      lots, wafers, moves, cycle_time (d), wip, on_time (%), late_queue_times
//   CLASS    lots, cycle_time, of each class that has lots in the line or may get some
//   lot NAME finished (%), remaining (d from now, if it finished), steps (further on its route)
struct Future {
  std::vector<Kpi> kpis;
  std::vector<double> wip;       // [days + 1] lots in the line, from now on, the last at the end
  std::vector<double> finished;  // [days + 1] lots since now
};

struct Futures {
  std::vector<double> days;           // [days + 1] since now, of Future::wip
  std::vector<Future> base, changed;  // [futures]
};

// `done` is told how many of the 2 x futures runs are over.
Futures imagine(const World& now, const WhatIf& what, unsigned threads,
                const std::function<void(size_t done, size_t of)>& done);

// A model for looking ahead from any time: no warm-up that would start KPIs anew, no traces.
std::shared_ptr<const Model> without_warm_up(const Model& model);

}  // namespace dure::fab
