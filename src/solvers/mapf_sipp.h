// Agents' paths as what they occupy of each vertex's time, and the planner of one more path among
// them: safe interval path planning (SIPP). It finds a path of the least cost, taking among equals
// one that its salt picks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "solvers/mapf_graph.h"

namespace dure::mapf {

inline constexpr int32_t kForever = 1 << 30;

struct Visit {
  int32_t from, to;      // the first and the last step there; kForever at a goal
  uint32_t agent, prev;  // prev: the vertex it came from, or none
};

class Visits {
 public:
  explicit Visits(const Graph& graph) : at_(graph.vertices()) {}

  // A path from step 0 on; the agent stays at its end.
  void add(uint32_t agent, std::span<const uint32_t> path);
  void remove(std::span<const uint32_t> path);
  // In the order of time.
  const std::vector<Visit>& at(uint32_t v) const { return at_[v]; }
  void prefetch(uint32_t v) const { __builtin_prefetch(&at_[v]); }
  void prefetch_list(uint32_t v) const { __builtin_prefetch(at_[v].data()); }
  // Who is at v in a step, or none.
  uint32_t who(uint32_t v, int32_t step) const;

 private:
  std::vector<std::vector<Visit>> at_;
};

class Sipp {
 public:
  Sipp(const Graph& graph, Distances& distances, const Visits& visits);

  struct Request {
    uint32_t agent, start, goal;
    int32_t distance;  // from start to goal
    int32_t bound;     // the greatest cost allowed
    uint64_t salt;
    uint64_t patience = ~uint64_t{0};  // nodes to expand before giving up
    int32_t hurry = 0;  // 32nds by which the distance left weighs more: a faster search, and a
                        // path that need not be the cheapest
  };
  // False when there is no such path.
  bool plan(const Request& request, std::vector<uint32_t>& path);

  // A path with few others in the way, who are listed. Each counts as kThrough steps, times 1 plus
  // its `weight` ([agents]) and plus 2 when it is at its goal.
  void plan_through(const Request& request, std::span<const uint32_t> weight,
                    std::vector<uint32_t>& path, std::vector<uint32_t>& in_the_way);

  uint64_t expanded = 0;  // so far

 private:
  struct Node {
    int32_t step;     // earliest arrival known, kForever: none
    uint32_t vertex;  // with `interval`: one free stretch of its time
    uint32_t interval;
    uint32_t parent;  // kNone: the start
    bool closed;
  };
  struct Touched {  // a vertex in this search
    uint32_t search = 0;
    uint32_t first = 0;  // node of its first interval
    int32_t h = 0;       // distance to the goal
  };

  struct Stretch {  // of a vertex's time: free (even) or a visit (odd)
    uint32_t vertex, index;
    int32_t from, to;
  };
  struct Passage {  // a node of plan_through: the first step in a stretch, and the weight so far
    Stretch stretch;
    int32_t step;
    int32_t weight;
    uint32_t parent;
  };
  struct Open {
    int32_t f;
    uint32_t node;
    bool operator>(const Open& b) const { return f != b.f ? f > b.f : node < b.node; }
  };
  static constexpr int32_t kThrough = 8;

  Stretch stretch(uint32_t v, uint32_t index) const;
  const Touched& touch(uint32_t v, int32_t h);
  void open(uint32_t node, int32_t step, int32_t h);
  void expand(uint32_t index, int32_t bound);

  const Graph& graph_;
  Distances& distances_;
  const Visits& visits_;
  std::vector<Touched> touched_;  // [vertices]
  std::vector<Node> nodes_;
  std::vector<Passage> passages_;
  std::vector<std::vector<uint32_t>>
      buckets_;  // nodes by step and weighted distance left, last in first out
  uint32_t search_ = 0;
  uint32_t agent_ = 0;
  uint32_t turn_ = 0;
  int32_t least_f_ = 0, hurry_ = 0;
  size_t cursor_ = 0;  // the first bucket that may have a node
};

}  // namespace dure::mapf
