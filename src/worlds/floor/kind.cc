#include "worlds/floor/kind.h"

#include <vector>

#include "worlds/floor/report.h"
#include "worlds/floor/rules.h"
#include "worlds/floor/scenario.h"

namespace dure::floor {
namespace {

const std::vector<WorldKind::Policy> kPolicies = {
    {"pibt", "policy.planner", "priority inheritance with look-ahead"},
    {"lns", "policy.planner", "the same, improved by large-neighbourhood search in policy.budget"},
    {"prioritised", "policy.planner", "one robot after the other, in a window"},
    {"windowed", "policy.planner", "priority-based search in a window, every few steps"},
    {"nearest", "policy.assignment",
     "tasks in order of priority and age, each to the nearest robot"},
    {"matching", "policy.assignment", "the assignment of least total cost"},
    {"congestion", "policy.assignment", "the same, with ways to crowded places counted longer"},
};

Result<std::unique_ptr<Session>> open(const Config& config, const std::string& folder) {
  DURE_TRY(Scenario s, read_scenario(config, folder));
  return make_session("floor", World(s.model), Rules(s.policy), s.policy_name, report_of);
}

}  // namespace

const WorldKind& kind() {
  static const WorldKind floor = {
      .name = "floor",
      .what = "A factory or warehouse floor: mobile robots that carry things between stations",
      .policies = kPolicies,
      .describe = describe_scenario,
      .open = open,
  };
  return floor;
}

}  // namespace dure::floor
