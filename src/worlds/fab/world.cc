#include "worlds/fab/world.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace dure::fab {
namespace {

constexpr uint32_t kSeriesCapacity = 1024;
constexpr Duration kReserveAhead = 1_h;
constexpr uint32_t kGenerations = ~uint32_t{0} >> 4;

// never() beyond the calendar's end
Time later(Time t, Duration d) { return d < Time::never() - t ? t + d : Time::never(); }

double fraction(uint32_t word) { return (word + 0.5) * 0x1p-32; }

Duration series_interval(const Model& m) {
  const Time last = m.end == Time::never() ? m.start + 365_d : m.end;
  return std::max(1_ns, (last - m.start) / std::max<int64_t>(1, m.samples));
}

}  // namespace

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
  const uint32_t i = event.index, generation = event.what >> 4;
  switch (static_cast<Kind>(event.what & 15)) {
    case Kind::release:
      return propose_release(i);
    case Kind::arrive:
      return join(i);
    case Kind::leave:
      if ((jobs_[i].generation & kGenerations) == generation) leave(i);
      return;
    case Kind::breakdown: {
      if ((upkeeps_[i].generation & kGenerations) != generation) return;
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
      push(later(now_, repair + gap), Kind::breakdown, i, generation);
      return;
    }
    case Kind::repaired:
      if (now_ >= tools_[i].down_until) settle(i);
      return;
    case Kind::service_due:
      return service_due(i);
    case Kind::serviced:
      if ((tools_[i].generation & kGenerations) == generation) end_service(i);
      return;
    case Kind::wake:
      return ask_about(i);
    case Kind::reserve:
      if ((lots_[i].considered & kGenerations) == generation) reserve(i);
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

// ---- lots ----

Philox World::draws(const Lot& lot) const {
  return philox4x32({{lot.considered, 0, static_cast<uint32_t>(lot.stream),
                      static_cast<uint32_t>(lot.stream >> 32)}},
                    static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32));
}

double World::draw(RandomStream stream, uint64_t entity, uint64_t counter) const {
  return Random{seed_, stream_id(stream, entity), counter}.uniform_open();
}

void World::propose_release(uint32_t stream) {
  const Stream& s = model_->streams[stream];
  const uint64_t count = ++proposed_[stream];
  if (model_->asks_release) {
    held_[stream] += s.lots;
    asked_.push({Request::Kind::release, stream});
  } else {
    for (uint32_t n = 0; n < s.lots; ++n) release(stream);
  }
  if (count < s.count)
    push(later(now_, s.gap.at(draw(kReleaseGap, stream, count))), Kind::release, stream);
}

void World::release(uint32_t stream) {
  const Stream& s = model_->streams[stream];
  const uint32_t id = new_lot();
  Lot& lot = lots_[id];
  lot.number = static_cast<uint32_t>(numbers_[stream]++);
  lot.stream = stream_id(kLotDraws, uint64_t{stream} << 32 | lot.number);
  lot.released = now_;
  lot.due = s.due.ns < 0 ? Time::never() : later(now_, s.due);
  lot.lot_class = stream;
  lot.priority = s.priority;
  lot.wafers = s.wafers;
  lot.step = model_->routes[model_->products[s.product].route].first;
  ++kpis_.classes[stream].released;
  count_day(kpis_.released_per_day);
  count_wip(1, stream);
  go_on(id, lot.step);
}

uint32_t World::new_lot() {
  uint32_t id = free_lot_;
  if (id != kNone) {
    free_lot_ = lots_[id].next;
    lots_[id] = Lot{};
  } else {
    id = static_cast<uint32_t>(lots_.size());
    lots_.emplace_back();
    windows_.resize(windows_.size() + model_->windows);
    dedications_.resize(dedications_.size() + model_->dedications);
  }
  std::fill_n(windows_.begin() + id * model_->windows, model_->windows, Time::never());
  std::fill_n(dedications_.begin() + id * model_->dedications, model_->dedications, kNone);
  lots_[id].state = Lot::State::moving;
  return id;
}

