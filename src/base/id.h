// Id<Tag>: an index that cannot be mixed up with another kind of index. Worlds address entities by
// index, never by pointer, so that copying a world is copying its vectors.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace dure {

template <class Tag>
struct Id {
  uint32_t index = std::numeric_limits<uint32_t>::max();

  static constexpr Id none() { return {}; }
  constexpr bool valid() const { return index != std::numeric_limits<uint32_t>::max(); }
  constexpr auto operator<=>(const Id&) const = default;
};

}  // namespace dure
