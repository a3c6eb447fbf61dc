#include "worlds/fleet/attempt.h"

#include <algorithm>

namespace dure::fleet {

Duration AttemptPlan::length() const {
  const Duration lead = handover + startup;
  if (work >= Duration::max() - lead) return Duration::max();
  if (interval.ns <= 0 || work <= interval) return lead + work;
  const int64_t checkpoints = (work.ns - 1) / interval.ns;
  const Duration left = Duration::max() - lead - work;
  return checkpoint.ns > left.ns / checkpoints ? Duration::max()
                                               : lead + work + checkpoints * checkpoint;
}

AttemptSplit divide(const AttemptPlan& plan, Duration elapsed) {
  AttemptSplit s;
  s.handover = std::min(elapsed, plan.handover);
  elapsed -= s.handover;
  s.startup = std::min(elapsed, plan.startup);
  elapsed -= s.startup;
  bool last = true;  // in the stretch that has no checkpoint behind it
  if (plan.interval.ns > 0 && plan.interval < plan.work) {
    const Duration cycle = plan.interval + plan.checkpoint;
    const int64_t most = (plan.work.ns - 1) / plan.interval.ns;
    const int64_t cycles = std::min(elapsed.ns / cycle.ns, most);
    s.saved = cycles * plan.interval;
    s.checkpoint = cycles * plan.checkpoint;
    elapsed -= cycles * cycle;
    last = cycles == most;
  }
  if (last && s.saved + elapsed >= plan.work) {
    s.saved += elapsed;
  } else {
    s.lost = elapsed;
  }
  return s;
}

}  // namespace dure::fleet
