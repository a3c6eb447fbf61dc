// Tasks: where they come from, who has them, where they send robots.
#include <algorithm>

#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {

void World::start_tasks() {
  const Model& m = *model_;
  if (m.pool > 0) {
    fill_pool();
  } else {
    while (line_ < m.lines.size() && m.lines[line_].release <= now_) release(kNone, line_++);
    if (line_ < m.lines.size()) push(m.lines[line_].release, Kind::line);
  }
  for (uint32_t s = 0; s < m.sources.size(); ++s) {
    if (m.sources[s].count == 0) continue;
    const double gap = draw_s(m.sources[s].gap, kTaskGap, s, 0);
    push(later(m.sources[s].start, from_seconds(gap)), Kind::source, s);
  }
}

void World::release_line() {
  const Model& m = *model_;
  release(kNone, line_++);
  if (line_ < m.lines.size()) push(m.lines[line_].release, Kind::line);
}

void World::release_from(uint32_t s) {
  const Source& source = model_->sources[s];
  release(s, static_cast<uint32_t>(numbers_[s]++));
  if (numbers_[s] >= source.count) return;
  push(later(now_, from_seconds(draw_s(source.gap, kTaskGap, s, numbers_[s]))), Kind::source, s);
}

void World::fill_pool() {
  const auto lines = static_cast<uint32_t>(model_->lines.size());
  while (live_.size() < model_->pool) {
    release(kNone, line_);
    line_ = line_ + 1 < lines ? line_ + 1 : 0;
  }
}

void World::release(uint32_t source, uint32_t number) {
  uint32_t slot = free_task_;
  if (slot == kNone) {
    slot = static_cast<uint32_t>(tasks_.size());
    tasks_.emplace_back();
  } else {
    free_task_ = tasks_[slot].number;
  }
  Duration due;
  Task& t = tasks_[slot];
  t = {};
  t.released = now_;
  t.id = next_id_++;
  t.source = source;
  t.number = number;
  if (source == kNone) {
    const TaskLine& line = model_->lines[number];
    t.priority = line.priority;
    t.stops = static_cast<uint16_t>(line.stops);
    due = line.due;
  } else {
    const Source& s = model_->sources[source];
    t.priority = s.priority;
    t.stops = static_cast<uint16_t>(s.chain.size());
    due = s.due;
  }
  if (due >= 0_s) t.due = later(now_, due);
  live_.push_back(slot);
  ++last_.revealed;
  ++kpis_.released;
  kpis_.live_over_time.set(now_, static_cast<double>(live_.size()));
  drive_.news = 1;
  if (model_->motion == Motion::drive) plan_soon();
}

uint32_t World::find_task(uint32_t id) const {
  const auto at = std::lower_bound(live_.begin(), live_.end(), id,
                                   [&](uint32_t slot, uint32_t x) { return tasks_[slot].id < x; });
  return at != live_.end() && tasks_[*at].id == id ? *at : kNone;
}

Stop World::stop(const Task& t, uint32_t k) const {
  if (t.source == kNone) return model_->stops[model_->lines[t.number].first + k];
  const auto& choices = model_->sources[t.source].chain[k];
  if (choices.size() == 1) return {kNoVertex, choices[0]};
  Random random{model_->seed, stream_id(kTaskStops, t.source), uint64_t{t.number} * t.stops + k};
  return {kNoVertex, choices[random.below(choices.size())]};
}

uint32_t World::stop_vertex(const Task& t, uint32_t k) const {
  const Stop s = stop(t, k);
  return s.station == kNone ? s.vertex : model_->stations[s.station].docks[0];
}

double World::payload_kg(const Task& t) const {
  return t.source == kNone ? model_->lines[t.number].payload_kg
                           : model_->sources[t.source].payload_kg;
}

void World::complete(uint32_t r) {
  const uint32_t slot = task_[r];
  Task& t = tasks_[slot];
  if (t.done == 0 && model_->motion == Motion::steps) kpis_.pickup.add((now_ - t.released).ns);
  ++t.done;
  ++kpis_.errands;
  last_.errands.push_back({now_, r, t.id, t.done, t.done == t.stops});
  loaded_[r] = t.done < t.stops;
  if (t.done == t.stops) {
    ++kpis_.done;
    kpis_.done_over_time.add(now_);
    kpis_.completion.add((now_ - t.released).ns);
    if (t.due < Time::never()) {
      ++kpis_.with_due;
      kpis_.on_time += now_ <= t.due;
      kpis_.tardiness.add(std::max<int64_t>(0, (now_ - t.due).ns));
    }
    t.stops = 0;  // forget_finished() follows
    task_[r] = kNone;
  }
  set_goal(r);
}

void World::forget_finished() {
  const auto first = std::find_if(live_.begin(), live_.end(),
                                  [&](uint32_t slot) { return tasks_[slot].stops == 0; });
  auto kept = first;
  for (auto at = first; at != live_.end(); ++at) {
    if (tasks_[*at].stops > 0) {
      *kept++ = *at;
    } else {
      tasks_[*at] = {};
      tasks_[*at].number = free_task_;
      free_task_ = *at;
    }
  }
  live_.erase(kept, live_.end());
  kpis_.live_over_time.set(now_, static_cast<double>(live_.size()));
}

// ---- goals ----

uint32_t World::dock_load(uint32_t r, uint32_t vertex) const {
  const uint32_t there = occupant_[vertex];
  const bool stands = there != kNone && there != r && goal_[there] != vertex;
  return heading_to_[vertex] + stands;
}

