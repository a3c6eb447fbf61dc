#include "worlds/floor/audit_paths.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::floor;

namespace {

using Kind = PathConflict::Kind;

// 3 x 2 cells, all free: vertices 0 1 2 over 3 4 5.
Grid all_free() { return make_grid(3, 2, std::vector<uint8_t>(6, 1)); }

std::vector<PathConflict> audit(uint32_t robots, const std::vector<uint32_t>& history,
                                bool rings = true) {
  const Grid grid = all_free();
  PathAudit::Rules rules;
  rules.rings = rings;
  return audit_paths(grid.roads, history, robots, rules);
}

}  // namespace

TEST_CASE("robots that follow each other and turn in rings are fine") {
  CHECK(audit(2, {0, 1, 1, 2, 2, 5}).empty());
  CHECK(audit(4, {0, 1, 4, 3, 1, 4, 3, 0, 4, 3, 0, 1}).empty());
  CHECK(audit(0, {}).empty());
}

TEST_CASE("rings where they are forbidden") {
  const auto found = audit(4, {0, 1, 4, 3, 1, 4, 3, 0}, false);
  REQUIRE(found.size() == 1);
  CHECK(found[0] == PathConflict{Kind::ring, 1, 0, kNoVertex, 1});
  CHECK(audit(3, {0, 1, 2, 1, 2, 5}, false).empty());
}

TEST_CASE("two robots on a vertex") {
  const auto found = audit(3, {0, 2, 3, 1, 1, 4});
  REQUIRE(found.size() == 1);
  CHECK(found[0] == PathConflict{Kind::vertex, 1, 1, 0, 1});
  CHECK(found[0].text() == "step 1: robots 0 and 1 share vertex 1");
  CHECK(audit(2, {3, 3})[0] == PathConflict{Kind::vertex, 0, 1, 0, 3});
}

TEST_CASE("two robots that exchange their vertices") {
  const auto found = audit(3, {1, 5, 0, 0, 2, 1});
  REQUIRE(found.size() == 1);
  CHECK(found[0] == PathConflict{Kind::edge, 1, 2, 0, 1});
  CHECK(found[0].text() == "step 1: robots 0 and 2 exchanged their vertices, one to vertex 1");
}

TEST_CASE("moves without a lane, and vertices that are not there") {
  CHECK(audit(1, {0, 4}) == std::vector{PathConflict{Kind::jump, 1, 0, kNoVertex, 4}});
  CHECK(audit(1, {2, 3}) == std::vector{PathConflict{Kind::jump, 1, 0, kNoVertex, 3}});
  CHECK(audit(1, {2, 6}) == std::vector{PathConflict{Kind::off, 1, 0, kNoVertex, 6}});
  CHECK(audit(1, {2, kNoVertex, 0}).empty());
}

TEST_CASE("headings") {
  const Grid grid = all_free();
  const auto found = [&](uint32_t from, uint8_t heading, uint32_t to, uint8_t after) {
    PathAudit audit(grid.roads);
    audit.see(std::vector{from}, std::vector{heading});
    audit.see(std::vector{to}, std::vector{after});
    return audit.conflicts().empty() ? -1 : static_cast<int>(audit.conflicts()[0].kind);
  };
  constexpr int turn = static_cast<int>(Kind::turn);
  CHECK(found(0, 0, 1, 0) == -1);
  CHECK(found(0, 0, 0, 1) == -1);
  CHECK(found(0, 0, 0, 3) == -1);
  CHECK(found(0, 0, 0, 2) == turn);
  CHECK(found(0, 0, 3, 0) == turn);
  CHECK(found(0, 1, 3, 1) == -1);
  CHECK(found(0, 0, 1, 1) == turn);
}

TEST_CASE("all are counted, and not all kept") {
  const Grid grid = all_free();
  PathAudit::Rules rules;
  rules.most = 2;
  PathAudit audit(grid.roads, rules);
  for (int step = 0; step < 4; ++step) audit.see(std::vector<uint32_t>{1, 1});
  CHECK(audit.count() == 4);
  CHECK(audit.conflicts().size() == 2);
  CHECK(audit.steps() == 3);
}
