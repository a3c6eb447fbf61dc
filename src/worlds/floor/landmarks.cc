#include "worlds/floor/landmarks.h"

#include <algorithm>

namespace dure::floor {

Landmarks::Landmarks(const Roadmap& roads, Distances& distances, uint32_t count) : count_(count) {
  const uint32_t n = roads.vertices();
  to_.resize(size_t{n} * count);
  std::vector<uint32_t> nearest(n, Distances::kUnreachable);
  uint32_t at = 0;
  for (uint32_t i = 0; i <= count; ++i) {
    const uint32_t table = distances.table(at);
    uint32_t farthest = at;
    uint32_t most = 0;
    for (uint32_t v = 0; v < n; ++v) {
      const uint32_t cost = distances.word(table, v) >> 12;
      if (i > 0) to_[size_t{v} * count + i - 1] = cost;
      // Vertex 0 only serves to find the first landmark.
      const uint32_t least = i <= 1 ? cost : std::min(nearest[v], cost);
      nearest[v] = least;
      if (least < Distances::kUnreachable && least > most) {
        most = least;
        farthest = v;
      }
    }
    at = farthest;
  }
}

}  // namespace dure::floor
