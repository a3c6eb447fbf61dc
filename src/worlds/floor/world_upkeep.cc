// Robots at stops, their batteries and failures, closures, and commands that come late.
#include <algorithm>
#include <cmath>

#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {

bool World::begun(uint32_t r) const {
  if (task_[r] == kNone) return false;
  return tasks_[task_[r]].opened() || (!drive_.robots.empty() && drive_.robots[r].serving);
}

// A robot that stands and has nothing to make: is it where it was to go?
void World::attend(uint32_t r) {
  Drive& d = drive_.robots[r];
  const uint32_t here = place_of_visit(r, d.at);
  while (goal_[r] == here && !d.serving && !d.charging) {
    const uint32_t station = model_->station_of[here];
    if (task_[r] == kNone) {
      const RobotType& type = model_->type_of(r);
      settle_battery(r);
      if ((model_->stations[station].kinds & Station::charge) && d.battery_wh < type.battery_wh) {
        d.charging = 1;
        const double left_s = (type.battery_wh - d.battery_wh) / type.charge_w * 3600;
        push(later(now_, from_seconds(left_s)), Kind::charged, r, ++d.charge_generation);
      } else {
        station_[r] = kNone;
        set_goal(r);
      }
      plan_soon();
      continue;
    }
    const Task& t = tasks_[task_[r]];
    if (t.done == 0) kpis_.pickup.add((now_ - t.released).ns);
    Duration service;
    if (stop(t, t.done).station != kNone) {
      const uint64_t number = t.source == kNone ? t.id : t.number;
      service = from_seconds(draw_s(model_->stations[station].service, kServiceTime,
                                    t.source == kNone ? 0 : t.source + 1, number << 16 | t.done));
    }
    if (service > 0_s) {
      d.serving = 1;
      d.service_until = later(now_, service);
      push(d.service_until, Kind::served, r, ++d.service_generation);
      return;
    }
    errand_done(r);
  }
}

void World::served(uint32_t r) {
  drive_.robots[r].serving = 0;
  errand_done(r);
  proceed(r);
}

void World::errand_done(uint32_t r) {
  const uint64_t done = kpis_.done;
  complete(r);
  if (kpis_.done != done) forget_finished();
  if (model_->pool > 0) fill_pool();
  plan_soon();
}

void World::order_changed(uint32_t r) {
  if (drive_.robots[r].charging) stop_charging(r);
}

// ---- batteries ----

// In Wh, now.
double World::battery_left(uint32_t r) const {
  const Drive& d = drive_.robots[r];
  const RobotType& type = model_->type_of(r);
  const double hours = (now_ - d.battery_at).seconds() / 3600;
  return d.charging ? std::min(type.battery_wh, d.battery_wh + type.charge_w * hours)
                    : std::max(0.0, d.battery_wh - type.idle_w * hours);
}

void World::settle_battery(uint32_t r) {
  Drive& d = drive_.robots[r];
  if (model_->type_of(r).battery_wh == 0) return;
  const double left = battery_left(r);
  (d.charging ? kpis_.charged_wh : kpis_.energy_wh) += std::fabs(left - d.battery_wh);
  d.battery_wh = left;
  d.battery_at = now_;
}

bool World::battery_empty(uint32_t r) const {
  return model_->type_of(r).battery_wh > 0 && battery_left(r) <= 0;
}

double World::battery(uint32_t r) const {
  if (model_->motion == Motion::steps || model_->type_of(r).battery_wh == 0) return 1;
  return battery_left(r) / model_->type_of(r).battery_wh;
}

void World::stop_charging(uint32_t r) {
  Drive& d = drive_.robots[r];
  settle_battery(r);
  d.charging = 0;
  ++d.charge_generation;
}

// Robots that move look at their battery at every vertex; those that stand, now and then.
void World::check_batteries() {
  if (!model_->has_batteries) return;
  for (uint32_t r = 0; r < robots(); ++r) {
    settle_battery(r);
    if (!drive_.robots[r].charging && battery_empty(r)) proceed(r);
  }
}

void World::run_empty(uint32_t r) {
  settle_battery(r);
  drive_.robots[r].down = 2;
  ++kpis_.towed;
  push(later(now_, model_->type_of(r).tow), Kind::repaired, r);
  settle_state(r);
  plan_soon();
}

// ---- failures ----

