// For tests and oracles: a policy under the rules of the League of Robot Runners whose answers are
// made wrong now and then, in every way that the rules tell apart.
#pragma once

#include <algorithm>

#include "base/random.h"
#include "worlds/floor/world.h"

namespace dure::floor {

template <class Policy>
class LorrDisturbed {
 public:
  // `chance`: of a wrong move, and of a wrong order, in a step.
  LorrDisturbed(Policy policy, uint64_t seed, double chance)
      : policy_(std::move(policy)), random_{seed, 1, 0}, chance_(chance) {}

  const World::Action& decide(const World& world, const World::Request& request) {
    action_ = policy_.decide(world, request);
    if (random_.chance(chance_)) disturb_moves(world);
    if (random_.chance(chance_)) disturb_orders(world);
    return action_;
  }

 private:
  uint32_t any_robot(const World& world) {
    return static_cast<uint32_t>(random_.below(world.robots()));
  }

  void disturb_moves(const World& world) {
    if (action_.moves.empty()) action_.moves.assign(world.robots(), Move::wait);
    switch (random_.below(4)) {
      case 0:
        action_.moves.pop_back();
        break;
      case 1:
        go_together(world);
        break;
      default:  // whatever it runs into
        for (int i = 0; i < 3; ++i) action_.moves[any_robot(world)] = Move::forward;
    }
  }

  // Two that face each other go, if there are such.
  void go_together(const World& world) {
    const Fleet fleet = world.fleet();
    std::vector<uint32_t> robot_at(fleet.roads->vertices(), kNone);
    for (uint32_t r = 0; r < fleet.robots(); ++r) robot_at[fleet.vertex[r]] = r;
    for (uint32_t r = 0; r < fleet.robots(); ++r) {
      const uint32_t ahead = fleet.roads->to(fleet.vertex[r], fleet.heading[r]);
      const uint32_t other = ahead == kNoVertex ? kNone : robot_at[ahead];
      if (other == kNone || fleet.heading[other] != (fleet.heading[r] + 2) % kHeadings) continue;
      action_.moves[r] = action_.moves[other] = Move::forward;
      return;
    }
  }

  void order(uint32_t robot, Order::Kind kind, uint32_t what) {
    std::vector<Order>& orders = action_.orders;
    const auto at = std::lower_bound(orders.begin(), orders.end(), robot,
                                     [](const Order& o, uint32_t r) { return o.robot < r; });
    if (at != orders.end() && at->robot == robot) {
      at->kind = kind;
      at->what = what;
    } else {
      orders.insert(at, {robot, kind, what});
    }
  }

  void disturb_orders(const World& world) {
    const uint32_t robot = any_robot(world);
    const uint32_t ids = world.released() + 2;
    const auto pool = world.pool();
    switch (random_.below(5)) {
      case 0:
        order(robot, Order::Kind::none, 0);
        break;
      case 1:
        order(world.robots(), Order::Kind::none, 0);
        break;  // there is no such robot
      case 2:
        order(robot, Order::Kind::task, static_cast<uint32_t>(random_.below(ids)));
        break;
      default: {  // two robots want one task
        if (pool.empty()) return;
        const uint32_t id = world.task(pool[random_.below(pool.size())]).id;
        order(robot, Order::Kind::task, id);
        order(any_robot(world), Order::Kind::task, id);
      }
    }
  }

  Policy policy_;
  Random random_;
  double chance_;
  World::Action action_;
};

}  // namespace dure::floor
