#include "worlds/fleet/conservative.h"

#include <algorithm>

namespace dure::fleet {

Profile::Profile(const World& world, uint32_t pool, uint32_t gpu_model)
    : pool_(pool), gpu_model_(gpu_model) {
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  int64_t free = 0;
  for (uint32_t n = p.first_node; n < p.first_node + p.nodes; ++n) {
    if (world.in_service(n) && m.type_of(n).gpu_model == gpu_model) free += world.gpu_milli_left(n);
  }
  steps_.push_back({world.now(), free});
  const auto& classes = m.pool_classes[pool];
  const bool alike = std::all_of(classes.begin(), classes.end(), [&](uint32_t c) {
    return m.node_types[m.classes[c].type].gpu_model == gpu_model;
  });
  world.running(pool).each([&](const RunEnd& run, const auto&) {
    if (run.end == Time::never()) return false;
    const JobSlot& s = world.slot(static_cast<uint32_t>(run.slot));
    if (alike) {
      free += static_cast<int64_t>(s.job.total_gpu_milli());
    } else {
      for (uint32_t t = 0; t < s.job.tasks; ++t) {
        if (m.type_of(world.places(s)[t].node).gpu_model == gpu_model)
          free += int64_t{s.job.gpus} * s.job.gpu_milli;
      }
    }
    if (free == steps_.back().free) return true;
    const Time end = std::max(run.end, world.now() + 1_ns);
    if (steps_.back().from < end) {
      steps_.push_back({end, free});
    } else {
      steps_.back().free = free;
    }
    return true;
  });
}

size_t Profile::step_at(Time t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](Time x, const Step& s) { return x < s.from; });
  return after == steps_.begin() ? 0 : static_cast<size_t>(after - steps_.begin() - 1);
}

Time Profile::earliest(int64_t gpu_milli, Duration length, Time from) const {
  if (from == Time::never()) return from;
  Time start = from;
  for (size_t i = step_at(from); i < steps_.size(); ++i) {
    if (steps_[i].from > start && steps_[i].from - start >= length) break;
    if (steps_[i].free >= gpu_milli) continue;
    if (i + 1 == steps_.size()) return Time::never();
    start = steps_[i + 1].from;
  }
  return start;
}

size_t Profile::cut(Time t) {
  const size_t i = step_at(t);
  if (steps_[i].from == t) return i;
  steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(i) + 1, {t, steps_[i].free});
  return i + 1;
}

void Profile::take(int64_t gpu_milli, Time start, Time end) {
  if (start >= end) return;
  const size_t first = cut(start);
  const size_t last = end == Time::never() ? steps_.size() : cut(end);
  for (size_t i = first; i < last; ++i) steps_[i].free -= gpu_milli;
}

}  // namespace dure::fleet
