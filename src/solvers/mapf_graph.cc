#include "solvers/mapf_graph.h"

#include <algorithm>
#include <string>

namespace dure::mapf {

Result<Graph> make_graph(const Roadmap& roads) {
  Graph graph;
  const uint32_t n = roads.vertices();
  graph.next.resize(size_t{n} * 4);
  graph.degree.assign(n, 0);
  for (uint32_t v = 0; v < n; ++v) {
    uint32_t* const row = &graph.next[size_t{v} * 4];
    for (uint32_t heading = 0; heading < kHeadings; ++heading) {
      const uint32_t u = roads.to(v, heading);
      if (u == kNoVertex || u == v ||
          std::find(row, row + graph.degree[v], u) != row + graph.degree[v])
        continue;
      row[graph.degree[v]++] = u;
    }
    std::fill(row + graph.degree[v], row + 4, v);
  }
  for (uint32_t v = 0; v < n; ++v) {
    for (const uint32_t u : graph.of(v)) {
      const std::span<const uint32_t> back = graph.of(u);
      if (std::find(back.begin(), back.end(), v) != back.end()) continue;
      return Error{.message = "expected lanes both ways, found one from vertex " +
                              std::to_string(v) + " to vertex " + std::to_string(u) +
                              " and none back",
                   .key = "roads"};
    }
  }
  if (n <= 1u << 16) graph.small_next.assign(graph.next.begin(), graph.next.end());
  return graph;
}

Distances::Distances(const Graph& graph, std::span<const uint32_t> goals)
    : graph_(graph),
      row_((size_t{graph.vertices()} + 3) / 4),
      codes_(goals.size() * row_, 0),
      frontier_(goals.size()),
      levels_(goals.size(), 0) {
  for (size_t agent = 0; agent < goals.size(); ++agent) {
    const uint32_t goal = goals[agent];
    codes_[agent * row_ + (goal >> 2)] |= static_cast<uint8_t>(1u << ((goal & 3) * 2));
    frontier_[agent] = {goal};
  }
}

bool Distances::extend(uint32_t agent, uint32_t v) {
  return graph_.small_next.empty() ? extend_on(graph_.next.data(), agent, v)
                                   : extend_on(graph_.small_next.data(), agent, v);
}

template <class Index>
bool Distances::extend_on(const Index* next, uint32_t agent, uint32_t v) {
  uint8_t* const codes = &codes_[agent * row_];
  std::vector<uint32_t>& frontier = frontier_[agent];
  std::vector<uint32_t>& found = scratch_;
  uint32_t level = levels_[agent];
  while ((codes[v >> 2] >> ((v & 3) * 2) & 3) == 0 && !frontier.empty()) {
    const uint32_t code = ++level % 3 + 1;
    found.resize(frontier.size() * 4 + 1);
    uint32_t* end = found.data();
    constexpr size_t kAhead = 12;
    for (size_t i = 0; i < frontier.size(); ++i) {
      if (i + kAhead < frontier.size()) __builtin_prefetch(next + size_t{frontier[i + kAhead]} * 4);
      const Index* const row = next + size_t{frontier[i]} * 4;
      for (int k = 0; k < 4; ++k) {  // without branches: which are new is hard to foretell
        const uint32_t u = row[k];
        const uint32_t shift = (u & 3) * 2;
        const uint8_t old = codes[u >> 2];
        const bool fresh = (old >> shift & 3) == 0;
        codes[u >> 2] = static_cast<uint8_t>(old | (fresh ? code : 0) << shift);
        *end = u;
        end += fresh;
      }
    }
    frontier.assign(found.data(), end);
  }
  levels_[agent] = level;
  return (codes[v >> 2] >> ((v & 3) * 2) & 3) != 0;
}

int Distances::step_between(uint32_t agent, uint32_t from, uint32_t to) {
  if (code(agent, from) == 0 && code(agent, to) == 0) extend(agent, from);
  if (code(agent, from) == 0) return -1;
  return step(code(agent, from), code(agent, to));
}

}  // namespace dure::mapf
