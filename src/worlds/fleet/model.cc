#include "worlds/fleet/model.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "worlds/fleet/sources.h"

namespace dure::fleet {
namespace {

struct SizeClass {
  uint64_t below_milli;  // total GPU milli
  const char* name;
};
constexpr std::array<SizeClass, kSizeClasses> kSizes = {{{1, "no GPU"},
                                                         {1'000, "< 1 GPU"},
                                                         {2'000, "1 GPU"},
                                                         {8'000, "2-7 GPUs"},
                                                         {65'000, "8-64 GPUs"},
                                                         {513'000, "65-512 GPUs"},
                                                         {4'097'000, "513-4,096 GPUs"},
                                                         {~uint64_t{0}, "> 4,096 GPUs"}}};

// The mean GPUs of a source's jobs for rising `cap`s of their size, by 8192 equally likely draws.
class MeanGpus {
 public:
  MeanGpus(const Source& source, uint32_t gpus_per_node) : gpus_per_node_(gpus_per_node) {
    constexpr int kDraws = 8192;
    for (int i = 0; i < kDraws; ++i) draws_.push_back(source.gpus.quantile((i + 0.5) / kDraws));
  }
  double operator()(double cap) const {
    double sum = 0;
    for (const double x : draws_) {
      sum += static_cast<double>(size_of(std::min(x, cap), gpus_per_node_).total_gpu_milli());
    }
    return sum / static_cast<double>(draws_.size()) / kWholeGpu;
  }

 private:
  uint32_t gpus_per_node_;
  std::vector<double> draws_;
};

// A source's jobs last at least a second.
Distribution shortest_one_second(const Distribution& d) {
  return d.clamped(std::max(1.0, d.lowest()), std::max(1.0, d.highest()));
}

constexpr double kMaxRateHz = 10'000;  // of a source, in the mean: 1e12 a second would not end

// Tasks of the job that an empty node of this type can hold.
uint64_t tasks_on_empty(const NodeType& type, const Job& job) {
  if (job.gpu_models != 0 && job.gpus > 0 && !(job.gpu_models >> type.gpu_model & 1)) return 0;
  uint64_t tasks = ~uint64_t{0};
  if (job.gpus > 0) {
    tasks = job.gpu_milli == kWholeGpu ? type.gpus / job.gpus
                                       : uint64_t{type.gpus} * (kWholeGpu / job.gpu_milli);
  }
  if (job.cpu_milli > 0) tasks = std::min<uint64_t>(tasks, type.cpu_milli / job.cpu_milli);
  if (job.memory_mib > 0) tasks = std::min<uint64_t>(tasks, type.memory_mib / job.memory_mib);
  return tasks;
}

}  // namespace

const char* name_of(Level level) {
  static constexpr const char* kNames[kLevels] = {"node", "domain", "rack", "pod", "site"};
  return kNames[static_cast<uint32_t>(level)];
}

uint32_t Pool::group_size(Level level) const {
  switch (level) {
    case Level::node:
      return 1;
    case Level::domain:
      return nodes_per_domain;
    case Level::rack:
      return nodes_per_rack;
    case Level::pod:
      return nodes_per_rack * racks_per_pod;
    case Level::pool:
      break;
  }
  return std::max(1u, nodes);
}

Model::Group Model::group_of(uint32_t node, Level level) const {
  const Pool& pool = pools[node_pool[node]];
  const uint32_t size = pool.group_size(level);
  const uint32_t first = (node - pool.first_node) / size * size;
  return {pool.first_node + first, std::min(size, pool.nodes - first)};
}

Time Resource::open_from(Time start, Time now, Duration length) const {
  if (calibrate_every == 0_s) return now;
  // The first calibration begins after one interval.
  const int64_t k = (now - start) / calibrate_every;
  const Time begun = start + k * calibrate_every;
  if (k > 0 && now < begun + calibration) now = begun + calibration;
  const Time next = start + (k + 1) * calibrate_every;
  return length > next - now ? next + calibration : now;
}

bool Model::has_power() const {
  return std::any_of(node_types.begin(), node_types.end(),
                     [](const NodeType& t) { return t.busy_w > 0; });
}

bool Model::has_faults() const {
  return !outages.empty() || std::any_of(node_types.begin(), node_types.end(),
                                         [](const NodeType& t) { return t.faults_per_day > 0; });
}

uint32_t size_class(const Job& job) {
  uint32_t c = 0;
  while (job.total_gpu_milli() >= kSizes[c].below_milli) ++c;
  return c;
}

const char* size_class_name(uint32_t size_class) { return kSizes[size_class].name; }

const char* Model::what_is_wrong_with(const Job& job) const {
  if (job.queue >= queues.size()) return "a queue that exists";
  if (job.owner >= owners.size()) return "an owner that exists";
  if (job.account >= accounts.size()) return "an account that exists";
  if (job.kind >= kinds.size()) return "a kind of job that exists";
  if (job.tasks == 0) return "at least one task";
  if (job.min_tasks > job.tasks) return "at most as many tasks at least as at most";
  if (job.gpus > kMaxGpusPerNode) return "at most 32 GPUs in a task";
  if (job.gpu_milli == 0 || job.gpu_milli > kWholeGpu) return "1 to 1000 milli per GPU";
  if (job.gpu_milli < kWholeGpu && (job.gpus != 1 || job.tasks != 1)) {
    return "a share of a GPU only in a job of one task with one GPU";
  }
  if (job.submit < start) return "a submit time that is not before the start of the run";
  if (job.duration < Duration{0} || job.limit < Duration{0}) return "no negative duration or limit";
  if (job.busy_milli > 1000) return "at most 1000 busy milli";
  return nullptr;
}

std::string Model::name_of_node(uint32_t node) const {
  if (node < node_name.size()) return node_name[node];
  const Pool& pool = pools[node_pool[node]];
  const uint32_t i = node - pool.first_node;
  const uint32_t rack = i / pool.nodes_per_rack;
  return pool.name + "/pod" + std::to_string(rack / pool.racks_per_pod) + "/rack" +
         std::to_string(rack) + "/node" + std::to_string(i);
}

void Model::add_nodes(uint32_t type, uint32_t count) {
  const auto pool = static_cast<uint32_t>(pools.size() - 1);
  if (gpu_offset.empty()) gpu_offset.push_back(0);
  for (uint32_t i = 0; i < count; ++i) {
    node_type.push_back(type);
    node_pool.push_back(pool);
    gpu_offset.push_back(gpu_offset.back() + node_types[type].gpus);
  }
  if (pools.back().nodes == 0) pools.back().first_node = nodes() - count;
  pools.back().nodes += count;
}

bool Model::can_ever_fit(const Job& job) const {
  bool fits = false;
  for_pools_of(job.queue, [&](uint32_t p) { fits = fits || can_ever_fit(job, p); });
  return fits;
}

bool Model::can_ever_fit(const Job& job, uint32_t p) const {
  const Pool& pool = pools[p];
  const uint32_t needed = job.fewest_tasks();
  const uint32_t size = pool.group_size(kinds[job.kind].required);
  const uint32_t nodes = pool.nodes - std::min(pool.nodes, pool.spares);  // the last stand by
  if (size < pool.nodes || pool.spares > 0) {                             // in one of the groups
    for (uint32_t first = 0; first < nodes; first += size) {
      uint64_t tasks = 0;
      const uint32_t last = std::min(nodes, first + size);
      for (uint32_t n = first; n < last && tasks < needed; ++n) {
        tasks += std::min<uint64_t>(needed, tasks_on_empty(type_of(pool.first_node + n), job));
      }
      if (tasks >= needed) return true;
      // Groups of one make are all alike.
      if (pool_classes[p].size() == 1 && last == first + size) return false;
    }
    return false;
  }
  uint64_t tasks = 0;
  for (const uint32_t c : pool_classes[p]) {
    const uint64_t each = tasks_on_empty(node_types[classes[c].type], job);
    if (each >= needed) return classes[c].nodes > 0;
    tasks += each * classes[c].nodes;
  }
  return tasks >= needed;
}

Result<void> Model::finish() {
  const auto bad = [](std::string key, std::string message) {
    return Error{.message = std::move(message), .key = std::move(key)};
  };
  if (start < Time{0})
    return bad("start", "expected a time from 1970 on, found " + to_string(start));
  if (nodes() == 0) return bad("pool", "expected at least one node, found none");
  if (queues.empty()) return bad("queue", "expected at least one queue, found none");
  if (gpu_models.size() > 32)
    return bad("gpu_model",
               "expected at most 32 GPU models, found " + std::to_string(gpu_models.size()));
  for (const NodeType& t : node_types) {
    if (t.gpus > kMaxGpusPerNode) {
      return bad("node_type " + t.name,
                 "expected at most 32 GPUs in a node, found " + std::to_string(t.gpus));
    }
  }
  if (!sources.empty() && end == Time::never()) {
    return bad("end", "expected an end date, since random jobs arrive for ever");
  }
  for (const Delivery& d : deliveries) {
    DURE_ASSERT(d.nodes > 0 && d.time < Time::never() && d.nodes <= nodes() &&
                    d.first_node <= nodes() - d.nodes &&
                    node_pool[d.first_node] == node_pool[d.first_node + d.nodes - 1],
                "a delivery is of nodes of one pool");
  }
  DURE_ASSERT(node_name.empty() || node_name.size() == nodes(), "node_name out of step");
  DURE_ASSERT(tie_rank.empty() || tie_rank.size() == nodes(), "tie_rank out of step");

  DURE_CHECK(finish_accounts());

  // Node classes.
  classes.clear();
  node_class.assign(nodes(), 0);
  node_position.assign(nodes(), 0);
  pool_classes.assign(pools.size(), {});
  pool_queues.assign(pools.size(), {});
  for (uint32_t p = 0; p < pools.size(); ++p) {
    for (uint32_t n = pools[p].first_node; n < pools[p].first_node + pools[p].nodes; ++n) {
      auto& mine = pool_classes[p];
      auto it = std::find_if(mine.begin(), mine.end(),
                             [&](uint32_t c) { return classes[c].type == node_type[n]; });
      if (it == mine.end()) {
        mine.push_back(static_cast<uint32_t>(classes.size()));
        classes.push_back({p, node_type[n], 0, 0});
        it = mine.end() - 1;
      }
      if (mine.size() > kMaxNodeTypesPerPool) {
        return bad("site " + pools[p].name,
                   "expected at most 256 different types of node in a pool, found more");
      }
      node_class[n] = *it;
      node_position[n] = classes[*it].nodes++;
    }
  }
  uint32_t first = 0;
  for (NodeClass& c : classes) {
    c.first = first;
    first += c.nodes;
  }
  class_nodes.assign(nodes(), 0);
  for (uint32_t n = 0; n < nodes(); ++n) {
    class_nodes[classes[node_class[n]].first + node_position[n]] = n;
  }
  for (uint32_t q = 0; q < queues.size(); ++q) {
    for_pools_of(q, [&](uint32_t p) { pool_queues[p].push_back(q); });
  }
  for (const Pool& p : pools) {
    if (p.nodes_per_rack % p.nodes_per_domain != 0) {
      return bad("site " + p.name,
                 "expected racks of whole domains of " + std::to_string(p.nodes_per_domain) +
                     " nodes, found racks of " + std::to_string(p.nodes_per_rack) + " nodes");
    }
  }
  outage_first.assign(1, 0);
  for (const Outage& o : outages) {
    const Pool& p = pools[o.pool];
    const uint32_t size = p.group_size(o.level);
    outage_first.push_back(outage_first.back() + (p.nodes + size - 1) / size);
  }

  DURE_CHECK(finish_operations());

  std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return a.submit != b.submit ? a.submit < b.submit : a.number < b.number;
  });
  std::stable_sort(deliveries.begin(), deliveries.end(),
                   [](const Delivery& a, const Delivery& b) { return a.time < b.time; });

  for (const Job& job : jobs) {
    if (const char* expected = what_is_wrong_with(job)) {
      return bad("job " + std::to_string(job.number), std::string("expected ") + expected);
    }
  }

  // Arrival rates: load x GPUs in service / mean GPU-seconds of a job.
  source_rate.assign(sources.size(), {});
  for (uint32_t s = 0; s < sources.size(); ++s) {
    const Source& source = sources[s];
    const uint32_t pool = queues[source.queue].pool;
    if (pool_classes[pool].empty()) {
      return bad("workload " + source.name, "expected GPUs in " + quoted(pools[pool].name) +
                                                ", whose jobs it sends, found none");
    }
    if (gpus_per_node(*this, source) == 0) {
      return bad("workload " + source.name,
                 "expected nodes with GPUs first in " + quoted(pools[pool].name));
    }
    const MeanGpus mean_gpus(source, gpus_per_node(*this, source));
    const double mean_s = shortest_one_second(source.duration).mean();
    double gpus = 0;
    for (uint32_t n = pools[pool].first_node; n < pools[pool].first_node + pools[pool].nodes; ++n) {
      gpus += type_of(n).gpus;
    }
    const auto mine = [&](const Delivery& d) { return node_pool[d.first_node] == pool; };
    for (const Delivery& d : deliveries) {
      if (mine(d)) gpus -= gpu_offset[d.first_node + d.nodes] - gpu_offset[d.first_node];
    }
    const auto step = [&](Time from) {
      double rate = 0;
      if (gpus > 0) {
        const double cap = std::max(1.0, source.largest_share * gpus);
        rate = source.load * gpus / (mean_gpus(cap) * mean_s);
      }
      source_rate[s].push_back({from, rate});
    };
    step(start);
    for (const Delivery& d : deliveries) {
      if (!mine(d)) continue;
      gpus += gpu_offset[d.first_node + d.nodes] - gpu_offset[d.first_node];
      if (source_rate[s].back().from == d.time) source_rate[s].pop_back();
      step(d.time);
    }
    for (const RateStep& x : source_rate[s]) {
      if (x.rate_hz <= kMaxRateHz) continue;
      return bad("workload " + source.name, "expected at most " + shortest(kMaxRateHz) +
                                                " jobs per second, found " + to_si(x.rate_hz) +
                                                " as its jobs are so small or short");
    }
  }
  return {};
}

// What everybody has who says nothing of accounts and kinds.
Result<void> Model::finish_accounts() {
  const auto bad = [](std::string key, std::string message) {
    return Error{.message = std::move(message), .key = std::move(key)};
  };
  if (accounts.empty()) {
    for (uint32_t o = 0; o < owners.size(); ++o)
      accounts.push_back({.name = owners[o], .owner = o});
    for (Job& job : jobs) job.account = job.owner;
    for (Source& s : sources) s.account = s.owner;
  }
  if (kinds.empty()) kinds.emplace_back();
  account_parent.clear();
  for (const Account& a : accounts) account_parent.push_back(a.parent);
  for (const Account& a : accounts) {
    size_t depth = 0;
    for (uint32_t p = a.parent; p != kNoAccount; p = accounts[p].parent) {
      if (p >= accounts.size() || ++depth > accounts.size()) {
        return bad("account " + a.name,
                   "expected a tree of accounts, found one that is below itself");
      }
    }
  }
  is_compared.assign(accounts.size(), 0);
  std::vector<uint32_t> level{kNoAccount};
  while (level.size() == 1) {
    const uint32_t parent = level[0];
    level.clear();
    for (uint32_t a = 0; a < accounts.size(); ++a) {
      if (accounts[a].parent == parent && accounts[a].weight > 0) level.push_back(a);
    }
  }
  for (const uint32_t a : level) is_compared[a] = 1;
  std::stable_sort(quotas.begin(), quotas.end(),
                   [](const QuotaStep& a, const QuotaStep& b) { return a.time < b.time; });
  return {};
}

// Power, services and other resources.
Result<void> Model::finish_operations() {
  const auto bad = [](std::string key, std::string message) {
    return Error{.message = std::move(message), .key = std::move(key)};
  };
  for (const NodeType& t : node_types) {
    if (t.busy_w < t.idle_w)
      return bad("node_type " + t.name,
                 "expected busy_w of at least idle_w, found " + std::to_string(t.busy_w));
  }
  for (const JobKind& k : kinds) {
    if (k.resource == kNoResource) continue;
    if (k.resource >= resources.size())
      return bad("workload " + k.name, "expected a resource that exists");
    const Resource& r = resources[k.resource];
    if (k.units == 0 || k.units > r.units)
      return bad("workload " + k.name, "expected 1 to " + std::to_string(r.units) + " units of " +
                                           quoted(r.name) + ", found " + std::to_string(k.units));
    if (r.calibrate_every > 0_s && k.call_time > r.calibrate_every - r.calibration)
      return bad("workload " + k.name, "expected calls of " + quoted(r.name) +
                                           " that fit between two calibrations, found " +
                                           to_string(k.call_time));
  }
  for (const Resource& r : resources) {
    if (r.calibrate_every > 0_s && r.calibration >= r.calibrate_every)
      return bad("resource " + r.name,
                 "expected a calibration shorter than the time between two, found " +
                     to_string(r.calibration));
  }
  for (const Service& s : services) {
    if (end == Time::never())
      return bad("end", "expected an end date, since services run for ever");
    Job replica = s.replica;
    replica.submit = start;
    replica.duration = replica.limit = Duration::max();
    if (const char* expected = what_is_wrong_with(replica))
      return bad("service " + s.name, std::string("expected ") + expected);
    if (!can_ever_fit(replica))
      return bad("service " + s.name, "expected replicas that fit on one of its sites, found " +
                                          counted(replica.tasks, "task") + " of " +
                                          shortest(replica.gpus * replica.gpu_milli / 1000.0) +
                                          " GPUs in each");
  }
  site_power.resize(pools.size());
  std::stable_sort(power_caps.begin(), power_caps.end(),
                   [](const PowerCap& a, const PowerCap& b) { return a.time < b.time; });
  pool_gpu_mw.assign(pools.size(), 0);
  for (const NodeClass& c : classes) {
    pool_gpu_mw[c.pool] = std::max(pool_gpu_mw[c.pool], node_types[c.type].gpu_mw());
  }
  return {};
}

}  // namespace dure::fleet
