// What the line's data alone say about a fab, before any simulation: the load of each tool group,
// the raw process time of each product, and the moves of a day. A group with a load of 1 or more
// can never keep up; the rest of the truth (queues, setups, batches that do not fill) needs a run.
//
// Expected visits of a step count its sampled share and the rework that passes it again. A visit
// occupies a tool, per lot:
//   capacity 1                load + process + unload
//   cascading, with a gap     the gap, but at least (load + process + unload) / capacity
//   cascading, without a gap  process + unload (loading overlaps)
// and batches are counted full. Availability is 1 less the shares of time in repair,
// mean(duration) / (mean(interval) + mean(duration)), and in calendar and counter services. Left
// out: setups, operators, initial lots, and that releases may end (Stream::count).
#pragma once

#include <vector>

#include "worlds/fab/model.h"

namespace dure::fab {

struct StaticLoad {
  std::vector<double> utilisation;       // [groups] of the time that tools are available
  std::vector<double> availability;      // [groups]
  std::vector<double> raw_process_days;  // [products] with load, unload, transport, sampling and
                                         // rework; queueing none
  std::vector<double> steps_per_lot;     // [products] performed, rework included
  std::vector<double> lots_per_day;      // [products] released
  double moves_per_day = 0;              // steps performed in the whole fab
};

// The model need not be finished: names are resolved, derived members are not looked at.
StaticLoad static_load(const Model& model);

// How often a lot does each step of a route. [steps of the route]
std::vector<double> expected_visits(const Model& model, uint32_t route);

// Expected seconds of a lot at each step of a product's route: moving there, load, process and
// unload, times the visits. [steps of the route]
std::vector<double> expected_seconds(const Model& model, uint32_t product, uint32_t wafers);

// Seconds of a tool that one lot of `wafers` takes at the step, see above.
double occupancy_s(const Model& model, const Step& step, uint32_t wafers);

}  // namespace dure::fab
