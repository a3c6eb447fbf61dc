#include "worlds/floor/lanes.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::floor;

namespace {

std::string problem(const std::vector<DrawnPoint>& points, const std::vector<DrawnLane>& lanes) {
  const Result<CutRoads> cut = cut_lanes(points, lanes, 1);
  return cut ? "" : cut.error().text();
}

}  // namespace

TEST_CASE("a long lane is cut into cells, and robots may drive it both ways") {
  const CutRoads cut = *cut_lanes({{"a", {0, 0}}, {"b", {4.4, 0}}}, {{0, 1, true}}, 1);
  REQUIRE(cut.roads.vertices() == 5);
  uint32_t at = 0;
  double way = 0;
  for (uint32_t k = 0; k < 4; ++k) {
    way += cut.lane_m[at * kHeadings];
    at = cut.roads.to(at, 0);
    REQUIRE(at != kNoVertex);
    CHECK(cut.places[at].x == doctest::Approx(1.1 * (k + 1)));
  }
  CHECK(at == 1);
  CHECK(way == doctest::Approx(4.4));
  for (uint32_t k = 0; k < 4; ++k) at = cut.roads.to(at, 2);
  CHECK(at == 0);
}

TEST_CASE("a one-way lane has no way back") {
  const CutRoads cut = *cut_lanes({{"a", {0, 0}}, {"b", {0, 2}}}, {{0, 1, false}}, 1);
  REQUIRE(cut.roads.vertices() == 3);
  CHECK(cut.roads.to(0, 1) == 2);
  CHECK(cut.roads.to(2, 1) == 1);
  for (uint32_t h = 0; h < kHeadings; ++h) CHECK(cut.roads.to(1, h) == kNoVertex);
  CHECK(cut.roads.into(0).empty());
}

TEST_CASE("lanes that leave alike take the next free heading, the better fit first") {
  // Both go about east; the first is steeper.
  const std::vector<DrawnPoint> points = {{"a", {0, 0}}, {"b", {1, 0.9}}, {"c", {1, 0.1}}};
  const CutRoads cut = *cut_lanes(points, {{0, 1, false}, {0, 2, false}}, 5);
  CHECK(cut.roads.to(0, 0) == 2);
  CHECK(cut.roads.to(0, 1) == 1);
}

TEST_CASE("both ways along one track never need the same heading") {
  // Three lanes into b's west: the way back of one of them leaves b northwards and must not stay
  // so.
  const std::vector<DrawnPoint> points = {
      {"a", {0, 0}}, {"b", {10, 0}}, {"c", {0, 1}}, {"d", {0, -1}}, {"e", {20, 0}}};
  const CutRoads cut =
      *cut_lanes(points, {{0, 1, true}, {2, 1, true}, {3, 1, true}, {1, 4, true}}, 2);
  for (const uint32_t goal : {0u, 2u, 3u, 4u}) {
    uint32_t found = 0;
    for (uint32_t h = 0; h < kHeadings; ++h) {
      // Straight on from b, as far as it goes, looking wherever the road goes on.
      uint32_t last = 1, at = cut.roads.to(1, h), steps = 0;
      while (at != kNoVertex && at > 4 && ++steps < 20) {
        uint32_t ahead = kNoVertex;
        for (uint32_t g = 0; g < kHeadings; ++g) {
          const uint32_t to = cut.roads.to(at, g);
          if (to != kNoVertex && to != last) ahead = to;
        }
        last = at;
        at = ahead;
      }
      found += at == goal;
    }
    CAPTURE(goal);
    CHECK(found == 1);
  }
}

TEST_CASE("what cannot be drawn") {
  const std::vector<DrawnPoint> star = {{"hub", {0, 0}}, {"a", {1, 0}},  {"b", {0, 1}},
                                        {"c", {-1, 0}},  {"d", {0, -1}}, {"e", {1, 1}}};
  CHECK(problem(star, {{0, 1}, {0, 2}, {0, 3}, {0, 4}}).empty());
  CHECK(problem(star, {{0, 1}, {0, 2}, {0, 3}, {0, 4}, {5, 0, true}}) ==
        "expected at most four lanes out of \"hub\", found five");
  CHECK(problem(star, {{0, 1}, {1, 0, true}}) ==
        "expected one lane from \"hub\" to \"a\", found two");
  CHECK(problem({{"a", {1, 1}}, {"b", {1, 1}}}, {{0, 1}}) ==
        "expected two points apart, found \"a\" and \"b\" at one place");
  size_t at = 9;
  CHECK_FALSE(cut_lanes({{"a", {0, 0}}, {"b", {1e9, 0}}}, {{0, 1}}, 0.1, &at).ok());
  CHECK(at == 0);
}
