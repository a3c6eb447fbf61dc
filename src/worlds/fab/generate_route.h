// A generated product's route, see generate.h.
#pragma once

#include "worlds/fab/generate.h"

namespace dure::fab {

// Appends the product's steps to model.steps; model.groups are there, area after area.
void make_route(const FabKeys& keys, uint32_t product, Model& model);

}  // namespace dure::fab
