// Whether the events of a state that was read are those that the state waits for: each is handled
// without a further look.
#include <algorithm>

#include "kernel/pending_events.h"
#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {
bool World::events_consistent() const {
  const Model& m = *model_;
  const bool steps = m.motion == Motion::steps;
  const PendingEvents<Event> pending(events_);
  if (pending.last > now_.ns) return false;

  constexpr size_t kKinds = static_cast<size_t>(Kind::warm) + 1;
  std::array<std::vector<uint8_t>, kKinds> seen;  // [kinds][what it is of]
  const auto seen_of = [&](Kind kind) -> std::vector<uint8_t>& {
    return seen[static_cast<size_t>(kind)];
  };
  for (auto& of : seen) of.assign(1, 0);
  for (const Kind k : {Kind::frame, Kind::expires, Kind::arrive, Kind::turned, Kind::served,
                       Kind::charged, Kind::fails, Kind::repaired})
    seen_of(k).assign(steps ? 0 : robots(), 0);
  seen_of(Kind::source).assign(m.sources.size(), 0);
  seen_of(Kind::closes).assign(m.closures.size(), 0);
  seen_of(Kind::opens).assign(m.closures.size(), 0);
  for (const Event& e : pending.events) {
    const size_t k = e.what & 31;
    if (k >= kKinds || e.time < now_ || e.index >= seen[k].size()) return false;
    const auto kind = static_cast<Kind>(k);
    const bool both = kind == Kind::line || kind == Kind::source || kind == Kind::warm;
    if (!both && steps != (kind == Kind::tick)) return false;
    if (!expected(e)) return false;
    // Those that came to nothing may lie about beside the one that counts.
    if (outdated(e)) continue;
    if (seen[k][e.index]++ > 0) return false;
  }
  if (steps) return seen_of(Kind::tick)[0] == 1 || (asked_ == 0 && answered_ == 0);
  if (answered_ != 0) return false;
  if (pending.events.empty()) return true;  // it is over
  std::vector<uint8_t> closed(m.vertices(), 0);
  for (uint32_t c = 0; c < m.closures.size(); ++c) {
    const bool began = seen_of(Kind::closes)[c] == 0;
    const bool ends = seen_of(Kind::opens)[c] == 1 || m.closures[c].until == Time::never();
    closed[m.closures[c].vertex] += began && ends;
  }
  return closed == drive_.closed;
}

// Of an arrival, a service or a charge that was changed on the way.
bool World::outdated(const Event& e) const {
  const auto is_not = [&](uint32_t generation) { return e.what >> 5 != (generation << 5) >> 5; };
  switch (static_cast<Kind>(e.what & 31)) {
    case Kind::arrive:
      return is_not(drive_.robots[e.index].lane_generation);
    case Kind::served:
      return is_not(drive_.robots[e.index].service_generation);
    case Kind::charged:
      return is_not(drive_.robots[e.index].charge_generation);
    case Kind::expires:
      return true;  // each looks by itself whether it counts
    default:
      return false;
  }
}

// The state is one in which the event may come, at its time.
bool World::expected(const Event& e) const {
  if (outdated(e)) return true;
  const Model& m = *model_;
  const uint32_t i = e.index;
  switch (static_cast<Kind>(e.what & 31)) {
    case Kind::line:
      return m.pool == 0 && line_ < m.lines.size() && e.time == m.lines[line_].release;
    case Kind::source:
      return numbers_[i] < m.sources[i].count;
    case Kind::warm:
      return e.time == m.start + m.warm_up;
    case Kind::closes:
      return e.time == m.closures[i].from;
    case Kind::opens:
      return e.time == m.closures[i].until;
    case Kind::plan:
      return drive_.planned == 1;
    case Kind::arrive:
      return drive_.robots[i].phase == Drive::Phase::drives;
    case Kind::turned:
      return drive_.robots[i].phase == Drive::Phase::turns;
    case Kind::served:
      return drive_.robots[i].serving != 0;
    case Kind::charged:
      return drive_.robots[i].charging != 0;
    case Kind::repaired:
      return drive_.robots[i].down != 0;
    case Kind::film:
      return e.time == film_due();
    default:
      return true;
  }
}

}  // namespace dure::floor
