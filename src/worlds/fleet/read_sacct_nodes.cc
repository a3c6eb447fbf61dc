#include "worlds/fleet/read_sacct_nodes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "base/text.h"
#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_slurm.h"

namespace dure::fleet {
namespace {

// Partitions that share nodes, as a forest of indices.
class Partitions {
 public:
  size_t index_of(std::string_view name) {
    const auto known = index_.find(name);
    if (known != index_.end()) return known->second;
    const size_t index = names_.size();
    names_.emplace_back(name);
    parent_.push_back(index);
    index_.emplace(name, index);
    return index;
  }
  size_t root(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The root stays the partition that was seen first.
  void join(size_t a, size_t b) {
    a = root(a), b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

  // "gpu", "gpu+debug", "gpu+debug+4 more", by root.
  std::vector<std::string> pool_names() {
    constexpr size_t shown = 3;
    std::vector<std::string> out(names_.size());
    std::vector<size_t> members(names_.size());
    for (size_t i = 0; i < names_.size(); ++i) {
      const size_t r = root(i);
      if (++members[r] <= shown) out[r] += (members[r] > 1 ? "+" : "") + names_[i];
    }
    for (size_t r = 0; r < names_.size(); ++r) {
      if (members[r] > shown) out[r] += "+" + std::to_string(members[r] - shown) + " more";
    }
    return out;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::vector<size_t> parent_;
  std::map<std::string, size_t, std::less<>> index_;
};

class ScontrolParser {
 public:
  ScontrolParser(const TraceText& text, int64_t max_nodes)
      : lines_(text), name_(text.name), max_nodes_(max_nodes) {}

  Result<SlurmCluster> parse() {
    std::string_view line;
    while (lines_.next(line)) {
      const std::string_view body = trim(line);
      if (body.empty()) continue;
      if (body.starts_with("NodeName=")) {
        DURE_CHECK(end_record());
        record_line_ = lines_.line();
        in_record_ = true;
      }
      if (!in_record_) {
        return lines_.error(
            0, {},
            "expected NodeName=..., as `scontrol show node -o` writes, found " + quoted(body));
      }
      take_fields(body);
    }
    DURE_CHECK(end_record());
    if (nodes_.empty()) {
      return Error{"expected at least one node in a partition, found none", name_, 0, 0, {}};
    }
    return finish();
  }

 private:
  enum Key { kNode, kCpus, kMemory, kGres, kPartitions, kState, kKeys };
  static constexpr std::array<std::string_view, kKeys> kKeyNames = {
      "NodeName", "CPUTot", "RealMemory", "Gres", "Partitions", "State"};

  struct Node {
    TraceNode node;
    size_t partition = 0;
  };

  // Some values hold spaces ("OS=Linux 6.1 #1 SMP"), some are free text (Reason, at the end), so
  // only words that begin with a key of ours count, and the first of each.
  void take_fields(std::string_view body) {
    for (size_t at = 0; at < body.size();) {
      const size_t end = std::min(body.find_first_of(" \t", at), body.size());
      const std::string_view word = body.substr(at, end - at);
      at = end + 1;
      const size_t equals = word.find('=');
      if (equals == std::string_view::npos) continue;
      for (size_t k = 0; k < kKeys; ++k) {
        if (word.substr(0, equals) != kKeyNames[k] || found_[k]) continue;
        found_[k] = true;
        values_[k] = word.substr(equals + 1);
      }
    }
  }

  Error error(Key key, std::string message) const {
    return {std::move(message), name_, record_line_, 0, std::string(kKeyNames[key])};
  }

  Result<int64_t> number(Key key, int64_t max) const {
    if (!found_[key]) {
      return error(
          key, "expected this field in each node, found none in node " + quoted(values_[kNode]));
    }
    Result<int64_t> n = parse_int(values_[key], 0, max);
    return n ? n : error(key, n.error().message);
  }

  Result<void> end_record() {
    if (!in_record_) return {};
    DURE_CHECK(add_node());
    found_.fill(false);
    values_.fill({});
    in_record_ = false;
    return {};
  }

  Result<void> add_node() {
    Node added;
    added.node.name = values_[kNode];
    if (added.node.name.empty()) return error(kNode, "expected a name, found \"\"");
    if (!seen_.insert(added.node.name).second) {
      return error(kNode, "expected each node once, found " + quoted(added.node.name) + " again");
    }
    DURE_TRY(const int64_t cpus, number(kCpus, kMaxCpus));
    DURE_TRY(const int64_t memory, number(kMemory, int64_t{1} << 40));
    const Result<SlurmGres> gres = parse_gres(values_[kGres]);
    if (!gres) return error(kGres, gres.error().message);
    if (gres->gpus > kMaxGpusPerNode) {
      return error(kGres, "expected at most " + std::to_string(kMaxGpusPerNode) +
                              " GPUs in a node, found " + std::to_string(gres->gpus));
    }
    added.node.cpu_milli = static_cast<uint32_t>(cpus * 1000);
    added.node.memory_mib = static_cast<uint64_t>(memory);
    added.node.gpus = static_cast<uint32_t>(gres->gpus);
    if (!gres->gpu_types.empty()) added.node.gpu_model = gres->gpu_types[0];

    const size_t none = std::numeric_limits<size_t>::max();
    size_t partition = none;
    if (values_[kPartitions] != "(null)") {
      for (const std::string_view name : split(values_[kPartitions], ',')) {
        if (name.empty()) continue;
        const size_t index = partitions_.index_of(name);
        if (partition != none) partitions_.join(partition, index);
        partition = index;
      }
    }
    if (partition == none) {
      ++without_partition_;
      return {};
    }
    several_types_ += gres->gpu_types.size() > 1;
    const std::string_view state = values_[kState];
    for (const std::string_view word : {"DOWN", "DRAIN", "FAIL"}) {
      if (state.find(word) == std::string_view::npos) continue;
      added.node.out_of_service = state;
      break;
    }
    if (static_cast<int64_t>(nodes_.size()) == max_nodes_) {
      return error(kNode, "expected at most " + count_of(max_nodes_, "node") + ", found more");
    }
    added.partition = partition;
    nodes_.push_back(std::move(added));
    return {};
  }

  SlurmCluster finish() {
    SlurmCluster out;
    const std::vector<std::string> pools = partitions_.pool_names();
    for (size_t i = 0; i < partitions_.names().size(); ++i) {
      const size_t r = partitions_.root(i);
      out.pool_of.emplace(partitions_.names()[i], pools[r]);
      merged_ += r != i;
    }
    for (Node& n : nodes_) n.partition = partitions_.root(n.partition);
    std::stable_sort(nodes_.begin(), nodes_.end(),
                     [](const Node& a, const Node& b) { return a.partition < b.partition; });
    out.nodes.reserve(nodes_.size());
    for (Node& n : nodes_) {
      n.node.pool = pools[n.partition];
      out.nodes.push_back(std::move(n.node));
    }
    const auto note = [&](int64_t n, const char* what, const char* text) {
      if (n > 0) out.notes.push_back(count_of(n, what) + ' ' + text);
    };
    note(merged_, "partition", "merged into another that has the same nodes");
    note(without_partition_, "node", "in no partition left out");
    note(several_types_, "node", "with GPUs of several types: all taken as the first type");
    return out;
  }

  LineReader lines_;
  std::string name_;
  int64_t max_nodes_;
  Partitions partitions_;
  std::vector<Node> nodes_;
  std::unordered_set<std::string> seen_;
  std::array<std::string_view, kKeys> values_{};
  std::array<bool, kKeys> found_{};
  bool in_record_ = false;
  int record_line_ = 0;
  int64_t merged_ = 0, without_partition_ = 0, several_types_ = 0;
};

int64_t divide_up(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

// What the jobs of one pool need.
struct Demand {
  std::vector<size_t> jobs;  // index into Trace::jobs
  int64_t peak_gpus = 0, peak_cpu_milli = 0, peak_memory_mib = 0;
  uint32_t task_gpus = 0, task_cpu_milli = 0;  // the largest
  std::string gpu_model;                       // the only one asked for
  bool several_models = false;
};

void measure(const Trace& trace, const std::vector<Time>& starts, Demand& demand) {
  PeakUse gpus, cpu, memory;
  for (const size_t i : demand.jobs) {
    const TraceJob& job = trace.jobs[i];
    const Time end = add_clamped(starts[i], job.duration);
    gpus.add(starts[i], end, int64_t{job.tasks} * job.gpus);
    cpu.add(starts[i], end, int64_t{job.tasks} * job.cpu_milli);
    memory.add(starts[i], end, int64_t{job.tasks} * job.memory_mib);
    demand.task_gpus = std::max(demand.task_gpus, job.gpus);
    demand.task_cpu_milli = std::max(demand.task_cpu_milli, job.cpu_milli);
    if (job.gpu_models.empty() || job.gpu_models == demand.gpu_model) continue;
    demand.several_models |=
        !demand.gpu_model.empty() || job.gpu_models.find('|') != std::string::npos;
    demand.gpu_model = job.gpu_models;
  }
  demand.peak_gpus = gpus.peak();
  demand.peak_cpu_milli = cpu.peak();
  demand.peak_memory_mib = memory.peak();
}

// Nodes that hold every job alone when each node holds `node` of what a task takes `task(job)` of.
template <class F>
int64_t nodes_for_each(const Trace& trace, const Demand& demand, int64_t node, const F& task) {
  int64_t most = 1;
  for (const size_t i : demand.jobs) {
    const int64_t each = task(trace.jobs[i]);
    if (each > 0) most = std::max(most, divide_up(trace.jobs[i].tasks, node / each));
  }
  return most;
}

// What a node must have so that `nodes` of them hold every job alone.
template <class F>
int64_t share_for_each(const Trace& trace, const Demand& demand, int64_t nodes, const F& task) {
  int64_t most = 0;
  for (const size_t i : demand.jobs) {
    most = std::max(most, divide_up(trace.jobs[i].tasks, nodes) * task(trace.jobs[i]));
  }
  return most;
}

}  // namespace

Result<SlurmCluster> parse_scontrol_nodes(const TraceText& text, int64_t max_nodes) {
  return ScontrolParser(text, max_nodes).parse();
}

Result<SlurmCluster> parse_slurm_nodes(const TraceText& text, int64_t max_nodes) {
  if (trim(text.text.substr(0, 4096)).starts_with("NodeName=")) {
    return parse_scontrol_nodes(text, max_nodes);
  }
  SlurmCluster out;
  DURE_TRY(out.nodes, parse_csv_nodes(text));
  for (const TraceNode& node : out.nodes) out.pool_of.emplace(node.pool, node.pool);
  return out;
}

Result<void> make_up_nodes(Trace& trace, const std::vector<Time>& starts,
                           const SacctOptions& options) {
  std::map<std::string, size_t, std::less<>> index;
  std::vector<std::string> pools;
  std::vector<Demand> demands;
  for (size_t i = 0; i < trace.jobs.size(); ++i) {
    const auto [at, added] = index.try_emplace(trace.jobs[i].pool, pools.size());
    if (added) {
      pools.push_back(trace.jobs[i].pool);
      demands.emplace_back();
    }
    demands[at->second].jobs.push_back(i);
  }
  int64_t untyped = 0;
  for (size_t p = 0; p < pools.size(); ++p) {
    Demand& demand = demands[p];
    measure(trace, starts, demand);
    const auto cpu = [](const TraceJob& job) { return int64_t{job.cpu_milli}; };
    const auto memory = [](const TraceJob& job) { return int64_t{job.memory_mib}; };
    int64_t gpus = 0, nodes = 1, cpu_milli = 0;
    if (demand.task_gpus > 0) {
      gpus = std::max<int64_t>(options.gpus_per_node, demand.task_gpus);
      nodes = std::max(divide_up(demand.peak_gpus, gpus),
                       nodes_for_each(trace, demand, gpus,
                                      [](const TraceJob& job) { return int64_t{job.gpus}; }));
    } else {
      cpu_milli =
          std::max({options.cpus_per_node * 1000, int64_t{demand.task_cpu_milli}, int64_t{1000}});
      nodes = std::max(divide_up(demand.peak_cpu_milli, cpu_milli),
                       nodes_for_each(trace, demand, cpu_milli, cpu));
    }
    cpu_milli = std::max({cpu_milli, divide_up(demand.peak_cpu_milli, nodes),
                          share_for_each(trace, demand, nodes, cpu)});
    const int64_t memory_mib = std::max(divide_up(demand.peak_memory_mib, nodes),
                                        share_for_each(trace, demand, nodes, memory));
    if (demand.several_models) {
      for (const size_t i : demand.jobs) {
        untyped += !trace.jobs[i].gpu_models.empty();
        trace.jobs[i].gpu_models.clear();
      }
    }
    TraceNode node;
    node.pool = pools[p];
    if (!demand.several_models) node.gpu_model = demand.gpu_model;
    node.gpus = static_cast<uint32_t>(gpus);
    node.cpu_milli = static_cast<uint32_t>(std::min(cpu_milli, kMaxCpus * 1000));
    node.memory_mib = static_cast<uint64_t>(memory_mib);
    if (cpu_milli > kMaxCpus * 1000 ||
        !add_nodes(trace, node, nodes, options.max_nodes, pools[p].empty() ? "node" : pools[p])) {
      return Error{"expected a cluster of at most " + count_of(options.max_nodes, "node") +
                       " of at most " + with_commas(kMaxCpus) +
                       " CPUs, found jobs that need more in partition " + quoted(pools[p]) +
                       "; give a file of nodes",
                   {},
                   0,
                   0,
                   {}};
    }
    trace.notes.push_back("no file of nodes: partition " + quoted(pools[p]) + " made up as " +
                          count_of(nodes, "node") + " of " + count_of(gpus, "GPU") + ", " +
                          count_of(divide_up(cpu_milli, 1000), "CPU") + " and " +
                          with_commas(memory_mib) + " MiB, from its peak use");
  }
  if (untyped > 0) {
    trace.notes.push_back(count_of(untyped, "job") +
                          " asked for a GPU type in a partition of several: taken as any type, "
                          "because the nodes' types are not known");
  }
  return {};
}

}  // namespace dure::fleet
