// Small clusters and random workloads for the fleet's own tests.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"
#include "worlds/fleet/model.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/world.h"

namespace dure::fleet::test {

inline Time at(int64_t s) { return Time{0} + s * 1_s; }

// One pool and queue of one owner, with `count` nodes of each type in turn.
inline Model cluster(const std::vector<std::pair<NodeType, uint32_t>>& nodes) {
  Model m;
  m.owners = {"owner"};
  m.pools = {{.name = "pool"}};
  m.queues = {{"queue", 0}};
  for (const auto& [type, count] : nodes) {
    while (m.gpu_models.size() <= type.gpu_model) {
      m.gpu_models.push_back("model " + std::to_string(m.gpu_models.size()));
    }
    m.node_types.push_back(type);
    m.add_nodes(static_cast<uint32_t>(m.node_types.size() - 1), count);
  }
  return m;
}

inline NodeType node(uint32_t gpus, uint32_t cores = 64, uint64_t memory = 1'000,
                     uint32_t model = 0) {
  return {"node", model, gpus, 1000 * cores, memory};
}

inline Job job(uint64_t number, int64_t submit_s, int64_t duration_s, uint32_t gpus,
               uint32_t tasks = 1) {
  Job j;
  j.number = number;
  j.submit = at(submit_s);
  j.duration = j.limit = duration_s * 1_s;
  j.gpus = gpus;
  j.tasks = tasks;
  return j;
}

inline std::shared_ptr<const Model> finished(Model m) {
  if (const auto r = m.finish(); !r) DURE_ASSERT(false, r.error().text().c_str());
  return std::make_shared<const Model>(std::move(m));
}

// Two owners' pools of mixed nodes, three queues, deliveries, and a few hundred jobs of all kinds,
// many at the same instants: shares, gangs, CPU only, of zero length, for ever, too large to ever
// run.
inline std::shared_ptr<const Model> random_model(uint64_t seed, uint32_t jobs = 300) {
  Random r{seed, 1, 0};
  Model m;
  m.seed = seed;
  m.owners = {"a", "b"};
  m.gpu_models = {"x", "y"};
  m.node_types = {{"x8", 0, 8, 96'000, 800}, {"y4", 1, 4, 64'000, 600}, {"cpu", 0, 0, 32'000, 300}};
  for (uint32_t p = 0; p < 2; ++p) {
    m.pools.push_back({.name = p == 0 ? "a" : "b", .owner = p});
    for (int i = 0; i < 9; ++i) m.add_nodes(static_cast<uint32_t>(r.below(i == 0 ? 1 : 3)), 1);
    m.deliveries.push_back({at(1 + static_cast<int64_t>(r.below(200))), m.nodes(), 2});
    m.add_nodes(p, 2);
  }
  m.queues = {{"a", 0}, {"b", 1}, {"b express", 1}};
  for (uint32_t i = 0; i < jobs; ++i) {
    Job j = job(i, static_cast<int64_t>(r.below(400)), static_cast<int64_t>(r.below(60)), 1);
    j.queue = static_cast<uint32_t>(r.below(3));
    j.owner = static_cast<uint32_t>(r.below(2));
    j.busy_milli = static_cast<uint32_t>(r.below(1001));
    j.limit = j.duration * (1 + static_cast<int64_t>(r.below(3)));
    if (r.chance(0.1)) j.limit = j.duration / 2;  // runs into its limit and goes on
    switch (r.below(6)) {
      case 0:
        j.gpu_milli = 100 * (1 + static_cast<uint32_t>(r.below(9)));
        break;
      case 1:
        j.gpus = 0;
        break;
      case 2:
        j.gpus = 1 + static_cast<uint32_t>(r.below(8));
        j.tasks = 1 + static_cast<uint32_t>(r.below(4));
        break;
      case 3:
        j.gpus = 1 + static_cast<uint32_t>(r.below(8));
        break;
      default:
        break;
    }
    j.cpu_milli = 1000 * static_cast<uint32_t>(r.below(8)) * std::max(1u, j.gpus);
    j.memory_mib = 10 * static_cast<uint32_t>(r.below(8)) * std::max(1u, j.gpus);
    if (r.chance(0.1)) j.gpu_models = 1u << r.below(2);
    if (r.chance(0.01)) j.duration = j.limit = Duration::max();
    if (r.chance(0.02)) j.tasks = 1000, j.gpus = 1, j.gpu_milli = kWholeGpu;
    m.jobs.push_back(j);
  }
  m.target = typical_shapes({{8'000, 1000, 1, 0, "", 50},
                             {64'000, 1000, 8, 0, "", 20},
                             {4'000, 300, 1, 0, "", 20},
                             {16'000, 0, 0, 0, "", 10}});
  return finished(std::move(m));
}

inline void run(World& w, Rules& rules, Time until) {
  while (const auto request = w.advance(until)) w.act(rules.decide(w, *request));
}

// What the first account's jobs used, in GPU-seconds; and all of it.
inline double gpu_s(const World& w, Use use) {
  return w.uses()[0][static_cast<size_t>(use)].gpu_hours() * 3600;
}
inline GpuTime all_uses(const World& w) {
  GpuTime all;
  const std::vector<Uses> uses = w.uses();
  for (const GpuTime t : uses[0]) all += t;
  return all;
}

// Without the jobs that would be rejected.
inline std::shared_ptr<const Model> with_possible_jobs(Model m) {
  const auto model = finished(m);
  std::erase_if(m.jobs, [&](const Job& j) { return !model->can_ever_fit(j); });
  return finished(std::move(m));
}

// Waiting jobs in the order of a rank, by its definition.
inline void sort_by_rank(const World& w, const RankOptions& o, std::vector<uint32_t>& slots) {
  const auto factors = fair_share_factors(w, o.fair_share);
  std::sort(slots.begin(), slots.end(), [&](uint32_t a, uint32_t b) {
    const JobSlot &x = w.slot(a), &y = w.slot(b);
    if (o.rank == Rank::drf && x.job.account != y.job.account)
      return AccountOrder(w, Load::held)(x.job.account, y.job.account);
    const double of_x = rank_key(w, o, x, factors), of_y = rank_key(w, o, y, factors);
    if (of_x != of_y) return of_x < of_y;
    if (x.job.submit != y.job.submit) return x.job.submit < y.job.submit;
    return x.job.number < y.job.number;
  });
}

inline std::vector<Placement> placements() {
  return {FirstFit{}, BestFit{}, RandomFit{}, Scored(Score::fgd), Scored(Score::dot)};
}

}  // namespace dure::fleet::test