uint32_t World::pick_dock(uint32_t r, uint32_t station) const {
  const uint32_t own = vertex_[r];
  if (model_->station_of[own] == station && dock_load(r, own) == 0) return own;
  uint32_t best = kNoVertex, least = kNone;
  for (const uint32_t dock : model_->stations[station].docks) {
    const uint32_t load = dock_load(r, dock);
    if (load < least) {
      best = dock;
      least = load;
    }
  }
  return best;
}

void World::set_goal(uint32_t r) {
  const auto leave = [&] {
    if (goal_[r] != kNoVertex && !heading_to_.empty()) --heading_to_[goal_[r]];
    goal_[r] = then_[r] = kNoVertex;
    priority_[r] = 0;
  };
  const uint32_t before = goal_[r];
  leave();
  uint32_t station = station_[r];
  if (task_[r] != kNone) {
    const Task& t = tasks_[task_[r]];
    const Stop s = stop(t, t.done);
    station = s.station;
    goal_[r] = s.vertex;
    if (t.done + 1 < t.stops) then_[r] = stop_vertex(t, t.done + 1u);
    priority_[r] = t.priority;
  }
  if (station != kNone) goal_[r] = pick_dock(r, station);
  if (goal_[r] != kNoVertex && !heading_to_.empty()) ++heading_to_[goal_[r]];
  if (goal_[r] == before) return;
  progress_[r] = static_cast<uint32_t>(step_);
  courses_[r] = {now_};
}

// ---- orders ----

// What is wrong with an order by itself.
Fault World::check_order(const Order& o, uint32_t slot) const {
  if (o.kind == Order::Kind::task && slot == kNone)
    return {Fault::Kind::finished, o.robot, kNone, o.what};
  if (o.kind == Order::Kind::go && o.what >= model_->stations.size())
    return {Fault::Kind::no_station, o.robot};
  return {};
}

// As if every robot that has no order had been given the task it has: by rising robot, the first
// thing that is wrong.
Fault World::check_orders(std::span<const Order> orders) const {
  if (orders.empty()) return {};
  struct Proposal {
    uint32_t robot, slot, order;
  };
  std::vector<Proposal> proposals;
  proposals.reserve(2 * orders.size());
  for (uint32_t i = 0; i < orders.size(); ++i) {
    const Order& o = orders[i];
    if (o.robot >= robots() || (i > 0 && o.robot <= orders[i - 1].robot))
      return {Fault::Kind::size, o.robot};
    proposals.push_back({o.robot, o.kind == Order::Kind::task ? find_task(o.what) : kNone, i});
  }
  const auto ordered = [&](uint32_t r) {
    const auto at = std::lower_bound(orders.begin(), orders.end(), r,
                                     [](const Order& o, uint32_t x) { return o.robot < x; });
    return at != orders.end() && at->robot == r;
  };
  for (size_t i = 0; i < orders.size(); ++i) {
    const uint32_t slot = proposals[i].slot;
    if (slot == kNone) continue;
    const uint32_t keeper = tasks_[slot].robot;
    if (keeper != kNone && !ordered(keeper)) proposals.push_back({keeper, slot, kNone});
  }
  // Stable, and a keeper that two orders name stands there twice: it is its own first.
  std::stable_sort(proposals.begin(), proposals.end(),
                   [](const Proposal& a, const Proposal& b) { return a.robot < b.robot; });
  std::vector<uint32_t> claimed_by(tasks_.size(), kNone);
  Fault fault;
  for (const Proposal& p : proposals) {
    if (p.order != kNone) {
      if ((fault = check_order(orders[p.order], p.slot))) return fault;
    }
    const uint32_t id = p.slot == kNone ? kNone : tasks_[p.slot].id;
    if (p.slot != kNone) {
      const uint32_t by = claimed_by[p.slot];
      if (by != kNone && by != p.robot) fault = {Fault::Kind::taken, p.robot, by, id};
    }
    const uint32_t own = task_[p.robot];
    if (!fault && p.order != kNone && own != kNone && own != p.slot && begun(p.robot))
      fault = {Fault::Kind::opened, p.robot, p.robot, id};
    if (!fault && p.slot != kNone && p.order != kNone &&
        payload_kg(tasks_[p.slot]) > model_->type_of(p.robot).payload_kg)
      fault = {Fault::Kind::too_heavy, p.robot, kNone, id};
    if (fault) return fault;
    if (p.slot != kNone) claimed_by[p.slot] = p.robot;
  }
  return {};
}

// Those of the answer, all or none.
void World::take_answered_orders() {
  last_.order = check_orders(orders_);
  if (last_.order) {
    ++kpis_.order_faults;
  } else {
    take_orders(orders_);
  }
  orders_.clear();
}

void World::take_orders(std::span<const Order> orders) {
  const auto slot_of = [&](const Order& o) {
    return o.kind == Order::Kind::task ? find_task(o.what) : kNone;
  };
  const auto station_in = [](const Order& o) { return o.kind == Order::Kind::go ? o.what : kNone; };
  std::vector<uint32_t> changed;
  for (const Order& o : orders) {
    const uint32_t slot = slot_of(o);
    if (task_[o.robot] == slot && station_[o.robot] == station_in(o)) continue;
    if (task_[o.robot] != kNone) tasks_[task_[o.robot]].robot = kNone;
    task_[o.robot] = station_[o.robot] = kNone;
    set_goal(o.robot);
    changed.push_back(o.robot);
  }
  size_t i = 0;
  for (const Order& o : orders) {
    if (i == changed.size() || changed[i] != o.robot) continue;
    ++i;
    task_[o.robot] = slot_of(o);
    station_[o.robot] = station_in(o);
    if (task_[o.robot] != kNone) tasks_[task_[o.robot]].robot = o.robot;
  }
  for (const uint32_t r : changed) {
    set_goal(r);
    if (model_->motion == Motion::drive) order_changed(r);
  }
}

}  // namespace dure::floor
