// The best next moves of one robot among the plans of the others: A* over (vertex, heading, moves
// done, goal reached or not) up to the end of the window, with the distances on an empty floor from
// there on (Silver, "Cooperative Pathfinding", AIIDE 2005).
//
// Some of the others are walls, which nothing may collide with, some for the first moves only;
// colliding with the rest costs a little each. A robot that reaches its goal within the window goes
// on to where it goes then. One that has nowhere to go would rather stay, and so would one that is
// as near to its goal as Fleet::keep_off lets it come. Costs count in parts of a
// unit of Costs; a wait costs what a quarter turn does.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "worlds/floor/distance.h"
#include "worlds/floor/joint_plan.h"

namespace dure::floor {

inline constexpr uint8_t kNoWall = 0, kWall = 1, kWallAtFirst = 2;

class WindowSearch {
 public:
  static constexpr uint32_t kParts = 8;

  // `clash` is what it costs, in parts, to collide with who is no wall. A search that has expanded
  // `most_nodes` has found nothing.
  WindowSearch(const Roadmap& roads, Distances& distances, uint32_t clash, uint32_t most_nodes);

  // The robot is off the floor. `walls` is [robots]; nullptr: all are walls.
  std::optional<Moves> find(const JointPlan& plan, uint32_t robot, const uint8_t* walls);
  // What moves cost with what is left after them, without collisions.
  uint32_t cost(const JointPlan& plan, uint32_t robot, Moves moves);

  uint64_t work() const { return work_; }  // nodes expanded so far

 private:
  struct Node {
    uint32_t vertex;
    uint32_t cost;
    Moves moves;
    uint8_t heading, t, reached;
  };
  struct Seen {
    uint32_t key = 0;
    uint32_t search = 0;
    uint32_t cost = 0;
  };

  void aim(const JointPlan& plan, uint32_t robot);
  uint32_t left(uint32_t vertex, uint32_t heading, bool reached);
  bool at_rest(uint32_t vertex, uint32_t heading, bool reached) {
    if (nearest_ > 0) return left(vertex, heading, reached) == nearest_;
    return reached && (then_ == kNoVertex || vertex == then_);
  }
  bool ends_at(uint32_t vertex) const { return vertex == goal_ && nearest_ == 0; }
  uint32_t forward_cost(uint32_t vertex, uint32_t heading) const {
    const Costs& c = distances_->costs();
    return kParts * (c.forward.empty() ? c.step : c.forward[vertex * kHeadings + heading]);
  }
  uint32_t turn_cost() const { return kParts * distances_->costs().turn; }
  void push(const Node& node, uint32_t total);

  const Roadmap* roads_;
  Distances* distances_;
  uint32_t clash_, most_nodes_;
  uint64_t work_ = 0;

  // Of the robot at hand.
  uint32_t goal_ = kNoVertex, then_ = kNoVertex;  // kNoVertex: none, or out of reach
  uint32_t goal_table_ = 0, then_table_ = 0;
  uint32_t after_goal_ = 0;  // parts from the goal to `then_`
  uint32_t nearest_ = 0;     // parts from the goal within which it gains nothing
  bool reached_ = false;     // nothing to do before `then_`

  std::vector<Node> nodes_;
  std::vector<std::vector<uint32_t>> buckets_;  // by cost beyond `least_`, nodes
  uint32_t least_ = 0, bucket_ = 0, last_bucket_ = 0;
  std::vector<Seen> seen_;  // a hash table that forgets when `search_` changes
  uint32_t search_ = 0;
};

}  // namespace dure::floor
