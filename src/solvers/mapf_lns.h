// Large neighbourhood search. First all paths are planned anew, which gives far shorter ones than
// a first solution's. Then, again and again: takes the paths of some agents out, plans them anew
// one after another, and keeps the change when the sum of costs has not grown. Agents are picked in
// three ways (those in the way of a late agent, those near a vertex, any), in several numbers; ways
// that have gained more per work are taken more often.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/random.h"
#include "solvers/mapf_sipp.h"

namespace dure::mapf {

class Lns {
 public:
  using Paths = std::vector<std::vector<uint32_t>>;  // [agents] from the start to the goal

  // `paths` solve the problem. `lengths` are the distances from starts to goals.
  Lns(const Graph& graph, Distances& distances, std::span<const uint32_t> lengths, Paths paths,
      uint64_t seed);

  // Until that much work is done or `stop` is true.
  void improve(uint64_t work, const std::function<bool()>& stop);

  const Paths& paths() const { return paths_; }
  uint64_t sum_of_costs() const { return sum_; }
  uint64_t iterations() const { return iterations_; }
  uint64_t work() const { return sipp_.expanded + iterations_; }

 private:
  enum Way : uint32_t { kInTheWay, kNear, kAny, kWays };
  struct Arm {
    Way way;
    uint32_t size;
    double weight = 1;
  };

  uint32_t cost(uint32_t agent) const { return static_cast<uint32_t>(paths_[agent].size() - 1); }
  uint32_t delay(uint32_t agent) const { return cost(agent) - lengths_[agent]; }
  bool pick(uint32_t agent);  // into picked_; true when it was not there
  void pick_in_the_way(uint32_t size);
  void walk(uint32_t agent, uint32_t size);
  void pick_near(uint32_t size);
  void pick_any(uint32_t size);
  uint32_t late_agent();
  // Plans picked_ anew; what the sum of costs has fallen by.
  uint64_t replan();
  // Plans everybody anew: those with a short way first, since the others can get round them once
  // they are home. Whoever finds no path soon takes one through others' paths, and those are
  // planned again. False, and nothing changed, when that took too long or the sum would grow.
  bool start_over(uint64_t work, const std::function<bool()>& stop);
  Sipp::Request request(uint32_t agent, uint64_t bound);

  const Graph& graph_;
  Distances& distances_;
  std::span<const uint32_t> lengths_;
  Paths paths_;
  Visits visits_;
  Sipp sipp_;
  Random random_;
  std::vector<Arm> arms_;
  std::vector<uint32_t> picked_;
  std::vector<uint32_t> picked_in_;  // [agents] round an agent was picked in last
  std::vector<uint32_t> seen_in_;    // [vertices]
  std::vector<uint32_t> queue_;
  Paths fresh_;
  uint32_t round_ = 0;
  uint64_t sum_ = 0, iterations_ = 0;
};

}  // namespace dure::mapf
