// The floor's own policy: a dispatcher that gives robots their tasks and a planner that moves them.
//
//   pibt         priority inheritance with look-ahead (plan_pibt.h)
//   lns          the same, improved by large-neighbourhood search within the budget
//   prioritised  one robot after the other, in a window (plan_prioritised.h)
//   windowed     priority-based search in a window, every few steps (plan_windowed.h)
//
// Every decision is a function of the world alone: what Rules keeps (tables of distances) is only
// there to save time, so a run that goes on with new Rules goes on alike.
#pragma once

#include <memory>
#include <vector>

#include "worlds/floor/policy_keys.h"
#include "worlds/floor/world.h"

namespace dure::floor {

class Rules {
 public:
  explicit Rules(PolicyKeys keys);
  ~Rules();
  Rules(Rules&&) noexcept;
  Rules& operator=(Rules&&) noexcept;

  // Makes what depends on the model alone, so that the first answer takes no longer than others.
  void prepare(const std::shared_ptr<const Model>& model);
  const World::Action& decide(const World& world, const World::Request& request);

  uint64_t work() const;  // units of the planner's work for the last answer

 private:
  struct Tools;

  void queue_at_docks(const World& world, const Fleet& fleet);

  PolicyKeys keys_;
  std::unique_ptr<Tools> tools_;  // of one model
  World::Action action_;
};

}  // namespace dure::floor
