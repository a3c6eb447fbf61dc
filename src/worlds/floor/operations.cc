#include "worlds/floor/operations.h"

#include "base/assert.h"

namespace dure::floor {
namespace {

Move at(uint16_t moves, uint32_t i) { return static_cast<Move>(moves >> (2 * i) & 3); }

// Whether `move` may come after the first `depth` moves.
bool may_follow(uint16_t moves, uint32_t depth, Move move) {
  if (depth == 0) return true;
  const Move last = at(moves, depth - 1);
  bool moved = false;  // before the last move
  for (uint32_t i = 0; i + 1 < depth; ++i) moved = moved || at(moves, i) != Move::wait;
  if (last == Move::wait) return move == Move::wait || !moved;
  if (move == Move::left) {
    if (last == Move::right || last == Move::left) return false;
  }
  if (move == Move::right) {
    if (last == Move::left) return false;
    if (last == Move::right && depth > 1 && at(moves, depth - 2) == Move::right) return false;
  }
  return true;
}

}  // namespace

Operations::Operations(uint32_t length) : length_(length) {
  DURE_ASSERT(length >= 1 && length <= kMaxLength, "operations are of 1 to 8 moves");
  grow(0, 0);
  sorted_ = moves_;
  std::sort(sorted_.begin(), sorted_.end());
}

void Operations::grow(uint16_t moves, uint32_t depth) {
  for (const Move move : {Move::forward, Move::right, Move::left, Move::wait}) {
    if (!may_follow(moves, depth, move)) continue;
    const uint16_t longer =
        static_cast<uint16_t>(moves | static_cast<uint16_t>(move) << (2 * depth));
    const size_t node = nodes_.size();
    nodes_.push_back({move, static_cast<uint8_t>(depth + 1), 0, 0, 0});
    for (uint32_t i = 0; i <= depth; ++i) {
      if (at(longer, i) == Move::wait)
        nodes_[node].waits = static_cast<uint8_t>(nodes_[node].waits + length_ - i);
    }
    if (depth + 1 < length_) {
      grow(longer, depth + 1);
    } else {
      nodes_[node].leaf = static_cast<uint16_t>(moves_.size());
      bool waits = true;
      for (uint32_t i = 0; i < length_; ++i) waits = waits && at(longer, i) == Move::wait;
      if (waits) all_waits_ = size();
      moves_.push_back(longer);
    }
    nodes_[node].skip = static_cast<uint16_t>(nodes_.size());
  }
}

}  // namespace dure::floor
