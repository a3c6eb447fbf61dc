// The floor, for the command line.
#pragma once

#include "kernel/session.h"

namespace dure::floor {

const WorldKind& kind();

}  // namespace dure::floor
