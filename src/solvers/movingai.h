// Reads the two text formats of the grid benchmarks of movingai.com (Sturtevant, "Benchmarks for
// grid-based pathfinding", 2012; Stern et al., "Multi-agent pathfinding: definitions, variants, and
// benchmarks", SoCS 2019): maps (.map) and lists of start and goal cells (.scen).
//
// A map is the lines "type octile", "height H", "width W", "map" and H rows of W letters; lines may
// end in CR LF, and empty lines may follow. A scenario is a line "version 1" and lines of nine
// columns separated by tabs: bucket, map, map width, map height, start x, start y, goal x, goal y,
// shortest distance. x is the column and y the row, both from 0 in the top left corner.
// Left out: what the free letters mean (swamp, marked cells), and whether a scenario's cells are
// free, since it is read without its map.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure {

struct MovingAiMap {
  uint32_t width = 0, height = 0;
  std::string letters;  // [height x width] as in the file
};

struct ScenEntry {
  uint32_t bucket = 0;
  std::string map;  // as in the file, often with a folder
  uint32_t width = 0, height = 0;
  uint32_t start_x = 0, start_y = 0;
  uint32_t goal_x = 0, goal_y = 0;
  double distance = 0;  // with diagonal moves; 0 in files for robots that have none

  uint32_t start_cell() const { return start_y * width + start_x; }
  uint32_t goal_cell() const { return goal_y * width + goal_x; }
};

// `file` is for messages.
Result<MovingAiMap> read_movingai_map(std::string_view text, const std::string& file);
Result<std::vector<ScenEntry>> read_movingai_scen(std::string_view text, const std::string& file);

// [height x width] 0 where the letter is '@', 'O' (outside), 'T' (trees) or 'W' (water), else 1.
std::vector<uint8_t> free_cells(const MovingAiMap& map);

}  // namespace dure
