// Motion in continuous time: what robots are told, the order of visits, driving.
#include <algorithm>
#include <cmath>

#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {
namespace {

// The speed that is left after braking for so long.
double braked(double speed, double accel, double metres) {
  const double rest2 = speed * speed - 2 * accel * metres;
  return rest2 > 1e-9 ? std::sqrt(rest2) : 0;
}

}  // namespace

void World::start_drive() {
  const Model& m = *model_;
  const uint32_t n = robots();
  drive_.robots.resize(n);
  drive_.visits.resize(size_t{n} * (m.max_pending + 1));
  drive_.told.assign(size_t{n} * m.max_pending, Move::wait);
  drive_.first.assign(m.vertices(), kNone);
  drive_.closed.assign(m.vertices(), 0);
  for (uint32_t r = 0; r < n; ++r) {
    Drive& d = drive_.robots[r];
    d.since = d.state_since = d.sensed = d.down_until = d.service_until = d.battery_at = now_;
    d.heading = heading_[r];
    d.battery_wh = m.type_of(r).battery_wh * m.robots[r].battery;
    const uint32_t first = visit_index(r, 0);
    drive_.visits[first].vertex = vertex_[r];
    drive_.first[vertex_[r]] = first;
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
      return turned(i);
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
      count_jams();
      check_batteries();
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
  count_jams();
  if (drive_.news || worth_asking()) asked_ = 1;
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

void World::count_jams() {
  for (Drive& d : drive_.robots) {
    if (d.state != RobotState::wait || d.jammed || now_ - d.state_since < model_->jam_after)
      continue;
    d.jammed = 1;
    ++kpis_.deadlocks;
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
  last_.order = check_orders(orders_);
  if (last_.order) {
    ++kpis_.order_faults;
  } else {
    take_orders(orders_);
  }
  orders_.clear();
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

// ---- driving ----

Move World::told(uint32_t r, uint32_t k) const {
  const uint32_t most = model_->max_pending;
  return drive_.told[r * most + (drive_.robots[r].told_first + k) % most];
}

bool World::may_enter(uint32_t r, uint64_t visit) {
  Drive& d = drive_.robots[r];
  if (visit <= d.granted) return true;
  const uint32_t index = visit_index(r, visit);
  const uint32_t vertex = drive_.visits[index].vertex;
  if (drive_.first[vertex] != index || drive_.closed[vertex]) return false;
  d.granted = visit;
  return true;
}

// Metres beyond the end of its (next) lane that it may go straight on; more than `enough` do not
// matter.
double World::granted_ahead(uint32_t r, double enough) {
  const Drive& d = drive_.robots[r];
  double ahead = 0;
  for (uint32_t k = 1; ahead < enough && k < d.told; ++k) {
    if (told(r, k) != Move::forward || !may_enter(r, d.at + k + 1)) break;
    ahead += model_->lane_length(place_of_visit(r, d.at + k), d.heading);
  }
  return ahead;
}

bool World::fresh(uint32_t r) const {
  return !outbox_.is_open(sensor_frame_out.number) ||
         now_ - drive_.robots[r].sensed < model_->command_deadline;
}

bool World::must_stop(uint32_t r) const {
  return drive_.robots[r].failing || battery_empty(r) || !fresh(r);
}

void World::proceed(uint32_t r) {
  Drive& d = drive_.robots[r];
  if (d.phase != Drive::Phase::stands || d.down) return;
  if (d.failing) return break_down(r);
  if (d.serving) return;
  if (!d.charging && battery_empty(r)) return run_empty(r);
  if (d.told == 0) {
    attend(r);
    return settle_state(r);
  }
  if (!fresh(r)) {
    kpis_.safety_stops += d.stale == 0;
    d.stale = 1;
    return settle_state(r);
  }
  d.stale = 0;
  if (told(r, 0) != Move::forward) {
    d.phase = Drive::Phase::turns;
    d.since = now_;
    push(later(now_, model_->type_of(r).turn), Kind::turned, r);
    return settle_state(r);
  }
  if (may_enter(r, d.at + 1)) return drive_on(r, 0);
  settle_state(r);
}

// May be called when the vertex ahead is granted.
void World::drive_on(uint32_t r, double speed) {
  Drive& d = drive_.robots[r];
  const RobotType& type = model_->type_of(r);
  d.phase = Drive::Phase::drives;
  d.since = now_;
  d.offset = 0;
  d.speed = speed;
  const double metres = model_->lane_length(place_of_visit(r, d.at), d.heading);
  const double enough = type.speed_mps * type.speed_mps / (2 * type.accel_mps2) + 1e-9;
  d.exit = exit_speed(speed, type.speed_mps, type.accel_mps2, metres, granted_ahead(r, enough));
  if (must_stop(r)) d.exit = std::min(d.exit, braked(speed, type.accel_mps2, metres));
  push(later(now_, from_seconds(stretch(r).seconds())), Kind::arrive, r, ++d.lane_generation);
  settle_state(r);
}

Stretch World::stretch(uint32_t r) const {
  const Drive& d = drive_.robots[r];
  const RobotType& type = model_->type_of(r);
  const double metres = model_->lane_length(place_of_visit(r, d.at), d.heading);
  return {d.speed, d.exit, type.speed_mps, type.accel_mps2, metres - d.offset};
}

void World::hurry(uint32_t r) {
  Drive& d = drive_.robots[r];
  const RobotType& type = model_->type_of(r);
  if (d.phase != Drive::Phase::drives || d.exit >= type.speed_mps || std::isinf(type.accel_mps2) ||
      must_stop(r))
    return;
  const Stretch before = stretch(r);
  const Stretch::Point here = before.after((now_ - d.since).seconds());
  const double metres = before.metres - here.metres;
  const double enough = type.speed_mps * type.speed_mps / (2 * type.accel_mps2) + 1e-9;
  const double exit =
      exit_speed(here.speed, type.speed_mps, type.accel_mps2, metres, granted_ahead(r, enough));
  if (exit > d.exit) change_exit(r, here, exit);
}

// Under way, to stop at the first vertex where it can.
void World::brake(uint32_t r) {
  const Drive& d = drive_.robots[r];
  const double accel = model_->type_of(r).accel_mps2;
  if (d.phase != Drive::Phase::drives || d.exit == 0 || std::isinf(accel)) return;
  const Stretch before = stretch(r);
  const Stretch::Point here = before.after((now_ - d.since).seconds());
  const double exit = braked(here.speed, accel, before.metres - here.metres);
  if (exit < d.exit) change_exit(r, here, exit);
}

// From where it is now on its lane.
void World::change_exit(uint32_t r, Stretch::Point here, double exit) {
  Drive& d = drive_.robots[r];
  d.since = now_;
  d.offset += here.metres;
  d.speed = here.speed;
  d.exit = exit;
  push(later(now_, from_seconds(stretch(r).seconds())), Kind::arrive, r, ++d.lane_generation);
}

void World::arrive(uint32_t r) {
  Drive& d = drive_.robots[r];
  const uint32_t from_index = visit_index(r, d.at);
  const uint32_t from = drive_.visits[from_index].vertex;
  const double metres = model_->lane_length(from, d.heading);
  settle_battery(r);
  const RobotType& type = model_->type_of(r);
  (loaded_[r] ? kpis_.loaded_m : kpis_.empty_m) += metres;
  if (type.battery_wh > 0) {
    double per_m = type.drive_wh_per_m;
    if (loaded_[r] && type.payload_kg > 0) {
      per_m += (type.loaded_wh_per_m - type.drive_wh_per_m) *
               std::min(1.0, payload_kg(tasks_[task_[r]]) / type.payload_kg);
    }
    const double used = std::min(d.battery_wh, per_m * metres);
    d.battery_wh -= used;
    kpis_.energy_wh += used;
  }
  ++d.at;
  made_one(r);
  ++kpis_.moves;
  ++kpis_.visits[place_of_visit(r, d.at)];

  // Whoever comes next where it was.
  const uint32_t next = drive_.visits[from_index].next;
  drive_.first[from] = next;
  if (next == kNone) drive_.latest[from] = kNone;

  // With infinite brakes it stops on the spot.
  const double speed = std::isinf(type.accel_mps2) && must_stop(r) ? 0 : d.exit;
  d.speed = d.exit = 0;
  if (speed > 0) {
    drive_on(r, speed);
  } else {
    d.phase = Drive::Phase::stands;
    proceed(r);
  }
  if (next == kNone) return;
  const uint32_t waiting = next / (model_->max_pending + 1);
  proceed(waiting);
  hurry(waiting);
}

// The first of the moves it has been told.
void World::made_one(uint32_t r) {
  Drive& d = drive_.robots[r];
  if (d.told-- == model_->max_pending) schedule_plan();  // it is held no longer
  d.told_first = (d.told_first + 1) % model_->max_pending;
}

void World::turned(uint32_t r) {
  Drive& d = drive_.robots[r];
  d.heading = (d.heading + (told(r, 0) == Move::right ? 1 : 3)) & 3;
  made_one(r);
  d.phase = Drive::Phase::stands;
  ++kpis_.turns;
  proceed(r);
}

// ---- where they are ----

uint32_t World::vertex(uint32_t r) const {
  return model_->motion == Motion::steps ? vertex_[r] : place_of_visit(r, drive_.robots[r].at);
}

uint32_t World::heading(uint32_t r) const {
  return model_->motion == Motion::steps ? heading_[r] : drive_.robots[r].heading;
}

Point World::place(uint32_t r) const {
  const Point here = model_->places[vertex(r)];
  if (model_->motion == Motion::steps || drive_.robots[r].phase != Drive::Phase::drives)
    return here;
  const Drive& d = drive_.robots[r];
  const double metres = model_->lane_length(vertex(r), d.heading);
  const double share = (d.offset + stretch(r).after((now_ - d.since).seconds()).metres) / metres;
  const Point to = model_->places[place_of_visit(r, d.at + 1)];
  return {here.x + (to.x - here.x) * share, here.y + (to.y - here.y) * share};
}

}  // namespace dure::floor
