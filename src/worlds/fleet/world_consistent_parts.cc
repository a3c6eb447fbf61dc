// Elastic jobs, services, other resources, power.
#include <cmath>

#include "worlds/fleet/world_consistency.h"

namespace dure::fleet {

bool World::Consistency::elastic() const {
  size_t listed = 0, shrunk = 0;
  std::vector<uint8_t> seen(w.slots_.size(), 0);
  for (uint32_t q = 0; q < w.shrunk_.size(); ++q) {
    for (const uint32_t i : w.shrunk_[q]) {
      if (!is_listed(i, seen) || w.slots_[i].job.queue != q) return false;
      if (w.slots_[i].job.tasks == w.slots_[i].most_tasks) return false;
      ++listed;
    }
  }
  for (const uint32_t i : running) shrunk += w.slots_[i].job.tasks < w.slots_[i].most_tasks;
  return listed == shrunk;
}

bool World::Consistency::is_listed(uint32_t i, std::vector<uint8_t>& seen) const {
  return i < w.slots_.size() && w.slots_[i].state == JobSlot::State::running && seen[i]++ == 0;
}

bool World::Consistency::services() const {
  size_t listed = 0, replicas = 0;
  std::vector<uint8_t> seen(w.slots_.size(), 0);
  for (uint32_t k = 0; k < w.services_.size(); ++k) {
    const ServiceState& x = w.services_[k];
    uint32_t serving = 0;
    for (const uint32_t i : x.replicas) {
      if (i >= w.slots_.size() || w.slots_[i].state == JobSlot::State::free || seen[i]++ > 0 ||
          w.slots_[i].service != k || w.slots_[i].job.duration != Duration::max())
        return false;
      serving += w.slots_[i].state == JobSlot::State::running &&
                 w.slots_[i].phase != JobSlot::Phase::starts;
    }
    listed += x.replicas.size();
    if (serving != x.serving || !std::isfinite(x.load) || x.load < 0) return false;
    const ServiceKpis& kpis = w.kpis_.services[k];
    const bool counted = x.count > 0 || !x.replicas.empty();
    if (counted && (!is_level(kpis.serving, serving) || !is_level(kpis.load, {}) ||
                    !is_level(kpis.served, {}) || !is_level(kpis.short_of, {})))
      return false;
    if (!is_series(kpis.load_over_time) || !is_series(kpis.serving_over_time)) return false;
  }
  for (const JobSlot& s : w.slots_)
    replicas += s.state != JobSlot::State::free && s.service != kNoService;
  return listed == replicas;
}

bool World::Consistency::resources() const {
  std::vector<uint64_t> busy(m.resources.size(), 0), line(m.resources.size(), 0);
  for (const uint32_t i : running) {
    const JobSlot& s = w.slots_[i];
    const JobKind& kind = m.kinds[s.job.kind];
    if (s.phase == JobSlot::Phase::calls) busy[kind.resource] += kind.units;
    if (s.phase == JobSlot::Phase::in_line) ++line[kind.resource];
  }
  std::vector<uint8_t> seen(w.slots_.size(), 0);
  for (uint32_t r = 0; r < m.resources.size(); ++r) {
    const ResourceState& x = w.resources_[r];
    for (const uint32_t i : x.line) {
      if (!is_listed(i, seen) || w.slots_[i].phase != JobSlot::Phase::in_line ||
          m.kinds[w.slots_[i].job.kind].resource != r)
        return false;
    }
    const ResourceKpis& k = w.kpis_.resources[r];
    if (x.busy != busy[r] || x.busy > m.resources[r].units || x.line.size() != line[r] ||
        !is_level(k.busy, x.busy) || !is_level(k.line, line[r]) || !is_quantiles(k.wait))
      return false;
  }
  return true;
}

bool World::Consistency::power() const {
  std::vector<uint64_t> idle(m.pools.size(), 0), busy(m.pools.size(), 0);
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    if (w.state_[n] != NodeState::absent)
      idle[m.node_pool[n]] += uint64_t{1000} * m.type_of(n).idle_w;
  }
  size_t listed = 0, slow = 0;
  std::vector<uint8_t> seen(w.slots_.size(), 0);
  for (const uint32_t i : running) {
    const JobSlot& s = w.slots_[i];
    uint64_t mw = 0;
    for (uint32_t t = 0; t < s.job.tasks; ++t)
      mw += task_mw(s.job, m.type_of(w.places(s)[t].node).gpu_mw());
    if (mw != s.full_mw) return false;
    busy[s.pool] += w.power_of(s);
    slow += s.clock > 0;
  }
  std::vector<int64_t> caps(m.pools.size(), kNoLimit);
  for (size_t c = 0; c < m.power_caps.size(); ++c) {
    const PowerCap& cap = m.power_caps[c];
    if (!to_fall[c] && cap.time <= w.now_) caps[cap.pool] = w.it_mw(cap);
  }
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    const PowerMeter& x = w.kpis_.pools[p].power;
    if (x.idle_mw != idle[p] || x.busy_mw != busy[p] || !between(x.since) || x.over_cap < 0_s ||
        x.cap_mw != caps[p] || !is_series(w.kpis_.pools[p].power_over_time))
      return false;
    for (const uint32_t i : w.clocked_[p]) {
      if (!is_listed(i, seen) || w.slots_[i].clock == 0 || w.slots_[i].pool != p) return false;
    }
    listed += w.clocked_[p].size();
  }
  return listed == slow;
}

}  // namespace dure::fleet
