#include "worlds/fleet/scenario.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/file.h"
#include "base/text.h"
#include "kernel/scenario.h"
#include "worlds/fleet/kueue.h"
#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/read_policy.h"
#include "worlds/fleet/sources.h"
#include "worlds/fleet/trace.h"

namespace dure::fleet {
namespace {

struct WorkloadKeys {
  Source source;  // without queue, owner, load, account and kind
  JobKind kind;
};

struct SiteKeys {
  std::string name, node_type;
  int64_t gpus = 0;
  int64_t nodes_per_rack = 4, racks_per_pod = 32, nodes_per_domain = 1, spares = 0;
  std::vector<std::string> also_on;
  struct Delivery {
    Time at;
    int64_t gpus;
  };
  std::vector<Delivery> deliveries;
  struct Load {
    std::string workload;
    double load;
    std::string account;
  };
  std::vector<Load> loads;
};

struct Keys {
  ScenarioHead head;
  PolicyKeys policy;
  std::vector<std::string> assumptions;
  int64_t samples = 500;
  std::vector<NodeType> node_types;
  std::vector<std::string> gpu_model_of;  // [node_types]
  std::vector<WorkloadKeys> workloads;
  std::vector<SiteKeys> owners;
  std::string trace;  // folder; empty: none
  OperationsKeys operations;
};

Distribution read_distribution(ConfigReader& in, std::string_view key, std::string_view doc) {
  return in.parsed<Distribution>(key, required, Distribution::parse, doc, "distribution");
}

SiteKeys read_owner(ConfigReader& in) {
  SiteKeys s;
  s.name = in.text("name", required, "the owner, and the name of its site and queue");
  s.node_type = in.text("node_type", required, "name of a [[node_type]]");
  s.gpus = in.integer(
      "gpus", 0, {.unit = "GPUs", .doc = "in service from the start", .min = 0, .max = 10'000'000});
  s.nodes_per_rack =
      in.integer("nodes_per_rack", 4, {.unit = "nodes", .doc = "in a rack", .min = 1, .max = 1024});
  s.racks_per_pod =
      in.integer("racks_per_pod", 32,
                 {.unit = "racks", .doc = "in a pod (one network fabric)", .min = 1, .max = 4096});
  s.nodes_per_domain = in.integer("nodes_per_domain", 1,
                                  {.unit = "nodes",
                                   .doc = "in an NVLink domain; racks hold whole ones",
                                   .min = 1,
                                   .max = 1024});
  s.spares = in.integer(
      "spares", 0,
      {.unit = "nodes", .doc = "that stand by for those that are down", .min = 0, .max = 100'000});
  s.also_on = in.texts("also_on", std::vector<std::string>{},
                       "other owners on whose sites its jobs may run when its own is full, in that "
                       "order; \"*\": all");
  in.tables("delivery", "GPUs that come into service later", [&](ConfigReader& d, size_t) {
    SiteKeys::Delivery x;
    x.at = d.time("at", required, "when they are in service");
    x.gpus = d.integer("gpus", required,
                       {.unit = "GPUs", .doc = "how many more", .min = 1, .max = 10'000'000});
    s.deliveries.push_back(x);
  });
  in.tables("load", "what the owner runs", [&](ConfigReader& l, size_t) {
    SiteKeys::Load x;
    x.workload = l.text("workload", required, "name of a [[workload]]");
    x.load = l.number("share", required,
                      {.unit = "GPU-s per GPU-s",
                       .doc = "offered load as a share of the owner's GPUs in service; the sum "
                              "over workloads may exceed 1",
                       .min = 0,
                       .max = 100});
    x.account =
        l.text("account", "", "that is charged; without it, the [[account]] of the owner's name");
    s.loads.push_back(x);
  });
  return s;
}

WorkloadKeys read_workload(ConfigReader& in) {
  WorkloadKeys w;
  Source& s = w.source;
  s.name = in.text("name", required, "of the workload");
  s.gpus = read_distribution(
      in, "gpus", "GPUs of a job; below 1 a share of one GPU, above a node's GPUs whole nodes");
  s.duration = read_distribution(in, "duration",
                                 "how long a job runs, such as lognormal(median=4h, sigma=1.2)");
  if (!in.describing() && !in.failed() && !s.duration.in_seconds()) {
    in.fail("duration", "expected durations with units, such as lognormal(median=4h, sigma=1.2)");
  }
  s.limit_factor_max = in.number(
      "limit_factor_max", 3,
      {.doc = "a job asks for uniform(1, this) times the time it runs; all a scheduler knows",
       .min = 1,
       .max = 1000});
  s.busy = in.number(
      "busy", 1,
      {.doc = "share of its GPU time that a job computes, for utilisation", .min = 0, .max = 1});
  s.day_night_ratio =
      in.number("day_night_ratio", 1,
                {.doc = "arrivals on weekdays from 9 to 18 h over those at other hours",
                 .min = 0.001,
                 .max = 1000});
  s.cpu_milli_per_gpu = static_cast<uint32_t>(
      1000 *
      in.number(
          "cpus_per_gpu", 8,
          {.unit = "cores", .doc = "CPU cores that a job takes per GPU", .min = 0, .max = 4000}));
  s.memory_mib_per_gpu = static_cast<uint32_t>(
      1024 *
      in.number(
          "memory_gib_per_gpu", 64,
          {.unit = "GiB", .doc = "memory that a job takes per GPU", .min = 0, .max = 100'000}));
  s.largest_share =
      in.number("largest_share", 0.5,
                {.doc = "larger jobs are cut to this share of the owner's GPUs in service",
                 .min = 1e-6,
                 .max = 1});
  s.priority =
      static_cast<int32_t>(in.integer("priority", 0,
                                      {.doc = "higher ones go first, where the rank asks for it",
                                       .min = -1'000'000,
                                       .max = 1'000'000}));
  w.kind = read_job_kind(in);
  w.kind.name = s.name;
  return w;
}

constexpr int64_t kMaxNodes = 2'000'000;

// What memory can hold.
void check_limits(ConfigReader& in, const Keys& k) {
  int64_t nodes = 0;
  for (const SiteKeys& s : k.owners) {
    for (const NodeType& t : k.node_types) {
      if (t.name != s.node_type) continue;
      nodes += s.gpus / t.gpus;
      for (const auto& d : s.deliveries) nodes += d.gpus / t.gpus;
    }
  }
  if (nodes > kMaxNodes) {
    in.fail("owner", "expected at most " + with_commas(kMaxNodes) + " nodes in all, found " +
                         with_commas(nodes));
  }
}

Keys read_keys(ConfigReader& in) {
  Keys k;
  k.head = read_scenario_head(in);
  k.assumptions = in.texts("assumptions", std::vector<std::string>{},
                           "sentences that the report shows with the results");
  k.samples = in.integer("samples", 500,
                         {.doc = "points of the time series in the report", .min = 1, .max = 1000});
  in.table("policy", "how jobs are taken and placed",
           [&](ConfigReader& p) { k.policy = read_policy(p); });
  k.operations = read_operations(in);
  in.optional_table(
      "trace", "a recorded workload in place of owners and workloads, see `dure import`",
      [&](ConfigReader& t) {
        k.trace =
            t.text("folder", ".", "the folder of nodes.csv and jobs.csv, relative to the scenario");
      });
  in.tables("node_type", "a make of node", [&](ConfigReader& n, size_t) {
    NodeType t;
    t.name = n.text("name", required, "of the make, for [[owner]]");
    for (const NodeType& other : k.node_types) {
      if (other.name == t.name)
        n.fail("name",
               "expected another name than an earlier node type's, found " + quoted(t.name));
    }
    k.gpu_model_of.push_back(n.text("gpu_model", "GPU", "what its GPUs are called"));
    t.gpus = static_cast<uint32_t>(n.integer(
        "gpus", 8, {.unit = "GPUs", .doc = "in each node", .min = 1, .max = kMaxGpusPerNode}));
    t.cpu_milli = static_cast<uint32_t>(
        1000 *
        n.number("cpus", 128, {.unit = "cores", .doc = "in each node", .min = 0, .max = 4000}));
    t.memory_mib = static_cast<uint64_t>(
        1024 *
        n.number("memory_gib", 2048, {.unit = "GiB", .doc = "in each node", .min = 0, .max = 1e6}));
    t.faults_per_day = n.number(
        "faults_per_day", 0,
        {.doc = "hardware faults of a node, each of which takes it down", .min = 0, .max = 1000});
    t.repair = read_repair(n);
    k.node_types.push_back(t);
  });
  in.tables("workload", "a kind of job", [&](ConfigReader& w, size_t) {
    WorkloadKeys x = read_workload(w);
    for (const WorkloadKeys& other : k.workloads) {
      if (other.source.name == x.source.name)
        w.fail("name",
               "expected another name than an earlier workload's, found " + quoted(x.source.name));
    }
    k.workloads.push_back(std::move(x));
  });
  in.tables("owner", "who has a site and runs jobs on it", [&](ConfigReader& o, size_t i) {
    k.owners.push_back(read_owner(o));
    if (in.describing() || in.failed()) return;
    const SiteKeys& s = k.owners.back();
    const auto type = std::find_if(k.node_types.begin(), k.node_types.end(),
                                   [&](const NodeType& t) { return t.name == s.node_type; });
    if (type == k.node_types.end())
      o.fail("node_type", "expected the name of a [[node_type]], found " + quoted(s.node_type));
    else if (s.gpus % type->gpus != 0)
      o.fail("gpus", "expected a multiple of the " + std::to_string(type->gpus) +
                         " GPUs of a node, found " + std::to_string(s.gpus));
    for (const auto& d : s.deliveries) {
      if (type != k.node_types.end() && d.gpus % type->gpus != 0)
        o.fail("delivery", "expected a multiple of the " + std::to_string(type->gpus) +
                               " GPUs of a node, found " + std::to_string(d.gpus));
    }
    if (s.spares > 0 && type != k.node_types.end() &&
        s.spares >= (s.gpus + (s.deliveries.empty() ? 0 : s.deliveries[0].gpus)) / type->gpus)
      o.fail("spares", "expected fewer spares than the site has nodes at first, found " +
                           std::to_string(s.spares));
    if (s.gpus == 0 && s.deliveries.empty())
      o.fail("gpus", "expected GPUs from the start or by a delivery, found none");
    for (const auto& l : s.loads) {
      if (std::none_of(k.workloads.begin(), k.workloads.end(),
                       [&](const WorkloadKeys& w) { return w.source.name == l.workload; })) {
        o.fail("load", "expected the name of a [[workload]], found " + quoted(l.workload));
      }
    }
    for (size_t j = 0; j < i; ++j) {
      if (k.owners[j].name == s.name)
        o.fail("name", "expected another name than an earlier owner's, found " + quoted(s.name));
    }
  });
  if (!in.describing() && !in.failed()) {
    if (k.trace.empty() && k.owners.empty())
      in.fail("", "expected [[owner]] or [trace], found neither");
    check_limits(in, k);
    if (!k.trace.empty() && !k.owners.empty())
      in.fail("trace", "expected either [[owner]] or [trace], found both");
    if (!k.trace.empty() && in.has("start"))
      in.fail("start",
              "expected no start beside [trace], which starts on the day of its first job");
    if (!k.trace.empty() && !(k.operations.accounts.empty() && k.operations.kueue.empty()))
      in.fail("account", "expected no accounts beside [trace], whose jobs name owners only");
    if (k.operations.usage_period == 0_s && k.policy.needs_usage())
      in.fail("accounting.usage_period",
              "expected a time above 0, such as \"5min\", with policy.rank = \"multifactor\"");
    if (!k.owners.empty() && k.head.end == Time::never())
      in.fail("end", "expected a date or a duration, since random jobs arrive for ever");
  }
  return k;
}

Result<void> add_sources(const Keys& k, uint32_t owner, Model& m) {
  for (const auto& l : k.owners[owner].loads) {
    uint32_t account = owner;  // where there are no accounts, each owner gets one
    if (!m.accounts.empty()) {
      const std::string& name = l.account.empty() ? k.owners[owner].name : l.account;
      account = find_account(m, name);
      if (account == kNoAccount)
        return Error{.message = "expected an [[account]] for the load of " + quoted(l.workload) +
                                ", found none named " + quoted(name),
                     .key = "owner " + k.owners[owner].name};
    } else if (!l.account.empty()) {
      return Error{.message = "expected the name of an [[account]], found " + quoted(l.account),
                   .key = "owner " + k.owners[owner].name};
    }
    for (uint32_t w = 0; w < k.workloads.size(); ++w) {
      if (k.workloads[w].source.name != l.workload || l.load <= 0) continue;
      Source source = k.workloads[w].source;
      source.queue = owner;
      source.owner = owner;
      source.load = l.load;
      source.account = account;
      source.kind = w + 1;
      m.sources.push_back(std::move(source));
    }
  }
  return {};
}

Result<void> add_other_sites(const SiteKeys& s, uint32_t owner, Model& m) {
  for (const std::string& name : s.also_on) {
    const auto it = std::find(m.owners.begin(), m.owners.end(), name);
    if (name != "*" && it == m.owners.end())
      return Error{
          .message = "also_on: expected the name of an [[owner]] or \"*\", found " + quoted(name),
          .key = "owner " + s.name};
    for (uint32_t p = 0; p < m.pools.size(); ++p) {
      auto& others = m.queues[owner].others;
      if (p != owner && (name == "*" || m.pools[p].name == name) &&
          std::find(others.begin(), others.end(), p) == others.end())
        others.push_back(p);
    }
  }
  return {};
}

Result<Model> model_of(const Keys& k) {
  Model m;
  m.node_types = k.node_types;
  for (size_t i = 0; i < m.node_types.size(); ++i) {
    const auto it = std::find(m.gpu_models.begin(), m.gpu_models.end(), k.gpu_model_of[i]);
    m.node_types[i].gpu_model = static_cast<uint32_t>(it - m.gpu_models.begin());
    if (it == m.gpu_models.end()) m.gpu_models.push_back(k.gpu_model_of[i]);
  }
  for (const SiteKeys& s : k.owners) {
    const auto owner = static_cast<uint32_t>(m.owners.size());
    const auto type = static_cast<uint32_t>(
        std::find_if(m.node_types.begin(), m.node_types.end(),
                     [&](const NodeType& t) { return t.name == s.node_type; }) -
        m.node_types.begin());
    const auto per_node = static_cast<int64_t>(m.node_types[type].gpus);
    m.owners.push_back(s.name);
    m.pools.push_back({.name = s.name,
                       .owner = owner,
                       .nodes_per_rack = static_cast<uint32_t>(s.nodes_per_rack),
                       .racks_per_pod = static_cast<uint32_t>(s.racks_per_pod),
                       .nodes_per_domain = static_cast<uint32_t>(s.nodes_per_domain),
                       .spares = static_cast<uint32_t>(s.spares)});
    m.queues.push_back({s.name, owner});
    if (s.gpus > 0) m.add_nodes(type, static_cast<uint32_t>(s.gpus / per_node));
    for (const auto& d : s.deliveries) {
      const auto count = static_cast<uint32_t>(d.gpus / per_node);
      m.deliveries.push_back({d.at, m.nodes(), count});
      m.add_nodes(type, count);
    }
  }
  m.start = k.head.start;
  m.end = k.head.end;
  DURE_CHECK(add_operations(k.operations, m));
  m.kinds.emplace_back();
  for (const WorkloadKeys& w : k.workloads) m.kinds.push_back(w.kind);
  for (uint32_t owner = 0; owner < k.owners.size(); ++owner) {
    DURE_CHECK(add_sources(k, owner, m));
    DURE_CHECK(add_other_sites(k.owners[owner], owner, m));
  }
  DURE_CHECK(check_charged_accounts(m));
  return m;
}

// Accounts of a file of Kueue's come before those of the scenario, which may be below them.
Result<void> add_kueue(const std::string& folder, Keys& k) {
  const std::string& file = k.operations.kueue;
  if (file.empty()) return {};
  DURE_TRY(const std::string text, read_file(file.starts_with('/') ? file : folder + "/" + file,
                                             {.max_bytes = kMaxYamlBytes}));
  DURE_TRY(KueueQuotas q, read_kueue(text, file));
  // A file with one flavor may call the only GPU model what it likes.
  std::vector<std::string> models = k.gpu_model_of, flavors;
  for (const AccountKeys& a : q.accounts) {
    for (const auto& quota : a.quotas) flavors.push_back(quota.gpu_model);
  }
  const auto differ = [](const std::vector<std::string>& names) {
    return std::adjacent_find(names.begin(), names.end(), std::not_equal_to<>()) != names.end();
  };
  if (!differ(models) && !differ(flavors)) {
    for (AccountKeys& a : q.accounts) {
      for (auto& quota : a.quotas) quota.gpu_model.clear();
    }
  }
  auto& accounts = k.operations.accounts;
  accounts.insert(accounts.begin(), q.accounts.begin(), q.accounts.end());
  for (const std::string& note : q.notes) k.assumptions.push_back(file + ": " + note);
  if (k.operations.kueue_preemption) {
    RuleOptions& rules = k.policy.rules;
    rules.reclaim = q.reclaim.cohort != ReclaimOptions::Within::never || q.reclaim.own_account;
    q.reclaim.max_steps = rules.reclaim_options.max_steps;
    rules.reclaim_options = q.reclaim;
  }
  return {};
}

constexpr ModelPart kParts[] = {
    {"account", "account"}, {"owner", "owner"}, {"outage", "outage"}, {"window", "window"}};

}  // namespace

void describe_scenario(ConfigReader& in) { read_keys(in); }

Result<Scenario> read_scenario(const Config& config, const std::string& folder) {
  DURE_TRY(Keys k, config.read(read_keys));
  DURE_CHECK(add_kueue(folder, k));
  Model m;
  if (k.trace.empty()) {
    auto model = model_of(k);
    if (!model) return in_scenario(config, model.error(), kParts);
    m = *std::move(model);
  } else {
    DURE_TRY(const Trace trace,
             read_csv_trace(k.trace.starts_with('/') ? k.trace : folder + "/" + k.trace));
    auto model = model_of(trace);
    if (!model) return in_scenario(config, model.error());
    m = *std::move(model);
    m.end = k.head.until.from(m.start);
    if (m.end <= m.start) {
      return in_scenario(config,
                         Error{.message = "expected a time after the trace's first day, " +
                                          to_string(m.start) + ", found " + to_string(m.end),
                               .key = "end"});
    }
  }
  m.seed = k.head.seed;
  m.samples = static_cast<uint32_t>(k.samples);
  m.assumptions = k.assumptions;
  if (const auto finished = m.finish(); !finished) return in_scenario(config, finished.error());
  if (!m.sources.empty()) m.target = target_of_sources(m);

  Scenario out;
  out.model = std::make_shared<const Model>(std::move(m));
  out.rules = k.policy.options();
  out.policy_name = k.policy.name();
  return out;
}

}  // namespace dure::fleet