void World::go_on(uint32_t id, uint32_t step) {
  const Model& m = *model_;
  Lot& lot = lots_[id];
  for (const uint32_t end = m.cores[lot.step].route_end; step < end; ++step) {
    const StepCore& s = m.cores[step];
    lot.step = step;
    const Philox u = draws(lot);
    ++lot.considered;
    if (s.sampled != StepCore::kAlways && u.word[0] >= s.sampled) {
      close_windows(id, s);
      if (s.keeps_tool != kNone) dedications_[id * m.dedications + s.keeps_tool] = kNone;
      continue;
    }
    lot.process_draw = u.word[1];
    lot.rework_draw = u.word[2];
    if (lot.reserved != kNone && lot.reserved != s.group) {
      --lines_[lot.reserved].reserved;
      ask_about(lot.reserved);
      lot.reserved = kNone;
    }
    if (lot.tool == kNone) return join(id);
    if (outbox_.is_open(move_request.number)) {
      outbox_.send(now_, move_request, MoveRequest{id, lot.tool, s.group, lot.priority});
      return;
    }
    const uint32_t from = m.groups[m.group_of[lot.tool]].location;
    const DurationLaw& law = m.transport[from * m.locations.size() + m.groups[s.group].location];
    const Duration takes = law.at(fraction(u.word[3]));
    if (takes.ns == 0) return join(id);
    return push(later(now_, takes), Kind::arrive, id);
  }
  finish_lot(id);
}

void World::join(uint32_t id) {
  Lot& lot = lots_[id];
  const StepCore& s = model_->cores[lot.step];
  lot.state = Lot::State::waiting;
  lot.since = now_;
  AreaKpis& area = kpis_.areas[s.area];
  ++area.arrived;
  area.lots.add(now_, 1);
  if (lot.reserved != kNone) {
    --lines_[lot.reserved].reserved;
    lot.reserved = kNone;
  }
  waiting_wafers_[lot.step] += lot.wafers;
  const uint32_t only =
      s.uses_tool == kNone ? kNone : dedications_[id * model_->dedications + s.uses_tool];
  lines_[s.group].waiting.join({now_, id, lot.step, lot.priority, only});
  ask_about(s.group);
}

void World::finish_lot(uint32_t id) {
  Lot& lot = lots_[id];
  count_day(kpis_.finished_per_day);
  ClassKpis& k = kpis_.classes[lot.lot_class];
  ++k.out;
  k.wafers_out += lot.wafers;
  if (lot.released.ns >= 0) {
    ++k.finished;
    const Duration took = now_ - lot.released;
    const int64_t seconds = (took.ns + 500'000'000) / 1'000'000'000;
    k.cycle_time.add(seconds);
    const double hours = static_cast<double>(seconds) / 3600;
    k.cycle_time_squares += hours * hours;
    if (lot.due < Time::never()) {
      ++k.with_due;
      k.on_time += now_ <= lot.due;
      k.tardiness.add(std::max<int64_t>(0, (now_ - lot.due).ns) / 1'000'000'000);
    }
  }
  count_wip(-1, lot.lot_class);
  if (lot.reserved != kNone) {
    --lines_[lot.reserved].reserved;
    ask_about(lot.reserved);
  }
  lot = Lot{};
  lot.next = free_lot_;
  free_lot_ = id;
  if (model_->asks_release) {
    for (uint32_t s = 0; s < model_->streams.size(); ++s) asked_.push({Request::Kind::release, s});
  }
}

void World::close_windows(uint32_t id, const StepCore& step) {
  for (uint32_t c = 0; c < step.closes_count; ++c) {
    Time& must_end = windows_[id * model_->windows + model_->closes[step.closes_first + c]];
    if (must_end == Time::never()) continue;
    ClassKpis& k = kpis_.classes[lots_[id].lot_class];
    ++k.windows;
    constexpr Duration kLate[] = {0_h, 1_h, 2_h, 4_h};
    for (size_t i = 0; i < k.late.size(); ++i) k.late[i] += now_ - must_end > kLate[i];
    must_end = Time::never();
  }
}

void World::forget(uint32_t id, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i <= to; ++i) {
    const StepCore& s = model_->cores[i];
    if (s.opens_window != kNone) windows_[id * model_->windows + s.opens_window] = Time::never();
  }
}

// ---- work ----

