// Motion in continuous time: its start and its events, questions, and what robots are told.
#include <algorithm>

#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {

void World::start_drive() {
  const Model& m = *model_;
  const uint32_t n = robots();
  drive_.robots.resize(n);
  drive_.visits.resize(size_t{n} * (m.max_pending + 1));
  drive_.told.assign(size_t{n} * m.max_pending, Move::wait);
  drive_.first.assign(m.vertices(), kNone);
  drive_.closed.assign(m.vertices(), 0);
  drive_.taken.assign(m.vertices(), 0);
  for (uint32_t r = 0; r < n; ++r) {
    Drive& d = drive_.robots[r];
    d.since = d.state_since = d.sensed = d.service_until = d.battery_at = now_;
    d.heading = heading_[r];
    d.battery_wh = m.type_of(r).battery_wh * m.robots[r].battery;
    const uint32_t first = visit_index(r, 0);
    drive_.visits[first].vertex = vertex_[r];
    drive_.first[vertex_[r]] = first;
    drive_.taken[vertex_[r]] = 1;
    schedule_failure(r);
  }
  drive_.latest = drive_.first;
  for (uint32_t c = 0; c < m.closures.size(); ++c) {
    push(m.closures[c].from, Kind::closes, c);
    push(m.closures[c].until, Kind::opens, c);
  }
  push(now_, Kind::frames);
  push(later(now_, look_every()), Kind::look);
  push(film_due(), Kind::film);
  plan_soon();
}

void World::handle_drive(const Event& event) {
  const uint32_t i = event.index;
  const auto is_of = [&](uint32_t generation) { return event.what >> 5 == (generation << 5) >> 5; };
  switch (static_cast<Kind>(event.what & 31)) {
    case Kind::plan:
      return plan();
    case Kind::arrive:
      if (is_of(drive_.robots[i].lane_generation)) arrive(i);
      return;
    case Kind::turned:
      return has_turned(i);
    case Kind::served:
      if (is_of(drive_.robots[i].service_generation)) served(i);
      return;
    case Kind::charged:
      if (is_of(drive_.robots[i].charge_generation)) {
        stop_charging(i);
        drive_.robots[i].battery_wh = model_->type_of(i).battery_wh;
        proceed(i);
      }
      return;
    case Kind::fails:
      drive_.robots[i].failing = 1;
      brake(i);
      return proceed(i);
    case Kind::expires:
      return expire(i);
    case Kind::repaired:
      return repaired(i);
    case Kind::closes:
      return close(i, true);
    case Kind::opens:
      return close(i, false);
    case Kind::look:
      count_deadlocks();
      check_batteries();
      if (!drive_.news && over()) return end();
      return push(later(now_, look_every()), Kind::look);
    case Kind::frames:  // ports are linked before a run begins
      if (!outbox_.is_open(sensor_frame_out.number)) return;
      for (uint32_t r = 0; r < robots(); ++r) {
        push(now_ + Duration{model_->frame_period.ns / robots() * r}, Kind::frame, r);
        push(later(now_, model_->command_deadline), Kind::expires, r);
      }
      return;
    case Kind::frame:
      return send_frame(i);
    case Kind::film:
      shoot();
      return push(film_due(), Kind::film);
    default:
      DURE_ASSERT(false, "an event of another motion");
  }
}

// ---- questions ----

void World::plan_soon() {
  drive_.news = 1;
  schedule_plan();
}

void World::schedule_plan() {
  if (drive_.planned) return;
  drive_.planned = 1;
  const Duration past{(now_ - model_->start).ns % model_->plan_period.ns};
  push(past > 0_ns ? later(now_, model_->plan_period - past) : now_, Kind::plan);
}

// Asks, or sleeps until somebody can use an answer. Whatever happens now happens first.
void World::plan() {
  if (events_.next_time() == now_) return push(now_, Kind::plan);
  drive_.planned = 0;
  mark_held();
  count_deadlocks();
  if (drive_.news || worth_asking()) {
    asked_ = 1;
  } else if (over()) {
    end();
  }
}

bool World::worth_asking() const {
  bool free = false;
  for (uint32_t r = 0; r < robots(); ++r) {
    if (held_[r]) continue;
    if (goal_[r] != kNoVertex && goal_[r] != vertex_[r]) return true;
    free = free || (task_[r] == kNone && station_[r] == kNone);
  }
  const auto waits = [&](uint32_t slot) { return tasks_[slot].robot == kNone; };
  return free && std::any_of(live_.begin(), live_.end(), waits);
}

void World::mark_held() {
  for (uint32_t r = 0; r < robots(); ++r) {
    const Drive& d = drive_.robots[r];
    const bool reached = goal_[r] == vertex_[r];  // it must get there, and be served
    held_[r] =
        d.down || d.failing || d.serving || d.charging || reached || d.told >= model_->max_pending;
  }
}

void World::take_answer() {
  drive_.news = 0;
  drive_.planned = 1;
  push(later(now_, model_->plan_period), Kind::plan);
  if (!last_.move) last_.move = claim_moves();
  if (last_.move) {
    ++kpis_.move_faults;
  } else {
    tell();
  }
  take_answered_orders();
  for (uint32_t r = 0; r < robots(); ++r) {
    if (drive_.robots[r].phase == Drive::Phase::stands) {
      proceed(r);
    } else if (moves_[r] == Move::forward) {
      hurry(r);
    }
  }
  std::fill(moves_.begin(), moves_.end(), Move::wait);
}

void World::tell() {
  const uint32_t most = model_->max_pending;
  for (uint32_t r = 0; r < robots(); ++r) {
    const Move move = moves_[r];
    if (move == Move::wait) continue;
    Drive& d = drive_.robots[r];
    drive_.told[r * most + (d.told_first + d.told++) % most] = move;
    if (move != Move::forward) {
      heading_[r] = (heading_[r] + (move == Move::right ? 1 : 3)) & 3;
      continue;
    }
    const uint32_t to = vertex_[r] = model_->roads.to(vertex_[r], heading_[r]);
    progress_[r] = static_cast<uint32_t>(step_);
    const uint32_t index = visit_index(r, ++d.final);
    drive_.visits[index] = {to, kNone};
    uint32_t& latest = drive_.latest[to];
    (latest == kNone ? drive_.first[to] : drive_.visits[latest].next) = index;
    latest = index;
  }
}

}  // namespace dure::floor
