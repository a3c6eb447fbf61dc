// What may go into a tool together, for whoever decides.
#pragma once

#include "worlds/fab/world.h"

namespace dure::fab {

// The lots that start with `first` in the tool: itself and, at a batch step, those behind it in
// line that fit. Calls take(lot) for each, in order, and returns their wafers.
inline uint32_t fill_batch(const World& world, const Waiting& first, uint32_t tool, auto take) {
  const Model& m = world.model();
  uint32_t wafers = world.lot(first.lot).wafers;
  take(first.lot);
  if (m.cores[first.step].batch_max == 0) return wafers;
  for (const Waiting& w : world.waiting(m.cores[first.step].group)) {
    if (w.step != first.step || w.lot == first.lot) continue;
    if (w.tool != kNone && w.tool != tool) continue;
    if (wafers + world.lot(w.lot).wafers > m.cores[first.step].batch_max) continue;
    wafers += world.lot(w.lot).wafers;
    take(w.lot);
  }
  return wafers;
}

// Whether the tool may take the lot now: it is not bound to another, the minimum run of the tool's
// setup is over or the setup stays, and with the others that fit it makes a batch.
inline bool may_start(const World& world, const Waiting& w, uint32_t tool) {
  const Model& m = world.model();
  const StepCore& step = m.cores[w.step];
  if (w.tool != kNone && w.tool != tool) return false;
  const Tool& t = world.tool(tool);
  if (m.groups[step.group].keeps_setup && step.setup != 0 && t.run_left > 0 && t.setup != 0 &&
      t.setup != step.setup)
    return false;
  return step.batch_max == 0 ||
         fill_batch(world, w, tool, [](uint32_t) {}) >= m.steps[w.step].batch_min;
}

}  // namespace dure::fab
