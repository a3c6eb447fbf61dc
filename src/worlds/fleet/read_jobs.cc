#include "worlds/fleet/read_jobs.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/sources.h"

namespace dure::fleet {
namespace {

constexpr double kMostGpus = 1e7;

Error about(const std::string& part, std::string message) {
  return Error{.message = std::move(message), .key = part};
}

template <class T>
std::vector<std::string_view> names_of(const std::vector<T>& parts) {
  std::vector<std::string_view> out;
  for (const T& p : parts) out.push_back(p.name);
  return out;
}

// Index of the part of that name; its size when there is none.
template <class T>
uint32_t find_named(const std::vector<T>& parts, const std::string& name) {
  const auto it =
      std::find_if(parts.begin(), parts.end(), [&](const T& p) { return p.name == name; });
  return static_cast<uint32_t>(it - parts.begin());
}

Result<JobSize> size_of_job(const JobKeys& k, uint32_t per_node) {
  if (k.tasks == 0) return size_of(k.gpus, per_node);
  const double each = k.gpus / static_cast<double>(k.tasks);
  if (each != std::floor(each) || each > kMaxGpusPerNode)
    return Error{.message = "expected GPUs that are a multiple of its " +
                            counted(static_cast<uint64_t>(k.tasks), "task") + ", at most " +
                            std::to_string(kMaxGpusPerNode) + " in each, found " +
                            shortest(k.gpus)};
  return JobSize{static_cast<uint32_t>(k.tasks), static_cast<uint32_t>(each), kWholeGpu};
}

Result<Job> job_of(const JobKeys& k, const FindAccount& account, const Model& m) {
  Job job;
  job.submit = k.submit.from(m.start);
  if (job.submit < m.start)
    return Error{.message = "submit: expected a time from the start, " + time_text(m, m.start) +
                            ", on, found " + time_text(m, job.submit)};
  if (job.submit >= m.end)
    return Error{.message = "submit: expected a time before the end, " + time_text(m, m.end) +
                            ", found " + time_text(m, job.submit)};
  const auto owner = std::find(m.owners.begin(), m.owners.end(), k.owner);
  if (owner == m.owners.end()) {
    const std::vector<std::string_view> known(m.owners.begin(), m.owners.end());
    return Error{.message = "owner: expected the name of an owner, found " + quoted(k.owner) +
                            did_you_mean(k.owner, known)};
  }
  job.owner = static_cast<uint32_t>(owner - m.owners.begin());
  DURE_TRY(job.queue, queue_of(k.site, k.owner, m));
  job.account = account(k.account, job.owner);
  if (job.account == kNoAccount)
    return Error{.message = std::string(k.account.empty() ? "" : "account: ") +
                            "expected the name of an [[account]], found " +
                            quoted(k.account.empty() ? k.owner : k.account)};
  if (!k.gpu_model.empty()) {
    const auto model = std::find(m.gpu_models.begin(), m.gpu_models.end(), k.gpu_model);
    if (model == m.gpu_models.end()) {
      const std::vector<std::string_view> known(m.gpu_models.begin(), m.gpu_models.end());
      return Error{.message = "gpu_model: expected one that nodes have, found " +
                              quoted(k.gpu_model) + did_you_mean(k.gpu_model, known)};
    }
    job.gpu_models = 1u << (model - m.gpu_models.begin());
  }
  uint32_t per_node = 0;
  m.for_pools_of(job.queue, [&](uint32_t p) {
    if (per_node == 0) per_node = gpus_of_nodes(m, p, job.gpu_models);
  });
  if (per_node == 0)
    return Error{.message = "expected a site with such GPUs, found none on " +
                            quoted(m.queues[job.queue].name)};
  DURE_TRY(const JobSize size, size_of_job(k, per_node));
  job.tasks = size.tasks;
  job.gpus = size.gpus;
  job.gpu_milli = size.gpu_milli;
  const double each = job.gpus * job.gpu_milli / double{kWholeGpu};
  const double cpu = std::round(1000 * k.cpus_per_gpu * each);
  const double memory = std::round(1024 * k.memory_gib_per_gpu * each);
  if (std::max(cpu, memory) > 4e9)
    return Error{.message = "expected at most 4,000,000 cores and 3,900,000 GiB in a task"};
  job.cpu_milli = static_cast<uint32_t>(cpu);
  job.memory_mib = static_cast<uint32_t>(memory);
  job.duration = k.duration;
  job.limit = k.limit > 0_s ? k.limit : k.duration;
  job.priority = static_cast<int32_t>(k.priority);
  job.busy_milli = static_cast<uint32_t>(std::lround(1000 * k.busy));
  return job;
}

// [accounts] Whether it, or one above it, has the name.
std::vector<uint8_t> below_name(const Model& m, const std::string& name) {
  std::vector<uint8_t> out(m.accounts.size(), 0);
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    for (uint32_t b = a; b != kNoAccount && out[a] == 0; b = m.accounts[b].parent)
      out[a] = m.accounts[b].name == name;
  }
  return out;
}

}  // namespace

