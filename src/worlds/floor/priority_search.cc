#include "worlds/floor/priority_search.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dure::floor {

bool PrioritySearch::Clash::operator<(const Clash& o) const {
  return std::tie(o.move, o.a, o.b) < std::tie(move, a, b);
}

bool PrioritySearch::solve(JointPlan& plan, WindowSearch& search, std::span<const uint32_t> rank,
                           uint64_t until) {
  plan_ = &plan;
  search_ = &search;
  rank_ = rank;
  const uint32_t n = plan.robots();
  above_.resize(n);
  below_.resize(n);
  for (uint32_t r = 0; r < n; ++r) {
    above_[r].clear();
    below_[r].clear();
  }
  walls_.assign(n, kNoWall);
  visited_.assign(n, 0);
  visit_ = 0;
  clashes_.clear();
  branches_.clear();
  for (uint32_t r = 0; r < n; ++r) walls_[r] = plan.held(r) ? kWall : kNoWall;
  for (uint32_t r = 0; r < n; ++r) {
    if (plan.held(r)) continue;
    const Moves before = plan.moves(r);
    plan.take(r);
    plan.put(r, search.find(plan, r, walls_.data()).value_or(before));
    if (search.work() >= until) return false;
  }
  for (uint32_t r = 0; r < n; ++r) note_clashes(static_cast<RobotNumber>(r));
  Clash clash;
  while (next_clash(clash)) {
    if (search.work() >= until) return false;
    if (branch(clash)) continue;
    clashes_.push_back(clash);  // it may be there still
    std::push_heap(clashes_.begin(), clashes_.end());
    if (!backtrack()) return false;
  }
  return true;
}

bool PrioritySearch::collide(RobotNumber a, RobotNumber b, uint32_t move) const {
  const uint32_t* const p = plan_->path(a) + move;
  const uint32_t* const q = plan_->path(b) + move;
  if (p[1] == q[1]) return true;
  if (plan_->fleet().rings) return p[0] == q[1] && p[1] == q[0];
  return p[0] == q[1] || p[1] == q[0];
}

void PrioritySearch::note_clashes(RobotNumber robot) {
  plan_->clashes(robot, [&](RobotNumber b, uint32_t move) {
    clashes_.push_back({move, std::min(robot, b), std::max(robot, b)});
    std::push_heap(clashes_.begin(), clashes_.end());
  });
}

bool PrioritySearch::next_clash(Clash& clash) {
  while (!clashes_.empty()) {
    clash = clashes_.front();
    std::pop_heap(clashes_.begin(), clashes_.end());
    clashes_.pop_back();
    if (collide(clash.a, clash.b, clash.move)) return true;
  }
  return false;
}

bool PrioritySearch::reaches(RobotNumber above, RobotNumber below) {
  ++visit_;
  line_.assign(1, above);
  visited_[above] = visit_;
  for (size_t i = 0; i < line_.size(); ++i) {
    if (line_[i] == below) return true;
    for (const RobotNumber b : below_[line_[i]]) {
      if (visited_[b] == visit_) continue;
      visited_[b] = visit_;
      line_.push_back(b);
    }
  }
  return false;
}

void PrioritySearch::mark_above(RobotNumber robot) {
  ++visit_;
  marked_.assign(1, robot);
  visited_[robot] = visit_;
  for (size_t i = 0; i < marked_.size(); ++i) {
    for (const RobotNumber a : above_[marked_[i]]) {
      if (visited_[a] == visit_) continue;
      visited_[a] = visit_;
      marked_.push_back(a);
      walls_[a] = kWall;
    }
  }
}

void PrioritySearch::unmark() {
  for (const RobotNumber a : marked_) walls_[a] = kNoWall;
}

void PrioritySearch::descend(RobotNumber robot) {
  ++visit_;
  line_.clear();
  struct Step {
    RobotNumber robot;
    size_t next;
  };
  std::vector<Step> steps{{robot, 0}};
  visited_[robot] = visit_;
  while (!steps.empty()) {
    Step& s = steps.back();
    if (s.next == below_[s.robot].size()) {
      line_.push_back(s.robot);
      steps.pop_back();
      continue;
    }
    const RobotNumber b = below_[s.robot][s.next++];
    if (visited_[b] == visit_) continue;
    visited_[b] = visit_;
    steps.push_back({b, 0});
  }
  std::reverse(line_.begin(), line_.end());
}

void PrioritySearch::link(const Child& child) {
  above_[child.below].push_back(child.above);
  below_[child.above].push_back(child.below);
}

void PrioritySearch::unlink(const Child& child) {
  above_[child.below].pop_back();
  below_[child.above].pop_back();
}

void PrioritySearch::look(Child& child) {
  child.known = true;
  child.possible = !reaches(child.below, child.above);
  if (!child.possible) return;
  link(child);
  descend(child.below);
  for (const RobotNumber r : line_) {
    mark_above(r);
    bool again = r == child.below;
    if (!again)
      plan_->clashes(r, [&](RobotNumber b, uint32_t) { again = again || walls_[b] == kWall; });
    if (again) {
      const Moves before = plan_->moves(r);
      plan_->take(r);
      const std::optional<Moves> moves = search_->find(*plan_, r, walls_.data());
      plan_->put(r, moves.value_or(before));
      child.possible = moves.has_value();
      if (moves) {
        child.changes.push_back({r, before, *moves});
        child.cost += int64_t{search_->cost(*plan_, r, *moves)} - search_->cost(*plan_, r, before);
      }
    }
    unmark();
    if (!child.possible) break;
  }
  for (const Change& c : child.changes) plan_->change(c.robot, c.before);
  unlink(child);
}

void PrioritySearch::apply(const Child& child) {
  link(child);
  for (const Change& c : child.changes) plan_->change(c.robot, c.after);
  for (const Change& c : child.changes) note_clashes(c.robot);
}

void PrioritySearch::undo(const Child& child) {
  for (const Change& c : child.changes) plan_->change(c.robot, c.before);
  for (const Change& c : child.changes) note_clashes(c.robot);
  unlink(child);
}

bool PrioritySearch::branch(const Clash& clash) {
  Branch b;
  b.now.above = b.other.below = clash.a;
  b.now.below = b.other.above = clash.b;
  if (rank_[clash.b] > rank_[clash.a]) std::swap(b.now, b.other);
  look(b.now);
  if (rank_[clash.a] == rank_[clash.b] || !b.now.possible) {
    look(b.other);
    const bool dearer = b.now.possible && b.other.possible && b.other.cost < b.now.cost;
    if (dearer || !b.now.possible) std::swap(b.now, b.other);
  }
  if (!b.now.possible) return false;
  apply(b.now);
  branches_.push_back(std::move(b));
  return true;
}

bool PrioritySearch::backtrack() {
  while (!branches_.empty()) {
    Branch& b = branches_.back();
    undo(b.now);
    if (!b.other.known) look(b.other);
    if (b.other.possible) {
      b.now = std::move(b.other);
      b.other = {};
      b.other.known = true;
      apply(b.now);
      return true;
    }
    branches_.pop_back();
  }
  return false;
}

}  // namespace dure::floor
