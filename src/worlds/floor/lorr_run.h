// A problem of the League of Robot Runners as a floor's model, and a run of it as a log.
//
//   DURE_TRY(const LorrProblem problem, read_lorr("problem.json"));
//   DURE_TRY(const auto model, lorr_model(problem, 1000));
//   World world(model);
//   LorrRecorder recorder(problem);
//   run_lorr(world, recorder, rules);  // recorder.log() is its history
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "worlds/floor/lorr_log.h"
#include "worlds/floor/lorr_problem.h"
#include "worlds/floor/world.h"

namespace dure::floor {

inline constexpr Duration kLorrTick = 1_s;

// The run ends after so many steps. Of the 2026 rules the delays are taken, but moves take one tick
// nevertheless; the model's assumptions say so.
Result<std::shared_ptr<const Model>> lorr_model(const LorrProblem& problem, uint32_t steps,
                                                uint64_t seed = 1);

class LorrRecorder {
 public:
  explicit LorrRecorder(const LorrProblem& problem) : log_(problem.robots(), problem.pool()) {}

  void before(const World& world, const World::Action& action);  // before it is acted upon
  void after(const World& world);                                // when that step is over

  const LorrLog& log() const { return log_; }

 private:
  LorrLog log_;
  LorrStep step_;
  std::vector<Move> moves_;      // [robots] proposed
  std::vector<uint32_t> tasks_;  // [robots] proposed: ids
  std::vector<LorrDone> done_;
};

// A whole run. `policy` has decide(world, request).
template <class Policy>
void run_lorr(World& world, LorrRecorder& recorder, Policy&& policy) {
  const Time end = world.model().end;
  auto request = world.advance(end);
  while (request && world.now() < end) {
    const World::Action& action = policy.decide(world, *request);
    recorder.before(world, action);
    world.act(action);
    request = world.advance(end);
    recorder.after(world);
  }
}

}  // namespace dure::floor
