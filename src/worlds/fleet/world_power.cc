// Power of the fleet: what sites draw, and how they keep to their caps.
//
// Nodes draw their idle power from their delivery on, those that are down too: most are up and only
// set aside. A job adds by the GPU time that it computes, whatever it does at the moment.
#include <algorithm>

#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kTooMuch = ~uint32_t{0};

uint64_t at_clock(const Model& m, uint64_t mw, uint32_t clock) {
  return clock == 0 ? mw : mw * m.clocks[clock - 1].power_milli / 1000;
}

uint32_t lowest_clock(const Model& m, const Job& job) {
  return m.kinds[job.kind].clockable ? static_cast<uint32_t>(m.clocks.size()) : 0;
}

}  // namespace

int64_t World::it_mw(const PowerCap& cap) const {
  const uint32_t pue = model_->site_power[cap.pool].pue_milli;
  return static_cast<int64_t>(std::min<uint64_t>(kNoLimit, cap.mw * 1000 / pue));
}

void World::start_power() {
  const Model& m = *model_;
  clocked_.resize(m.pools.size());
  power_changed_.assign(m.pools.size(), 0);
  for (PoolKpis& k : kpis_.pools) {
    k.power.since = now_;
    k.power_over_time = kpis_.fragmentation;
  }
  for (uint32_t c = 0; c < m.power_caps.size(); ++c) {
    const PowerCap& cap = m.power_caps[c];
    if (cap.time <= now_) {
      kpis_.pools[cap.pool].power.cap_mw = it_mw(cap);
    } else if (cap.time < Time::never()) {
      events_.push({cap.time, Event::Kind::power_cap, c, 0});
    }
  }
}

uint64_t World::power_of(const JobSlot& s) const { return at_clock(*model_, s.full_mw, s.clock); }

bool World::fits_power(const Job& job, uint32_t tasks, uint32_t pool, int64_t freed_mw) const {
  const int64_t left = power_left(pool);
  const uint64_t mw = tasks * task_mw(job, model_->gpu_mw(pool));
  if (left == kNoLimit || mw == 0) return true;
  return static_cast<int64_t>(at_clock(*model_, mw, lowest_clock(*model_, job))) <= left + freed_mw;
}

void World::pool_power(uint32_t pool, uint64_t more_idle_mw, uint64_t more_busy_mw) {
  if (more_idle_mw == 0 && more_busy_mw == 0) return;
  PoolKpis& k = kpis_.pools[pool];
  k.power.settle(now_);
  k.power.idle_mw += more_idle_mw;
  k.power.busy_mw += more_busy_mw;
  k.power_over_time.set(now_, static_cast<double>(k.power.mw()) * 1e-3);
  power_changed_[pool] = 1;
}

// The highest clock at which the job draws no more; kTooMuch: none.
uint32_t World::clock_within(const JobSlot& s, int64_t mw) const {
  if (s.full_mw == 0) return 0;
  for (uint32_t c = 0; c <= lowest_clock(*model_, s.job); ++c) {
    if (static_cast<int64_t>(at_clock(*model_, s.full_mw, c)) <= mw) return c;
  }
  return kTooMuch;
}

// The job starts, at the clock that power allows, or leaves.
void World::draw(uint32_t i, bool on) {
  JobSlot& s = slots_[i];
  if (on) {
    const uint32_t clock = clock_within(s, power_left(s.pool));
    DURE_ASSERT(clock != kTooMuch, "a policy started a job that exceeds its site's cap on power");
    s.clock = static_cast<uint16_t>(clock);
    if (clock > 0) {
      clocked_[s.pool].push_back(i);
      ++kpis_.pools[s.pool].clocked;
    }
    pool_power(s.pool, 0, power_of(s));
    return;
  }
  pool_power(s.pool, 0, 0 - power_of(s));
  if (s.clock > 0) std::erase(clocked_[s.pool], i);
}

void World::set_clock(uint32_t i, uint32_t clock) {
  JobSlot& s = slots_[i];
  settle(s);
  const uint64_t before = power_of(s);
  auto& clocked = clocked_[s.pool];
  if (s.clock == 0) {
    clocked.push_back(i);
    ++kpis_.pools[s.pool].clocked;
  } else if (clock == 0) {
    std::erase(clocked, i);
  }
  s.clock = static_cast<uint16_t>(clock);
  pool_power(s.pool, 0, power_of(s) - before);
  schedule(i);
}

void World::power_cap(uint32_t c) {
  const PowerCap& cap = model_->power_caps[c];
  PowerMeter& meter = kpis_.pools[cap.pool].power;
  meter.settle(now_);
  meter.cap_mw = it_mw(cap);
  power_changed_[cap.pool] = 1;
  pool_freed(cap.pool, c);
}

// Power that has become free speeds up those that are slow, the oldest first; where too much is
// drawn, others give way.
void World::review_power() {
  for (uint32_t p = 0; p < power_changed_.size(); ++p) {
    if (power_changed_[p] == 0) continue;
    if (power_left(p) < 0) relieve(p);
    const std::vector<uint32_t> slow = clocked_[p];
    for (const uint32_t i : slow) {
      const JobSlot& s = slots_[i];
      const int64_t left = power_left(p);
      const uint32_t clock =
          left == kNoLimit ? 0 : clock_within(s, left + static_cast<int64_t>(power_of(s)));
      if (clock < s.clock) set_clock(i, clock);
      if (clock != 0) break;
    }
    power_changed_[p] = 0;
  }
}

// The last to start run slower, then are stopped, until the cap is kept.
void World::relieve(uint32_t p) {
  std::vector<uint32_t> slots;
  running_[p].each([&](const RunEnd& r, const auto&) {
    slots.push_back(static_cast<uint32_t>(r.slot));
    return true;
  });
  std::sort(slots.begin(), slots.end(),
            [&](uint32_t a, uint32_t b) { return slots_[a].run > slots_[b].run; });
  for (const uint32_t i : slots) {
    if (power_left(p) >= 0) return;
    if (slots_[i].full_mw == 0) continue;
    const uint32_t lowest = lowest_clock(*model_, slots_[i].job);
    const uint32_t clock = std::min(
        lowest, clock_within(slots_[i], power_left(p) + static_cast<int64_t>(power_of(slots_[i]))));
    if (clock > slots_[i].clock) set_clock(i, clock);
  }
  for (const uint32_t i : slots) {
    if (power_left(p) >= 0) return;
    if (!preemptible(i) || slots_[i].full_mw == 0) continue;
    ++kpis_.owners[slots_[i].job.owner].preempted;
    ++kpis_.pools[p].power_stops;
    stop(i, Stop::preempted);
  }
}

}  // namespace dure::fleet
