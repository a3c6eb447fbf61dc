#include "worlds/fleet/openb_replay.h"

#include <numeric>
#include <span>

#include "base/random.h"
#include "worlds/fleet/read_openb.h"
#include "worlds/fleet/streams.h"

namespace dure::fleet {

Result<Openb> open_openb(const std::string& folder, const std::string& list) {
  Openb o;
  DURE_TRY(o.trace, read_openb(folder + "/openb_node_list_gpu_node.csv",
                               folder + "/openb_pod_list_" + list + ".csv.gz",
                               {.arrivals = OpenbArrivals::one_per_second}));
  for (size_t i = 0; i < o.trace.jobs.size(); ++i) o.pod_of[o.trace.jobs[i].name] = i;
  DURE_TRY(const Model model, model_of(o.trace));
  o.target = model.target;
  return o;
}

Result<Model> openb_model(const Openb& o, const std::vector<size_t>& order,
                          std::vector<uint32_t> tie_rank) {
  Trace trace;
  trace.nodes = o.trace.nodes;
  for (size_t i = 0; i < order.size(); ++i) {
    trace.jobs.push_back(o.trace.jobs[order[i]]);
    trace.jobs.back().submit = Time{0} + static_cast<int64_t>(i) * 1_s;
  }
  DURE_TRY(Model model, model_of(trace));
  model.target = o.target;
  model.tie_rank = std::move(tie_rank);
  return model;
}

std::vector<size_t> own_order(const Openb& o, uint64_t seed) {
  uint64_t capacity_milli = 0;
  for (const TraceNode& n : o.trace.nodes) capacity_milli += uint64_t{n.gpus} * kWholeGpu;
  std::vector<size_t> order(o.trace.jobs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Random random{seed, stream_id(kTieRank, 1), 0};
  random.shuffle(std::span(order));
  const auto milli = [&](size_t i) {
    const TraceJob& j = o.trace.jobs[i];
    return j.gpus == 0 ? 0 : uint64_t{j.gpus} * j.gpu_milli;
  };
  uint64_t demand = 0;
  for (const size_t i : order) demand += milli(i);
  const auto limit = static_cast<uint64_t>(1.3 * static_cast<double>(capacity_milli));
  for (; demand > limit && !order.empty(); order.pop_back()) demand -= milli(order.back());
  for (;;) {
    const size_t i = random.below(o.trace.jobs.size());
    const uint64_t test = o.trace.jobs[i].gpus == 0 ? 0 : o.trace.jobs[i].gpu_milli;
    if (demand + test > limit) return order;
    order.push_back(i);
    demand += milli(i);
  }
}

std::vector<uint32_t> own_ranks(size_t nodes, uint64_t seed) {
  std::vector<uint32_t> ranks(nodes);
  std::iota(ranks.begin(), ranks.end(), 0u);
  Random random{seed, stream_id(kTieRank, 2), 0};
  random.shuffle(std::span(ranks));
  return ranks;
}

}  // namespace dure::fleet
