#include "worlds/floor/lorr_score.h"

#include <algorithm>

#include "kernel/bench.h"
#include "worlds/floor/audit_paths.h"
#include "worlds/floor/lorr_run.h"
#include "worlds/floor/read_lorr.h"
#include "worlds/floor/rules.h"

namespace dure::floor {
Result<LorrScore> run_lorr_instance(const LorrInstance& instance, const std::string& folder,
                                    const PolicyKeys& keys, uint32_t steps) {
  DURE_TRY(const LorrProblem problem, read_lorr(folder + "/" + instance.file));
  // The policy knows the full horizon, also when fewer steps are run.
  DURE_TRY(const auto model, lorr_model(problem, instance.steps));
  const Time end = model->start + kLorrTick * int64_t{std::min(steps, instance.steps)};
  World world(model);
  Rules rules(keys);
  rules.prepare(model);
  PathAudit audit(model->roads);
  LorrScore score;
  while (auto request = world.advance(end)) {
    if (world.now() >= end) break;
    audit.see(world.fleet().vertex, world.fleet().heading);
    const double before = thread_cpu_s();
    const World::Action& action = rules.decide(world, *request);
    const double took = thread_cpu_s() - before;
    score.cpu_s += took;
    score.longest_s = std::max(score.longest_s, took);
    ++score.steps;
    score.faults += world.last().move || world.last().order;
    world.act(action);
  }
  audit.see(world.fleet().vertex, world.fleet().heading);
  score.finished = world.kpis().done;
  score.collisions = audit.count();
  return score;
}

}  // namespace dure::floor
