#include "worlds/fab/candidates.h"

#include <doctest/doctest.h>

#include "worlds/fab/test_fab.h"

namespace dure::fab {
namespace {

// Draws from what the mask allows, by a counter: any policy that keeps to the mask is obeyed.
class AnyAllowed {
 public:
  const World::Action& decide(const World& world, const World::Request& request) {
    observe(world, request.index, seen_);
    REQUIRE(seen_.lots.size() == world.waiting(request.index).size());
    REQUIRE(seen_.tools.size() == world.open_count(request.index));
    REQUIRE(seen_.lot_features.size() == seen_.lots.size() * Candidates::kLotFeatures.size());
    REQUIRE(seen_.tool_features.size() == seen_.tools.size() * Candidates::kToolFeatures.size());
    REQUIRE(seen_.mask.size() == seen_.lots.size() * seen_.tools.size());
    std::vector<size_t> allowed;
    for (size_t i = 0; i < seen_.mask.size(); ++i) {
      if (seen_.mask[i]) allowed.push_back(i);
    }
    ++asked;
    const size_t choice =
        allowed.empty() ? seen_.mask.size() : allowed[(asked * 7919) % allowed.size()];
    started += !allowed.empty();
    return start(world, seen_, choice, action_);
  }
  size_t asked = 0, started = 0;

 private:
  Candidates seen_;
  World::Action action_;
};

TEST_CASE("candidates: every pair that the mask allows can start, and the line keeps moving") {
  const Scenario scenario = read_shipped("minifab");
  World world(scenario.model);
  AnyAllowed policy;
  run(world, policy, scenario.model->start + 30_d);
  CHECK(policy.started > 1000);
  CHECK(policy.asked > policy.started);  // at times nothing may start: a batch is not full
  uint64_t finished = 0;
  for (const uint32_t lots : world.kpis().finished_per_day) finished += lots;
  CHECK(finished > 50);
}

}  // namespace
}  // namespace dure::fab
