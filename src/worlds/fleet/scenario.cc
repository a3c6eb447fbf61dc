#include "worlds/fleet/scenario.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/text.h"
#include "kernel/scenario.h"
#include "worlds/fleet/account_paths.h"
#include "worlds/fleet/account_tree.h"
#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_jobs.h"
#include "worlds/fleet/read_kueue_accounts.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/read_policy.h"
#include "worlds/fleet/read_power.h"
#include "worlds/fleet/read_resources.h"
#include "worlds/fleet/read_services.h"
#include "worlds/fleet/read_sites.h"
#include "worlds/fleet/sources.h"
#include "worlds/fleet/trace.h"

namespace dure::fleet {
namespace {

struct WorkloadKeys {
  Source source;  // without queue, owner, load, account and kind
  JobKind kind;
  ResourceUse use;
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
  std::vector<JobKindKeys> kinds;
  std::vector<JobKeys> jobs;
  std::string trace;          // folder; empty: none
  std::string trace_account;  // below which accounts are made; empty: none
  Moment as_recorded_until;
  std::vector<TraceSiteKeys> trace_sites;
  WaitSlo wait_slo = kNoWaitSlo;
  OperationsKeys operations;
  PowerKeys power;
  std::vector<Resource> resources;
  std::vector<ServiceKeys> services;
};

Distribution read_distribution(ConfigReader& in, std::string_view key, std::string_view doc) {
  return in.parsed<Distribution>(key, required, Distribution::parse, doc, "distribution");
}

WorkloadKeys read_workload(ConfigReader& in) {
  WorkloadKeys w;
  Source& s = w.source;
  s.name = read_name(in, "of the workload");
  s.gpus = read_distribution(
      in, "gpus", "GPUs of a job; below 1 a share of one GPU, above a node's GPUs whole nodes");
  if (!in.describing() && !in.failed() && (s.gpus.in_seconds() || !(s.gpus.mean() > 0)))
    in.fail("gpus", "expected numbers of GPUs above 0, such as 8 or empirical(1:3, 8:1), found " +
                        std::string(s.gpus.in_seconds() ? "durations" : "a mean of ") +
                        (s.gpus.in_seconds() ? "" : shortest(s.gpus.mean())));
  s.duration = read_distribution(in, "duration",
                                 "how long a job runs, such as lognormal(median=4h, sigma=1.2)");
  if (!in.describing() && !in.failed() && !s.duration.in_seconds()) {
    in.fail("duration", "expected durations with units, such as lognormal(median=4h, sigma=1.2)");
  }
  if (!in.describing() && !in.failed() && !(s.duration.mean() > 0))
    in.fail("duration",
            "expected durations above 0, found a mean of " + shortest(s.duration.mean()) + " s");
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
  s.min_share = read_min_share(in);
  w.kind = read_job_kind(in);
  w.use = read_resource_use(in);
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

// What an owner says against the rest of the scenario.
void check_owner(ConfigReader& o, const SiteKeys& s, const Keys& k) {
  const auto type = std::find_if(k.node_types.begin(), k.node_types.end(),
                                 [&](const NodeType& t) { return t.name == s.node_type; });
  if (type == k.node_types.end()) {
    std::vector<std::string_view> known;
    for (const NodeType& t : k.node_types) known.push_back(t.name);
    return o.fail("node_type", "expected the name of a [[node_type]], found " +
                                   quoted(s.node_type) + did_you_mean(s.node_type, known));
  }
  const std::string whole =
      "expected a multiple of the " + std::to_string(type->gpus) + " GPUs of a node, found ";
  if (s.gpus % type->gpus != 0) o.fail("gpus", whole + std::to_string(s.gpus));
  for (const auto& d : s.deliveries) {
    if (d.gpus % type->gpus != 0) o.fail("delivery", whole + std::to_string(d.gpus));
  }
  if (s.gpus == 0 && s.deliveries.empty())
    o.fail("gpus", "expected GPUs from the start or by a delivery, found none");
  if (s.spares > 0 &&
      s.spares >= (s.gpus + (s.deliveries.empty() ? 0 : s.deliveries[0].gpus)) / type->gpus)
    o.fail("spares", "expected fewer spares than the site has nodes at first, found " +
                         std::to_string(s.spares));
  std::vector<std::string_view> known;
  for (const WorkloadKeys& w : k.workloads) known.push_back(w.source.name);
  for (const auto& l : s.loads) {
    if (std::find(known.begin(), known.end(), l.workload) == known.end())
      o.fail("load", "expected the name of a [[workload]], found " + quoted(l.workload) +
                         did_you_mean(l.workload, known));
    const auto same = [&](const auto& other) {
      return other.workload == l.workload && other.account == l.account;
    };
    if (std::count_if(s.loads.begin(), s.loads.end(), same) > 1)
      o.fail("load",
             "expected each workload and account once, found " + quoted(l.workload) + " twice");
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
  k.power = read_power(in);
  k.resources = read_resources(in);
  in.optional_table(
      "trace", "a recorded workload in place of owners and workloads, see `dure import`",
      [&](ConfigReader& t) {
        k.trace =
            t.text("folder", ".", "the folder of nodes.csv and jobs.csv, relative to the scenario");
        k.trace_account = t.text("account", "",
                                 "[[account]] below which those are made that jobs name but no "
                                 "[[account]]; without it, they stand alone");
        k.as_recorded_until =
            read_moment(t, "as_recorded_until", "0s",
                        "until then jobs start when and where jobs.csv says that they did, and "
                        "nothing fails; the policy decides from then on");
      });
  in.tables("site", "a pool of a [trace], beyond its nodes", [&](ConfigReader& s, size_t) {
    k.trace_sites.push_back(read_trace_site(s));
    for (size_t i = 0; i + 1 < k.trace_sites.size(); ++i) {
      if (k.trace_sites[i].shape.name == k.trace_sites.back().shape.name)
        s.fail("name", "expected another name than an earlier site's, found " +
                           quoted(k.trace_sites.back().shape.name));
    }
  });
  in.tables("node_type", "a make of node", [&](ConfigReader& n, size_t) {
    NodeType t;
    t.name = read_name(n, "of the make, for [[owner]]");
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
    read_node_power(n, t);
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
  in.tables("job_kind", "what jobs of a [trace], or [[job]]s, are beyond their size",
            [&](ConfigReader& j, size_t) {
              k.kinds.push_back(read_kind(j));
              const std::string& name = k.kinds.back().kind.name;
              const auto same = [&](const auto& other) { return other.kind.name == name; };
              if (std::any_of(k.kinds.begin(), k.kinds.end() - 1, same) ||
                  std::any_of(k.workloads.begin(), k.workloads.end(), same))
                j.fail("name",
                       "expected another name than an earlier kind's or workload's, found " +
                           quoted(name));
            });
  in.tables("owner", "who has a site and runs jobs on it", [&](ConfigReader& o, size_t i) {
    k.owners.push_back(read_owner(o));
    for (size_t j = 0; j < i; ++j) {
      if (k.owners[j].name == k.owners[i].name)
        o.fail("name",
               "expected another name than an earlier owner's, found " + quoted(k.owners[i].name));
    }
  });
  std::vector<std::string> kinds;
  for (const WorkloadKeys& w : k.workloads) kinds.push_back(w.kind.name);
  for (const JobKindKeys& j : k.kinds) kinds.push_back(j.kind.name);
  k.services = read_services(in, kinds);
  in.tables("job", "one job, beside those of owners or a trace", [&](ConfigReader& j, size_t) {
    k.jobs.push_back(read_job(j));
    for (size_t i = 0; i + 1 < k.jobs.size(); ++i) {
      if (k.jobs[i].name == k.jobs.back().name)
        j.fail("name",
               "expected another name than an earlier job's, found " + quoted(k.jobs.back().name));
    }
  });
  std::vector<std::string> sizes;
  in.tables("wait_slo", "how long jobs may wait to first start; the report says how many do",
            [&](ConfigReader& w, size_t) {
              sizes.push_back(read_wait_slo(w, k.wait_slo));
              if (std::find(sizes.begin(), sizes.end() - 1, sizes.back()) != sizes.end() - 1)
                w.fail(sizes.back().empty() ? "" : "size",
                       "expected another size than an earlier [[wait_slo]]'s, found " +
                           (sizes.back().empty() ? "all again" : quoted(sizes.back())));
            });
  // What a misspelt key leaves out is not what is missing.
  if (!in.describing() && in.finish().ok()) {
    in.tables("owner", "", [&](ConfigReader& o, size_t i) { check_owner(o, k.owners[i], k); });
    if (k.trace.empty() && k.owners.empty())
      in.fail("", "expected [[owner]] or [trace], found neither");
    check_limits(in, k);
    if (!k.trace.empty() && !k.owners.empty())
      in.fail("trace", "expected either [[owner]] or [trace], found both");
    if (!k.trace.empty() && in.has("start"))
      in.fail("start",
              "expected no start beside [trace], which starts on the day of its first job");
    if (!k.trace.empty() && !k.workloads.empty())
      in.fail("workload",
              "expected no [[workload]] beside [trace]; [[job_kind]] says what its jobs "
              "need beyond their size");
    if (!k.services.empty() && k.head.end == Time::never())
      in.fail("end", "expected a date or a duration, since a [[service]] runs for ever");
    if (!k.trace.empty() && !k.node_types.empty())
      in.fail(
          "node_type",
          "expected no [[node_type]] beside [trace]; [[site]] says how often its nodes fail and "
          "what they draw");
    if (k.trace.empty() && !k.trace_sites.empty())
      in.fail("site", "expected [[site]] only beside [trace]; [[owner]] has its keys");
    const auto wants_usage = [&](const char* period, const char* with) {
      in.table("accounting", "", [&](ConfigReader& a) {
        a.fail("usage_period", std::string("expected a time above 0, such as \"") + period +
                                   "\", with policy." + with + ", found 0s");
      });
    };
    if (k.operations.usage_period == 0_s && k.policy.needs_usage())
      wants_usage("5min", "rank = \"multifactor\"");
    if (k.operations.usage_period == 0_s && k.policy.rules.reclaim_by_period)
      wants_usage("30min", "reclaim_when = \"period\"");
    const bool sends = std::any_of(k.owners.begin(), k.owners.end(), [](const SiteKeys& s) {
      return std::any_of(s.loads.begin(), s.loads.end(), [](const auto& l) { return l.load > 0; });
    });
    if ((sends || (!k.owners.empty() && k.jobs.empty())) && k.head.end == Time::never())
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

Result<Model> model_of(const Keys& k) {
  Model m;
  m.node_types = k.node_types;
  for (size_t i = 0; i < m.node_types.size(); ++i) {
    const auto it = std::find(m.gpu_models.begin(), m.gpu_models.end(), k.gpu_model_of[i]);
    m.node_types[i].gpu_model = static_cast<uint32_t>(it - m.gpu_models.begin());
    if (it == m.gpu_models.end()) m.gpu_models.push_back(k.gpu_model_of[i]);
  }
  add_sites(k.owners, m);
  m.start = k.head.start;
  m.end = k.head.end;
  DURE_CHECK(add_accounts(k.operations, m));
  DURE_CHECK(add_operations(k.operations, m));
  DURE_CHECK(add_power(k.power, m));
  m.kinds.emplace_back();
  m.resources = k.resources;
  for (const WorkloadKeys& w : k.workloads) {
    m.kinds.push_back(w.kind);
    DURE_CHECK(add_use(w.use, "workload " + w.kind.name, m, m.kinds.back()));
  }
  const auto account = [&](const std::string& name, uint32_t owner) {
    if (m.accounts.empty()) return name.empty() ? owner : kNoAccount;
    return find_account(m, name.empty() ? m.owners[owner] : name);
  };
  DURE_CHECK(add_services(k.services, account, m));
  for (uint32_t owner = 0; owner < k.owners.size(); ++owner) {
    DURE_CHECK(add_sources(k, owner, m));
    DURE_CHECK(add_other_sites(k.owners[owner], "owner", owner, m));
  }
  DURE_CHECK(add_jobs(k.jobs, account, m));
  DURE_CHECK(add_kinds(k.kinds, {}, k.jobs, m));
  DURE_CHECK(check_charged_accounts(m));
  return m;
}

Result<void> add_kueue(Keys& k, const std::string& folder, const std::vector<std::string>& models) {
  return read_kueue_accounts(folder, models, k.operations, k.policy.rules, k.assumptions);
}

Result<void> add_records(const Keys& k, const Trace& trace, Model& m) {
  m.as_recorded_until = k.as_recorded_until.from(m.start);
  if (m.as_recorded_until <= m.start) {
    m.as_recorded_until = Time{};
    m.recorded.clear();
    return {};
  }
  for (const TraceJob& job : trace.jobs) {
    if (job.start) return {};
  }
  return Error{.message =
                   "expected a column start in jobs.csv, which says when jobs did, found "
                   "none with a time",
               .key = "trace.as_recorded_until"};
}

Result<Model> model_of(Keys& k, const Trace& trace, const std::string& folder) {
  DURE_TRY(Model m, unfinished_model_of(trace));
  DURE_CHECK(add_records(k, trace, m));
  m.end = k.head.until.from(m.start);
  if (m.end <= m.start) {
    return Error{.message = "expected a time after the trace's first day, " + to_string(m.start) +
                            ", found " + to_string(m.end),
                 .key = "end"};
  }
  std::vector<std::string> models;  // nodes without GPUs have one too
  for (const NodeType& t : m.node_types) {
    if (t.gpus > 0) models.push_back(m.gpu_models[t.gpu_model]);
  }
  DURE_CHECK(add_kueue(k, folder, models));
  DURE_CHECK(add_trace_sites(k.trace_sites, m));
  DURE_CHECK(add_accounts(k.operations, m));
  uint32_t below = kNoAccount;
  if (!k.trace_account.empty()) {
    below = find_account(m, k.trace_account);
    if (below == kNoAccount)
      return Error{
          .message = "expected the name of an [[account]], found " + quoted(k.trace_account),
          .key = "trace.account"};
  }
  AccountPaths paths(m, below);
  paths.charge(trace.jobs);
  DURE_CHECK(add_operations(k.operations, m));
  const auto account = [&](const std::string& name, uint32_t owner) {
    if (m.accounts.empty()) return name.empty() ? owner : kNoAccount;
    return is_account_path(name) ? paths.find_or_make(name, owner) : kNoAccount;
  };
  DURE_CHECK(add_jobs(k.jobs, account, m));
  DURE_CHECK(add_power(k.power, m));
  m.resources = k.resources;
  m.kinds.emplace_back();
  DURE_CHECK(add_kinds(k.kinds, trace.jobs, k.jobs, m));
  DURE_CHECK(add_services(k.services, account, m));
  DURE_CHECK(
      check_charged_accounts(m, "; trace.account puts a trace's jobs below another account"));
  return m;
}

constexpr ModelPart kParts[] = {
    {"account", "account"},     {"owner", "owner"},       {"outage", "outage"},
    {"window", "window"},       {"site", "site"},         {"site", "owner"},
    {"node_type", "node_type"}, {"job", "job"},           {"job_kind", "job_kind"},
    {"service", "service"},     {"workload", "workload"}, {"site_power", "site_power"},
    {"power_cap", "power_cap"}, {"resource", "resource"}};

}  // namespace

void describe_scenario(ConfigReader& in) { read_keys(in); }

Result<Scenario> read_scenario(const Config& config, const std::string& folder) {
  DURE_TRY(Keys k, config.read(read_keys));
  Result<Model> model = Model{};
  if (k.trace.empty()) {
    if (const auto added = add_kueue(k, folder, k.gpu_model_of); !added)
      return in_scenario(config, added.error(), kParts);
    model = model_of(k);
  } else {
    const auto trace = read_csv_trace(k.trace.starts_with('/') ? k.trace : folder + "/" + k.trace);
    // Also says where the folder is named, if a file cannot be read at all.
    if (!trace && trace.error().line == 0)
      return in_scenario(config, {.message = trace.error().text(), .key = "trace.folder"});
    if (!trace) return trace.error();
    model = model_of(k, *trace, folder);
  }
  if (!model) return in_scenario(config, model.error(), kParts);
  Model& m = *model;
  m.seed = k.head.seed;
  m.samples = static_cast<uint32_t>(k.samples);
  m.assumptions = k.assumptions;
  if (const auto finished = m.finish(); !finished)
    return in_scenario(config, finished.error(), kParts);
  for (std::string& note : caps_below_idle(m)) m.assumptions.push_back(std::move(note));
  if (const auto fit = check_jobs_fit(k.jobs, m); !fit)
    return in_scenario(config, fit.error(), kParts);
  if (!m.sources.empty()) m.target = target_of_sources(m);

  Scenario out;
  out.model = std::make_shared<const Model>(std::move(m));
  out.rules = k.policy.options();
  out.policy_name = k.policy.name();
  out.wait_slo = k.wait_slo;
  return out;
}

}  // namespace dure::fleet
