#include "worlds/floor/map_text.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace dure::floor {
namespace {

bool known(char letter) {
  return letter == '.' || letter == '#' || arrow_heading(letter) ||
         (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

}  // namespace

std::optional<uint32_t> arrow_heading(char letter) {
  switch (letter) {
    case '>':
      return 0;
    case 'v':
      return 1;
    case '<':
      return 2;
    case '^':
      return 3;
    default:
      return std::nullopt;
  }
}

Result<CellMap> parse_rows(std::string_view rows) {
  CellMap map;
  for (const std::string_view line : split(trim(rows), '\n')) {
    const std::string_view row = trim(line);
    const std::string where = "row " + std::to_string(map.height + 1) + ": ";
    if (row.empty()) return Error{where + "expected cells, found an empty row"};
    if (map.height == 0)
      map.width = static_cast<uint32_t>(std::min<size_t>(row.size(), kMostCells));
    if (row.size() != map.width) {
      return Error{where + "expected " + std::to_string(map.width) +
                   " cells as in the first row, found " + std::to_string(row.size())};
    }
    ++map.height;
    if (size_t{map.width} * map.height > kMostCells)
      return Error{"expected at most " + with_commas(kMostCells) + " cells, found more"};
    for (const char c : row) {
      const char letter = c == '@' ? '#' : c;
      if (!known(letter)) {
        return Error{where +
                     "expected '.', '#', '@', '>', '<', '^', 'v', letters and digits, found " +
                     quoted(std::string_view(&c, 1))};
      }
      map.letters += letter;
    }
  }
  return map;
}

CellMap cells_of(const MovingAiMap& from) {
  CellMap map{from.width, from.height, from.letters};
  const std::vector<uint8_t> free = free_cells(from);
  for (size_t i = 0; i < free.size(); ++i) {
    if (!free[i]) map.letters[i] = '#';
  }
  return map;
}

Grid grid_of(const CellMap& map) {
  std::vector<uint8_t> free(map.letters.size());
  for (size_t i = 0; i < free.size(); ++i) free[i] = map.letters[i] != '#';
  Grid grid = make_grid(map.width, map.height, free);
  const auto arrow = [&](uint32_t vertex) {
    return arrow_heading(map.letters[grid.cell_of[vertex]]);
  };
  std::vector<uint32_t> next = grid.roads.next;
  bool one_way = false;
  for (uint32_t v = 0; v < grid.roads.vertices(); ++v) {
    for (uint32_t h = 0; h < kHeadings; ++h) {
      uint32_t& to = next[v * kHeadings + h];
      if (to == kNoVertex) continue;
      const uint32_t against = (h + 2) % kHeadings;
      if (arrow(v) != against && arrow(to) != against) continue;
      to = kNoVertex;
      one_way = true;
    }
  }
  if (one_way) grid.roads = make_roadmap(std::move(next));
  return grid;
}

}  // namespace dure::floor