void World::schedule_failure(uint32_t r) {
  const Distribution& law = model_->type_of(r).mtbf;
  if (law == Distribution()) return;
  const double gap = draw_s(law, kFailureGap, r, drive_.robots[r].failures);
  push(later(now_, from_seconds(gap)), Kind::fails, r);
}

// It stands. A service goes on after the repair.
void World::break_down(uint32_t r) {
  Drive& d = drive_.robots[r];
  if (d.charging) stop_charging(r);
  d.failing = 0;
  d.down = 1;
  ++kpis_.failures;
  const Duration repair = from_seconds(draw_s(model_->type_of(r).mttr, kRepair, r, d.failures++));
  push(later(now_, repair), Kind::repaired, r);
  if (d.serving) {
    d.service_until = later(d.service_until, repair);
    push(d.service_until, Kind::served, r, ++d.service_generation);
  }
  settle_state(r);
  plan_soon();
}

void World::repaired(uint32_t r) {
  Drive& d = drive_.robots[r];
  settle_battery(r);
  if (d.down == 2) {
    d.battery_wh = model_->type_of(r).battery_wh * model_->type_of(r).towed_share;
  } else {
    schedule_failure(r);
  }
  d.down = 0;
  settle_state(r);
  proceed(r);
  plan_soon();
}

void World::close(uint32_t closure, bool on) {
  const uint32_t vertex = model_->closures[closure].vertex;
  drive_.closed[vertex] = static_cast<uint8_t>(drive_.closed[vertex] + (on ? 1 : -1));
  plan_soon();
  const uint32_t next = drive_.first[vertex];
  if (next == kNone) return;
  proceed(next / (model_->max_pending + 1));
  hurry(next / (model_->max_pending + 1));
}

// ---- commands ----

void World::send_frame(uint32_t r) {
  Drive& d = drive_.robots[r];
  outbox_.send(now_, sensor_frame_out, SensorFrame{d.frames++, now_, r, model_->frame_bytes});
  push(later(now_, model_->frame_period), Kind::frame, r);
}

// In steps commands are always fresh: nothing goes out, and what comes is ignored.
void World::receive(const Message& message) {
  DURE_ASSERT(message.time >= now_ && message.time <= next_event_time(), "a message out of order");
  now_ = message.time;
  const Command c = message.as(command_in);
  DURE_ASSERT(c.robot < robots() && c.sensed <= now_, "a command for no robot here");
  if (model_->motion == Motion::steps) return;
  Drive& d = drive_.robots[c.robot];
  if (c.sensed < d.sensed) {
    ++kpis_.old_commands;
    return;
  }
  d.sensed = c.sensed;
  if (d.expired && fresh(c.robot)) {
    d.expired = 0;
    push(later(d.sensed, model_->command_deadline), Kind::expires, c.robot);
  }
  proceed(c.robot);
  hurry(c.robot);
}

// The command that was the newest when this was scheduled has come of age.
void World::expire(uint32_t r) {
  const Time due = later(drive_.robots[r].sensed, model_->command_deadline);
  if (due > now_) return push(due, Kind::expires, r);
  drive_.robots[r].expired = 1;
  brake(r);
}

// ---- what they do ----

void World::settle_state(uint32_t r) {
  Drive& d = drive_.robots[r];
  const uint32_t here = place_of_visit(r, d.at);
  RobotState state = RobotState::idle;
  if (d.down) {
    state = RobotState::down;
  } else if (d.serving) {
    state = RobotState::service;
  } else if (d.charging) {
    state = RobotState::charge;
  } else if (d.phase != Drive::Phase::stands) {
    state = loaded_[r] ? RobotState::drive_loaded : RobotState::drive_empty;
  } else if (d.told > 0 && d.stale) {
    state = RobotState::stale;
  } else if (d.told > 0 || (goal_[r] != kNoVertex && goal_[r] != here)) {
    state = RobotState::wait;
  }
  if (state == d.state) return;
  const Duration lasted = now_ - d.state_since;
  kpis_.state_s[static_cast<size_t>(d.state)] += lasted.seconds();
  if (d.state == RobotState::wait)
    kpis_.waited[here] += static_cast<uint32_t>(lasted / kpis_.wait_unit);
  d.state = state;
  d.state_since = now_;
}

}  // namespace dure::floor