Result<uint32_t> queue_of(const std::string& site, const std::string& owner, const Model& m) {
  const std::string& name = site.empty() ? owner : site;
  const uint32_t queue = find_named(m.queues, name);
  if (queue < m.queues.size()) return queue;
  if (site.empty() && m.queues.size() == 1) return 0u;
  const auto known = names_of(m.queues);
  if (site.empty())
    return Error{.message = "expected site, one of " + join_quoted(known, "or") + ", since " +
                            quoted(name) + " has none of its own"};
  return Error{.message = std::string(site.empty() ? "" : "site: ") +
                          "expected the name of a site, found " + quoted(name) +
                          did_you_mean(name, known)};
}

uint32_t gpus_of_nodes(const Model& m, uint32_t pool, uint32_t gpu_models) {
  const Pool& p = m.pools[pool];
  for (uint32_t n = p.first_node; n < p.first_node + p.nodes; ++n) {
    const NodeType& t = m.type_of(n);
    if (t.gpus > 0 && (gpu_models == 0 || gpu_models >> t.gpu_model & 1)) return t.gpus;
  }
  return 0;
}

double read_min_share(ConfigReader& in, const std::string& or_else) {
  return in.number("min_share", 1,
                   {.doc = "of a job's tasks, with which it can run: it grows later; 1: only with "
                           "all" +
                           or_else,
                    .min = 0.001,
                    .max = 1});
}

JobKindKeys read_kind(ConfigReader& in) {
  JobKindKeys k;
  const std::string name =
      read_name(in, "of the kind; jobs of a trace whose column kind has this name are of it");
  k.account = in.text("account", "",
                      "jobs that name no known kind are of the first kind that takes them: here "
                      "those of this account or below it");
  k.site = in.text("site", "", "... those that wait for this site");
  k.min_gpus = in.number("min_gpus", -1,
                         {.unit = "GPUs",
                          .doc = "... those of at least so many; 0: all",
                          .min = -1,
                          .max = kMostGpus});
  k.max_gpus = in.number("max_gpus", -1,
                         {.unit = "GPUs",
                          .doc = "... those of at most so many; -1: no limit",
                          .min = -1,
                          .max = kMostGpus});
  if (k.min_gpus > k.max_gpus && k.max_gpus >= 0)
    in.fail("max_gpus", "expected at least min_gpus, " + shortest(k.min_gpus) + ", found " +
                            shortest(k.max_gpus));
  k.min_share = read_min_share(in);
  k.kind = read_job_kind(in);
  k.kind.name = name;
  k.use = read_resource_use(in);
  return k;
}

