#include "worlds/fleet/trace.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "base/text.h"
#include "worlds/fleet/account_paths.h"

namespace dure::fleet {
namespace {

// Index of `name` in `names`, added when new.
class Names {
 public:
  explicit Names(std::vector<std::string>& names) : names_(names) {}
  uint32_t index(const std::string& name) {
    const auto [it, is_new] = index_.try_emplace(name, static_cast<uint32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return it->second;
  }
  const uint32_t* find(const std::string& name) const {
    const auto it = index_.find(name);
    return it == index_.end() ? nullptr : &it->second;
  }

 private:
  std::vector<std::string>& names_;
  std::map<std::string, uint32_t, std::less<>> index_;
};

// "A|B" as a mask of the fleet's models; names that no node has set no bit.
uint32_t model_mask(const std::string& spec, const Names& models, bool& any_known) {
  uint32_t mask = 0;
  any_known = spec.empty();
  for (const std::string_view name : split(spec, '|')) {
    if (const uint32_t* i = models.find(std::string(trim(name)))) {
      mask |= 1u << *i;
      any_known = true;
    }
  }
  return spec.empty() ? 0 : mask;
}

std::string describe(const TraceNode& n) {
  const std::string model = n.gpu_model.empty() ? "GPU" : n.gpu_model;
  if (n.gpus == 0) return "CPU node";
  return model + "x" + std::to_string(n.gpus);
}

using NodeIndex = std::unordered_map<std::string_view, uint32_t>;

Result<Recorded> record_of(const TraceJob& job, uint32_t pool, const Model& m,
                           const NodeIndex& node_index) {
  Recorded out;
  if (!job.start) return out;
  out.start = std::max(*job.start, job.submit);
  for (const std::string& name : job.nodes) {
    const auto found = node_index.find(name);
    if (found == node_index.end() || m.node_pool[found->second] != pool) {
      return Error{.message = "job " + quoted(job.name) + ": expected nodes of pool " +
                              quoted(m.pools[pool].name) + ", found " + quoted(name)};
    }
    out.nodes.push_back(found->second);
  }
  return out;
}

}  // namespace

Result<Model> unfinished_model_of(const Trace& trace) {
  Model m;
  Names models(m.gpu_models), owners(m.owners);
  std::vector<std::string> pool_names;
  Names pools(pool_names);
  for (const TraceNode& n : trace.nodes) pools.index(n.pool);

  // Nodes, pool by pool, each pool in the trace's order.
  std::vector<std::vector<const TraceNode*>> by_pool(pool_names.size());
  for (const TraceNode& n : trace.nodes) by_pool[*pools.find(n.pool)].push_back(&n);
  for (uint32_t p = 0; p < pool_names.size(); ++p) {
    const std::string name = pool_names[p].empty() ? "cluster" : pool_names[p];
    m.pools.push_back({.name = name, .owner = owners.index(name)});
    m.queues.push_back({name, p});
    for (const TraceNode* n : by_pool[p]) {
      NodeType type{describe(*n), models.index(n->gpu_model), n->gpus, n->cpu_milli, n->memory_mib};
      if (models.index(n->gpu_model) >= 31) {  // bit 31 stands for models that no node has
        return Error{.message = "expected at most 31 GPU models among the nodes, found more"};
      }
      auto it = std::find(m.node_types.begin(), m.node_types.end(), type);
      if (it == m.node_types.end()) it = m.node_types.insert(it, type);
      m.add_nodes(static_cast<uint32_t>(it - m.node_types.begin()), 1);
      m.node_name.push_back(n->name);
    }
  }

  NodeIndex node_index;
  for (uint32_t n = 0; n < m.nodes(); ++n) node_index.try_emplace(m.node_name[n], n);

  std::map<std::tuple<uint32_t, uint32_t, uint32_t, std::string>, ShapeCount> shapes;
  for (size_t i = 0; i < trace.jobs.size(); ++i) {
    const TraceJob& t = trace.jobs[i];
    const auto bad = [&](const std::string& why) {
      return Error{.message = "job " + quoted(t.name) + ": " + why};
    };
    const uint32_t* pool = pools.find(t.pool);
    if (pool == nullptr) return bad("expected a pool that has nodes, found " + quoted(t.pool));
    Job job;
    job.submit = t.submit;
    job.duration = t.duration;
    job.limit = t.limit;
    job.number = i;
    job.queue = *pool;
    job.owner = owners.index(t.owner.empty() ? m.pools[*pool].name : t.owner);
    job.tasks = std::max(1u, t.tasks);
    job.gpus = t.gpus;
    job.gpu_milli = t.gpus == 0 ? kWholeGpu : t.gpu_milli;
    job.cpu_milli = t.cpu_milli;
    job.memory_mib = t.memory_mib;
    bool known = false;
    job.gpu_models = model_mask(t.gpu_models, models, known);
    // No node has any of the models: the job can never run. A mask of no model says so.
    if (!known) job.gpu_models = 1u << 31;
    job.priority = t.priority;
    if (job.gpus > kMaxGpusPerNode)
      return bad("expected at most 32 GPUs in a task, found " + std::to_string(job.gpus));
    if (job.gpu_milli == 0 || job.gpu_milli > kWholeGpu)
      return bad("expected 1 to 1000 milli per GPU, found " + std::to_string(job.gpu_milli));
    if (job.gpu_milli < kWholeGpu && (job.gpus != 1 || job.tasks != 1)) {
      return bad("expected a share of a GPU only in a job of one task with one GPU");
    }
    if (job.submit.ns < 0)
      return bad("expected a submit time after 1970, found " + to_string(job.submit));
    DURE_TRY(Recorded record, record_of(t, *pool, m, node_index));
    m.recorded.push_back(std::move(record));
    m.jobs.push_back(job);
    m.job_name.push_back(t.name);
    const uint32_t milli = job.gpus == 0 ? 0 : job.gpu_milli;
    ShapeCount& shape = shapes[{job.cpu_milli, milli, job.gpus, t.gpu_models}];
    shape = {job.cpu_milli, milli, job.gpus, job.gpu_models, t.gpu_models, shape.count + job.tasks};
  }
  std::vector<ShapeCount> counts;
  for (auto& [key, shape] : shapes) counts.push_back(std::move(shape));
  m.target = typical_shapes(std::move(counts));

  if (!m.jobs.empty()) {
    Time first = m.jobs[0].submit;
    for (const Job& j : m.jobs) first = std::min(first, j.submit);
    const Duration day = 1_d;
    m.start = Time{first.ns / day.ns * day.ns};
  }
  return m;
}

Result<Model> model_of(const Trace& trace) {
  DURE_TRY(Model m, unfinished_model_of(trace));
  m.recorded.clear();
  AccountPaths(m).charge(trace.jobs);
  DURE_CHECK(m.finish());
  return m;
}

}  // namespace dure::fleet
