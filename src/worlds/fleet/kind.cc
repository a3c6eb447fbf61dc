#include "worlds/fleet/kind.h"

#include <vector>

#include "worlds/fleet/report.h"
#include "worlds/fleet/scenario.h"

namespace dure::fleet {
namespace {

const std::vector<WorldKind::Policy> kPolicies = {
    {"fifo", "policy.order", "by arrival; the first job that does not fit blocks those behind it"},
    {"easy", "policy.order",
     "by arrival with EASY backfill: later jobs may start if they do not delay the first"},
    {"loss", "policy.order", "a job that does not fit on arrival is dropped"},
    {"first-fit", "policy.placement", "the first node that fits"},
    {"best-fit", "policy.placement", "the node with the fewest free GPUs that fits"},
    {"random", "policy.placement", "any node that fits"},
    {"fgd", "policy.placement", "fragmentation gradient descent (Weng et al., ATC'23)"},
    {"dot", "policy.placement", "least CPU and GPU left over, as best fit in the ATC'23 simulator"},
};

Result<std::unique_ptr<Session>> open(const Config& config, const std::string& folder) {
  DURE_TRY(Scenario s, read_scenario(config, folder));
  return make_session("fleet", World(s.model), Rules(s.order, std::move(s.placement), s.easy),
                      s.policy_name, report_of);
}

}  // namespace

const WorldKind& kind() {
  static const WorldKind fleet = {
      .name = "fleet",
      .what = "GPU nodes of many owners, and the jobs that wait for and run on them",
      .policies = kPolicies,
      .describe = describe_scenario,
      .open = open,
  };
  return fleet;
}

}  // namespace dure::fleet
