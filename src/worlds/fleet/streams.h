// Which random stream each draw of the fleet comes from (see base/random.h): one kind per use, so
// that no two uses share numbers and a change of one leaves the others alone.
#pragma once

#include <cstdint>

namespace dure::fleet {

enum Stream : uint32_t {
  kArrivalGap = 1,   // entity: source, counter: the job's count
  kJobShape = 2,     // entity: source, counter: kDrawsPerJob x count + which draw
  kRandomPlace = 3,  // entity: job number, counter: the draw
  kNodeFault = 4,    // entity: node, counter: faults so far
  kNodeRepair = 5,   // the same
  kTieRank = 6,
  kJobFault = 7,      // entity: job number, counter: attempts
  kOutage = 8,        // entity: group of all outages, counter: outages so far
  kOutageRepair = 9,  // the same
};

inline constexpr uint64_t kDrawsPerJob = 4;

}  // namespace dure::fleet
