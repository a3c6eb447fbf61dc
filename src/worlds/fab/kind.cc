#include "worlds/fab/kind.h"

#include <vector>

#include "worlds/fab/report.h"
#include "worlds/fab/rules.h"
#include "worlds/fab/scenario.h"

namespace dure::fab {
namespace {

const std::vector<WorldKind::Policy> kPolicies = {
    {"testbed", "policy.dispatch", "what each tool group's own ranking says"},
    {"fifo", "policy.dispatch", "priority, then first come"},
    {"least-setup", "policy.dispatch", "priority, least setup, then first come"},
    {"cr", "policy.dispatch", "priority, then critical ratio: time to the due date over work left"},
    {"edd", "policy.dispatch", "priority, then earliest due date"},
    {"srpt", "policy.dispatch", "priority, then shortest remaining process time"},
    {"atc", "policy.dispatch",
     "priority, then apparent tardiness cost (Vepsalainen and Morton, 1987)"},
    {"queue-time", "policy.dispatch", "priority, then least time left in a queue-time window"},
    {"min", "policy.batch", "batches start from the smallest size up, at once"},
    {"full", "policy.batch", "only full batches start"},
    {"wait", "policy.batch", "full batches, or from the smallest size up after policy.batch_wait"},
    {"constant", "policy.release", "lots are released as the streams say"},
    {"conwip", "policy.release", "a lot is released for each that leaves, at policy.wip lots"},
    {"wip-limit", "policy.release",
     "as the streams say, later while policy.wip lots are in the line"},
};

Result<std::unique_ptr<Session>> open(const Config& config, const std::string& folder) {
  DURE_TRY(Scenario s, read_scenario(config, folder));
  return make_session("fab", World(s.model), Rules(s.policy.rules), s.policy_name, report_of);
}

}  // namespace

const WorldKind& kind() {
  static const WorldKind fab = {
      .name = "fab",
      .what = "A wafer fab: lots of wafers on their routes through tool groups",
      .policies = kPolicies,
      .describe = describe_scenario,
      .open = open,
  };
  return fab;
}

}  // namespace dure::fab
