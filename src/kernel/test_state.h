// For tests of World::consistent(): states put together from two.
#pragma once

#include <cstddef>
#include <tuple>

namespace dure {

// Whether `to` is still one of its model's with member `i` of fields() taken from another state.
template <size_t i, class World>
bool consistent_with(World to, World from) {
  const auto take = [&](auto&... theirs) {
    const auto put = [&](auto&... own) {
      std::get<i>(std::tie(own...)) = std::get<i>(std::tie(theirs...));
    };
    to.fields(put);
  };
  from.fields(take);
  return to.consistent();
}

}  // namespace dure
