// The plans of a whole fleet for the next few moves, and who meets whom: what planners with a
// window share.
//
// Everybody's plan is `window` moves from where the robot is, in two bits each, and the vertices
// it leads over. Plans may collide while a planner works on them; cut_clashes() makes any set of
// plans valid. From step to step plans live in the notes: 12 moves, and how patient the robot has
// been.
// With rings forbidden nobody enters a vertex in the step in which another leaves it: that is more
// than is asked for (no following without a gap), but no ring can come of it.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/floor/distance.h"
#include "worlds/floor/plan.h"

namespace dure::floor {

using RobotNumber = uint16_t;
inline constexpr RobotNumber kNoRobot = 0xFFFF;

// Moves: two bits each, the first in the lowest; all that are not planned wait.
using Moves = uint32_t;
inline constexpr Moves kAllWait = ~Moves{0};
constexpr Move move_at(Moves moves, uint32_t t) { return static_cast<Move>(moves >> (2 * t) & 3); }
constexpr Moves with_move(Moves moves, uint32_t t, Move move) {
  return (moves & ~(Moves{3} << (2 * t))) | static_cast<Moves>(move) << (2 * t);
}
constexpr Moves cut(Moves moves, uint32_t t) {
  return t < 16 ? moves | kAllWait << (2 * t) : moves;
}

// A robot's note: moves in the low 24 bits, then 6 bits of patience, whether the plan is a stopgap
// to be bettered in the next step, and 1.
inline constexpr uint32_t kNotedMoves = 12;
inline constexpr uint32_t kMostPatience = 63;
constexpr uint32_t note(Moves rest, uint32_t patience, bool stopgap) {
  return (rest & 0xFF'FFFF) | patience << 24 | uint32_t{stopgap} << 30 | 1u << 31;
}
constexpr Moves noted_moves(uint32_t note) { return note >> 31 ? note | 0xFF00'0000 : kAllWait; }
constexpr uint32_t noted_patience(uint32_t note) { return note >> 31 ? note >> 24 & 63 : 0; }
constexpr bool noted_stopgap(uint32_t note) { return note >> 30 == 3; }

// Where a plan leads; false when a lane is missing. `path` and `headings` are [window + 1].
bool walk(const Roadmap& roads, uint32_t vertex, uint32_t heading, Moves moves, uint32_t window,
          uint32_t* path, uint8_t* headings = nullptr);

class JointPlan {
 public:
  static constexpr uint32_t kMostWindow = 16;

  explicit JointPlan(uint32_t window);

  // Everybody's noted plan, as far as it is still valid. Who is held waits. Returns how many moves
  // of all are as noted.
  uint32_t begin(const Fleet& fleet);
  // Moves and notes for this step. A robot's patience falls with each step that brings it nearer
  // to its goal, grows with each other step and ends at the goal. Who is to keep off needs none.
  void finish(Distances& distances, bool stopgap, Steps& steps) const;

  uint32_t window() const { return window_; }
  uint32_t robots() const { return static_cast<uint32_t>(moves_.size()); }
  const Fleet& fleet() const { return *fleet_; }
  bool held(uint32_t robot) const { return !fleet_->held.empty() && fleet_->held[robot] != 0; }
  uint32_t keep_off(uint32_t robot) const {
    return fleet_->keep_off.empty() ? 0 : fleet_->keep_off[robot];
  }
  uint32_t patience(uint32_t robot) const {
    return fleet_->notes.empty() ? 0 : noted_patience(fleet_->notes[robot]);
  }
  Moves moves(uint32_t robot) const { return moves_[robot]; }
  const uint32_t* path(uint32_t robot) const { return &path_[size_t{robot} * (window_ + 1)]; }

  void put(uint32_t robot, Moves moves);  // it has no plan now
  void take(uint32_t robot);              // off the floor: it has no plan until put
  void change(uint32_t robot, Moves moves) {
    take(robot);
    put(robot, moves);
  }
  bool on_floor(uint32_t robot) const { return on_floor_[robot] != 0; }

  // Everybody but `robot` with whom going from u to v in move t would collide: f(other). Somebody
  // may be told twice.
  template <class F>
  void clashes(uint32_t robot, uint32_t u, uint32_t v, uint32_t t, F&& f) const {
    for (RobotNumber b = first(v, t + 1); b != kNoRobot; b = next(b, t + 1)) {
      if (b != robot) f(b);
    }
    if (u == v) return;
    if (fleet_->rings) {
      for (RobotNumber b = first(v, t); b != kNoRobot; b = next(b, t)) {
        if (b != robot && path_[size_t{b} * (window_ + 1) + t + 1] == u) f(b);
      }
    } else {
      for (RobotNumber b = first(v, t); b != kNoRobot; b = next(b, t)) {
        if (b != robot) f(b);
      }
      for (RobotNumber b = first(u, t + 1); b != kNoRobot; b = next(b, t + 1)) {
        if (b != robot) f(b);
      }
    }
  }
  // All with whom the robot's plan collides: f(other, move). Somebody may be told twice.
  template <class F>
  void clashes(uint32_t robot, F&& f) const {
    const uint32_t* const p = path(robot);
    for (uint32_t t = 0; t < window_; ++t) {
      clashes(robot, p[t], p[t + 1], t, [&](RobotNumber b) { f(b, t); });
    }
  }
  // Makes any plans valid: who collides waits from there on. From move to move: robots that all
  // wait stand where they were, which was valid. Returns the first move cut, or the window.
  uint32_t cut_clashes();

 private:
  RobotNumber first(uint32_t v, uint32_t t) const { return first_[size_t{v} * (window_ + 1) + t]; }
  RobotNumber next(uint32_t b, uint32_t t) const { return next_[size_t{b} * (window_ + 1) + t]; }

  uint32_t window_;
  const Fleet* fleet_ = nullptr;
  std::vector<Moves> moves_;        // [robots]
  std::vector<uint8_t> on_floor_;   // [robots]
  std::vector<uint32_t> path_;      // [robots x (window + 1)]
  std::vector<RobotNumber> first_;  // [vertices x (window + 1)] who is there after so many moves
  std::vector<RobotNumber> next_;   // [robots x (window + 1)] who is there too
};

}  // namespace dure::floor
