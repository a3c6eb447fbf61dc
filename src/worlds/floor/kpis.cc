#include "worlds/floor/kpis.h"

namespace dure::floor {

const char* name_of(RobotState state) {
  static constexpr const char* kNames[kRobotStates] = {
      "idle", "drive empty", "drive loaded", "wait", "service", "charge", "stale", "down"};
  return kNames[static_cast<size_t>(state)];
}

Counts::Counts(Time start, Duration interval, uint32_t capacity)
    : start_(start), interval_(interval), capacity_(capacity) {
  DURE_ASSERT(interval.ns > 0 && capacity >= 2 && capacity % 2 == 0, "Counts without intervals");
}

void Counts::add(Time now) {
  auto i = static_cast<uint64_t>((now - start_) / interval_);
  while (i >= capacity_) {
    for (size_t k = 0; 2 * k < counts_.size(); ++k)
      counts_[k] = counts_[2 * k] + (2 * k + 1 < counts_.size() ? counts_[2 * k + 1] : 0);
    counts_.resize((counts_.size() + 1) / 2);
    interval_ = 2 * interval_;
    i = static_cast<uint64_t>((now - start_) / interval_);
  }
  if (i >= counts_.size()) counts_.resize(i + 1);
  ++counts_[i];
}

}  // namespace dure::floor
