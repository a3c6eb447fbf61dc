// Motion in continuous time: robots make the moves they have been told, in the order of visits.
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
  const uint32_t from = place_of_visit(r, d.at);
  // Who is there, or on a lane from or to it, whatever the order of visits says.
  if (drive_.taken[model_->roads.to(from, d.heading)]++ > 0) ++kpis_.collisions;
  const double metres = model_->lane_length(from, d.heading);
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
  --drive_.taken[from];
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

void World::has_turned(uint32_t r) {
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
