// Small floors for the tests, drawn with characters.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "worlds/floor/test_policies.h"

namespace dure::floor::test {

// '.' is free, '#' is not; a digit is where that robot starts, heading east. Rows are of one width.
// The end is far off: without one a floor is over as soon as nothing is left to do.
inline Model drawn(const std::vector<std::string>& rows) {
  std::vector<uint8_t> free;
  std::vector<std::pair<char, uint32_t>> starts;
  for (const std::string& row : rows) {
    for (const char c : row) {
      if (c >= '0' && c <= '9') starts.push_back({c, static_cast<uint32_t>(free.size())});
      free.push_back(c != '#');
    }
  }
  Grid grid =
      make_grid(static_cast<uint32_t>(rows[0].size()), static_cast<uint32_t>(rows.size()), free);
  Model m;
  std::sort(starts.begin(), starts.end());
  for (const auto& s : starts) m.robots.push_back({grid.vertex_of[s.second], 0, 0, 1});
  set_grid(m, std::move(grid));
  m.end = Time{} + 365_d;
  return m;
}

// The vertex in a row and column of the drawing.
inline uint32_t at(const Model& m, uint32_t row, uint32_t column) {
  const auto cell = row * m.width + column;
  for (uint32_t v = 0; v < m.vertices(); ++v) {
    if (m.cell_of[v] == cell) return v;
  }
  FAIL("no free cell there");
  return 0;
}

inline void add_line(Model& m, const std::vector<uint32_t>& vertices, Time release = {}) {
  TaskLine line;
  line.first = static_cast<uint32_t>(m.stops.size());
  line.stops = static_cast<uint32_t>(vertices.size());
  line.release = release;
  for (const uint32_t v : vertices) m.stops.push_back({v, kNone});
  m.lines.push_back(line);
}

inline uint32_t add_station(Model& m, std::string name, std::vector<uint32_t> docks,
                            uint32_t kinds = Station::pick | Station::drop) {
  Station s;
  s.name = std::move(name);
  s.docks = std::move(docks);
  s.kinds = kinds;
  m.stations.push_back(s);
  return static_cast<uint32_t>(m.stations.size()) - 1;
}

inline std::shared_ptr<const Model> finished(Model m) {
  const auto checked = m.finish();
  if (!checked) FAIL(checked.error().text());
  return std::make_shared<const Model>(std::move(m));
}

// Moves from a string of F, R, C and W, one a robot.
inline std::vector<Move> moves(std::string_view letters) {
  std::vector<Move> out;
  for (const char c : letters)
    out.push_back(c == 'F'   ? Move::forward
                  : c == 'R' ? Move::right
                  : c == 'C' ? Move::left
                             : Move::wait);
  return out;
}

}  // namespace dure::floor::test
