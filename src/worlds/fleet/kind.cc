#include "worlds/fleet/kind.h"

#include <vector>

#include "worlds/fleet/report.h"
#include "worlds/fleet/scenario.h"

namespace dure::fleet {
namespace {

const std::vector<WorldKind::Policy> kPolicies = {
    {"fifo", "policy.order", "by rank; the first job that does not fit blocks those behind it"},
    {"easy", "policy.order",
     "by rank with EASY backfill: later jobs may start if they do not delay the first"},
    {"conservative", "policy.order",
     "by rank with conservative backfill: later jobs start if they delay no earlier one"},
    {"loss", "policy.order", "a job that does not fit on arrival is dropped"},
    {"arrival", "policy.rank", "as submitted"},
    {"priority", "policy.rank", "by priority, which may grow with the wait"},
    {"multifactor", "policy.rank", "by age, fair share, size and priority, as Slurm"},
    {"drf", "policy.rank", "the account that holds least for its weight first"},
    {"shortest", "policy.rank", "the least time limit x GPUs first"},
    {"least-attained", "policy.rank", "the least GPU time served so far first (Tiresias)"},
    {"first-fit", "policy.placement", "the first node that fits"},
    {"best-fit", "policy.placement", "the node with the fewest free GPUs that fits"},
    {"random", "policy.placement", "any node that fits"},
    {"fgd", "policy.placement", "fragmentation gradient descent (Weng et al., ATC'23)"},
    {"dot", "policy.placement", "least CPU and GPU left over, as best fit in the ATC'23 simulator"},
    {"spread", "policy.placement", "the node of whose GPUs the largest share stays free"},
};

Result<std::unique_ptr<Session>> open(const Config& config, const std::string& folder) {
  DURE_TRY(Scenario s, read_scenario(config, folder));
  const WaitSlo slo = s.wait_slo;
  std::unique_ptr<Session> session = std::make_unique<SessionOf<World, Rules>>(
      "fleet", World(s.model), Rules(std::move(s.rules)), s.policy_name, s.model->start,
      s.model->end, [slo](const World& world) { return report_of(world, slo); });
  return session;
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