void World::start(uint32_t t, const std::vector<uint32_t>& lots) {
  const Model& m = *model_;
  const uint32_t g = m.group_of[t];
  const ToolGroup& group = m.groups[g];
  Tool& tool = tools_[t];
  DURE_ASSERT(tool.open && !lots.empty(), "a start on a tool that is not open, or of nothing");
  Lot& first = lots_[lots[0]];
  const StepCore& step = m.cores[first.step];
  DURE_ASSERT(step.batch_max > 0 || lots.size() == 1, "several lots at a step without batches");
  GroupKpis& k = kpis_.groups[g];

  uint32_t wafers = 0;
  WaitingLine& line = lines_[g].waiting;
  for (size_t i = 0; i < lots.size(); ++i) {
    const uint32_t id = lots[i];
    Lot& lot = lots_[id];
    const Waiting left = line.leave(id);
    DURE_ASSERT(left.step == first.step, "a batch of several steps");
    DURE_ASSERT(left.tool == kNone || left.tool == t, "a lot that is bound to another tool");
    waiting_wafers_[lot.step] -= lot.wafers;
    wafers += lot.wafers;
    k.waited_s += (now_ - std::max(lot.since, kpis_.since)).seconds();
    lot.state = Lot::State::in_tool;
    lot.tool = t;
    lot.next = i + 1 < lots.size() ? lots[i + 1] : kNone;
    close_windows(id, step);
  }
  DURE_ASSERT(step.batch_max == 0 || lots.size() == 1 || wafers <= step.batch_max,
              "a batch above the maximum");

  const Step& work = m.steps[first.step];
  const Duration setup = m.setup_time(tool.setup, first.step);
  const Time prepared = std::max(now_, tool.ready) + setup;
  const Time begin = std::max(prepared + group.load, tool.next_begin);
  const Duration through = m.through(work, wafers, work.process.at(fraction(first.process_draw)));
  const Duration gap = m.next_gap(work, wafers);
  tool.ready = prepared + group.load;
  tool.next_begin = later(begin, gap.ns > 0 ? gap : through);
  if (setup.ns > 0) {
    k.setup_s += setup.seconds();
    ++k.setups;
  }
  if (step.setup != 0 && step.setup != tool.setup) {
    tool.setup = step.setup;
    tool.run_left = group.keeps_setup ? m.setups[step.setup].minimum_run : 0;
  }
  tool.run_left -= std::min(tool.run_left, static_cast<uint32_t>(lots.size()));

  uint32_t slot = t * m.max_capacity;
  while (jobs_[slot].lot != kNone) ++slot;
  Job& job = jobs_[slot];
  job.from = now_;
  job.setup_until = setup.ns > 0 ? prepared : now_;
  job.setup_from = job.setup_until - setup;
  job.until = later(later(begin, through), group.unload);
  job.lot = lots[0];
  push(job.until, Kind::leave, slot, job.generation & kGenerations);
  ++tool.jobs;
  close(t);
  set_state(t, ToolState::busy);
  if (tool.jobs < group.capacity) open(t, g);

  ++k.jobs;
  k.lots += lots.size();
  k.wafers += wafers;
  k.wafers_possible += std::max(step.batch_max, wafers);
  if (first.lot_class < m.streams.size() && m.streams[first.lot_class].reserves) {
    push(std::max(now_, job.until - kReserveAhead), Kind::reserve, lots[0],
         first.considered & kGenerations);
  }
}

// Before the lot is through it is known where it goes next, unless it must be reworked.
void World::reserve(uint32_t id) {
  Lot& lot = lots_[id];
  if (lot.state != Lot::State::in_tool || lot.reserved != kNone) return;
  for (uint32_t i = 0; i < model_->max_capacity; ++i) {  // a repair may have put its end off
    const Job& at = job(lot.tool, i);
    if (at.lot == id && at.until - kReserveAhead > now_)
      return push(at.until - kReserveAhead, Kind::reserve, id, lot.considered & kGenerations);
  }
  Lot ahead = lot;
  const uint32_t end = model_->cores[lot.step].route_end;
  for (uint32_t i = lot.step + 1; i < end; ++i, ++ahead.considered) {
    const StepCore& s = model_->cores[i];
    if (s.sampled != StepCore::kAlways && draws(ahead).word[0] >= s.sampled) continue;
    if (s.batch_max > 0) return;
    lot.reserved = s.group;
    ++lines_[s.group].reserved;
    return;
  }
}

