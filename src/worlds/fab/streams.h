// Which random stream each draw of the fab comes from (see base/random.h).
#pragma once

#include <cstdint>

namespace dure::fab {

enum RandomStream : uint32_t {
  kLotDraws = 1,     // entity: class << 32 | number; one block of 4 words per step considered:
                     // sampled, process, rework, transport
  kInitialLot = 2,   // the same for initial lots
  kUpkeepFirst = 3,  // entity: index of tool_upkeeps; counter: reseedings
  kUpkeepEvery = 4,  // entity: the same; counter: 2 x occurrence (interval), + 1 (duration)
  kReleaseGap = 5,   // entity: stream; counter: release
};

}  // namespace dure::fab
