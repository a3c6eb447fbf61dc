#include "worlds/fab/line_state.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "worlds/fab/futures.h"
#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

constexpr uint32_t kForeign = 1u << 30;  // numbers of lots that were named elsewhere

// What EventQueue::fields() hands out.
template <class Event>
struct Pending {
  std::vector<Event> events;
  void operator()(const auto&...) {}
  void raw(const void* data, size_t bytes) {
    const auto* first = static_cast<const Event*>(data);
    events.insert(events.end(), first, first + bytes / sizeof(Event));
  }
};

Duration mean_of(const DurationLaw& law) { return Duration{std::llround(law.mean_ns())}; }

// "Pa_440" of the stream "Pa": 439; kForeign + i for any other name.
uint32_t number_of(const std::string& name, const std::string& stream, uint32_t i) {
  if (name.starts_with(stream + "_")) {
    const Result<int64_t> n =
        parse_int(std::string_view(name).substr(stream.size() + 1), 1, kForeign);
    if (n) return static_cast<uint32_t>(*n - 1);
  }
  return kForeign + i;
}

// Releases before `now` are over; how many lots they were, by the mean gap.
uint64_t skip_releases(Stream& s, Time now) {
  if (s.start >= now) return 0;
  const Duration gap = std::max(mean_of(s.gap), 1_ns);
  const int64_t k = (now - s.start + gap - 1_ns) / gap;
  s.start += k * gap;
  const uint64_t over = std::min(static_cast<uint64_t>(k), s.count);
  s.count -= over;
  return over * s.lots;
}

}  // namespace

uint32_t LineState::find_lot(std::string_view name) const {
  for (uint32_t i = 0; i < lots.size(); ++i) {
    if (lots[i].name == name) return i;
  }
  return kNone;
}

LineLot blank_lot(const Model& m, std::string name, uint32_t product) {
  LineLot lot;
  lot.name = std::move(name);
  lot.product = product;
  lot.deadlines.assign(m.windows, Time::never());
  lot.bound_to.assign(m.dedications, kNone);
  return lot;
}

LineState empty_line(const Model& m, Time time) {
  LineState line;
  line.time = time;
  line.tools.resize(m.tools);
  for (uint32_t t = 0; t < m.tools; ++t)
    line.tools[t].services.assign(m.upkeeps_of[t + 1] - m.upkeeps_of[t], LineTool::kUnknown);
  return line;
}

std::vector<std::vector<uint32_t>> jobs_in(const Model& m, const LineState& line, uint32_t tool) {
  std::vector<std::vector<uint32_t>> jobs;
  for (uint32_t i = 0; i < line.lots.size(); ++i) {
    const LineLot& lot = line.lots[i];
    if (lot.state != LineLot::State::processing || lot.tool != tool) continue;
    const auto with = std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) {
      const LineLot& first = line.lots[job[0]];
      return m.step_of(lot.product, lot.step).batch_max > 0 && first.since == lot.since &&
             first.step == lot.step &&
             m.products[first.product].route == m.products[lot.product].route;
    });
    if (with == jobs.end()) {
      jobs.push_back({i});
    } else {
      with->push_back(i);
    }
  }
  return jobs;
}

Result<void> check_jobs(const Model& m, const LineState& line) {
  std::vector<bool> used(m.tools);
  for (const LineLot& lot : line.lots) {
    if (lot.state == LineLot::State::processing) used[lot.tool] = true;
  }
  for (uint32_t t = 0; t < m.tools; ++t) {
    const uint32_t capacity = m.groups[m.group_of[t]].capacity;
    if (!used[t]) continue;
    const auto jobs = jobs_in(m, line, t);
    if (jobs.size() <= capacity) continue;
    return Error{"expected at most " + std::to_string(capacity) + " lots or batches in " +
                 quoted(m.tool_name(t)) +
                 " at once (lots of a batch went in at the same time, for the same step), found " +
                 std::to_string(jobs.size()) + ", among them lot " +
                 quoted(line.lots[jobs.back()[0]].name)};
  }
  return {};
}

Result<std::unique_ptr<World>> world_from(const Model& model, const LineState& line) {
  auto m = std::make_shared<Model>(*without_warm_up(model));
  m->start = line.time;
  m->end = Time::never();
  m->wip.clear();
  for (const LineLot& lot : line.lots) {
    m->wip.push_back(
        {lot.name, lot.product, lot.priority, lot.wafers, lot.step, lot.due, lot.released});
  }
  std::vector<uint64_t> released;
  for (Stream& s : m->streams) released.push_back(skip_releases(s, line.time));
  DURE_CHECK(m->finish());
  auto world = std::make_unique<World>(std::move(m));
  world->take(line, released);
  return world;
}

