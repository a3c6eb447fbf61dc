// An independent look at one tick: did robots end at one vertex, or exchange their vertices? It is
// told where each robot stood before and stands after, and trusts nobody who allowed the moves.
#pragma once

#include <cstdint>
#include <vector>

#include "solvers/roadmap.h"

namespace dure::floor {

class TickAudit {
 public:
  explicit TickAudit(const Roadmap& roads) : roads_(&roads), marks_(roads.vertices(), 0) {}

  // Once for every robot, in any order; one that stays has from == to.
  void went(uint32_t from, uint32_t to, uint32_t heading) {
    if (from != to) {
      marks_[from] |= static_cast<uint8_t>(1u << heading);
      if (const uint32_t lanes = marks_[to] & kLanes) {
        for (uint32_t h = 0; h < kHeadings; ++h)
          collisions_ += (lanes >> h & 1) && roads_->to(to, h) == from;
      }
    }
    collisions_ += marks_[to] >> kHeadings;
    marks_[to] |= kTaken;
  }

  // Each pair that exchanges its vertices, and each robot that ends where one is already.
  uint64_t collisions() const { return collisions_; }

 private:
  static constexpr uint8_t kTaken = 1u << kHeadings, kLanes = kTaken - 1;

  const Roadmap* roads_;
  std::vector<uint8_t> marks_;  // [vertices] lanes along which it was left, and kTaken
  uint64_t collisions_ = 0;
};

}  // namespace dure::floor
