#include "worlds/fleet/free_index.h"

#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

struct Naive {
  std::vector<uint32_t> free, share;  // [nodes]

  uint32_t next(const Model& m, uint32_t c, uint32_t from, auto&& in_set) const {
    for (uint32_t i = from; i < m.classes[c].nodes; ++i) {
      if (in_set(m.class_nodes[m.classes[c].first + i])) return i;
    }
    return FreeIndex::kNone;
  }
};

TEST_CASE("free index: random moves give what a plain list gives") {
  // 5,000 nodes of one class need more than one word of summary; the others lie between them.
  auto model = test::cluster({{test::node(8), 2500}, {test::node(0), 3}, {test::node(4, 32), 64}});
  model.add_nodes(0, 2500);
  const auto m = test::finished(std::move(model));
  REQUIRE(m->classes.size() == 3);
  REQUIRE(m->classes[0].nodes == 5000);

  FreeIndex index(*m);
  Naive naive{std::vector<uint32_t>(m->nodes(), FreeIndex::kNone),
              std::vector<uint32_t>(m->nodes(), 0)};
  Random r{3, 0, 0};
  for (int step = 0; step < 20'000; ++step) {
    const bool near = r.chance(0.5);  // crowd some words, leave others empty
    const auto n = static_cast<uint32_t>(near ? 2400 + r.below(300) : r.below(m->nodes()));
    const uint32_t gpus = m->type_of(n).gpus;
    naive.free[n] = r.chance(0.2) ? FreeIndex::kNone : static_cast<uint32_t>(r.below(gpus + 1));
    naive.share[n] = r.chance(0.5) ? 0 : static_cast<uint32_t>(r.below(1000));
    index.place(*m, n, naive.free[n], naive.share[n]);
    if (step % 20 != 0) continue;

    const auto c = static_cast<uint32_t>(r.below(3));
    const uint32_t free =
        static_cast<uint32_t>(r.below(m->node_types[m->classes[c].type].gpus + 1));
    const uint32_t level = static_cast<uint32_t>(r.below(FreeIndex::kShareLevels));
    const auto from = static_cast<uint32_t>(r.below(m->classes[c].nodes + 2));
    const auto has_free = [&](uint32_t x) { return naive.free[x] == free; };
    const auto has_share = [&](uint32_t x) {
      return naive.free[x] != FreeIndex::kNone && naive.share[x] > 0 &&
             naive.share[x] * 8 / 1000 == level;
    };
    REQUIRE(index.next_free(c, free, from) == naive.next(*m, c, from, has_free));
    REQUIRE(index.next_share(c, level, from) == naive.next(*m, c, from, has_share));
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->classes[c].nodes; ++i) {
      count += has_free(m->class_nodes[m->classes[c].first + i]);
    }
    REQUIRE(index.count(c, free) == count);
  }
}

}  // namespace
}  // namespace dure::fleet
