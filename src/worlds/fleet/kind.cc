#include "worlds/fleet/kind.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "worlds/fleet/report.h"
#include "worlds/fleet/scenario.h"

namespace dure::fleet {
namespace {

struct Word {
  const char* name;
  const char* key;
  const char* what;
};
constexpr std::array<Word, 8> kWords = {{
    {"fifo", "policy.order", "by arrival; the first job that does not fit blocks those behind it"},
    {"easy", "policy.order",
     "by arrival with EASY backfill: later jobs may start if they do not delay the first"},
    {"loss", "policy.order", "a job that does not fit on arrival is dropped"},
    {"first-fit", "policy.placement", "the first node that fits"},
    {"best-fit", "policy.placement", "the node with the fewest free GPUs that fits"},
    {"random", "policy.placement", "any node that fits"},
    {"fgd", "policy.placement", "fragmentation gradient descent (Weng et al., ATC'23)"},
    {"dot", "policy.placement", "least CPU and GPU left over, as best fit in the ATC'23 simulator"},
}};

Result<void> set_policy(Config& config, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Word& w : kWords) {
    if (word == w.name) return config.set(w.key, word);
    names.push_back(w.name);
  }
  return Error{.message = "expected " + join_quoted(names, "or") + ", found " + quoted(word) +
                          did_you_mean(word, names),
               .key = "--policy"};
}

Result<std::unique_ptr<Session>> open(const Config& config, const std::string& folder) {
  DURE_TRY(Scenario s, read_scenario(config, folder));
  const Time start = s.model->start, end = s.model->end;
  return std::unique_ptr<Session>(std::make_unique<SessionOf<World, Rules>>(
      "fleet", World(s.model), Rules(s.order, std::move(s.placement), s.easy), s.policy_name, start,
      end, report_of));
}

}  // namespace

const WorldKind& kind() {
  static const WorldKind fleet = [] {
    WorldKind k;
    k.name = "fleet";
    k.what = "GPU nodes of many owners, and the jobs that wait for and run on them";
    for (const Word& w : kWords) k.policies.push_back({w.name, w.what});
    k.describe = describe_scenario;
    k.set_policy = set_policy;
    k.open = open;
    return k;
  }();
  return fleet;
}

}  // namespace dure::fleet
