// Quick lower bounds of distances, from tables to a few landmarks (Goldberg and Harrelson,
// "Computing the Shortest Path: A* Search Meets Graph Theory", SODA 2005): the way from a to b is
// at least as long as the difference of their ways to any landmark. Headings are left out, so it
// may be too much by the turns at its ends, too.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/floor/distance.h"

namespace dure::floor {

class Landmarks {
 public:
  // The first is the vertex farthest from vertex 0, each other one the farthest from all before.
  Landmarks(const Roadmap& roads, Distances& distances, uint32_t count);

  uint32_t apart(uint32_t from, uint32_t to) const {
    uint32_t most = 0;
    const uint32_t* a = &to_[size_t{from} * count_];
    const uint32_t* b = &to_[size_t{to} * count_];
    for (uint32_t i = 0; i < count_; ++i) {
      if (a[i] > b[i] && a[i] - b[i] > most) most = a[i] - b[i];
    }
    return most;
  }

 private:
  uint32_t count_;
  std::vector<uint32_t> to_;  // [vertices x count] cost to each landmark
};

}  // namespace dure::floor
