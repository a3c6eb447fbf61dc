// One pass of prioritised planning that keeps the joint plan valid: what both windowed planners
// fall back on.
//
// In order of priority each robot looks for its best plan. Robots that have had their turn are
// walls. Others may be run into: they must then find another plan themselves, and so on down a
// chain, in which each robot is moved once. If somebody cannot, everything is as before, and the
// first looks again with that one as a wall for its first moves, then as a wall; in the end with
// all as walls. So the joint plan is valid before and after each robot's turn, whatever is left
// undone.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/floor/joint_plan.h"
#include "worlds/floor/window_search.h"

namespace dure::floor {

// Robots by priority: those whose patience has come to `patience` first, in an order drawn anew
// every 16 steps (two that block each other must both come first at some time); then by the
// priority of the task, by how much is left to go, by index; those that are to keep off their goals
// after those that may come. Robots without a goal are last, those that are held are not there.
std::vector<uint32_t> by_priority(const JointPlan& plan, Distances& distances, uint32_t patience);

class PriorityPass {
 public:
  // A chain has at most `most_pushed` robots.
  explicit PriorityPass(uint32_t most_pushed) : most_pushed_(most_pushed) {}

  // Ends early when search.work() has come to `until`.
  void run(JointPlan& plan, WindowSearch& search, const std::vector<uint32_t>& order,
           uint64_t until);

 private:
  static constexpr uint32_t kTries = 4;  // the last with all as walls

  struct Moved {
    uint32_t robot;
    Moves before;
    uint8_t wall;
  };

  void turn(JointPlan& plan, WindowSearch& search, uint32_t robot);
  // Who could not move; kNoRobot: all could.
  RobotNumber push(JointPlan& plan, WindowSearch& search, uint32_t robot);

  uint32_t most_pushed_;
  std::vector<uint8_t> walls_;  // [robots]
  std::vector<Moved> moved_;    // on the present chain, in order
};

}  // namespace dure::floor
