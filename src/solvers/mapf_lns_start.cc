#include <algorithm>
#include <numeric>
#include <utility>

#include "solvers/mapf_lns.h"

namespace dure::mapf {

bool Lns::start_over(uint64_t work, const std::function<bool()>& stop) {
  const uint32_t agents = static_cast<uint32_t>(paths_.size());
  std::vector<uint32_t> queue(agents);  // the next one last
  std::iota(queue.begin(), queue.end(), 0u);
  std::stable_sort(queue.begin(), queue.end(),
                   [&](uint32_t a, uint32_t b) { return lengths_[a] > lengths_[b]; });
  for (uint32_t agent = 0; agent < agents; ++agent) visits_.remove(paths_[agent]);
  Paths paths(agents);
  std::vector<uint32_t> ejected(agents, 0), in_the_way;
  uint64_t estimate = 0;  // of the sum of costs: distances for those without a path
  for (const uint32_t length : lengths_) estimate += length;
  uint64_t patience = uint64_t{20} * agents + 100;
  const auto add = [&](uint32_t agent) {
    estimate += paths[agent].size() - 1 - lengths_[agent];
    visits_.add(agent, paths[agent]);
  };
  const auto take_out = [&](uint32_t agent) {
    estimate -= paths[agent].size() - 1 - lengths_[agent];
    visits_.remove(paths[agent]);
    paths[agent].clear();
  };
  while (!queue.empty() && patience > 0 && estimate <= sum_ && sipp_.expanded < work && !stop()) {
    const uint32_t agent = queue.back();
    queue.pop_back();
    Sipp::Request wish = request(agent, kForever);
    wish.hurry = 4;
    wish.patience = 1000 + uint64_t{30} * lengths_[agent];
    if (!sipp_.plan(wish, paths[agent])) {
      sipp_.plan_through(wish, ejected, paths[agent], in_the_way);
      for (const uint32_t other : in_the_way) {
        take_out(other);
        ++ejected[other];
        queue.push_back(other);
        patience -= patience > 0;
      }
    }
    add(agent);
  }
  if (queue.empty() && estimate <= sum_) {
    sum_ = estimate;
    paths_ = std::move(paths);
    return true;
  }
  visits_ = Visits(graph_);
  for (uint32_t agent = 0; agent < agents; ++agent) visits_.add(agent, paths_[agent]);
  return false;
}

}  // namespace dure::mapf
