// PIBT: the agents' next configuration, planned one agent after another; an agent that needs an
// occupied vertex has its occupant planned first, with the same priority. With the swap operation:
// two agents that meet in a corridor and must change places pull back to a junction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "solvers/mapf_graph.h"

namespace dure::mapf {

struct Constraint {
  uint32_t agent = kNone, vertex = kNone;
};

class Pibt {
 public:
  Pibt(const Graph& graph, Distances& distances, std::span<const uint32_t> goals, Random random);

  // Moves the agents from `now`, planned in the order given and under the constraints; false when
  // no such configuration was found. All agents in `now` are at different vertices.
  bool step(std::span<const uint32_t> now, std::span<const uint32_t> order,
            std::span<const Constraint> constraints, std::span<uint32_t> next);

 private:
  struct Frame {
    uint32_t agent, at, partner;  // partner: the agent to swap with, or none
    uint8_t count, tried;
    uint32_t candidates[5];
  };

  bool plan(uint32_t agent);
  void push(uint32_t agent);
  uint32_t swap_partner(uint32_t agent, uint32_t best);
  bool swap_required(uint32_t pusher, uint32_t puller, uint32_t pusher_at, uint32_t puller_at);
  bool swap_possible(uint32_t pusher_at, uint32_t puller_at);
  // Ways on from v other than back: 0, 1 (then `way` is it) or 2 for more.
  int ways_on(uint32_t v, uint32_t back, uint32_t& way) const;

  const Graph& graph_;
  Distances& distances_;
  std::span<const uint32_t> goals_;
  Random random_;
  std::span<const uint32_t> now_;
  std::span<uint32_t> next_;
  std::vector<uint32_t> now_at_, next_at_;  // [vertices] agent or none
  std::vector<Frame> stack_;
};

}  // namespace dure::mapf
