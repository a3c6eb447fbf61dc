// Random small fleets with everything that operators have, a policy that does anything allowed, and
// our own rules with every mix of options: for tests and the oracle of conservation.
#pragma once

#include <memory>
#include <vector>

#include "base/random.h"
#include "worlds/fleet/rules.h"

namespace dure::fleet {

// Two to four owners with projects and users of unequal weight, quotas by date with borrowing and
// lending limits, budgets, NVLink domains, deliveries, spares, faults of nodes, jobs, racks and
// pods, maintenance and reservations, a few hundred jobs of all kinds. Unless `plain`, some have
// elastic jobs, some services, some calls to another resource, some power with caps and clocks.
std::shared_ptr<const Model> random_operations(uint64_t seed, uint32_t jobs = 200,
                                               bool plain = false);

// The i-th mix of rank, placement, backfill depth and reclaim. The search for victims is short.
RuleOptions random_rules(Order order, uint64_t i);

// Starts any job that waits on any nodes that can take it, now and then in place of others;
// elastic ones with any number of tasks, to which it adds at any time.
class AnyStart {
 public:
  explicit AnyStart(uint64_t seed) : random_{seed, 7, 0} {}
  const World::Action& decide(const World& world, const World::Request& request);

 private:
  bool place(const World& world, const Job& job, uint32_t pool, uint32_t gpu_model);
  bool choose_victims(const World& world, uint32_t slot);
  bool grow(const World& world, uint32_t queue);

  Random random_;
  World::Action action_;
};

}  // namespace dure::fleet
