#include "worlds/floor/guidance.h"

#include "worlds/floor/guidance_flow.h"

namespace dure::floor {
namespace {

constexpr uint8_t kStep = 2;     // units of a step and of a quarter turn
constexpr uint8_t kAgainst = 4;  // of a step against the direction

bool crowded(const Model& model) {
  return static_cast<double>(model.robots.size()) >=
         kCrowded * static_cast<double>(model.vertices());
}

}  // namespace

Costs guided_costs(const Model& model, GuidanceKind kind) {
  switch (kind) {
    case GuidanceKind::none:
      break;
    case GuidanceKind::rows:
      if (crowded(model)) return row_costs(model);
      break;
    case GuidanceKind::flow:
      return flow_costs(model);
  }
  return plain_costs();
}

Costs plain_costs() { return {}; }

Costs row_costs(const Model& model) {
  if (model.cell_of.empty()) return plain_costs();
  Costs costs;
  costs.step = costs.turn = kStep;
  costs.forward.reserve(model.roads.next.size());
  for (const uint32_t cell : model.cell_of) {
    const bool odd_row = cell / model.width % 2 == 1, odd_column = cell % model.width % 2 == 1;
    costs.forward.push_back(odd_row ? kAgainst : kStep);     // east
    costs.forward.push_back(odd_column ? kAgainst : kStep);  // south
    costs.forward.push_back(odd_row ? kStep : kAgainst);     // west
    costs.forward.push_back(odd_column ? kStep : kAgainst);  // north
  }
  return costs;
}

}  // namespace dure::floor
