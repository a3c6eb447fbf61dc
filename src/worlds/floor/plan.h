// What a planner of paths sees of a fleet of robots, and what it gives back, for one step.
//
// A step is the planners' unit of motion: one lane forward, a quarter turn, or a wait. Worlds that
// move in steps execute it as it is; worlds with real kinematics append it to what each robot has
// been told already, and the fleet seen is then the one after all of that.
// A joint plan is valid when after it no two robots share a vertex and no two have exchanged
// theirs. Following into a vertex that is left in the same step is fine, and so are rings of three
// or more (unless Fleet::rings says no).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "solvers/roadmap.h"

namespace dure::floor {

enum class Move : uint8_t {
  forward,  // along the lane that leaves the vertex with the robot's heading
  right,    // heading + 1: clockwise
  left,     // heading - 1
  wait,
};

struct Pose {
  uint32_t vertex = 0, heading = 0;
};

constexpr uint32_t turned(uint32_t heading, Move move) {
  return (heading + (move == Move::right) + 3 * (move == Move::left)) % kHeadings;
}
// After a move. vertex: kNoVertex when there is no lane to go along.
inline Pose advance(const Roadmap& roads, Pose at, Move move) {
  if (move == Move::forward) return {roads.to(at.vertex, at.heading), at.heading};
  return {at.vertex, turned(at.heading, move)};
}

struct Fleet {
  const Roadmap* roads = nullptr;
  uint64_t step = 0;                   // steps planned so far
  std::span<const uint32_t> vertex;    // [robots]
  std::span<const uint8_t> heading;    // [robots] 0 to 3
  std::span<const uint32_t> goal;      // [robots] kNoVertex: none, it stands in nobody's way
  std::span<const uint32_t> then;      // [robots] where it goes after the goal; kNoVertex: unknown
  std::span<const int32_t> priority;   // [robots] of its task, higher first; may be empty: all 0
  std::span<const uint8_t> held;       // [robots] 1: it stays for now; may be empty: none is
  std::span<const uint32_t> notes;     // [robots] what the planner noted in the last step; may be
                                       // empty: it has not planned yet
  std::span<const uint32_t> progress;  // [robots] the step in which it last came nearer to its goal
                                       // or had none; may be empty: all do well
  std::span<const uint8_t> keep_off;   // [robots] steps that it need not come nearer than to its
                                       // goal, because that is taken; may be empty: all 0
  std::span<const uint8_t> closed;     // [vertices] 1: nobody may enter; may be empty: none is
  bool rings = true;                   // three or more robots may move round a ring in one step

  uint32_t robots() const { return static_cast<uint32_t>(vertex.size()); }
};

struct Steps {
  std::vector<Move> moves;      // [robots]
  std::vector<uint32_t> notes;  // [robots], or empty: nothing to remember
};

// A planner's decisions depend on the Fleet alone (with its notes): whatever else it keeps only
// saves time. So a run that goes on with a new planner goes on alike.
class Planner {
 public:
  virtual ~Planner() = default;
  virtual void plan(const Fleet& fleet, Steps& steps) = 0;
  virtual uint64_t work() const = 0;  // of the last plan, in the planner's units
};

}  // namespace dure::floor
