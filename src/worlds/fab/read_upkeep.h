// Reads [[breakdown]] and [[maintenance]] of a hand-written fab, and [[attachment]], the long form
// of their key `on`.
#pragma once

#include "worlds/fab/fab_keys.h"

namespace dure::fab {

// Fills model.upkeeps (breakdowns first) and attachments.
void read_upkeep(ConfigReader& in, const Names& groups, const Names& areas, Model& model);

}  // namespace dure::fab
