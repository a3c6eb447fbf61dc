// The world's start, its loop and its questions.
#include "worlds/floor/world.h"

#include <algorithm>

namespace dure::floor {

World::World(std::shared_ptr<const Model> model) : model_(std::move(model)) {
  const Model& m = *model_;
  const auto n = static_cast<uint32_t>(m.robots.size());
  now_ = m.start;
  vertex_.resize(n);
  heading_.resize(n);
  goal_.assign(n, kNoVertex);
  then_.assign(n, kNoVertex);
  priority_.assign(n, 0);
  held_.assign(n, 0);
  task_.assign(n, kNone);
  station_.assign(n, kNone);
  loaded_.assign(n, 0);
  progress_.assign(n, 0);
  moves_.assign(n, Move::wait);
  courses_.assign(n, {m.start});
  occupant_.assign(m.vertices(), kNone);
  if (!m.stations.empty()) heading_to_.assign(m.vertices(), 0);
  for (uint32_t r = 0; r < n; ++r) {
    vertex_[r] = m.robots[r].vertex;
    heading_[r] = static_cast<uint8_t>(m.robots[r].heading);
    occupant_[vertex_[r]] = r;
  }
  numbers_.assign(m.sources.size(), 0);
  start_kpis();
  if (m.motion == Motion::steps) {
    delay_trace_ = DelayTrace(m.delays, n);
    push(now_ + m.tick, Kind::tick);
  } else {
    start_drive();
  }
  start_tasks();
  if (m.warm_up > 0_s) push(m.start + m.warm_up, Kind::warm);
  if (m.motion == Motion::steps && film_due() <= now_) shoot();
}

Time World::next_event_time() const { return asked_ ? now_ : events_.next_time(); }

std::optional<World::Request> World::advance(Time until) {
  for (;;) {
    if (asked_) return Request{step_};
    const Time next = events_.next_time();
    if (next > until || events_.empty()) {
      if (until < Time::never()) now_ = std::max(now_, until);
      return std::nullopt;
    }
    // A tick's answer is asked for before anything later than the last tick happens.
    if (model_->motion == Motion::steps && !answered_ && next > now_) {
      asked_ = 1;
      continue;
    }
    now_ = next;
    ++handled_;
    handle(events_.pop());
  }
}

void World::act(const Action& action) {
  DURE_ASSERT(asked_, "act() without a request");
  asked_ = 0;
  ++step_;
  ++kpis_.decisions;
  last_.move = last_.order = {};
  last_.errands.clear();
  last_.first_revealed = next_id_;
  last_.revealed = 0;
  if (!action.notes.empty()) notes_ = action.notes;
  orders_ = action.orders;
  if (action.moves.size() == moves_.size()) {
    moves_ = action.moves;
  } else {
    std::fill(moves_.begin(), moves_.end(), Move::wait);
    if (!action.moves.empty()) last_.move = {Fault::Kind::size};
  }
  if (action.notes.size() != moves_.size() && !action.notes.empty()) {
    notes_.clear();
    last_.move = {Fault::Kind::size};
    std::fill(moves_.begin(), moves_.end(), Move::wait);
  }
  if (model_->motion == Motion::steps) {
    answered_ = 1;
  } else {
    take_answer();
  }
}

void World::handle(const Event& event) {
  switch (static_cast<Kind>(event.what & 31)) {
    case Kind::tick:
      return execute_tick();
    case Kind::line:
      return release_line();
    case Kind::source:
      return release_from(event.index);
    case Kind::warm:
      // A tick that ends now belongs to the warm-up.
      if (answered_ && events_.next_time() == now_) return push(now_, Kind::warm);
      return reset_kpis();
    default:
      return handle_drive(event);
  }
}

// When the model names no end. Asked when the policy has seen that nothing is left and has done
// nothing.
bool World::over() const {
  const Model& m = *model_;
  if (m.end < Time::never() || !live_.empty() || m.pool > 0 || line_ < m.lines.size() ||
      kpis_.since < m.start + m.warm_up)
    return false;
  for (size_t s = 0; s < numbers_.size(); ++s) {
    if (numbers_[s] < m.sources[s].count) return false;
  }
  // Robots with batteries may go to chargers, and from there to park, for ever.
  if (m.has_batteries) return true;
  for (uint32_t r = 0; r < robots(); ++r) {
    if (goal_[r] != kNoVertex) return false;
    if (m.motion == Motion::drive && (drive_.robots[r].told > 0 || drive_.robots[r].down == 1))
      return false;
  }
  return true;
}

// What would still come are looks at robots that stand, frames, and failures of no consequence.
void World::end() {
  events_.clear();
  drive_.planned = 0;
}

Fleet World::fleet() const {
  Fleet f;
  f.roads = &model_->roads;
  f.step = step_;
  f.vertex = vertex_;
  f.heading = heading_;
  f.goal = goal_;
  f.then = then_;
  f.priority = priority_;
  f.held = held_;
  f.notes = notes_;
  f.progress = progress_;
  f.closed = drive_.closed;
  f.rings = model_->motion == Motion::steps;
  return f;
}

double World::draw_s(const Distribution& law, RandomStream stream, uint64_t entity,
                     uint64_t counter) const {
  Random random{model_->seed, stream_id(stream, entity), counter};
  return std::clamp(law.sample(random), 0.0, 1e9);
}

}  // namespace dure::floor
