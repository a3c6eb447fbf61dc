#include "worlds/fab/line_events.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "base/text.h"

namespace dure::fab {
namespace {

const char* name_of(LineLot::State s) {
  return s == LineLot::State::waiting  ? "waiting"
         : s == LineLot::State::moving ? "under way"
                                       : "in processing";
}

}  // namespace

LineEvents::LineEvents(const Model& m, LineState& line)
    : m_(m), line_(line), inside_(m.tools), gone_(line.lots.size()), closed_(m.tools, Time{-1}) {
  for (uint32_t i = 0; i < line.lots.size(); ++i) {
    const LineLot& lot = line.lots[i];
    places_[lot.name] = i;
    if (lot.state == LineLot::State::processing) inside_[lot.tool].push_back(i);
    if (lot.state == LineLot::State::moving && lot.until < Time::never())
      under_way_.emplace(lot.until, i);
  }
}

uint32_t LineEvents::core_of(const LineLot& lot) const {
  return m_.routes[m_.products[lot.product].route].first + lot.step;
}

uint32_t LineEvents::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? kNone : found->second;
}

void LineEvents::wait(LineLot& lot, Time since) {
  lot.state = LineLot::State::waiting;
  lot.since = since;
  lot.until = Time::never();
  lot.tool = kNone;
}

void LineEvents::advance(Time to) {
  while (!under_way_.empty() && under_way_.begin()->first <= to) {
    const auto [time, i] = *under_way_.begin();
    under_way_.erase(under_way_.begin());
    // Otherwise it has arrived, or was sent elsewhere, in the meantime.
    if (!gone_[i] && at(i).state == LineLot::State::moving && at(i).until == time)
      wait(at(i), time);
  }
  line_.time = to;
}

Result<void> LineEvents::release(LineLot lot) {
  if (!places_.emplace(lot.name, static_cast<uint32_t>(line_.lots.size())).second)
    return Error{"there is a lot " + quoted(lot.name) + " in the line already"};
  wait(lot, line_.time);
  line_.lots.push_back(std::move(lot));
  gone_.push_back(false);
  return {};
}

void LineEvents::close_windows(LineLot& lot, uint32_t core) {
  const StepCore& s = m_.cores[core];
  for (uint32_t c = s.closes_first; c < uint32_t{s.closes_first} + s.closes_count; ++c)
    lot.deadlines[m_.closes[c]] = Time::never();
}

void LineEvents::move(uint32_t i, uint32_t step, std::optional<Time> until) {
  LineLot& lot = at(i);
  const uint32_t here = core_of(lot), there = here - lot.step + step;
  const bool done = lot.state == LineLot::State::processing;
  if (done) end_processing(i);
  // As World has it: steps between are skipped, and those to be done again forget the queue times
  // that they opened, but not the tools that later steps are bound to.
  for (uint32_t s = here + done; s < there; ++s) {
    close_windows(lot, s);
    if (m_.cores[s].keeps_tool != kNone) lot.bound_to[m_.cores[s].keeps_tool] = kNone;
  }
  if (there < here + done) {
    for (uint32_t s = there; s <= here; ++s) {
      if (m_.cores[s].opens_window != kNone)
        lot.deadlines[m_.cores[s].opens_window] = Time::never();
    }
  }
  lot.step = step;
  wait(lot, line_.time);
  if (!until || *until <= line_.time) return;
  lot.state = LineLot::State::moving;
  lot.until = *until;
  under_way_.emplace(*until, i);
}

Result<void> LineEvents::arrive(uint32_t i) {
  if (at(i).state == LineLot::State::processing)
    return Error{"expected a lot under way, found one in " + quoted(m_.tool_name(at(i).tool))};
  wait(at(i), line_.time);
  return {};
}

Result<void> LineEvents::check_start(uint32_t i, uint32_t tool) const {
  const LineLot& lot = line_.lots[i];
  const auto name = [&](uint32_t t) { return quoted(m_.tool_name(t)); };
  if (lot.state == LineLot::State::processing)
    return Error{"expected a lot that waits, found one in " + name(lot.tool) + " already"};
  const Step& step = m_.step_of(lot.product, lot.step);
  const std::string at = ", for step " + std::to_string(lot.step + 1) + " of the lot, found ";
  if (step.group != m_.group_of[tool]) {
    return Error{"expected a tool of " + quoted(m_.groups[step.group].name) + at + name(tool)};
  }
  const StepCore& core = m_.cores[core_of(lot)];
  const uint32_t bound = core.uses_tool == kNone ? kNone : lot.bound_to[core.uses_tool];
  if (bound != kNone && bound != tool)
    return Error{"expected " + name(bound) + ", which an earlier step was done in" + at +
                 name(tool)};
  // Events of one instant may be told in any order.
  const LineTool& t = line_.tools[tool];
  if (t.state != LineTool::State::up && closed_[tool] < line_.time) {
    return Error{"expected a tool that is up (event \"up\" says so), found " + name(tool) +
                 (t.state == LineTool::State::down ? " down" : " in service")};
  }
  return check_place(i, tool);
}

