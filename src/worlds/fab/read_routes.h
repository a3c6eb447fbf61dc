// Reads [[route]] and [[product]] of a hand-written fab.
#pragma once

#include "worlds/fab/fab_keys.h"

namespace dure::fab {

struct RouteNames {
  Names routes{"[[route]]"};
  Names products{"[[product]]"};
  std::vector<Names> steps;  // [routes]; a name that two steps share counts for the first
};

// Fills model.steps, routes and products.
RouteNames read_routes(ConfigReader& in, const Names& groups, const Names& setups, Model& model);

// Reads a key that names a step: its number in the route from 1, or its name. kNone when absent.
uint32_t read_step(ConfigReader& in, std::string_view key, bool is_required, const Names& steps,
                   std::string_view doc);

}  // namespace dure::fab
