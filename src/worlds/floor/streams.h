// Which random stream each draw of the floor comes from (see base/random.h).
#pragma once

#include <cstdint>

namespace dure::floor {

enum RandomStream : uint32_t {
  kTaskGap = 1,      // entity: source; counter: task of it
  kTaskStops = 2,    // entity: source; counter: task of it x stops + stop
  kServiceTime = 3,  // entity: source + 1, 0 for task lines; counter: task of it x 2^16 + stop
  kFailureGap = 4,   // entity: robot; counter: failure
  kRepair = 5,       // entity: robot; counter: failure
  kFlowTrips = 6,    // of guidance: one stream
};

}  // namespace dure::floor
