// Operations: short sequences of moves, from which PIBT with look-ahead chooses for each robot.
//
// All sequences of a length are too many, and most are pointless. Kept are those that wait first,
// then drive and turn, then wait: no turn is undone by the next, no more than two turns follow each
// other, and a turn about is made clockwise.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "worlds/floor/plan.h"

namespace dure::floor {

class Operations {
 public:
  static constexpr uint32_t kMaxLength = 8;

  // One move of a sequence, in a tree of common beginnings that is laid out in preorder.
  struct Node {
    Move move = Move::wait;
    uint8_t depth = 0;  // 1: the first move
    uint8_t waits = 0;  // a measure of how early its waits are
    uint16_t skip = 0;  // the first node after those below this one
    uint16_t leaf = 0;  // index of the sequence, when depth is the length
  };

  explicit Operations(uint32_t length);  // 1 to 8 moves

  uint32_t length() const { return length_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  uint32_t size() const { return static_cast<uint32_t>(moves_.size()); }
  // Two bits a move, the first in the lowest.
  uint16_t moves(uint32_t leaf) const { return moves_[leaf]; }
  bool has(uint16_t moves) const {
    return std::binary_search(sorted_.begin(), sorted_.end(), moves);
  }
  uint32_t all_waits() const { return all_waits_; }

 private:
  void grow(uint16_t moves, uint32_t depth);

  uint32_t length_;
  std::vector<Node> nodes_;
  std::vector<uint16_t> moves_;   // [leaves]
  std::vector<uint16_t> sorted_;  // the same, in rising order
  uint32_t all_waits_ = 0;
};

}  // namespace dure::floor
