#include "worlds/floor/plan_prioritised.h"

#include <algorithm>

namespace dure::floor {

PrioritisedPlanner::PrioritisedPlanner(const Roadmap& roads, Distances& distances,
                                       PrioritisedOptions options)
    : distances_(&distances),
      options_(options),
      joint_(options.window),
      search_(roads, distances, options.clash, options.most_nodes),
      pass_(options.most_pushed) {}

void PrioritisedPlanner::plan(const Fleet& fleet, Steps& steps) {
  const uint64_t before = search_.work();
  joint_.begin(fleet);
  const std::vector<uint32_t> order = by_priority(joint_, *distances_, options_.patience);
  const uint64_t until = before + std::min(options_.budget, ~before);
  pass_.run(joint_, search_, order, until);
  joint_.finish(*distances_, true, steps);
  work_ = search_.work() - before;
}

}  // namespace dure::floor
