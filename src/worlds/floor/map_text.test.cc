#include "worlds/floor/map_text.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::floor;

namespace {

std::string problem(std::string_view rows) {
  const Result<CellMap> map = parse_rows(rows);
  return map ? "" : map.error().text();
}

bool lane(const Grid& grid, uint32_t from_cell, uint32_t heading) {
  return grid.roads.to(grid.vertex_of[from_cell], heading) != kNoVertex;
}

}  // namespace

TEST_CASE("rows of letters are a map") {
  const Result<CellMap> map = parse_rows("\n  .#A\n  @>.\n\n");
  REQUIRE(map.ok());
  CHECK(map->width == 3);
  CHECK(map->height == 2);
  CHECK(map->letters == ".#A#>.");
}

TEST_CASE("a map that is not one names its row") {
  CHECK(problem("...\n..\n") == "row 2: expected 3 cells as in the first row, found 2");
  CHECK(problem("...\n\n...") == "row 2: expected cells, found an empty row");
  CHECK(problem("") == "row 1: expected cells, found an empty row");
  CHECK(problem(".?.") ==
        "row 1: expected '.', '#', '@', '>', '<', '^', 'v', letters and digits, found \"?\"");
}

TEST_CASE("no lane goes against an arrow, and sideways all do") {
  const CellMap map = *parse_rows(
      "...\n"
      ".>.\n"
      "...\n");
  const Grid grid = grid_of(map);
  REQUIRE(grid.roads.vertices() == 9);
  CHECK(lane(grid, 4, 0));        // with it
  CHECK(lane(grid, 3, 0));        // into it from behind
  CHECK_FALSE(lane(grid, 4, 2));  // out of it backwards
  CHECK_FALSE(lane(grid, 5, 2));  // into it from the front
  CHECK(lane(grid, 4, 1));
  CHECK(lane(grid, 4, 3));
  CHECK(lane(grid, 1, 1));
  CHECK(lane(grid, 7, 3));
  // What arrives is what leaves.
  CHECK(grid.roads.into(4).size() == 3);
  CHECK(grid.roads.into(3).size() == 2);
}

TEST_CASE("each arrow has its heading") {
  CHECK(arrow_heading('>') == 0u);
  CHECK(arrow_heading('v') == 1u);
  CHECK(arrow_heading('<') == 2u);
  CHECK(arrow_heading('^') == 3u);
  CHECK_FALSE(arrow_heading('V').has_value());
}

TEST_CASE("MovingAI's letters") {
  const CellMap map = cells_of({4, 1, ".TEW"});
  CHECK(map.letters == ".#E#");
}
