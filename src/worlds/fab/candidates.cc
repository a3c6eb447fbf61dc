#include "worlds/fab/candidates.h"

#include <algorithm>

#include "worlds/fab/batches.h"

namespace dure::fab {
namespace {

float hours(Duration d) { return static_cast<float>(d.seconds() / 3600); }

}  // namespace

void observe(const World& world, uint32_t group, Candidates& out) {
  const Model& m = world.model();
  const ToolGroup& g = m.groups[group];
  const Time now = world.now();
  const auto line = world.waiting(group);
  out.lots.clear();
  out.lot_features.clear();
  out.tool_features.clear();
  out.setup_h.clear();
  out.mask.clear();
  out.tools.assign(world.open_tools(group), world.open_tools(group) + world.open_count(group));
  for (const uint32_t t : out.tools) {
    const Tool& tool = world.tool(t);
    const Time ready = std::max(tool.ready, tool.jobs > 0 ? tool.next_begin : now);
    out.tool_features.insert(out.tool_features.end(),
                             {hours(now - tool.since), static_cast<float>(tool.jobs),
                              hours(std::max(Duration{}, ready - now)),
                              static_cast<float>(tool.run_left), tool.setup == 0 ? 0.0f : 1.0f});
  }
  for (const Waiting& w : line) {
    const Lot& lot = world.lot(w.lot);
    const Step& step = m.steps[w.step];
    const Duration mean{static_cast<int64_t>(step.process.mean_ns())};
    const Time must = world.must_start(w.lot);
    const bool due = lot.due < Time::never(), timed = must < Time::never();
    out.lots.push_back(w.lot);
    out.lot_features.insert(
        out.lot_features.end(),
        {static_cast<float>(w.priority), hours(now - w.since),
         hours(g.load + m.through(step, lot.wafers, mean) + g.unload), hours(m.remaining[w.step]),
         due ? hours(lot.due - now) : 0.0f, due ? 1.0f : 0.0f, timed ? hours(must - now) : 0.0f,
         timed ? 1.0f : 0.0f, static_cast<float>(lot.wafers),
         static_cast<float>(world.waiting_wafers(w.step)), static_cast<float>(step.batch_min),
         static_cast<float>(step.batch_max), w.tool == kNone ? 0.0f : 1.0f});
    for (const uint32_t t : out.tools) {
      out.setup_h.push_back(hours(m.setup_time(world.tool(t).setup, w.step)));
      out.mask.push_back(may_start(world, w, t));
    }
  }
}

const World::Action& start(const World& world, const Candidates& seen, size_t choice,
                           World::Action& action) {
  action.tool = kNone;
  action.lots.clear();
  action.wake = Time::never();
  if (choice >= seen.mask.size() || seen.mask[choice] == 0) return action;
  const uint32_t lot = seen.lots[choice / seen.tools.size()];
  const uint32_t tool = seen.tools[choice % seen.tools.size()];
  const uint32_t group = world.model().group_of[tool];
  for (const Waiting& w : world.waiting(group)) {
    if (w.lot != lot) continue;
    fill_batch(world, w, tool, [&](uint32_t l) { action.lots.push_back(l); });
    action.tool = tool;
    break;
  }
  return action;
}

}  // namespace dure::fab
