// The fleet, for the command line.
#pragma once

#include "kernel/session.h"

namespace dure::fleet {

const WorldKind& kind();

}  // namespace dure::fleet
