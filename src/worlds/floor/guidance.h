// Guidance: costs of lanes that make planners keep out of each other's way.
//
//   none  every lane costs the same
//   rows  on a grid every second row is for going east and the others for going west, and columns
//         likewise: a lane against its row's or column's direction costs more (highways: Cohen,
//         Uras, Koenig, "Feasibility Study: Using Highways for Bounded-Suboptimal Multi-Agent Path
//         Finding", SoCS 2015). Pays where robots are many for their space, so it is off elsewhere
//   flow  lanes cost more against the flow of robots that is to be expected (guidance_flow.h)
//
// It is a preference, no prohibition: nothing becomes unreachable.
#pragma once

#include "worlds/floor/distance.h"
#include "worlds/floor/model.h"
#include "worlds/floor/policy_keys.h"

namespace dure::floor {

// Robots a vertex from which rows are worth it.
inline constexpr double kCrowded = 0.08;

Costs guided_costs(const Model& model, GuidanceKind kind);

// All alike.
Costs plain_costs();

// None on a road map that is no grid.
Costs row_costs(const Model& model);

}  // namespace dure::floor
