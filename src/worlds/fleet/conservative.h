// What conservative backfill plans on: the free GPUs of one model in one pool over time, if running
// jobs end when they said they would at the latest, and waiting ones start as planned (Mu'alem and
// Feitelson, TPDS 2001).
//
// GPUs are counted, by their milli: that a gang's tasks, or a share, find no node among those free
// is seen only when the job is to start; then it is planned for the next
// nanosecond. CPU, memory, quotas, windows and repairs are not foreseen.
// Jobs that have run into their limit are expected to end a nanosecond from now.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

class Profile {
 public:
  Profile(const World& world, uint32_t pool, uint32_t gpu_model);

  uint32_t pool() const { return pool_; }
  uint32_t gpu_model() const { return gpu_model_; }
  // The first time from `from` on at which so much is free for so long; never: none.
  // Duration::max() is for ever.
  Time earliest(int64_t gpu_milli, Duration length, Time from) const;
  // Is free from `start` to `end`, and will be no more.
  void take(int64_t gpu_milli, Time start, Time end);

 private:
  struct Step {
    Time from;
    int64_t free;  // GPU milli until the next step
  };
  size_t step_at(Time t) const;  // that t lies in
  size_t cut(Time t);            // the step that begins at t

  uint32_t pool_, gpu_model_;
  std::vector<Step> steps_;  // by time; the first begins now, the last goes on for ever
};

}  // namespace dure::fleet
