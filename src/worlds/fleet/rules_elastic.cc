// Elastic jobs under the fleet's own policies: with how many tasks they start, and when they grow.
#include <algorithm>

#include "worlds/fleet/rules.h"

namespace dure::fleet {

// With as many tasks as quota, power and room allow.
bool Rules::place_elastic(const World& world, const Job& job, uint32_t models, uint32_t pool) {
  uint32_t most = job.tasks;
  if (models != kAny && model_->has_quotas() && job.gpus > 0) {
    const auto gpu_model = static_cast<uint32_t>(std::countr_zero(models));
    const int64_t quota = world.quota_left(job.account, gpu_model);
    most = static_cast<uint32_t>(
        std::clamp<int64_t>(quota / (int64_t{job.gpus} * job.gpu_milli), 0, most));
  }
  uint32_t fits = job.min_tasks;
  if (most < fits) return false;
  if (place(world, job, models, pool, most)) return true;
  if (most == fits || !place(world, job, models, pool, fits)) return false;
  std::vector<Place> places = action_.places;
  for (uint32_t too_many = most; fits + 1 < too_many;) {
    const uint32_t tasks = fits + (too_many - fits) / 2;
    if (place(world, job, models, pool, tasks)) {
      fits = tasks;
      places = action_.places;
    } else {
      too_many = tasks;
    }
  }
  action_.places = std::move(places);
  return true;
}

// Nobody waits in the queue: those that run with fewer tasks than they would take may have more.
const World::Action& Rules::grow(const World& world, uint32_t queue) {
  for (const uint32_t slot : world.shrunk(queue)) {
    const JobSlot& s = world.slot(slot);
    const Time may =
        o_.grow_after < Time::never() - s.start ? s.start + o_.grow_after : Time::never();
    if (may > world.now()) {
      action_.wake = std::min(action_.wake, may);
    } else if (grow_one(world, slot)) {
      action_.kind = World::Action::Kind::resize;
      action_.slot = slot;
      return action_;
    }
  }
  return wait();
}

// If nobody else waits for its site, and the time won pays twice for the new start. A gang that
// needs to be in one group of its site stays as it is.
bool Rules::grow_one(const World& world, uint32_t slot) {
  const JobSlot& s = world.slot(slot);
  const Job& job = s.job;
  if (model_->kinds[job.kind].required < Level::pool || !world.in_budget(job.account)) return false;
  for (const uint32_t q : model_->pool_queues[s.pool]) {
    if (world.queue_head(q) != kNoSlot) return false;
  }
  const Place* places = world.places(s);
  for (uint32_t t = 0; t < job.tasks; ++t) {
    if (!world.open_to(places[t].node, job)) return false;
  }
  Job more = job;
  more.tasks = s.most_tasks - job.tasks;
  more.min_tasks = 1;
  const uint32_t models =
      model_->has_quotas() && job.gpus > 0 ? 1u << model_->type_of(places[0].node).gpu_model : kAny;
  if (!place_elastic(world, more, models, s.pool)) return false;

  const auto tasks = static_cast<uint32_t>(job.tasks + action_.places.size());
  // All together, as their draw is rounded.
  if (!world.fits_power(job, tasks, s.pool, static_cast<int64_t>(world.power_of(s)))) return false;
  const Time end = s.expected_end();
  if (end < Time::never()) {
    const Duration left = std::max(Duration{0}, end - world.now());
    const Duration won = left - scaled_up(left, job.tasks, tasks);
    const auto milli = std::max<uint64_t>(1, job.total_gpu_milli());
    const double cost_ns =
        static_cast<double>(world.cost_of_stopping(slot).exact()) / static_cast<double>(milli);
    if (static_cast<double>(won.ns) < 2 * cost_ns) return false;
  }
  action_.places.insert(action_.places.begin(), places, places + job.tasks);
  return true;
}

}  // namespace dure::fleet
