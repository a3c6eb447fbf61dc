// What a floor scenario's [policy] says.
#pragma once

#include <string>

#include "base/config.h"

namespace dure::floor {

enum class PlannerKind : uint8_t { pibt, lns, prioritised, windowed };
enum class AssignmentKind : uint8_t { nearest, matching, congestion };
enum class GuidanceKind : uint8_t { none, rows, flow };

struct PolicyKeys {
  PlannerKind planner = PlannerKind::lns;
  AssignmentKind assignment = AssignmentKind::matching;
  std::string planner_name = "lns", assignment_name = "matching";
  uint64_t budget = 0;  // units of work in a step; 0: the planner's own default
  uint32_t window = 0;  // steps ahead; 0: the planner's own default
  GuidanceKind guidance = GuidanceKind::flow;  // which lanes cost more (guidance.h)
  bool reassign = true;       // robots on their way to a first stop may be given another task
  uint32_t threads = 1;       // for tables of distances; the result is the same
  double charge_below = 0.3;  // share of its battery
};

PolicyKeys read_policy(ConfigReader& in);

}  // namespace dure::floor
