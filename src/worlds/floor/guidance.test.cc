#include "worlds/floor/guidance.h"

#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

TEST_CASE("guidance: rows and columns alternate, and no lane is forbidden") {
  const Model m = drawn({"....", "....", "....", "...."});
  const Costs plain = plain_costs(), guided = row_costs(m);
  CHECK(plain.forward.empty());
  REQUIRE(guided.forward.size() == size_t{m.vertices()} * kHeadings);
  CHECK(guided.turn == guided.step);  // as on a floor without guidance
  CHECK(plain.turn == plain.step);
  const auto cost = [&](uint32_t row, uint32_t column, uint32_t heading) {
    return guided.forward[at(m, row, column) * kHeadings + heading];
  };
  for (uint32_t i = 0; i < 4; ++i) {
    for (uint32_t j = 0; j < 4; ++j) {
      const bool east = cost(i, j, 0) < cost(i, j, 2), south = cost(i, j, 1) < cost(i, j, 3);
      // One way each is preferred, the same all along a row or column, the other next to it.
      CHECK(cost(i, j, 0) != cost(i, j, 2));
      CHECK(cost(i, j, 1) != cost(i, j, 3));
      CHECK(east == (i % 2 == 0));
      CHECK(south == (j % 2 == 0));
      for (uint32_t h = 0; h < kHeadings; ++h) {
        CHECK(cost(i, j, h) >= guided.step);
        CHECK(cost(i, j, h) <= 31);
      }
    }
  }
}

TEST_CASE("guidance: a way along the grain costs what it costs without, against it more") {
  const Model m = drawn({"........", "........"});
  Distances guided(m.roads, row_costs(m)), plain(m.roads, plain_costs());
  const uint32_t west = at(m, 0, 0), east = at(m, 0, 7);
  const uint32_t unit = guided.costs().step;
  CHECK(guided.at(east, west, 0) == unit * plain.at(east, west, 0));
  CHECK(guided.at(west, east, 2) > unit * plain.at(west, east, 2));
  // Back along the other row, which is for that.
  CHECK(guided.at(west, east, 2) <= 2 * unit * plain.at(west, east, 2));
}

TEST_CASE("guidance: a road map that is no grid has none") {
  Model m = drawn({"...."});
  m.cell_of.clear();
  CHECK(row_costs(m).forward.empty());
  CHECK(row_costs(m).step == plain_costs().step);
}

TEST_CASE("guidance: rows only where it is crowded, flows everywhere, none nowhere") {
  Model m = drawn({"0....", ".....", "....."});
  CHECK(guided_costs(m, GuidanceKind::rows).forward.empty());  // one robot for 15 cells
  CHECK(guided_costs(m, GuidanceKind::none).forward.empty());
  CHECK_FALSE(guided_costs(m, GuidanceKind::flow).forward.empty());
  m.robots.push_back({at(m, 1, 1)});
  CHECK(guided_costs(m, GuidanceKind::rows).forward == row_costs(m).forward);
  CHECK(guided_costs(m, GuidanceKind::none).forward.empty());
}

}  // namespace
}  // namespace dure::floor