Result<void> LineEvents::check_place(uint32_t i, uint32_t tool) const {
  const LineLot& lot = line_.lots[i];
  const Step& step = m_.step_of(lot.product, lot.step);
  std::set<std::tuple<Time, bool, uint32_t>> jobs;  // start, batch, its step or lot; as jobs_in has
  uint64_t wafers = lot.wafers;
  bool joins = false;
  for (const uint32_t other : inside_[tool]) {
    const LineLot& in = line_.lots[other];
    const uint32_t core = core_of(in);
    const bool batch = m_.cores[core].batch_max > 0;
    jobs.emplace(in.since, batch, batch ? core : other);
    if (!batch || in.since != line_.time || core != core_of(lot)) continue;
    wafers += in.wafers;
    joins = true;
  }
  if (!joins && jobs.size() >= m_.groups[m_.group_of[tool]].capacity) {
    return Error{"expected a free place in " + quoted(m_.tool_name(tool)) + ", found lot " +
                 quoted(line_.lots[inside_[tool][0]].name) + " in it"};
  }
  if (step.batch_max > 0 && wafers > step.batch_max) {
    return Error{"expected a batch of at most " + std::to_string(step.batch_max) + " wafers in " +
                 quoted(m_.tool_name(tool)) + ", found " + std::to_string(wafers)};
  }
  return {};
}

Result<void> LineEvents::start(uint32_t i, uint32_t tool, Time until) {
  DURE_CHECK(check_start(i, tool));
  LineLot& lot = at(i);
  const Step& step = m_.step_of(lot.product, lot.step);
  close_windows(lot, core_of(lot));
  LineTool& t = line_.tools[tool];
  if (step.setup != 0 && step.setup != t.setup) set_up(tool, step.setup);
  t.run_left -= std::min(t.run_left, 1u);
  t.next_start = Time{-1};
  lot.state = LineLot::State::processing;
  lot.tool = tool;
  lot.since = line_.time;
  lot.until = until;
  inside_[tool].push_back(i);
  return {};
}

Result<void> LineEvents::finish(uint32_t i) {
  LineLot& lot = at(i);
  if (lot.state != LineLot::State::processing)
    return Error{std::string("expected a lot in processing, found one ") + name_of(lot.state)};
  end_processing(i);
  if (core_of(lot) + 1 == m_.cores[core_of(lot)].route_end) {
    out(i);
  } else {
    ++lot.step;
  }
  return {};
}

void LineEvents::end_processing(uint32_t i) {
  LineLot& lot = at(i);
  std::erase(inside_[lot.tool], i);
  count_wafers(lot.tool, lot.wafers);
  const uint32_t core = core_of(lot);
  const StepCore& s = m_.cores[core];
  if (s.keeps_tool != kNone) lot.bound_to[s.keeps_tool] = lot.tool;
  if (s.opens_window != kNone)
    lot.deadlines[s.opens_window] = line_.time + m_.steps[core].queue_time;
  wait(lot, line_.time);
}

void LineEvents::out(uint32_t i) {
  if (at(i).state == LineLot::State::processing) end_processing(i);
  gone_[i] = true;
  places_.erase(at(i).name);
}

void LineEvents::count_wafers(uint32_t tool, uint32_t wafers) {
  for (uint32_t u = m_.upkeeps_of[tool]; u < m_.upkeeps_of[tool] + m_.counters_of[tool]; ++u) {
    int64_t& left = line_.tools[tool].services[u - m_.upkeeps_of[tool]];
    if (left != LineTool::kUnknown) left -= wafers;
  }
}

void LineEvents::shift_work(uint32_t tool, Duration by) {
  for (const uint32_t i : inside_[tool]) {
    if (at(i).until < Time::never()) at(i).until = std::max(line_.time, at(i).until + by);
  }
}

void LineEvents::down(uint32_t tool, Time until) {
  LineTool& t = line_.tools[tool];
  const Time before = t.state == LineTool::State::down ? t.until : line_.time;
  if (until < Time::never() && before < Time::never()) shift_work(tool, until - before);
  t.state = LineTool::State::down;
  t.until = until;
  closed_[tool] = line_.time;
}

void LineEvents::up(uint32_t tool) {
  LineTool& t = line_.tools[tool];
  if (t.state == LineTool::State::down && t.until < Time::never() && t.until > line_.time)
    shift_work(tool, line_.time - t.until);
  t.state = LineTool::State::up;
  t.until = Time::never();
}

void LineEvents::service(uint32_t tool, Time until, std::optional<uint32_t> upkeep) {
  LineTool& t = line_.tools[tool];
  t.state = LineTool::State::service;
  t.until = until;
  closed_[tool] = line_.time;
  if (!upkeep) return;
  // The next one is due an interval after this one was.
  const uint32_t u = *upkeep;
  const Upkeep& law = m_.upkeeps[m_.attachments[m_.tool_upkeeps[u].attachment].upkeep];
  int64_t& left = t.services[u - m_.upkeeps_of[tool]];
  if (law.kind == Upkeep::Kind::counter) {
    left = (left == LineTool::kUnknown ? 0 : left) + static_cast<int64_t>(law.wafers);
  } else {
    const int64_t due = left == LineTool::kUnknown ? line_.time.ns : left;
    left = due + std::llround(law.interval.mean_ns());
  }
}

void LineEvents::set_up(uint32_t tool, uint32_t setup) {
  LineTool& t = line_.tools[tool];
  t.setup = setup;
  t.run_left = m_.groups[m_.group_of[tool]].keeps_setup ? m_.setups[setup].minimum_run : 0;
}

void LineEvents::settle() {
  size_t to = 0;
  for (size_t i = 0; i < line_.lots.size(); ++i) {
    if (gone_[i]) continue;
    if (to != i) line_.lots[to] = std::move(line_.lots[i]);
    ++to;
  }
  line_.lots.resize(to);
}

}  // namespace dure::fab