LineState World::line_state() const {
  const Model& m = *model_;
  LineState line = empty_line(m, now_);
  auto queue = events_;
  Pending<Event> pending;
  queue.fields(pending);
  std::vector<Time> arrival(lots_.size(), Time::never()), due(upkeeps_.size(), Time::never());
  for (const Event& e : pending.events) {
    if (static_cast<Kind>(e.what & 15) == Kind::arrive) arrival[e.index] = e.time;
    if (static_cast<Kind>(e.what & 15) == Kind::service_due) due[e.index] = e.time;
  }
  std::vector<uint32_t> place(lots_.size(), kNone);
  for (uint32_t i = 0; i < lots_.size(); ++i) {
    const Lot& lot = lots_[i];
    if (lot.state == Lot::State::gone) continue;
    const bool initial = lot.lot_class >= m.streams.size();
    LineLot out = blank_lot(m, lot_name(i),
                            initial ? m.wip[lot.number].product : m.streams[lot.lot_class].product);
    out.priority = lot.priority;
    out.wafers = lot.wafers;
    out.step = lot.step - m.routes[m.products[out.product].route].first;
    out.since = lot.since;
    out.due = lot.due;
    out.released = lot.released;
    out.stream = initial ? kNone : lot.lot_class;
    std::copy_n(windows_.begin() + i * m.windows, m.windows, out.deadlines.begin());
    std::copy_n(dedications_.begin() + i * m.dedications, m.dedications, out.bound_to.begin());
    if (lot.state == Lot::State::moving) {
      out.state = LineLot::State::moving;
      out.until = arrival[i];
    }
    place[i] = static_cast<uint32_t>(line.lots.size());
    line.lots.push_back(std::move(out));
  }
  for (uint32_t t = 0; t < m.tools; ++t) {
    const Tool& tool = tools_[t];
    LineTool& out = line.tools[t];
    if (tool.in_service != kNone) {  // a repair in between is part of it
      out.state = LineTool::State::service;
      out.until = tool.service_until;
    } else if (now_ < tool.down_until) {
      out.state = LineTool::State::down;
      out.until = tool.down_until;
    }
    out.setup = tool.setup;
    out.run_left = tool.run_left;
    if (tool.jobs > 0 && m.groups[m.group_of[t]].capacity > 1) out.next_start = tool.next_begin;
    for (uint32_t u = m.upkeeps_of[t]; u < m.upkeeps_of[t + 1]; ++u) {
      int64_t& left = out.services[u - m.upkeeps_of[t]];
      const Upkeep& law = law_of(u);
      if (law.kind == Upkeep::Kind::calendar && due[u] < Time::never())
        left = (upkeeps_[u].due ? std::min(now_, due[u] - mean_of(law.interval)) : due[u]).ns;
      if (law.kind == Upkeep::Kind::counter)
        left = static_cast<int64_t>(upkeeps_[u].wafers) - static_cast<int64_t>(tool.wafers) -
               (upkeeps_[u].due ? static_cast<int64_t>(law.wafers) : 0);
    }
    for (uint32_t k = 0; k < m.max_capacity; ++k) {
      const Job& at = job(t, k);
      for (uint32_t i = at.lot; i != kNone; i = lots_[i].next) {
        LineLot& lot = line.lots[place[i]];
        lot.state = LineLot::State::processing;
        lot.tool = t;
        lot.since = at.from;
        lot.until = at.until;
      }
    }
  }
  return line;
}

// Called once, on a world that has just been made with the line's lots as its initial ones.
void World::take(const LineState& line, const std::vector<uint64_t>& released) {
  DURE_ASSERT(now_ == line.time && handled_ == 0 && lots_.size() == line.lots.size() &&
                  tools_.size() == line.tools.size(),
              "a line of another world");
  const Model& m = *model_;
  events_.clear();
  while (!asked_.empty()) stop_asking();
  for (Line& at : lines_) at.waiting = {};
  std::fill(waiting_wafers_.begin(), waiting_wafers_.end(), 0u);
  for (AreaKpis& area : kpis_.areas) area.lots.set(now_, 0);
  for (uint32_t s = 0; s < m.streams.size(); ++s) {
    numbers_[s] = std::min<uint64_t>(released[s], kForeign);
    if (m.streams[s].count > 0) push(m.streams[s].start, Kind::release, s);
  }
  for (uint32_t i = 0; i < line.lots.size(); ++i) take_lot(line.lots[i], i);
  std::vector<uint32_t> order(line.lots.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return line.lots[a].since < line.lots[b].since; });
  for (const uint32_t i : order) {
    if (line.lots[i].state == LineLot::State::waiting) queue_up(i, line.lots[i].since);
  }
  for (uint32_t t = 0; t < m.tools; ++t) take_tool(line, t);
  for (uint32_t g = 0; g < m.groups.size(); ++g) ask_about(g);
}

void World::take_lot(const LineLot& from, uint32_t id) {
  const Model& m = *model_;
  Lot& lot = lots_[id];
  lot.since = std::min(from.since, now_);
  std::copy_n(from.deadlines.begin(), m.windows, windows_.begin() + id * m.windows);
  std::copy_n(from.bound_to.begin(), m.dedications, dedications_.begin() + id * m.dedications);
  if (from.stream != kNone) {
    --wip_of_[lot.lot_class];
    ++wip_of_[lot.lot_class = from.stream];
    lot.number = number_of(from.name, m.streams[from.stream].name, id);
    if (lot.number < kForeign)
      numbers_[from.stream] = std::max<uint64_t>(numbers_[from.stream], lot.number + 1);
  }
  lot.state = Lot::State::moving;
  if (from.state == LineLot::State::moving)
    push(from.until == Time::never() ? now_ : std::max(now_, from.until), Kind::arrive, id);
}

