// Tools: open or closed, broken down, serviced.
#include <algorithm>
#include <utility>

#include "worlds/fab/world.h"
#include "worlds/fab/world_parts.h"

namespace dure::fab {

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
    push(job.until, Kind::leave, slot, ++job.generation);
  }
  if (tool.in_service != kNone) {
    shift(tool.service_until);
    push(tool.service_until, Kind::serviced, t, ++tool.generation);
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
  push(tool.service_until, Kind::serviced, t, ++tool.generation);
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

}  // namespace dure::fab
