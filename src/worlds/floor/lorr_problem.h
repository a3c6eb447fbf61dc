// A problem of the League of Robot Runners (2024: www.leagueofrobotrunners.org, Start-Kit v2.1.2),
// with what the 2026 rules add to its file.
//
// Robots stand on a grid's free cells, all facing east at first. Tasks are chains of errands,
// cells to be visited in their order; task k has the errands of line k modulo the number of lines.
// Cells are given as vertices of the grid's roadmap.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "solvers/roadmap.h"
#include "worlds/floor/model.h"

namespace dure::floor {

struct LorrProblem {
  std::string name;     // of its file, without folder and ".json"
  std::string letters;  // [height x width] of the map: '@' and 'T' are blocked
  Grid grid;
  std::vector<uint32_t> starts;        // [robots] vertex
  std::vector<uint32_t> first_errand;  // [lines + 1] index into `errands`
  std::vector<uint32_t> errands;       // vertex, by task line
  double reveal = 1;                   // unfinished tasks known at a time, for each robot
  uint32_t ticks_per_move = 1;         // 2026: of progress that a move or turn takes
  Delays delays;                       // 2026

  uint32_t robots() const { return static_cast<uint32_t>(starts.size()); }
  uint32_t task_lines() const { return static_cast<uint32_t>(first_errand.size() - 1); }
  // Unfinished tasks that are known at any time.
  uint32_t pool() const { return static_cast<uint32_t>(reveal * robots()); }
  std::span<const uint32_t> errands_of(uint64_t task) const {
    const auto line = static_cast<uint32_t>(task % task_lines());
    return {errands.data() + first_errand[line], first_errand[line + 1] - first_errand[line]};
  }
};

}  // namespace dure::floor
