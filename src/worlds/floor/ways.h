// Can everybody get everywhere? One-way lanes, walls and road maps in parts make floors on which
// tasks would lie for ever.
#pragma once

#include "base/result.h"
#include "worlds/floor/model.h"

namespace dure::floor {

// An Error for a dock that cannot be reached from the others or cannot be left for them, for a
// robot from which no way leads to them, and for batteries that nothing charges.
Result<void> check_ways(const Model& model);

}  // namespace dure::floor