void World::leave(uint32_t slot) {
  Job& job = jobs_[slot];
  const uint32_t t = slot / model_->max_capacity;
  const uint32_t g = model_->group_of[t];
  uint32_t id = job.lot;
  if (!model_->trace.groups.empty() || !model_->follow.empty()) {
    Span span{lots_[id].since, job.from, job.setup_until, now_, t, lots_[id].step, 0, id};
    for (uint32_t i = id; i != kNone; i = lots_[i].next) ++span.lots;
    for (uint32_t i = id; i != kNone && !model_->follow.empty(); i = lots_[i].next) {
      if (lot_name(i) != model_->follow) continue;
      kpis_.history.push_back(span);
      kpis_.history.back().arrived = lots_[i].since;
      kpis_.history.back().lot = i;
    }
    trace(g, span);
  }
  job.lot = kNone;
  ++job.generation;
  --tools_[t].jobs;
  uint32_t wafers = 0;
  while (id != kNone) {
    const uint32_t next = lots_[id].next;
    wafers += lots_[id].wafers;
    end_step(id);
    id = next;
  }
  count_wafers(t, wafers);
  settle(t);
}

void World::end_step(uint32_t id) {
  const Model& m = *model_;
  Lot& lot = lots_[id];
  const StepCore& s = m.cores[lot.step];
  AreaKpis& area = kpis_.areas[s.area];
  area.lots.add(now_, -1);
  ++area.left;
  area.present_s += (now_ - std::max(lot.since, kpis_.since)).seconds();
  ++kpis_.moves;
  count_day(kpis_.moves_per_day);
  lot.since = now_;
  lot.state = Lot::State::moving;
  lot.next = kNone;
  if (s.keeps_tool != kNone) dedications_[id * m.dedications + s.keeps_tool] = lot.tool;
  if (s.opens_window != kNone)
    windows_[id * m.windows + s.opens_window] = later(now_, m.steps[lot.step].queue_time);
  if (lot.rework_draw < s.rework) {
    forget(id, s.rework_to, lot.step);
    go_on(id, s.rework_to);
  } else {
    go_on(id, lot.step + 1);
  }
}

// ---- tools ----

void World::set_state(uint32_t t, ToolState state) {
  Tool& tool = tools_[t];
  if (tool.state == state) return;
  kpis_.groups[model_->group_of[t]].state_s[static_cast<size_t>(tool.state)] +=
      (now_ - tool.since).seconds();
  tool.since = now_;
  tool.state = state;
}

void World::close(uint32_t t) {
  Tool& tool = tools_[t];
  if (!tool.open) return;
  tool.open = 0;
  const uint32_t g = model_->group_of[t];
  uint32_t* const from = open_.data() + model_->groups[g].first_tool;
  uint32_t* const to = from + lines_[g].open--;
  for (uint32_t* at = std::find(from, to, t) + 1; at < to; ++at) at[-1] = *at;
}

void World::settle(uint32_t t) {
  Tool& tool = tools_[t];
  const uint32_t g = model_->group_of[t];
  if (tool.repair > 0_ns && tool.jobs == 0)
    return break_down(t, std::exchange(tool.repair, Duration{}));
  const bool down = now_ < tool.down_until;
  if (!down && tool.in_service == kNone && tool.services > 0 && tool.jobs == 0) begin_service(t);
  set_state(t, down                       ? ToolState::unscheduled_down
               : tool.in_service != kNone ? ToolState::scheduled_down
               : tool.jobs > 0            ? ToolState::busy
                                          : ToolState::standby);
  const bool may_open = !down && tool.repair == 0_ns && tool.in_service == kNone &&
                        tool.services == 0 && tool.jobs < model_->groups[g].capacity;
  if (!may_open) return close(t);
  if (!tool.open) open(t, g);
  ask_about(g);
}

void World::open(uint32_t t, uint32_t group) {
  tools_[t].open = 1;
  open_[model_->groups[group].first_tool + lines_[group].open++] = t;
}

// All that is under way in a tool ends later, or earlier.
void World::shift_work(uint32_t t, Duration by) {
  Tool& tool = tools_[t];
  const auto shift = [&](Time& x) {
    if (x > now_) x = std::max(now_, later(x, by));
  };
  shift(tool.ready);
  shift(tool.next_begin);
  for (uint32_t i = 0; i < model_->max_capacity; ++i) {
    const uint32_t slot = t * model_->max_capacity + i;
    Job& job = jobs_[slot];
    if (job.lot == kNone) continue;
    shift(job.setup_from);
    shift(job.setup_until);
    job.until = std::max(now_, later(job.until, by));
    push(job.until, Kind::leave, slot, ++job.generation & kGenerations);
  }
  if (tool.in_service != kNone) {
    shift(tool.service_until);
    push(tool.service_until, Kind::serviced, t, ++tool.generation & kGenerations);
  }
}

