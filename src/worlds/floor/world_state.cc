// Whether a state that was read can be one of this model's.
#include <algorithm>

#include "worlds/floor/world.h"

namespace dure::floor {

bool World::consistent() const {
  const Model& m = *model_;
  const size_t n = m.robots.size(), vertices = m.vertices();
  const auto sized = [](size_t size, const auto&... v) { return ((v.size() == size) && ...); };
  if (!sized(n, vertex_, heading_, goal_, then_, priority_, held_, task_, station_, loaded_,
             progress_, moves_, courses_) ||
      !sized(vertices, occupant_) || !sized(m.sources.size(), numbers_) ||
      !sized(m.stations.empty() ? 0 : vertices, heading_to_))
    return false;
  if (!notes_.empty() && notes_.size() != n) return false;
  if (now_ < m.start) return false;
  if (asked_ > 1 || answered_ > 1 || line_ > m.lines.size()) return false;
  if (m.pool > 0 && line_ >= m.lines.size()) return false;
  if (m.motion == Motion::steps && step_ > static_cast<uint64_t>((now_ - m.start) / m.tick) + 1)
    return false;

  // Tasks: every slot is in the pool or in the chain of free ones.
  std::vector<uint8_t> seen(tasks_.size(), 0);
  for (size_t i = 0; i < live_.size(); ++i) {
    const uint32_t slot = live_[i];
    if (slot >= tasks_.size() || seen[slot]) return false;
    seen[slot] = 1;
    const Task& t = tasks_[slot];
    if (t.id >= next_id_ || (i > 0 && tasks_[live_[i - 1]].id >= t.id) || t.released > now_)
      return false;
    if (t.source == kNone ? t.number >= m.lines.size() : t.source >= m.sources.size()) return false;
    const size_t stops =
        t.source == kNone ? m.lines[t.number].stops : m.sources[t.source].chain.size();
    if (t.stops != stops || t.done >= t.stops) return false;
    if (t.robot == kNone ? t.done > 0 : t.robot >= n || task_[t.robot] != slot) return false;
  }
  for (uint32_t slot = free_task_; slot != kNone; slot = tasks_[slot].number) {
    if (slot >= tasks_.size() || seen[slot] || tasks_[slot].stops != 0) return false;
    seen[slot] = 1;
  }
  if (std::find(seen.begin(), seen.end(), 0) != seen.end()) return false;

  std::vector<uint32_t> at(vertices, kNone), to(heading_to_.size(), 0);
  for (uint32_t r = 0; r < n; ++r) {
    if (vertex_[r] >= vertices || heading_[r] >= kHeadings || at[vertex_[r]] != kNone) return false;
    at[vertex_[r]] = r;
    if (goal_[r] != kNoVertex && goal_[r] >= vertices) return false;
    if (then_[r] != kNoVertex && then_[r] >= vertices) return false;
    if (goal_[r] != kNoVertex && !to.empty()) ++to[goal_[r]];
    if (loaded_[r] > 1 || held_[r] > 1 || moves_[r] > Move::wait) return false;
    if (station_[r] != kNone && (station_[r] >= m.stations.size() || task_[r] != kNone))
      return false;
    if (task_[r] != kNone) {
      if (task_[r] >= tasks_.size() || tasks_[task_[r]].stops == 0) return false;
      if (tasks_[task_[r]].robot != r) return false;
    }
    if ((goal_[r] != kNoVertex) != (task_[r] != kNone || station_[r] != kNone)) return false;
    if (loaded_[r] != (task_[r] != kNone && tasks_[task_[r]].opened())) return false;
  }
  if (at != occupant_ || to != heading_to_) return false;
  if (!goals_consistent() || !kpis_consistent()) return false;
  if (m.motion == Motion::drive ? !drive_consistent()
                                : !delay_trace_.consistent(m.delays, static_cast<uint32_t>(n)))
    return false;
  return events_consistent();
}

// Robots are on their way to a dock of the right station, or to the right place.
bool World::goals_consistent() const {
  const Model& m = *model_;
  for (uint32_t r = 0; r < robots(); ++r) {
    const Course& c = courses_[r];
    if (c.since < m.start || (c.from != kNone && c.from >= m.vertices())) return false;
    if (goal_[r] == kNoVertex) continue;
    Stop to{kNoVertex, station_[r]};
    if (task_[r] != kNone) to = stop(tasks_[task_[r]], tasks_[task_[r]].done);
    if (to.station == kNone ? goal_[r] != to.vertex : m.station_of[goal_[r]] != to.station)
      return false;
  }
  return true;
}

// One robot's motion by itself, and its moves: they lead from visit to visit, and to where the
// planner sees it.
bool World::motion_consistent(uint32_t r) const {
  const Model& m = *model_;
  const Drive& d = drive_.robots[r];
  if (d.final < d.at || d.final - d.at > m.max_pending || d.granted > d.final ||
      d.final > uint64_t{1} << 62)
    return false;
  if (d.told > m.max_pending || d.told_first >= m.max_pending || d.heading >= kHeadings)
    return false;
  if (d.phase > Drive::Phase::drives || d.state > RobotState::down || d.down > 2) return false;
  for (const Time t : {d.state_since, d.since, d.battery_at, d.sensed}) {
    if (t < m.start || t > now_) return false;
  }
  if (d.phase != Drive::Phase::stands && d.told == 0) return false;
  if (d.serving && (task_[r] == kNone || d.service_until < now_)) return false;
  if (!(d.battery_wh >= 0 && d.battery_wh <= m.type_of(r).battery_wh)) return false;
  const double limit = m.type_of(r).speed_mps;
  if (!(d.speed >= 0 && d.speed <= limit * 1.001 && d.exit >= 0 && d.exit <= limit * 1.001))
    return false;
  for (uint64_t v = d.at; v <= d.final; ++v) {
    if (place_of_visit(r, v) >= m.vertices()) return false;
  }
  uint64_t visit = d.at;
  uint32_t heading = d.heading, vertex = place_of_visit(r, visit);
  for (uint32_t k = 0; k < d.told; ++k) {
    const Move move = told(r, k);
    if (move >= Move::wait) return false;
    if (move != Move::forward) {
      heading = (heading + (move == Move::right ? 1 : 3)) & 3;
      continue;
    }
    vertex = m.roads.to(vertex, heading);
    if (visit == d.final || vertex != place_of_visit(r, ++visit)) return false;
  }
  if (visit != d.final || vertex != vertex_[r] || heading != heading_[r]) return false;
  if (d.phase == Drive::Phase::turns) return told(r, 0) != Move::forward;
  if (d.phase == Drive::Phase::stands) return true;
  return told(r, 0) == Move::forward && d.offset >= 0 &&
         d.offset <= m.lane_length(place_of_visit(r, d.at), d.heading) * 1.001;
}

// Every visit from the present one on stands once in its vertex's order, behind those told before;
// those that are being made come first.
bool World::drive_consistent() const {
  const Model& m = *model_;
  const uint64_t n = robots(), ring = m.max_pending + 1;
  const DriveState& s = drive_;
  if (s.robots.size() != n || s.visits.size() != n * ring || s.told.size() != n * m.max_pending ||
      s.first.size() != m.vertices() || s.latest.size() != m.vertices() ||
      s.closed.size() != m.vertices() || s.taken.size() != m.vertices() || s.news > 1 ||
      s.planned > 1)
    return false;
  std::vector<uint8_t> known(s.visits.size(), 0), taken(m.vertices(), 0);
  for (uint32_t r = 0; r < n; ++r) {
    if (!motion_consistent(r)) return false;
    const Drive& d = s.robots[r];
    for (uint64_t v = d.at; v <= d.final; ++v) known[visit_index(r, v)] = 1;
    for (uint64_t v = d.at; v <= d.at + (d.phase == Drive::Phase::drives); ++v) {
      const uint32_t vertex = place_of_visit(r, v);
      if (s.first[vertex] != visit_index(r, v)) return false;
      ++taken[vertex];
    }
  }
  if (taken != s.taken) return false;
  uint64_t visits = 0;
  for (uint32_t v = 0; v < m.vertices(); ++v) {
    uint32_t latest = kNone;
    for (uint32_t i = s.first[v]; i != kNone; i = s.visits[i].next) {
      if (i >= known.size() || known[i] != 1 || s.visits[i].vertex != v) return false;
      known[i] = 2;
      latest = i;
      ++visits;
    }
    if (latest != s.latest[v]) return false;
  }
  return std::count(known.begin(), known.end(), 1) == 0 && visits >= n;
}

}  // namespace dure::floor
