#include "worlds/fleet/ledger.h"

#include <algorithm>

namespace dure::fleet {

const char* name_of(Use use) {
  static constexpr const char* kNames[kUses] = {
      "productive", "not computing",         "checkpoints",
      "start-up",   "lost to faults",        "lost to preemption",
      "handover",   "waiting for resources", "clocked down"};
  return kNames[static_cast<size_t>(use)];
}

void PoolLedger::sample(Time now, double fragmented_share) {
  settle(now);
  const double part =
      static_cast<double>(idle_unseen.exact()) * std::clamp(fragmented_share, 0.0, 1.0);
  const GpuTime fragmented(std::min(static_cast<unsigned __int128>(part), idle_unseen.exact()));
  fragmented_time += fragmented;
  idle_unseen = {};
}

}  // namespace dure::fleet
