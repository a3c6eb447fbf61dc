// Lots: released, sent on from step to step, put to work, reworked, finished.
#include <algorithm>

#include "worlds/fab/world.h"
#include "worlds/fab/world_parts.h"

namespace dure::fab {

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
  push(job.until, Kind::leave, slot, job.generation);
  ++tool.jobs;
  close(t);
  set_state(t, ToolState::busy);
  if (tool.jobs < group.capacity) open(t, g);

  ++k.jobs;
  k.lots += lots.size();
  k.wafers += wafers;
  k.wafers_possible += std::max(step.batch_max, wafers);
  if (first.lot_class < m.streams.size() && m.streams[first.lot_class].reserves) {
    push(std::max(now_, job.until - kReserveAhead), Kind::reserve, lots[0], first.considered);
  }
}

// Before the lot is through it is known where it goes next, unless it must be reworked.
void World::reserve(uint32_t id) {
  Lot& lot = lots_[id];
  if (lot.state != Lot::State::in_tool || lot.reserved != kNone) return;
  for (uint32_t i = 0; i < model_->max_capacity; ++i) {  // a repair may have put its end off
    const Job& at = job(lot.tool, i);
    if (at.lot == id && at.until - kReserveAhead > now_)
      return push(at.until - kReserveAhead, Kind::reserve, id, lot.considered);
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

}  // namespace dure::fab
