// What a learning policy sees of a dispatch question: the lots that wait, the tools that are open,
// features of both, and which pairs may start. Made only when asked for: rules pay nothing for it.
//
//   Candidates seen;
//   const World::Action& decide(const World& world, const World::Request& request) {
//     observe(world, request.index, seen);
//     const size_t choice = network(seen.lot_features, seen.tool_features, seen.mask);
//     return start(world, seen, choice, action_);  // seen.mask.size(): wait
//   }
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "worlds/fab/world.h"

namespace dure::fab {

struct Candidates {
  static constexpr std::array<const char*, 13> kLotFeatures = {
      "priority",       "waited_h",
      "process_h",       // expected, of the lot or batch, load and unload included
      "remaining_h",     // expected raw process time to the end of the route
      "to_due_h",        // negative: late; 0 without a due date
      "has_due",         // 0 or 1
      "queue_time_h",    // left in the tightest open window; 0 without one
      "has_queue_time",  // 0 or 1
      "wafers",
      "batch_waiting",  // wafers that wait for the same step
      "batch_min",      // wafers; 0: not a batch step
      "batch_max",
      "is_bound",  // 1: to one tool, by dedication
  };
  static constexpr std::array<const char*, 5> kToolFeatures = {
      "open_h",     // since its state last changed
      "jobs",       // inside
      "ready_h",    // until what goes in now may begin
      "run_left",   // lots before its setup may change
      "has_setup",  // 0 or 1
  };

  std::vector<uint32_t> lots;        // [lots] slots, see World::lot; by priority, then arrival
  std::vector<uint32_t> tools;       // [tools] the longest open first
  std::vector<float> lot_features;   // [lots x kLotFeatures]
  std::vector<float> tool_features;  // [tools x kToolFeatures]
  std::vector<float> setup_h;        // [lots x tools] of the change that the pair needs
  std::vector<uint8_t> mask;         // [lots x tools] 1: the pair may start now
};

// Overwrites `out`; its vectors keep their memory.
void observe(const World& world, uint32_t group, Candidates& out);

// The start of a pair that the mask allows (choice = lot x tools + tool), at a batch step with as
// many others as fit; any other choice waits.
const World::Action& start(const World& world, const Candidates& seen, size_t choice,
                           World::Action& action);

}  // namespace dure::fab
