// What is to come: each event once, at the time that the state foresees.
#include <algorithm>
#include <array>

#include "kernel/pending_events.h"
#include "worlds/fleet/world_consistency.h"

namespace dure::fleet {

bool World::Consistency::events() {
  const PendingEvents<Event> pending(w.events_);
  if (pending.last > w.now_.ns) return false;
  using Kind = Event::Kind;
  const auto what = [&](Kind kind) -> size_t {
    switch (kind) {
      case Kind::trace:
      case Kind::budget_period:
      case Kind::usage_tick:
        return 1;
      case Kind::source:
        return m.sources.size();
      case Kind::end:
      case Kind::fault:
      case Kind::call:
      case Kind::answer:
      case Kind::ready:
        return w.slots_.size();
      case Kind::delivery:
        return m.deliveries.size();
      case Kind::wake:
        return m.queues.size();
      case Kind::node_fault:
      case Kind::node_repaired:
        return m.nodes();
      case Kind::outage:
      case Kind::outage_over:
        return m.outage_first.back();
      case Kind::window_begins:
      case Kind::window_ends:
        return m.windows.size();
      case Kind::quota_step:
        return m.quotas.size();
      case Kind::calibrated:
        return m.resources.size();
      case Kind::service:
        return m.services.size();
      case Kind::power_cap:
        return m.power_caps.size();
    }
    return 0;
  };
  std::array<std::vector<uint8_t>, 21> seen;  // [kinds][of what]
  const auto seen_of = [&](Kind kind) -> std::vector<uint8_t>& {
    return seen[static_cast<size_t>(kind)];
  };
  for (uint32_t k = 0; k < seen.size(); ++k) seen[k].assign(what(static_cast<Kind>(k)), 0);
  Time trace = Time::never();
  std::vector<uint8_t> woken(m.queues.size(), 0);
  for (const Event& e : pending.events) {
    if (e.time < w.now_ || e.index >= what(e.kind) || !expected(e)) return false;
    if (e.kind == Kind::trace) trace = e.time;
    if (e.kind == Kind::wake) {  // some may have been overtaken
      woken[e.index] |= e.time == w.queues_[e.index].wake;
      continue;
    }
    // So may those of earlier attempts.
    if (is_of_attempt(e.kind) && !w.is_under_way(e)) continue;
    if (seen_of(e.kind)[e.index]++ > 0) return false;
  }
  if (w.next_job_ < m.jobs.size() && trace != m.jobs[w.next_job_].submit) return false;
  for (uint32_t q = 0; q < woken.size(); ++q) {
    if (w.queues_[q].wake < Time::never() && !woken[q]) return false;
  }
  for (const uint32_t i : running) {  // expected() knows which, and when
    const int next = seen_of(Kind::end)[i] + seen_of(Kind::fault)[i] + seen_of(Kind::call)[i] +
                     seen_of(Kind::answer)[i] + seen_of(Kind::ready)[i];
    if (next != (w.next_of(w.slots_[i]).time < Time::never())) return false;
  }
  for (uint32_t r = 0; r < m.resources.size(); ++r) {
    const Time wake = w.resources_[r].wake;
    if (wake < w.now_ || (wake < Time::never()) != (seen_of(Kind::calibrated)[r] == 1))
      return false;
  }
  count_reasons(seen_of(Kind::delivery), seen_of(Kind::node_repaired), seen_of(Kind::outage_over),
                seen_of(Kind::window_begins), seen_of(Kind::window_ends));
  stepped = seen_of(Kind::quota_step);
  to_fall = seen_of(Kind::power_cap);
  return true;
}

bool World::Consistency::is_of_attempt(Event::Kind kind) {
  using Kind = Event::Kind;
  return kind == Kind::end || kind == Kind::fault || kind == Kind::call || kind == Kind::answer ||
         kind == Kind::ready;
}

bool World::Consistency::expected(const Event& e) const {
  using Kind = Event::Kind;
  switch (e.kind) {
    case Kind::end:
    case Kind::fault:
    case Kind::call:
    case Kind::answer:
    case Kind::ready: {
      if (e.number > w.runs_) return false;
      if (!w.is_under_way(e)) return true;
      const Next next = w.next_of(w.slots_[e.index]);
      return e.kind == next.kind && e.time == next.time;
    }
    case Kind::calibrated:
      return e.time == w.resources_[e.index].wake;
    case Kind::power_cap:
      return e.time == m.power_caps[e.index].time;
    case Kind::delivery:
      return e.time == std::max(m.start, m.deliveries[e.index].time);
    case Kind::window_begins:
      return e.time == std::max(m.start, m.windows[e.index].from);
    case Kind::window_ends:
      return e.time == m.windows[e.index].until;
    case Kind::quota_step:
      return e.time == m.quotas[e.index].time;
    case Kind::budget_period:
      return m.budget_period > 0_s;
    case Kind::usage_tick:
      return m.usage_period > 0_s;
    default:
      return true;
  }
}

void World::Consistency::count_reasons(const std::vector<uint8_t>& delivery,
                                       const std::vector<uint8_t>& repaired,
                                       const std::vector<uint8_t>& over,
                                       const std::vector<uint8_t>& begins,
                                       const std::vector<uint8_t>& ends) {
  absent.assign(m.nodes(), 0);
  reasons.assign(m.nodes(), 0);
  for (uint32_t d = 0; d < delivery.size(); ++d) {
    const Delivery& x = m.deliveries[d];
    for (uint32_t n = x.first_node; n < x.first_node + x.nodes; ++n) absent[n] += delivery[d];
  }
  for (uint32_t n = 0; n < m.nodes(); ++n) reasons[n] += repaired[n];
  for (uint32_t o = 0; o < m.outages.size(); ++o) {
    const Pool& pool = m.pools[m.outages[o].pool];
    const uint32_t size = pool.group_size(m.outages[o].level);
    for (uint32_t i = 0; i < pool.nodes; ++i)
      reasons[pool.first_node + i] += over[m.outage_first[o] + i / size];
  }
  for (uint32_t i = 0; i < m.windows.size(); ++i) {
    const Window& x = m.windows[i];
    const bool begun = !begins[i] && (ends[i] || x.until == Time::never());
    if (x.account != kNoAccount || x.drains || !begun) continue;
    for (uint32_t n = x.first_node; n < x.first_node + x.nodes; ++n) ++reasons[n];
  }
}

}  // namespace dure::fleet
