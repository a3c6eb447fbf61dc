#include "worlds/floor/plan_windowed.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::floor {

WindowedPlanner::WindowedPlanner(const Roadmap& roads, Distances& distances,
                                 WindowedOptions options)
    : distances_(&distances),
      options_(options),
      joint_(options.fallback.window),
      search_(roads, distances, 1, options.fallback.most_nodes),
      fallback_search_(roads, distances, options.fallback.clash, options.fallback.most_nodes),
      pass_(options.fallback.most_pushed) {
  DURE_ASSERT(
      options.horizon >= 1 && options.horizon <= 8 && options.horizon <= options.fallback.window,
      "a horizon of 1 to 8 steps within the window");
}

void WindowedPlanner::plan(const Fleet& fleet, Steps& steps) {
  const uint64_t before = search_.work() + fallback_search_.work();
  const uint32_t done = static_cast<uint32_t>(fleet.step % options_.horizon);
  const uint32_t as_noted = joint_.begin(fleet);
  const bool anew = done == 0 || as_noted < options_.horizon - done;
  fell_back_ = false;
  if (anew || std::any_of(fleet.notes.begin(), fleet.notes.end(), noted_stopgap)) {
    const std::vector<uint32_t> order =
        by_priority(joint_, *distances_, options_.fallback.patience);
    fell_back_ = !anew || !search_all(order);
    if (fell_back_) {
      const uint64_t work = fallback_search_.work();
      pass_.run(joint_, fallback_search_, order, work + std::min(options_.fallback.budget, ~work));
    }
  }
  joint_.finish(*distances_, fell_back_, steps);
  work_ = search_.work() + fallback_search_.work() - before;
}

bool WindowedPlanner::search_all(const std::vector<uint32_t>& order) {
  const Fleet& fleet = joint_.fleet();
  // Above others goes who has a more urgent task or has been patient; the rest is settled by cost.
  std::vector<uint32_t> rank(fleet.robots(), 0);
  uint32_t level = 0;
  for (size_t i = order.size(); i-- > 0;) {
    const uint32_t r = order[i];
    if (i + 1 < order.size() && !fleet.priority.empty()) {
      level += fleet.priority[r] != fleet.priority[order[i + 1]];
    }
    const bool raised =
        joint_.patience(r) >= options_.fallback.patience && fleet.goal[r] != kNoVertex;
    rank[r] = raised ? ++level : level;
  }
  const uint64_t work = search_.work();
  if (priorities_.solve(joint_, search_, rank, work + std::min(options_.budget, ~work))) {
    return true;
  }
  joint_.begin(fleet);
  return false;
}

}  // namespace dure::floor
