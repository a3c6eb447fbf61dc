#include "worlds/floor/policy_keys.h"

#include "base/text.h"

namespace dure::floor {

PolicyKeys read_policy(ConfigReader& in) {
  PolicyKeys p;
  const auto name = [&](std::string& out, std::string_view key) {
    // Asked again, as text, once it is known to be one of the words.
    if (!in.describing() && !in.failed() && in.has(key)) out = in.text(key, "", "");
  };
  p.planner = in.choice<PlannerKind>(
      "planner", PlannerKind::lns,
      {{"pibt", PlannerKind::pibt},
       {"lns", PlannerKind::lns},
       {"prioritised", PlannerKind::prioritised},
       {"windowed", PlannerKind::windowed}},
      "how paths are planned: pibt (priority inheritance with look-ahead), lns (the same, improved "
      "by large-neighbourhood search within the budget), prioritised (one robot after the other, "
      "in a window), windowed (priority-based search in a window, every few steps)");
  name(p.planner_name, "planner");
  p.assignment = in.choice<AssignmentKind>(
      "assignment", AssignmentKind::matching,
      {{"nearest", AssignmentKind::nearest},
       {"matching", AssignmentKind::matching},
       {"congestion", AssignmentKind::congestion}},
      "which robot gets which task: nearest (task by task), matching (least sum of distances), "
      "congestion (matching with distances round crowded places)");
  name(p.assignment_name, "assignment");
  p.budget = static_cast<uint64_t>(
      in.integer("budget", 0,
                 {.unit = "units of work",
                  .doc = "for improving the plan of a step, not time, so that results do not "
                         "depend on the machine; 0: the planner's default",
                  .min = 0,
                  .max = 1'000'000'000}));
  p.window = static_cast<uint32_t>(in.integer(
      "window", 0,
      {.unit = "steps", .doc = "planned ahead; 0: the planner's default", .min = 0, .max = 16}));
  if (p.window > 8 && (p.planner == PlannerKind::pibt || p.planner == PlannerKind::lns))
    in.fail("window", "expected at most 8 steps with planner " + quoted(p.planner_name) +
                          ", found " + std::to_string(p.window));
  p.guidance = in.choice<GuidanceKind>(
      "guidance", GuidanceKind::flow,
      {{"flow", GuidanceKind::flow}, {"rows", GuidanceKind::rows}, {"none", GuidanceKind::none}},
      "which lanes cost more when ways are planned: flow (those against the flow of robots that is "
      "to be expected, and crowded ones), rows (on a grid rows and columns get a preferred "
      "direction where robots are many for their space), none");
  p.reassign =
      in.boolean("reassign", true, "a robot on its way to a first stop may get another task");
  p.threads = static_cast<uint32_t>(in.integer(
      "threads", 1, {.unit = "threads", .doc = "the result is the same", .min = 1, .max = 64}));
  p.charge_below = in.number(
      "charge_below", 0.3,
      {.doc = "share of its battery at which a robot goes to charge", .min = 0, .max = 1});
  return p;
}

}  // namespace dure::floor
