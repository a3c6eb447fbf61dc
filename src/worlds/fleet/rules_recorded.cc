// Starts as a trace has recorded them, before the fleet's own policies take over.
#include <algorithm>

#include "worlds/fleet/place.h"
#include "worlds/fleet/rules.h"

namespace dure::fleet {

// Those jobs start whose time has come. One that finds no room, as the record of another job is
// wrong or its own nodes are down, starts as soon as it does.
const World::Action& Rules::as_recorded(const World& world, uint32_t queue) {
  action_.wake = model_->as_recorded_until;
  for (uint32_t i = world.queue_head(queue); i != kNoSlot; i = world.slot(i).next) {
    const Job& job = world.slot(i).job;
    const Recorded* record = model_->record_of(job);
    if (record == nullptr) continue;
    if (record->start > world.now()) {
      action_.wake = std::min(action_.wake, record->start);
      continue;
    }
    const uint32_t models = models_for(world, job);
    if (models == 0) continue;
    if (place_as_recorded(world, job, models, *record) || place(world, job, models)) {
      return start(i);
    }
  }
  return wait();
}

// On the very nodes, if they are known.
bool Rules::place_as_recorded(const World& world, const Job& job, uint32_t models,
                              const Recorded& record) {
  if (record.nodes.empty()) return false;
  const uint32_t pool = model_->node_pool[record.nodes[0]];
  if (models != kAny) {  // quota is of one GPU model
    const uint32_t model = model_->type_of(record.nodes[0]).gpu_model;
    for (const uint32_t n : record.nodes) {
      if (model_->type_of(n).gpu_model != model) return false;
    }
    if (world.quota_left(job.account, model) < static_cast<int64_t>(job.total_gpu_milli()))
      return false;
  }
  return world.fits_power(job, job.tasks, pool) &&
         place_on(world, job, record.nodes, action_.places);
}

}  // namespace dure::fleet
