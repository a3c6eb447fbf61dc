// BlockPool<T>: arrays of any length in one vector, addressed by offset, freed and used again.
// Block lengths are powers of two, so a freed block serves the next array of its size; copying the
// pool is copying one vector.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace dure::fleet {

template <class T>
class BlockPool {
 public:
  // The offset of a block for `count` elements, count >= 1.
  uint32_t take(uint32_t count) {
    auto& spare = free_[size_class(count)];
    if (!spare.empty()) {
      const uint32_t offset = spare.back();
      spare.pop_back();
      return offset;
    }
    const auto offset = static_cast<uint32_t>(items_.size());
    items_.resize(items_.size() + (size_t{1} << size_class(count)));
    return offset;
  }
  void give_back(uint32_t offset, uint32_t count) { free_[size_class(count)].push_back(offset); }

  T* data(uint32_t offset) { return items_.data() + offset; }
  const T* data(uint32_t offset) const { return items_.data() + offset; }
  size_t size() const { return items_.size(); }

  void fields(auto& visit) { visit(items_, free_); }
  // Whether every item is in one block: of these (offset, count), or a free one.
  bool consistent(const std::vector<std::pair<uint32_t, uint32_t>>& taken) const {
    std::vector<bool> seen(items_.size());
    size_t in_blocks = 0;
    const auto add = [&](uint32_t offset, uint32_t size_class) {
      const size_t size = size_t{1} << size_class;
      if (size > items_.size() || offset > items_.size() - size) return false;
      for (size_t i = offset; i < offset + size; ++i) {
        if (seen[i]) return false;
        seen[i] = true;
      }
      in_blocks += size;
      return true;
    };
    for (const auto& [offset, count] : taken) {
      if (count == 0 || !add(offset, size_class(count))) return false;
    }
    for (uint32_t c = 0; c < free_.size(); ++c) {
      for (const uint32_t offset : free_[c]) {
        if (!add(offset, c)) return false;
      }
    }
    return in_blocks == items_.size();
  }

 private:
  static uint32_t size_class(uint32_t count) {
    return static_cast<uint32_t>(std::bit_width(count - 1));
  }

  std::vector<T> items_;
  std::array<std::vector<uint32_t>, 33> free_;  // [size classes] offsets
};

}  // namespace dure::fleet
