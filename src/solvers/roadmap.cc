#include "solvers/roadmap.h"

#include <utility>

#include "base/assert.h"

namespace dure {

Roadmap make_roadmap(std::vector<uint32_t> next) {
  DURE_ASSERT(next.size() % kHeadings == 0, "four lanes a vertex");
  Roadmap roads;
  roads.next = std::move(next);
  const uint32_t n = roads.vertices();
  roads.first_in.assign(n + 1, 0);
  for (const uint32_t to : roads.next) {
    DURE_ASSERT(to < n || to == kNoVertex, "a lane to nowhere");
    if (to != kNoVertex) ++roads.first_in[to + 1];
  }
  for (uint32_t v = 0; v < n; ++v) roads.first_in[v + 1] += roads.first_in[v];
  roads.in.resize(roads.first_in[n]);
  std::vector<uint32_t> filled(roads.first_in.begin(), roads.first_in.end() - 1);
  for (uint32_t v = 0; v < n; ++v) {
    for (uint32_t h = 0; h < kHeadings; ++h) {
      if (const uint32_t to = roads.to(v, h); to != kNoVertex) roads.in[filled[to]++] = {v, h};
    }
  }
  return roads;
}

Grid make_grid(uint32_t width, uint32_t height, std::span<const uint8_t> free) {
  DURE_ASSERT(free.size() == size_t{width} * height, "a grid of another size");
  Grid grid;
  grid.width = width;
  grid.height = height;
  grid.vertex_of.assign(free.size(), kNoVertex);
  for (uint32_t cell = 0; cell < free.size(); ++cell) {
    if (free[cell] == 0) continue;
    grid.vertex_of[cell] = static_cast<uint32_t>(grid.cell_of.size());
    grid.cell_of.push_back(cell);
  }
  std::vector<uint32_t> next;
  next.reserve(grid.cell_of.size() * kHeadings);
  for (const uint32_t cell : grid.cell_of) {
    const uint32_t column = cell % width;
    next.push_back(column + 1 < width ? grid.vertex_of[cell + 1] : kNoVertex);
    next.push_back(cell + width < free.size() ? grid.vertex_of[cell + width] : kNoVertex);
    next.push_back(column > 0 ? grid.vertex_of[cell - 1] : kNoVertex);
    next.push_back(cell >= width ? grid.vertex_of[cell - width] : kNoVertex);
  }
  grid.roads = make_roadmap(std::move(next));
  return grid;
}

}  // namespace dure
