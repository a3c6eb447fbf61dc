#include "worlds/fleet/block_pool.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"

namespace dure::fleet {
namespace {

TEST_CASE("block pool: live blocks never share a place, freed ones are used again") {
  struct Block {
    uint32_t offset, count, mark;
  };
  BlockPool<uint32_t> pool;
  std::vector<Block> live;
  Random r{1, 0, 0};
  uint32_t mark = 0;
  size_t largest_live = 0, now_live = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (live.empty() || r.chance(live.size() < 200 ? 0.6 : 0.4)) {
      const auto count = static_cast<uint32_t>(1 + r.below(r.chance(0.1) ? 300 : 9));
      const Block b{pool.take(count), count, ++mark};
      REQUIRE(b.offset + size_t{count} <= pool.size());
      std::fill_n(pool.data(b.offset), count, b.mark);
      live.push_back(b);
      now_live += count;
      largest_live = std::max(largest_live, now_live);
    } else {
      const auto i = static_cast<size_t>(r.below(live.size()));
      const Block b = live[i];
      // Nobody has written into it since.
      REQUIRE(std::all_of(pool.data(b.offset), pool.data(b.offset) + b.count,
                          [&](uint32_t x) { return x == b.mark; }));
      pool.give_back(b.offset, b.count);
      now_live -= b.count;
      live[i] = live.back();
      live.pop_back();
    }
  }
  // Lengths are rounded up to powers of two, and each length peaks at another time.
  CHECK(pool.size() < 4 * largest_live);
}

}  // namespace
}  // namespace dure::fleet
