#include "worlds/floor/plan_common.h"

#include <algorithm>
#include <tuple>

#include "base/random.h"

namespace dure::floor {
namespace {

constexpr uint64_t kDrawnFor = 16;  // steps: long enough to make way, and to be past

}  // namespace

std::vector<uint32_t> by_priority(const JointPlan& plan, Distances& distances, uint32_t patience) {
  struct Key {
    uint32_t raised;
    int32_t priority;
    uint32_t left;
    uint32_t robot;
    bool operator<(const Key& o) const {
      return std::tie(o.raised, o.priority, left, robot) <
             std::tie(raised, priority, o.left, o.robot);
    }
  };
  const Fleet& fleet = plan.fleet();
  std::vector<Key> keys;
  keys.reserve(plan.robots());
  for (uint32_t r = 0; r < plan.robots(); ++r) {
    if (plan.held(r)) continue;
    Key key{0, fleet.priority.empty() ? 0 : fleet.priority[r], ~uint32_t{0}, r};
    const bool keeps_off = plan.keep_off(r) > 0;
    if (plan.patience(r) >= patience && !keeps_off) {
      key.raised = 1 + static_cast<uint32_t>(random_bits(0, fleet.step / kDrawnFor, r) >> 40);
    }
    if (fleet.goal[r] == kNoVertex) {
      key.raised = 0;
      key.priority = INT32_MIN;
    } else {
      key.left = distances.at(fleet.goal[r], fleet.vertex[r], fleet.heading[r]);
      // Who waits for a dock lets all others pass.
      if (keeps_off) key.left += Distances::kUnreachable + 1;
    }
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> order;
  order.reserve(keys.size());
  for (const Key& key : keys) order.push_back(key.robot);
  return order;
}

void PriorityPass::run(JointPlan& plan, WindowSearch& search, const std::vector<uint32_t>& order,
                       uint64_t until) {
  walls_.assign(plan.robots(), kNoWall);
  for (uint32_t r = 0; r < plan.robots(); ++r) walls_[r] = plan.held(r) ? kWall : kNoWall;
  for (const uint32_t r : order) {
    if (search.work() >= until) return;
    turn(plan, search, r);
    walls_[r] = kWall;
  }
}

void PriorityPass::turn(JointPlan& plan, WindowSearch& search, uint32_t robot) {
  RobotNumber stuck[kTries];
  uint32_t tries = 0;
  bool found = false;
  while (!found && tries + 1 < kTries) {
    stuck[tries] = push(plan, search, robot);
    found = stuck[tries] == kNoRobot;
    if (found || stuck[tries] == robot) break;
    // It may only need time: to turn round takes a while.
    uint8_t& wall = walls_[stuck[tries++]];
    wall = wall == kNoWall ? kWallAtFirst : kWall;
  }
  while (tries > 0) walls_[stuck[--tries]] = kNoWall;
  if (found) return;
  const Moves before = plan.moves(robot);
  plan.take(robot);
  plan.put(robot, search.find(plan, robot, nullptr).value_or(before));
}

RobotNumber PriorityPass::push(JointPlan& plan, WindowSearch& search, uint32_t robot) {
  moved_.clear();
  const auto take = [&](uint32_t r) {
    moved_.push_back({r, plan.moves(r), walls_[r]});
    plan.take(r);
  };
  take(robot);
  RobotNumber stuck = kNoRobot;
  std::vector<RobotNumber> hit;
  for (size_t i = 0; i < moved_.size() && stuck == kNoRobot; ++i) {
    const uint32_t r = moved_[i].robot;
    const std::optional<Moves> moves = search.find(plan, r, walls_.data());
    if (!moves) {
      stuck = static_cast<RobotNumber>(r);
      break;
    }
    plan.put(r, *moves);
    walls_[r] = kWall;
    hit.clear();
    plan.clashes(r, [&](RobotNumber b, uint32_t) { hit.push_back(b); });
    for (const RobotNumber b : hit) {
      if (!plan.on_floor(b)) continue;  // told twice
      if (moved_.size() > most_pushed_) {
        stuck = b;
        break;
      }
      take(b);
    }
  }
  for (const Moved& m : moved_) walls_[m.robot] = m.wall;
  if (stuck != kNoRobot) {
    for (const Moved& m : moved_) {
      if (plan.on_floor(m.robot)) plan.take(m.robot);
    }
    for (const Moved& m : moved_) plan.put(m.robot, m.before);
  }
  return stuck;
}

}  // namespace dure::floor
