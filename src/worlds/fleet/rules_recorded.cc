// Starts as a trace has recorded them, before the fleet's own policies take over.
#include <algorithm>

#include "worlds/fleet/place.h"
#include "worlds/fleet/rules.h"

namespace dure::fleet {

// Those jobs start whose time has come, whatever quotas and budgets say now. One that finds no
// room, as the record of another job is wrong or its own nodes are down, starts as soon as it does.
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
    // Quota is of one GPU model.
    const bool one_model = model_->has_quotas() && job.gpus > 0;
    const uint32_t asked = job.gpu_models == 0 ? kAny : job.gpu_models;
    const uint32_t models = one_model ? models_of_[queue] & asked : kAny;
    if (place_as_recorded(world, job, one_model, *record) || place(world, job, models)) {
      return start(i);
    }
  }
  return wait();
}

// On the very nodes, if they are known.
bool Rules::place_as_recorded(const World& world, const Job& job, bool one_model,
                              const Recorded& record) {
  if (record.nodes.empty()) return false;
  const uint32_t first = record.nodes[0];
  for (const uint32_t n : record.nodes) {
    if (one_model && model_->type_of(n).gpu_model != model_->type_of(first).gpu_model) return false;
  }
  return world.fits_power(job, job.tasks, model_->node_pool[first]) &&
         place_on(world, job, record.nodes, action_.places);
}

}  // namespace dure::fleet
