// The world's start, its loop and the questions it puts; what comes from outside.
#include "worlds/fab/world.h"

#include <algorithm>

#include "worlds/fab/world_parts.h"

namespace dure::fab {

World::World(std::shared_ptr<const Model> model) : model_(std::move(model)) {
  const Model& m = *model_;
  now_ = m.start;
  seed_ = m.seed;
  lines_.resize(m.groups.size());
  waiting_wafers_.assign(m.steps.size(), 0);
  tools_.resize(m.tools);
  jobs_.resize(size_t{m.tools} * m.max_capacity);
  open_.assign(m.tools, kNone);
  upkeeps_.resize(m.tool_upkeeps.size());
  numbers_.assign(m.streams.size(), 0);
  proposed_.assign(m.streams.size(), 0);
  held_.assign(m.streams.size(), 0);
  wip_of_.assign(m.classes.size(), 0);
  start_kpis();

  for (Tool& t : tools_) t.since = t.ready = t.next_begin = t.down_until = now_;
  for (uint32_t u = 0; u < upkeeps_.size(); ++u) schedule_first(u);
  for (uint32_t t = 0; t < m.tools; ++t) settle(t);
  place_initial_lots();
  for (uint32_t s = 0; s < m.streams.size(); ++s) {
    if (m.streams[s].count > 0) push(m.streams[s].start, Kind::release, s);
  }
  if (m.warm_up > 0_s) push(m.start + m.warm_up, Kind::warm, 0);
}

void World::place_initial_lots() {
  const Model& m = *model_;
  for (uint32_t i = 0; i < m.wip.size(); ++i) {
    const InitialLot& w = m.wip[i];
    const uint32_t id = new_lot();
    Lot& lot = lots_[id];
    lot.stream = stream_id(kInitialLot, i);
    lot.released = w.released;
    lot.due = w.due;
    lot.number = i;
    lot.lot_class = static_cast<uint32_t>(m.classes.size()) - 1;
    lot.priority = w.priority;
    lot.wafers = w.wafers;
    lot.step = m.routes[m.products[w.product].route].first + w.step;
    const Philox u = draws(lot);
    ++lot.considered;
    lot.process_draw = u.word[1];
    lot.rework_draw = u.word[2];
    count_wip(1, lot.lot_class);
    join(id);
  }
}

Time World::next_event_time() const { return asked_.empty() ? events_.next_time() : now_; }

std::optional<World::Request> World::advance(Time until) {
  for (;;) {
    while (events_.next_time() == now_ && !events_.empty()) {
      ++handled_;
      fetch_ahead();
      handle(events_.pop());
    }
    if (const auto question = next_question()) return question;
    const Time next = events_.next_time();
    if (next > until || events_.empty()) {
      if (until < Time::never()) now_ = std::max(now_, until);
      return std::nullopt;
    }
    now_ = next;
  }
}

// The state is larger than the nearest caches: what the next events will touch is asked for while
// this one is handled.
void World::fetch_ahead() const {
  const auto fetch = [](const void* p) { __builtin_prefetch(p); };
  if (const Event* e = events_.upcoming(2)) {
    if (static_cast<Kind>(e->what & 15) == Kind::leave) {
      fetch(&jobs_[e->index]);
      const Tool& tool = tools_[e->index / model_->max_capacity];
      fetch(&tool);
      fetch(&tool.jobs);
    } else if (static_cast<Kind>(e->what & 15) == Kind::arrive) {
      fetch(&lots_[e->index]);
      fetch(&lots_[e->index].state);
    }
  }
  if (const Event* e = events_.upcoming(1)) {
    if (static_cast<Kind>(e->what & 15) == Kind::leave) {
      const uint32_t lot = jobs_[e->index].lot;
      if (lot == kNone) return;
      fetch(&lots_[lot]);
      fetch(&lots_[lot].state);
    } else if (static_cast<Kind>(e->what & 15) == Kind::arrive) {
      const StepCore& core = model_->cores[lots_[e->index].step];
      fetch(&core);
      fetch(&model_->steps[lots_[e->index].step].process);
      fetch(&lines_[core.group]);
    }
  }
}

void World::handle(const Event& event) {
  const uint32_t i = event.index;
  switch (static_cast<Kind>(event.what & 15)) {
    case Kind::release:
      return propose_release(i);
    case Kind::arrive:
      return join(i);
    case Kind::leave:
      if (is_of(event, jobs_[i].generation)) leave(i);
      return;
    case Kind::breakdown: {
      if (!is_of(event, upkeeps_[i].generation)) return;
      const Upkeep& law = law_of(i);
      const uint64_t count = upkeeps_[i].count++;
      const Duration repair = law.duration.at(draw(kUpkeepEvery, i, 2 * count + 1));
      const Duration gap = law.interval.at(draw(kUpkeepEvery, i, 2 * count));
      const uint32_t t = model_->tool_upkeeps[i].tool;
      if (law.interrupts || tools_[t].jobs == 0) {
        break_down(t, repair);
      } else {
        tools_[t].repair += repair;
        close(t);
      }
      push(later(now_, repair + gap), Kind::breakdown, i, upkeeps_[i].generation);
      return;
    }
    case Kind::repaired:
      if (now_ >= tools_[i].down_until) settle(i);
      return;
    case Kind::service_due:
      return service_due(i);
    case Kind::serviced:
      if (is_of(event, tools_[i].generation)) end_service(i);
      return;
    case Kind::wake:
      return ask_about(i);
    case Kind::reserve:
      if (is_of(event, lots_[i].considered)) reserve(i);
      return;
    case Kind::warm:
      return reset_kpis();
  }
}

// ---- questions ----

void World::ask_about(uint32_t group) {
  Line& line = lines_[group];
  if (line.asked || line.waiting.empty() || line.open <= line.reserved) return;
  line.asked = 1;
  asked_.push({Request::Kind::dispatch, group});
}

void World::stop_asking() {
  const Request r = asked_.pop();
  if (r.kind == Request::Kind::dispatch) lines_[r.index].asked = 0;
}

std::optional<World::Request> World::next_question() {
  while (!asked_.empty()) {
    const Request r = asked_[0];
    if (r.kind == Request::Kind::release) return r;
    const Line& line = lines_[r.index];
    if (!line.waiting.empty() && line.open > line.reserved) return r;
    stop_asking();
  }
  return std::nullopt;
}

void World::act(const Action& action) {
  DURE_ASSERT(!asked_.empty(), "act() without a request");
  const Request r = asked_[0];
  if (r.kind == Request::Kind::release) {
    stop_asking();
    for (uint32_t n = 0; n < action.release; ++n) release(r.index);
    held_[r.index] -= std::min(held_[r.index], action.release);
  } else if (action.tool == kNone) {
    stop_asking();
    DURE_ASSERT(action.wake > now_, "a policy that waits until now");
    push(action.wake, Kind::wake, r.index);
  } else {
    DURE_ASSERT(model_->group_of[action.tool] == r.index, "a tool of another group");
    start(action.tool, action.lots);
  }
}

void World::receive(const Message& message) {
  DURE_ASSERT(message.time >= now_ && message.time <= next_event_time(), "a message out of order");
  now_ = message.time;
  const uint32_t lot = message.as(move_done).lot;
  DURE_ASSERT(lot < lots_.size() && lots_[lot].state == Lot::State::moving, "a lot under way");
  join(lot);
}

// ---- from outside ----

void World::reseed(uint64_t seed) {
  seed_ = seed;
  ++reseeded_;
  for (Lot& lot : lots_) {  // draws of the present step that nothing has shown yet
    if (lot.state == Lot::State::gone || lot.considered == 0) continue;
    Lot before = lot;
    --before.considered;
    const Philox u = draws(before);
    if (lot.state != Lot::State::in_tool) lot.process_draw = u.word[1];
    lot.rework_draw = u.word[2];
  }
  for (uint32_t u = 0; u < upkeeps_.size(); ++u) {
    if (law_of(u).kind != Upkeep::Kind::breakdown) continue;
    const double first = draw(kUpkeepFirst, u, reseeded_);
    const Time up = std::max(now_, tools_[model_->tool_upkeeps[u].tool].down_until);
    push(later(up, law_of(u).interval.at(first)), Kind::breakdown, u, ++upkeeps_[u].generation);
  }
}

void World::apply(const Intervention& what) {
  switch (what.kind) {
    case Intervention::Kind::tool_down:
      return break_down(what.tool, what.duration);
    case Intervention::Kind::tool_up: {
      Tool& tool = tools_[what.tool];
      if (now_ >= tool.down_until) return;
      shift_work(what.tool, now_ - tool.down_until);
      tool.down_until = now_;
      return settle(what.tool);
    }
    case Intervention::Kind::priority: {
      Lot& lot = lots_[what.lot];
      lot.priority = what.value;
      if (lot.state != Lot::State::waiting) return;
      const uint32_t g = model_->steps[lot.step].group;
      Waiting moved = lines_[g].waiting.leave(what.lot);
      moved.priority = what.value;
      lines_[g].waiting.rejoin(moved);
      return ask_about(g);
    }
    case Intervention::Kind::release:
      return release(static_cast<uint32_t>(what.value));
  }
}

}  // namespace dure::fab
