// A roadmap without headings, and how far its vertices are from each agent's goal, for the MAPF
// solver.
//
// Distances are kept modulo 3, in two bits: neighbours' distances differ by -1, 0 or 1, which is
// all a search that goes from neighbour to neighbour needs. A goal's distances are computed by
// breadth-first search as far as they are asked for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "solvers/roadmap.h"

namespace dure::mapf {

inline constexpr uint32_t kNone = ~uint32_t{0};

struct Graph {
  std::vector<uint32_t> next;   // [vertices x 4] neighbours first; the vertex itself fills up
  std::vector<uint8_t> degree;  // [vertices]
  // `next` once more when the numbers are small enough, to have more of it in the cache.
  std::vector<uint16_t> small_next;

  uint32_t vertices() const { return static_cast<uint32_t>(degree.size()); }
  std::span<const uint32_t> of(uint32_t v) const { return {&next[size_t{v} * 4], degree[v]}; }
  void prefetch(uint32_t v) const { __builtin_prefetch(&next[size_t{v} * 4]); }
};

// An Error when a lane has none the other way.
Result<Graph> make_graph(const Roadmap& roads);

class Distances {
 public:
  Distances(const Graph& graph, std::span<const uint32_t> goals);

  // 0: farther than all that are known; else the distance modulo 3, plus 1.
  uint32_t code(uint32_t agent, uint32_t v) const {
    return codes_[agent * row_ + (v >> 2)] >> ((v & 3) * 2) & 3;
  }
  // The distance of `to` minus that of its neighbour `from`, whose code is known.
  static int step(uint32_t from, uint32_t to) { return kStep[from * 4 + to]; }
  // Computes distances until v's is known; false when v cannot be reached.
  bool reach(uint32_t agent, uint32_t v) { return code(agent, v) != 0 || extend(agent, v); }
  // What step gives, whatever is known.
  int step_between(uint32_t agent, uint32_t from, uint32_t to);
  // The greatest distance computed so far.
  uint32_t level(uint32_t agent) const { return levels_[agent]; }
  void prefetch(uint32_t agent, uint32_t v) const {
    __builtin_prefetch(&codes_[agent * row_ + (v >> 2)]);
  }

 private:
  static constexpr int8_t kStep[16] = {0, 0, 0, 0, 1, 0, 1, -1, 1, -1, 0, 1, 1, 1, -1, 0};

  bool extend(uint32_t agent, uint32_t v);
  template <class Index>
  bool extend_on(const Index* next, uint32_t agent, uint32_t v);

  const Graph& graph_;
  size_t row_;                                   // bytes per agent
  std::vector<uint8_t> codes_;                   // [agents x row]
  std::vector<std::vector<uint32_t>> frontier_;  // [agents] vertices at `level`
  std::vector<uint32_t> levels_;                 // [agents]
  std::vector<uint32_t> scratch_;
};

}  // namespace dure::mapf