void World::break_down(uint32_t t, Duration repair) {
  Tool& tool = tools_[t];
  shift_work(t, repair);
  const Time from = std::max(now_, tool.down_until);
  tool.down_until = later(from, repair);
  push(tool.down_until, Kind::repaired, t);
  trace(model_->group_of[t], {from, from, from, tool.down_until, t, kNone, 0, kNone});
  settle(t);
}

void World::count_wafers(uint32_t t, uint32_t wafers) {
  Tool& tool = tools_[t];
  tool.wafers += wafers;
  if (tool.wafers < tool.counter_due) return;
  tool.counter_due = ~uint64_t{0};
  const uint32_t from = model_->upkeeps_of[t];
  for (uint32_t u = from; u < from + model_->counters_of[t]; ++u) {
    UpkeepState& x = upkeeps_[u];
    if (tool.wafers >= x.wafers) {
      x.wafers += law_of(u).wafers;
      tool.services += x.due == 0;
      x.due = 1;
    }
    tool.counter_due = std::min(tool.counter_due, x.wafers);
  }
}

void World::service_due(uint32_t u) {
  UpkeepState& x = upkeeps_[u];
  const uint32_t t = model_->tool_upkeeps[u].tool;
  const Duration gap = law_of(u).interval.at(draw(kUpkeepEvery, u, 2 * x.wafers++));
  push(later(now_, gap), Kind::service_due, u);
  tools_[t].services += x.due == 0;
  x.due = 1;
  settle(t);
}

void World::begin_service(uint32_t t) {
  Tool& tool = tools_[t];
  uint32_t u = model_->upkeeps_of[t];
  while (upkeeps_[u].due == 0) ++u;
  UpkeepState& x = upkeeps_[u];
  x.due = 0;
  --tool.services;
  const Duration takes = law_of(u).duration.at(draw(kUpkeepEvery, u, 2 * x.count++ + 1));
  tool.in_service = u;
  tool.service_until = later(now_, takes);
  push(tool.service_until, Kind::serviced, t, ++tool.generation & kGenerations);
  trace(model_->group_of[t], {now_, now_, now_, tool.service_until, t, kNone - 1, 0, kNone});
}

void World::end_service(uint32_t t) {
  tools_[t].in_service = kNone;
  settle(t);
}

