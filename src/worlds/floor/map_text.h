// A floor as rows of letters, a cell each, and the grid of roads that it means.
//
// '#' and '@' are blocked, '.' is free, '>' '<' '^' 'v' are free and one-way: no lane against the
// arrow leaves or enters such a cell, sideways all is as elsewhere. Every other letter or digit is
// a free cell that a scenario's stations may refer to. Row 0 is in the north, column 0 in the west.
// Left out: cells of different sizes, and roads that cross without meeting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "solvers/movingai.h"
#include "solvers/roadmap.h"

namespace dure::floor {

inline constexpr uint32_t kMostCells = 16'000'000;

struct CellMap {
  uint32_t width = 0, height = 0;
  std::string letters;  // [height x width] '#' where blocked

  char& at(uint32_t column, uint32_t row) { return letters[size_t{row} * width + column]; }
};

// Lines of equal length; empty lines at the ends and spaces around a line do not count. The Error
// names the row, from 1, and has no file.
Result<CellMap> parse_rows(std::string_view rows);

// MovingAI's blocked letters become '#', the others stay.
CellMap cells_of(const MovingAiMap& map);

// The heading that an arrow allows; nothing for other letters.
std::optional<uint32_t> arrow_heading(char letter);

Grid grid_of(const CellMap& map);

}  // namespace dure::floor
