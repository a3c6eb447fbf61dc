// Oracle lorr: tasks finished in the five problems of the League of Robot Runners 2024, against
// what we promise. The budget of work and the seed are the defaults; lorr.perf.cc measures the
// time.
#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/parallel.h"
#include "kernel/verify.h"
#include "worlds/floor/lorr_score.h"

namespace dure::floor {
namespace {

Result<std::vector<Check>> run(const std::string& folder) {
  constexpr size_t count = std::size(kLorrInstances);
  std::vector<std::optional<Result<LorrScore>>> scores(count);
  // The longest first.
  const auto play = [&](size_t i, unsigned) {
    const LorrInstance& instance = kLorrInstances[count - 1 - i];
    scores[count - 1 - i] = run_lorr_instance(instance, folder, PolicyKeys{}, instance.steps);
  };
  for_each_index(count, useful_threads(2), play, [](size_t) {});
  std::vector<Check> checks;
  for (size_t i = 0; i < count; ++i) {
    const LorrInstance& instance = kLorrInstances[i];
    DURE_TRY(const LorrScore score, *scores[i]);
    checks.push_back({fmt::format("{}, {} steps: tasks finished", instance.name, instance.steps),
                      fmt::format("{} (best known {})", with_commas(instance.must),
                                  with_commas(instance.best_known)),
                      with_commas(static_cast<int64_t>(score.finished)), "at least",
                      score.finished >= instance.must});
    checks.push_back({fmt::format("{}: errors and collisions", instance.name), "0",
                      std::to_string(score.faults + score.collisions), "exact",
                      score.faults + score.collisions == 0 && score.steps == instance.steps});
  }
  return checks;
}

DURE_VERIFY("lorr", "League of Robot Runners 2024, Start-Kit v2.1.2 problems and published results",
            "robots/lorr24", run);

}  // namespace
}  // namespace dure::floor