void World::schedule_first(uint32_t u) {
  const auto [t, a] = model_->tool_upkeeps[u];
  const Attachment& attached = model_->attachments[a];
  const ToolGroup& group = model_->groups[attached.group];
  const double share =
      attached.spread ? static_cast<double>(t - group.first_tool + 1) / group.tools : 1.0;
  const double first = draw(kUpkeepFirst, u, 0);
  switch (law_of(u).kind) {
    case Upkeep::Kind::breakdown:
      return push(later(now_, attached.first.at(first)), Kind::breakdown, u);
    case Upkeep::Kind::calendar: {
      const auto ns = static_cast<double>(attached.first.at(first).ns);
      return push(later(now_, Duration{static_cast<int64_t>(ns * share)}), Kind::service_due, u);
    }
    case Upkeep::Kind::counter:
      upkeeps_[u].wafers = static_cast<uint64_t>(std::max(1.0, attached.first_wafers * share));
      tools_[t].counter_due = std::min(tools_[t].counter_due, upkeeps_[u].wafers);
      return;
  }
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
    push(later(up, law_of(u).interval.at(first)), Kind::breakdown, u,
         ++upkeeps_[u].generation & kGenerations);
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

// ---- names and figures ----

Time World::must_start(uint32_t id) const {
  const StepCore& s = model_->cores[lots_[id].step];
  Time first = Time::never();
  for (uint32_t c = 0; c < s.closes_count; ++c)
    first = std::min(first, windows_[id * model_->windows + model_->closes[s.closes_first + c]]);
  return first;
}

std::string World::lot_name(uint32_t id) const {
  const Lot& lot = lots_[id];
  if (lot.lot_class >= model_->streams.size()) return model_->wip[lot.number].name;
  return model_->streams[lot.lot_class].name + "_" + std::to_string(lot.number + 1);
}

uint32_t World::find_lot(std::string_view name) const {
  for (uint32_t i = 0; i < lots_.size(); ++i) {
    if (lots_[i].state != Lot::State::gone && lot_name(i) == name) return i;
  }
  return kNone;
}

void World::start_kpis() {
  const Model& m = *model_;
  kpis_ = {};
  kpis_.since = now_;
  kpis_.classes.resize(m.classes.size());
  kpis_.groups.resize(m.groups.size());
  kpis_.areas.resize(m.areas.size());
  kpis_.wip_over_time = Series(m.start, series_interval(m), kSeriesCapacity);
  kpis_.wip.set(now_, wip_);
  kpis_.wip_over_time.set(now_, wip_);
  for (AreaKpis& a : kpis_.areas) a.lots.set(now_, 0);
}

void World::reset_kpis() {
  const Kpis before = std::move(kpis_);
  start_kpis();
  // Charts over time and histories show the whole run.
  kpis_.wip_over_time = before.wip_over_time;
  kpis_.moves_per_day = before.moves_per_day;
  kpis_.finished_per_day = before.finished_per_day;
  kpis_.released_per_day = before.released_per_day;
  kpis_.gantt = before.gantt;
  kpis_.history = before.history;
  for (size_t a = 0; a < before.areas.size(); ++a)
    kpis_.areas[a].lots.set(now_, before.areas[a].lots.value());
  for (uint32_t t = 0; t < tools_.size(); ++t) {
    tools_[t].since = now_;
    kpis_.groups[model_->group_of[t]].setup_s += setup_left(t).seconds();
  }
}

std::array<double, kToolStates> World::state_s(uint32_t g) const {
  auto out = kpis_.groups[g].state_s;
  const ToolGroup& group = model_->groups[g];
  for (uint32_t t = group.first_tool; t < group.first_tool + group.tools; ++t)
    out[static_cast<size_t>(tools_[t].state)] += (now_ - tools_[t].since).seconds();
  return out;
}

double World::setup_s(uint32_t g) const {
  double out = kpis_.groups[g].setup_s;
  const ToolGroup& group = model_->groups[g];
  for (uint32_t t = group.first_tool; t < group.first_tool + group.tools; ++t)
    out -= setup_left(t).seconds();
  return out;
}

// A repair comes before it, and so do the setups of lots that went in before.
Duration World::setup_left(uint32_t t) const {
  const Time from = std::max(now_, tools_[t].down_until);
  Duration left;
  for (uint32_t i = 0; i < model_->max_capacity; ++i) {
    const Job& j = job(t, i);
    if (j.lot != kNone) left += std::max(0_ns, j.setup_until - std::max(from, j.setup_from));
  }
  return left;
}

void World::count_day(std::vector<uint32_t>& days) const {
  const auto day = static_cast<size_t>((now_ - model_->start) / 1_d);
  if (day >= days.size()) days.resize(day + 1);
  ++days[day];
}

void World::count_wip(int change, uint32_t lot_class) {
  wip_ += static_cast<uint32_t>(change);
  wip_of_[lot_class] += static_cast<uint32_t>(change);
  kpis_.wip.set(now_, wip_);
  kpis_.wip_over_time.set(now_, wip_);
}

void World::trace(uint32_t group, const Span& span) {
  const TraceWindow& w = model_->trace;
  if (span.until <= w.from || span.from >= w.to) return;
  if (std::find(w.groups.begin(), w.groups.end(), group) == w.groups.end()) return;
  kpis_.gantt.push_back(span);
}

bool World::consistent() const {
  const Model& m = *model_;
  return lines_.size() == m.groups.size() && waiting_wafers_.size() == m.steps.size() &&
         tools_.size() == m.tools && jobs_.size() == size_t{m.tools} * m.max_capacity &&
         open_.size() == m.tools && upkeeps_.size() == m.tool_upkeeps.size() &&
         numbers_.size() == m.streams.size() && proposed_.size() == m.streams.size() &&
         held_.size() == m.streams.size() && wip_of_.size() == m.classes.size() &&
         windows_.size() == lots_.size() * m.windows &&
         dedications_.size() == lots_.size() * m.dedications &&
         kpis_.classes.size() == m.classes.size() && kpis_.groups.size() == m.groups.size() &&
         kpis_.areas.size() == m.areas.size();
}

}  // namespace dure::fab
