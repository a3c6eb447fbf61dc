// PIBT over operations of several moves, improved by large-neighbourhood search.
//
// Priority Inheritance with Backtracking (Okumura et al., Artificial Intelligence 2022) with
// multi-step operations that a robot keeps from step to step (Yukhnevych and Andreychuk, "Enhancing
// PIBT via Multi-Action Operations", 2025), so that turns are planned for. In each step:
//   1. every robot goes on with what is left of its operation, and a wait at the end: always valid
//   2. in order of priority each robot looks for a better operation; where that collides with one
//      other robot, that one must find another (and may push a third one on)
//   3. within the work budget robots that cannot do what they would like are tried again, in random
//      order: an exchange is kept when the weighted sum of what is left to go falls
// Robots that are closer to their goals go first; one that comes no nearer for long goes before all
// others, until it does: that dissolves jams.
// The budget counts operations looked at; the plan depends on the Fleet, the seed and the options
// alone.
#pragma once

#include <vector>

#include "base/random.h"
#include "worlds/floor/distance.h"
#include "worlds/floor/operations.h"

namespace dure::floor {

struct PibtOptions {
  uint32_t length = 4;  // moves in an operation
  uint64_t budget = 0;  // operations looked at per step beyond the first pass
  uint64_t seed = 1;
};

class PibtPlanner final : public Planner {
 public:
  PibtPlanner(const Roadmap& roads, Distances& distances, PibtOptions options);

  void plan(const Fleet& fleet, Steps& steps) override;

  uint64_t work() const override { return work_; }  // operations looked at in the last step

 private:
  using Robot = uint16_t;
  static constexpr Robot kNobody = 0xFFFF;

  // An operation as one robot would carry it out.
  struct Candidate {
    int32_t cost;  // what is left to go after it, and for ties how late it moves
    uint16_t moves;
  };
  struct Tries {
    uint32_t chain = 0;  // of pushes, counted from 1 in each step
    uint32_t count = 0;  // how often the robot has been pushed on it
  };

  bool held(uint32_t robot) const { return !fleet_->held.empty() && fleet_->held[robot] != 0; }
  bool closed(uint32_t vertex) const {
    return !fleet_->closed.empty() && fleet_->closed[vertex] != 0;
  }
  void begin();
  void settle();       // cuts operations until they are free of conflicts
  void break_rings();  // of the first moves
  void rank();
  void cut(uint32_t robot);
  bool may_reach_goal(uint32_t robot) const;
  void find_candidates(uint32_t robot);
  uint32_t walk(uint32_t robot, uint16_t moves, uint32_t* path) const;
  void put(uint32_t robot, uint16_t moves, int32_t cost);
  void take_off(uint32_t robot);
  Robot conflict(uint32_t robot, const uint32_t* path) const;
  bool find(uint32_t robot, int64_t slack, uint32_t depth);
  void improve();
  int32_t cost_now(uint32_t robot, uint16_t moves);

  const Roadmap* roads_;
  Distances* distances_;
  Operations operations_;
  PibtOptions options_;
  const Fleet* fleet_ = nullptr;
  uint64_t work_ = 0;
  uint64_t chain_end_ = 0;  // of work_
  uint32_t chain_ = 0;

  std::vector<Robot> at_;              // [vertices x (length + 1)] who is there after so many moves
  std::vector<uint16_t> moves_;        // [robots] the operation
  std::vector<uint32_t> paths_;        // [robots x (length + 1)] vertices of it
  std::vector<int32_t> cost_;          // [robots] of it
  std::vector<int32_t> weight_;        // [robots]
  std::vector<int32_t> best_;          // [robots] the cost of its best operation, if it were alone
  std::vector<uint32_t> tables_;       // [robots x 2] of distances to goal and then
  std::vector<uint8_t> locked_;        // [robots] held, on the present chain of pushes, or, in the
                                       // first pass, given an operation already
  std::vector<Tries> tries_;           // [robots]
  std::vector<Candidate> candidates_;  // [robots x operations]
  std::vector<uint32_t> candidate_count_;  // [robots] 0: not looked for yet
  std::vector<Robot> changed_;             // given operations by the present chain
  std::vector<uint32_t> order_;
  std::vector<uint32_t> keys_;
};

}  // namespace dure::floor
