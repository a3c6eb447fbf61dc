// Where robots may be and go: vertices that hold one robot each, and one-way lanes between them.
//
// A lane leaves its vertex in one of four directions, the heading a robot must have to take it:
// 0 east, 1 south, 2 west, 3 north (clockwise on a map whose first row is in the north). A grid
// has a vertex for each free cell. Lanes are of about one cell's length; what they measure is the
// world's business.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dure {

inline constexpr uint32_t kNoVertex = ~uint32_t{0};
inline constexpr uint32_t kHeadings = 4;

struct Roadmap {
  struct Arrival {
    uint32_t from = kNoVertex;
    uint32_t heading = 0;
  };

  std::vector<uint32_t> next;      // [vertices x 4] where the lane that way ends; kNoVertex: none
  std::vector<uint32_t> first_in;  // [vertices + 1] index into `in`
  std::vector<Arrival> in;         // [lanes] by the vertex they end at

  uint32_t vertices() const { return static_cast<uint32_t>(next.size() / kHeadings); }
  uint32_t to(uint32_t vertex, uint32_t heading) const {
    return next[vertex * kHeadings + heading];
  }
  std::span<const Arrival> into(uint32_t vertex) const {
    return {in.data() + first_in[vertex], first_in[vertex + 1] - first_in[vertex]};
  }
};

// From `next` alone; every entry is below the number of vertices or kNoVertex.
Roadmap make_roadmap(std::vector<uint32_t> next);

// A grid's free cells, row by row, joined with their free neighbours.
struct Grid {
  uint32_t width = 0, height = 0;
  std::vector<uint32_t> vertex_of;  // [height x width] kNoVertex: blocked
  std::vector<uint32_t> cell_of;    // [vertices] row * width + column
  Roadmap roads;
};
// `free` is [height x width], not 0 where a robot may be.
Grid make_grid(uint32_t width, uint32_t height, std::span<const uint8_t> free);

}  // namespace dure
