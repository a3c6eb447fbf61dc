// Reads [[release]] and [[lot]] of a hand-written fab: where lots come from.
#pragma once

#include "worlds/fab/read_routes.h"

namespace dure::fab {

// Both count times from model.start.
void read_releases(ConfigReader& in, const RouteNames& names, Model& model);
void read_lots(ConfigReader& in, const RouteNames& names, Model& model);

}  // namespace dure::fab
