// Guidance: lanes that planners had better use, so that robots meet head-on less often.
//
// On a grid every second row is for going east and the others for going west, and columns likewise:
// a lane against its row's or column's direction costs more. It is a preference, no prohibition, so
// nothing becomes unreachable. (Highways: Cohen, Uras, Koenig, "Feasibility Study: Using Highways
// for Bounded-Suboptimal Multi-Agent Path Finding", SoCS 2015.) It pays where robots are many for
// their space, and costs a little where they are few.
#pragma once

#include <cstdint>

#include "worlds/floor/distance.h"
#include "worlds/floor/model.h"

namespace dure::floor {

// Robots a vertex from which guidance is worth it.
inline constexpr double kCrowded = 0.08;

// Costs without guidance, in the same units.
Costs plain_costs();
// With it; plain on a road map that is no grid.
Costs guided_costs(const Model& model);

}  // namespace dure::floor