void World::queue_up(uint32_t id, Time since) {
  join(id);
  WaitingLine& line = lines_[model_->cores[lots_[id].step].group].waiting;
  Waiting w = line.leave(id);
  w.since = lots_[id].since = std::min(since, now_);
  line.rejoin(w);
}

void World::take_tool(const LineState& line, uint32_t t) {
  const Model& m = *model_;
  const LineTool& from = line.tools[t];
  const ToolGroup& group = m.groups[m.group_of[t]];
  close(t);
  Tool& tool = tools_[t] = {};
  tool.since = tool.ready = tool.next_begin = tool.down_until = now_;
  tool.setup = from.setup;
  tool.run_left = from.run_left;

  Duration repair, service;  // means, for ends that are not known
  for (uint32_t u = m.upkeeps_of[t]; u < m.upkeeps_of[t + 1]; ++u) {
    const Upkeep& law = law_of(u);
    const int64_t left = from.services[u - m.upkeeps_of[t]];
    // Not known: it may be anywhere between two of them.
    const double phase = draw(kUpkeepFirst, u, 0);
    UpkeepState& x = upkeeps_[u] = {};
    if (law.kind == Upkeep::Kind::breakdown) {
      repair = std::max(repair, mean_of(law.duration));
      push(now_ + law.interval.at(phase), Kind::breakdown, u);
      continue;
    }
    service = std::max(service, mean_of(law.duration));
    if (law.kind == Upkeep::Kind::calendar) {
      const Time due = left == LineTool::kUnknown
                           ? now_ + Duration{static_cast<int64_t>(phase * law.interval.mean_ns())}
                           : Time{left};
      x.due = due <= now_;
      push(x.due ? std::max(now_, due + mean_of(law.interval)) : due, Kind::service_due, u);
    } else {
      const int64_t wafers =
          left != LineTool::kUnknown
              ? left
              : static_cast<int64_t>(phase * static_cast<double>(law.wafers)) + 1;
      x.due = wafers <= 0;
      x.wafers = static_cast<uint64_t>(
          std::max<int64_t>(1, wafers + (x.due ? static_cast<int64_t>(law.wafers) : 0)));
      tool.counter_due = std::min(tool.counter_due, x.wafers);
    }
    tool.services += x.due;
  }

  const Time known = from.until == Time::never() ? now_ : from.until;
  if (from.state == LineTool::State::down) {
    tool.down_until = known > now_ ? known : now_ + std::max(repair, 1_min);
    push(tool.down_until, Kind::repaired, t);
  } else if (from.state == LineTool::State::service) {
    tool.in_service = m.upkeeps_of[t];
    tool.service_until = from.until == Time::never() ? now_ + service : std::max(now_, known);
    push(tool.service_until, Kind::serviced, t, ++tool.generation);
  }

  uint32_t slot = t * m.max_capacity;
  for (const std::vector<uint32_t>& lots : jobs_in(m, line, t)) {
    DURE_ASSERT(slot < t * m.max_capacity + group.capacity, "more work in a tool than fits");
    Job& job = jobs_[slot];
    const LineLot& first = line.lots[lots[0]];
    const Step& step = m.step_of(first.product, first.step);
    uint32_t wafers = 0;
    for (size_t i = 0; i < lots.size(); ++i) {
      Lot& lot = lots_[lots[i]];
      lot.state = Lot::State::in_tool;
      lot.tool = t;
      lot.next = i + 1 < lots.size() ? lots[i + 1] : kNone;
      wafers += lot.wafers;
      AreaKpis& area = kpis_.areas[group.area];
      ++area.arrived;
      area.lots.add(now_, 1);
    }
    job.from = job.setup_from = job.setup_until = std::min(first.since, now_);
    const Duration takes =
        group.load + m.through(step, wafers, mean_of(step.process)) + group.unload;
    job.until = std::max(
        {now_, tool.down_until, first.until == Time::never() ? job.from + takes : first.until});
    job.lot = lots[0];
    push(job.until, Kind::leave, slot++, job.generation);
    ++tool.jobs;
    const Duration gap = m.next_gap(step, wafers);
    tool.next_begin = std::max(tool.next_begin,
                               gap.ns > 0 ? job.from + group.load + gap : job.until - group.unload);
    if (first.stream != kNone && m.streams[first.stream].reserves)
      push(std::max(now_, job.until - kReserveAhead), Kind::reserve, lots[0],
           lots_[lots[0]].considered);
  }
  if (from.next_start.ns >= 0) tool.next_begin = std::max(now_, from.next_start);
  settle(t);
}

}  // namespace dure::fab