JobKeys read_job(ConfigReader& in) {
  JobKeys k;
  k.name = read_name(in, "of the job");
  k.owner = in.text("owner", required, "whose job it is; it waits for the site of that name");
  k.site = in.text("site", "", "the site that it waits for, if that is another");
  k.account = in.text("account", "", "that is charged; without it, that of the owner's name");
  k.kind = in.text("kind", "",
                   "name of a [[job_kind]] or a [[workload]], whose topology, checkpoints and "
                   "faults it has");
  k.submit = read_moment(in, "submit", "0s", "when it comes: a time, or a duration from the start");
  k.gpus = in.number("gpus", required,
                     {.unit = "GPUs",
                      .doc = "in all; below 1 a share of one GPU, above a node's GPUs whole nodes",
                      .min = 0.001,
                      .max = kMostGpus});
  k.tasks = in.integer("tasks", 0,
                       {.doc = "equal parts of whole GPUs, each on one node; 0: as few as can be",
                        .min = 0,
                        .max = 1'000'000});
  k.gpu_model = in.text("gpu_model", "", "which GPUs; without it, any");
  k.duration =
      in.duration("duration", required,
                  {.doc = "how long it runs without faults", .min = Duration{1}, .max = 36'500_d});
  k.limit = in.duration("limit", Duration{0},
                        {.doc = "how long it says it runs at most, all a scheduler knows; 0: its "
                                "duration",
                         .max = 100'000_d});
  k.priority = in.integer("priority", 0,
                          {.doc = "higher ones go first, where the rank asks for it",
                           .min = -1'000'000,
                           .max = 1'000'000});
  k.min_share = read_min_share(in, ". Without it, as its [[job_kind]] says");
  if (!in.has("min_share")) k.min_share = 0;
  k.busy =
      in.number("busy", 1, {.doc = "share of its GPU time that it computes", .min = 0, .max = 1});
  k.cpus_per_gpu =
      in.number("cpus_per_gpu", 0,
                {.unit = "cores", .doc = "CPU cores that it takes per GPU", .min = 0, .max = 4000});
  k.memory_gib_per_gpu =
      in.number("memory_gib_per_gpu", 0,
                {.unit = "GiB", .doc = "memory that it takes per GPU", .min = 0, .max = 100'000});
  if (k.tasks > 0 && k.gpus < 1 && !in.describing() && !in.failed())
    in.fail("tasks", "expected no tasks of a job with a share of a GPU");
  if (k.tasks == 0 && k.gpus > 1 && k.gpus != std::floor(k.gpus))
    in.fail("gpus", "expected a whole number, or a share below 1, found " + shortest(k.gpus));
  return k;
}

Result<void> add_jobs(const std::vector<JobKeys>& jobs, const FindAccount& account, Model& m) {
  for (const JobKeys& k : jobs) {
    auto job = job_of(k, account, m);
    if (!job) return about("job " + k.name, job.error().message);
    job->number = m.jobs.size();
    m.jobs.push_back(*job);
    m.job_name.push_back(k.name);
  }
  return {};
}

Result<void> add_kinds(const std::vector<JobKindKeys>& kinds, const std::vector<TraceJob>& trace,
                       const std::vector<JobKeys>& named, Model& m) {
  const auto first = static_cast<uint32_t>(m.kinds.size());
  std::vector<std::vector<uint8_t>> accounts;  // [kinds] those whose jobs it takes, or empty: all
  for (const JobKindKeys& k : kinds) {
    const std::string part = "job_kind " + k.kind.name;
    if (!k.site.empty() && find_named(m.queues, k.site) == m.queues.size())
      return about(part, "site: expected the name of a site, found " + quoted(k.site) +
                             did_you_mean(k.site, names_of(m.queues)));
    accounts.emplace_back();
    if (!k.account.empty()) accounts.back() = below_name(m, k.account);
    if (!k.account.empty() &&
        std::find(accounts.back().begin(), accounts.back().end(), 1) == accounts.back().end())
      return about(part, "account: expected the name of an account, found " + quoted(k.account) +
                             did_you_mean(k.account, names_of(m.accounts)));
    m.kinds.push_back(k.kind);
    DURE_CHECK(add_use(k.use, part, m, m.kinds.back()));
  }
  const auto takes = [&](size_t i, const Job& job) {
    const JobKindKeys& k = kinds[i];
    const auto milli = static_cast<double>(job.total_gpu_milli());
    return k.takes_some() && (k.account.empty() || accounts[i][job.account] != 0) &&
           (k.site.empty() || m.queues[job.queue].name == k.site) &&
           (k.min_gpus < 0 || milli >= k.min_gpus * kWholeGpu) &&
           (k.max_gpus < 0 || milli <= k.max_gpus * kWholeGpu);
  };
  const auto by_filter = [&](Job& job) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (!takes(i, job)) continue;
      job.kind = first + static_cast<uint32_t>(i);
      return;
    }
  };
  for (size_t i = 0; i < trace.size() && !kinds.empty(); ++i) {
    uint32_t kind = first;
    while (kind < m.kinds.size() && m.kinds[kind].name != trace[i].kind) ++kind;
    if (!trace[i].kind.empty() && kind < m.kinds.size())
      m.jobs[i].kind = kind;
    else
      by_filter(m.jobs[i]);
  }
  const auto make_elastic = [&](Job& job, double min_share) {
    if (min_share == 0) min_share = job.kind >= first ? kinds[job.kind - first].min_share : 1;
    job.min_tasks = fewest_tasks(job.tasks, min_share);
  };
  for (size_t i = 0; i < trace.size(); ++i) make_elastic(m.jobs[i], 0);
  for (size_t i = 0; i < named.size(); ++i) {
    Job& job = m.jobs[trace.size() + i];
    if (named[i].kind.empty()) {
      by_filter(job);
      make_elastic(job, named[i].min_share);
      continue;
    }
    job.kind = find_named(m.kinds, named[i].kind);
    if (job.kind == m.kinds.size())
      return about("job " + named[i].name,
                   "kind: expected the name of a [[job_kind]] or [[workload]], found " +
                       quoted(named[i].kind) + did_you_mean(named[i].kind, names_of(m.kinds)));
    make_elastic(job, named[i].min_share);
  }
  return {};
}

Result<void> check_jobs_fit(const std::vector<JobKeys>& jobs, const Model& m) {
  const uint64_t first = m.jobs.size() - jobs.size();
  for (const Job& job : m.jobs) {
    if (job.number < first || m.can_ever_fit(job)) continue;
    const Level level = m.kinds[job.kind].required;
    return about("job " + jobs[job.number - first].name,
                 "expected a job that fits its sites when they are empty, found none that hold " +
                     counted(job.tasks, "task") + " of " +
                     shortest(job.gpus * job.gpu_milli / double{kWholeGpu}) + " GPUs" +
                     (level == Level::pool ? "" : std::string(" in one ") + name_of(level)));
  }
  return {};
}

}  // namespace dure::fleet
