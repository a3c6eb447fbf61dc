// The fab, for the command line.
#pragma once

#include "kernel/session.h"

namespace dure::fab {

const WorldKind& kind();

}  // namespace dure::fab
