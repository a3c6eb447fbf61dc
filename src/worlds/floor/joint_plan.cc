#include "worlds/floor/joint_plan.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::floor {

bool walk(const Roadmap& roads, uint32_t vertex, uint32_t heading, Moves moves, uint32_t window,
          uint32_t* path, uint8_t* headings) {
  Pose at{vertex, heading};
  for (uint32_t t = 0;; ++t) {
    path[t] = at.vertex;
    if (headings != nullptr) headings[t] = static_cast<uint8_t>(at.heading);
    if (t == window) return true;
    at = advance(roads, at, move_at(moves, t));
    if (at.vertex == kNoVertex) return false;
  }
}

JointPlan::JointPlan(uint32_t window) : window_(window) {
  DURE_ASSERT(window >= 1 && window <= kMostWindow, "a window of 1 to 16 moves");
}

uint32_t JointPlan::begin(const Fleet& fleet) {
  fleet_ = &fleet;
  const uint32_t n = fleet.robots(), stride = window_ + 1;
  DURE_ASSERT(n < kNoRobot, "more robots than a joint plan numbers");
  moves_.assign(n, kAllWait);
  on_floor_.assign(n, 0);
  path_.resize(size_t{n} * stride);
  next_.resize(size_t{n} * stride);
  first_.assign(size_t{fleet.roads->vertices()} * stride, kNoRobot);
  bool as_noted = !fleet.notes.empty();
  for (uint32_t r = 0; r < n; ++r) {
    Moves moves = fleet.notes.empty() ? kAllWait : cut(noted_moves(fleet.notes[r]), window_);
    if (held(r) && moves != kAllWait) {
      moves = kAllWait;
      as_noted = false;
    }
    uint32_t path[kMostWindow + 1];
    if (!walk(*fleet.roads, fleet.vertex[r], fleet.heading[r], moves, window_, path)) {
      moves = kAllWait;
      as_noted = false;
    }
    put(r, moves);
  }
  const uint32_t kept = cut_clashes();
  return as_noted ? kept : 0;
}

void JointPlan::finish(Distances& distances, bool stopgap, Steps& steps) const {
  const uint32_t n = robots();
  steps.moves.resize(n);
  steps.notes.resize(n);
  for (uint32_t r = 0; r < n; ++r) {
    DURE_ASSERT(on_floor_[r], "a robot without a plan");
    steps.moves[r] = move_at(moves_[r], 0);
    const uint32_t goal = fleet_->goal[r];
    uint32_t patience = this->patience(r);
    if (goal == kNoVertex || keep_off(r) > 0) {
      patience = 0;
    } else {
      uint32_t after[2];
      uint8_t heading[2];
      walk(*fleet_->roads, fleet_->vertex[r], fleet_->heading[r], moves_[r], 1, after, heading);
      const uint32_t table = distances.table(goal);
      const uint32_t before = Distances::heading_of(distances.word(table, after[0]), heading[0]);
      const uint32_t now = Distances::heading_of(distances.word(table, after[1]), heading[1]);
      if (after[1] == goal) {
        patience = 0;
      } else if (now < before) {
        patience -= patience > 0;
      } else {
        patience += patience < kMostPatience;
      }
    }
    steps.notes[r] = note(moves_[r] >> 2 | Moves{3} << 30, patience, stopgap);
  }
}

void JointPlan::put(uint32_t robot, Moves moves) {
  DURE_ASSERT(!on_floor_[robot], "a robot with two plans");
  const size_t row = size_t{robot} * (window_ + 1);
  const bool possible = walk(*fleet_->roads, fleet_->vertex[robot], fleet_->heading[robot], moves,
                             window_, &path_[row]);
  DURE_ASSERT(possible, "a plan along a lane that is not there");
  moves_[robot] = moves;
  on_floor_[robot] = 1;
  for (uint32_t t = 0; t <= window_; ++t) {
    RobotNumber& head = first_[size_t{path_[row + t]} * (window_ + 1) + t];
    next_[row + t] = head;
    head = static_cast<RobotNumber>(robot);
  }
}

void JointPlan::take(uint32_t robot) {
  DURE_ASSERT(on_floor_[robot], "a robot without a plan");
  on_floor_[robot] = 0;
  const size_t row = size_t{robot} * (window_ + 1);
  for (uint32_t t = 0; t <= window_; ++t) {
    RobotNumber* link = &first_[size_t{path_[row + t]} * (window_ + 1) + t];
    while (*link != robot) link = &next_[size_t{*link} * (window_ + 1) + t];
    *link = next_[row + t];
  }
}

uint32_t JointPlan::cut_clashes() {
  const uint32_t n = robots();
  uint32_t kept = window_;
  std::vector<RobotNumber> check, hit;
  for (uint32_t t = 0; t < window_; ++t) {
    check.clear();
    for (uint32_t r = 0; r < n; ++r) {
      if (move_at(moves_[r], t) != Move::wait) check.push_back(static_cast<RobotNumber>(r));
    }
    // Whoever is cut may now be in somebody's way: that one is found from the one that was cut.
    for (size_t i = 0; i < check.size(); ++i) {
      const RobotNumber r = check[i];
      const uint32_t* const p = path(r);
      hit.clear();
      clashes(r, p[t], p[t + 1], t, [&](RobotNumber b) { hit.push_back(b); });
      if (hit.empty()) continue;
      kept = std::min(kept, t);
      hit.push_back(r);
      for (const RobotNumber b : hit) {
        if (move_at(moves_[b], t) != Move::forward) continue;
        change(b, cut(moves_[b], t));
        check.push_back(b);
      }
    }
  }
  return kept;
}

}  // namespace dure::floor
