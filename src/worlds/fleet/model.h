// The immutable part of a GPU fleet: nodes, pools, queues, and where jobs come from.
//
// A node has GPUs, CPU cores and memory. A pool is a contiguous range of nodes that a queue's jobs
// may use (a partition, a virtual cluster, an owner's site). A job is a gang of equal tasks; each
// task stays inside one node and takes whole GPUs or a share of one GPU, CPU and memory; all tasks
// start together and end together. Jobs come from a trace, from random sources, or both.
//
// Accounts hold quotas and are charged for what jobs use. Nodes, racks and pods fail and are
// repaired; jobs fail, and go on from their last checkpoint. Services keep as many replicas as
// their load asks for. Jobs may need another resource, such as a quantum processor, for part of
// their life. Nodes draw power, which a site may cap.
//
// Left out (see docs): network inside a job; heat. Every GPU of a node is alike; sharing a GPU
// costs nothing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/distribution.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "worlds/fleet/fragmentation.h"
#include "worlds/fleet/quota.h"

namespace dure::fleet {

inline constexpr uint32_t kWholeGpu = 1000;  // milli: one whole GPU
inline constexpr uint32_t kMaxGpusPerNode = 32;
inline constexpr uint32_t kMaxNodeTypesPerPool = 256;
inline constexpr uint32_t kNoAccount = ~uint32_t{0};
inline constexpr uint32_t kNoResource = ~uint32_t{0};
inline constexpr uint32_t kNoService = ~uint32_t{0};

// How near nodes are to each other. Groups of a level are runs of equal length from the pool's
// first node on; each level's groups lie whole in those of the next.
enum class Level : uint32_t {
  node,
  domain,  // NVLink
  rack,
  pod,  // one network fabric
  pool,
};
inline constexpr uint32_t kLevels = 5;
const char* name_of(Level level);

// Nodes of one make: what a job sees of a node.
struct NodeType {
  std::string name;        // "H200x8"
  uint32_t gpu_model = 0;  // index into Model::gpu_models
  uint32_t gpus = 0;       // per node
  uint32_t cpu_milli = 0;  // 1/1000 core
  uint64_t memory_mib = 0;
  // Faults that stop the node until it is repaired: a Poisson process while it is up. 0: none.
  double faults_per_day = 0;
  Distribution repair{};  // s
  // What a node draws when no GPU computes, and when all do; in between in proportion.
  uint32_t idle_w = 0;
  uint32_t busy_w = 0;

  // Of one GPU that computes, above idle.
  uint64_t gpu_mw() const { return gpus == 0 ? 0 : uint64_t{1000} * (busy_w - idle_w) / gpus; }
  bool operator==(const NodeType&) const = default;
};

struct Pool {
  std::string name;
  uint32_t first_node = 0;
  uint32_t nodes = 0;
  uint32_t owner = 0;  // who bought it: index into Model::owners
  uint32_t nodes_per_rack = 1;
  uint32_t racks_per_pod = 1;
  uint32_t nodes_per_domain = 1;
  uint32_t spares = 0;  // nodes kept idle to stand in for those that are down

  // Nodes in a group of the level.
  uint32_t group_size(Level level) const;
};

// Jobs that wait in one line. Each runs in one of the pools, the first that has room.
struct Queue {
  std::string name;
  uint32_t pool = 0;               // its own, tried first
  std::vector<uint32_t> others{};  // further pools, in the order in which they are tried
};

// Who is charged for a job: owner, project, user, in a tree of any depth.
struct Account {
  std::string name{};
  uint32_t parent = kNoAccount;
  uint32_t owner = 0;        // index into Model::owners
  double weight = 1;         // its fair share beside its siblings
  double budget_gpu_h = -1;  // that its subtree may use in a budget period; below 0: no limit
};

// From `time` on the account has these limits.
struct QuotaStep {
  Time time;
  uint32_t account = 0;
  uint32_t gpu_model = 0;
  QuotaLimits limits;
};

// What jobs of one sort have in common, beyond their size.
struct JobKind {
  std::string name{};
  // All tasks of a job in one group of this level; and if it can be, of that.
  Level required = Level::pool;
  Level preferred = Level::pool;
  bool preemptible = true;
  Duration startup{0};           // of every attempt
  Duration checkpoint_every{0};  // work between two; 0: none, max(): by Daly's formula
  Duration checkpoint{0};        // to write one
  // Faults of job and software that stop an attempt: rates while it runs. Those of hardware come
  // from nodes.
  double faults_per_day = 0;      // of a job of any size
  double faults_per_gpu_day = 0;  // x its GPUs
  // Another resource that it calls, evenly over its work: each call takes so many units for so
  // long, while the job's own work stands.
  uint32_t resource = kNoResource;  // index into Model::resources
  uint32_t units = 1;
  uint32_t calls = 0;
  Duration call_time{0};
  bool clockable = true;  // may run slower when its site's power is short
};

// What jobs need besides nodes, such as a quantum processor: so many units for all sites. Calls
// wait in one line, first come first served.
struct Resource {
  std::string name{};
  uint32_t units = 1;
  // It is calibrated for so long, every so often from the run's start on: no call runs meanwhile,
  // and none begins that would. 0: never.
  Duration calibrate_every{0};
  Duration calibration{0};

  // When a call of such a length may begin, at `now` at the earliest.
  Time open_from(Time start, Time now, Duration length) const;
};

// What nodes of a site draw, at the meter: IT power x PUE; and what that costs.
struct SitePower {
  uint32_t pue_milli = 1000;
  // By hour of day of the scenario's time.
  std::array<double, 24> carbon_g_kwh{};
  std::array<double, 24> price_kwh{};
};

// From `time` on a site draws no more than this.
struct PowerCap {
  Time time;
  uint32_t pool = 0;
  uint64_t mw = 0;  // milliwatts at the meter
};

// A lower clock of GPUs: work goes at such a pace, for such a share of the power above idle.
struct Clock {
  uint32_t pace_milli = 1000;
  uint32_t power_milli = 1000;
};

// Something that takes down a whole group of nodes: a switch, a rack's power, cooling. Poisson.
struct Outage {
  std::string name;
  uint32_t pool = 0;
  Level level = Level::rack;
  double per_day = 0;     // of each group
  Distribution repair{};  // s
};

// Nodes that are kept free from `from` to `until`: nobody may use them, or only one account. What
// runs there when it begins is stopped, and no job starts that might run into it; but where nodes
// are drained it runs on, and only no job starts.
struct Window {
  std::string name;
  Time from, until;
  uint32_t first_node = 0;
  uint32_t nodes = 0;
  uint32_t account = kNoAccount;  // none: maintenance
  bool drains = false;

  // Whether a job that starts now, for so long at most, would use the nodes when it may not.
  bool meets(Time now, Duration limit) const {
    return until > now && (from <= now || (!drains && limit > from - now));
  }
};

// Nodes [first_node, first_node + nodes) come into service at `time`.
struct Delivery {
  Time time;
  uint32_t first_node = 0;
  uint32_t nodes = 0;
};

// What a job asks for, in all. Plain: 80 bytes, what a message holds.
struct Job {
  Time submit;
  Duration duration;    // how long it runs; Duration::max() = for ever
  Duration limit;       // how long it said it would run at most: all a scheduler may know
  uint64_t number = 0;  // unique in a run; the trace's row or the source's count
  uint32_t queue = 0;
  uint32_t owner = 0;  // for reporting: index into Model::owners
  uint32_t tasks = 1;
  uint32_t gpus = 1;               // per task; 0 = CPU only
  uint16_t gpu_milli = kWholeGpu;  // per GPU; below 1000 only with gpus = 1
  uint16_t busy_milli = 1000;      // share of the allocated GPU time that it computes, 1/1000
  uint32_t cpu_milli = 0;          // per task
  uint32_t memory_mib = 0;         // per task
  uint32_t gpu_models = 0;         // bit i: Model::gpu_models[i] will do; 0 = any
  int32_t priority = 0;
  uint32_t account = 0;  // index into Model::accounts
  uint32_t kind = 0;     // index into Model::kinds
  // Elastic: it may run with fewer tasks, that many at least, and takes longer in proportion.
  // 0: it may not. What runs has in `tasks` those that it got.
  uint32_t min_tasks = 0;

  uint32_t fewest_tasks() const { return min_tasks == 0 ? tasks : min_tasks; }
  uint64_t total_gpu_milli() const { return uint64_t{tasks} * gpus * gpu_milli; }
  bool operator==(const Job&) const = default;
};

// When a job of a trace began, and on which nodes, as its cluster has recorded.
struct Recorded {
  Time start = Time::never();   // never: it has not, or nobody said
  std::vector<uint32_t> nodes;  // of one pool, in turn, see place_on(); empty: nobody said
};

// A stream of random jobs of one owner: a Poisson process whose rate keeps the offered load at
// `load` x the owner's GPUs in service, modulated over the day.
struct Source {
  std::string name;  // "foundation training"
  uint32_t queue = 0;
  uint32_t owner = 0;
  double load = 0;             // offered GPU-seconds per GPU-second in service, of jobs as they are
                               // after rounding to tasks and cutting to largest_share
  double day_night_ratio = 1;  // arrival rate 09-18 h on weekdays over the rate at other times
  Distribution gpus;           // of a job, in GPUs; below 1 a share of one GPU, see size_of()
  Distribution duration;       // s
  double limit_factor_max = 1;  // limit = duration x uniform(1, this)
  double busy = 1;              // share of allocated GPU time spent computing
  uint32_t cpu_milli_per_gpu = 0;
  uint32_t memory_mib_per_gpu = 0;
  double largest_share = 0.5;  // of the GPUs in service: larger draws are cut to it
  uint32_t account = 0;
  uint32_t kind = 0;
  int32_t priority = 0;
  double min_share = 1;  // of its tasks, that a job can run with; 1: it is not elastic
};

// A service that runs as long as the scenario: replicas of one job, as many as its load asks for.
struct Service {
  std::string name;
  Job replica;  // its submit, duration, limit and number are the world's
  // Load in replicas' worth: peak x by_hour x weekend, where the peak is `replicas`, or as many as
  // `share` of the GPUs in service at the site of its queue make.
  double replicas = 0;
  double share = 0;
  std::array<double, 24> by_hour{};  // of the peak
  double weekend = 1;                // on Saturdays and Sundays
  double headroom = 1;               // replicas per replica's worth of load
  uint32_t fewest = 1, most = 1'000'000;
  Duration every = 15_min;  // replicas follow the load so often
};

// Nodes of one type in one pool: what placement rules search through.
struct NodeClass {
  uint32_t pool = 0;
  uint32_t type = 0;
  uint32_t first = 0;  // of its nodes in Model::class_nodes
  uint32_t nodes = 0;
};

// A source's arrival rate from `from` on, before the modulation over the day.
struct RateStep {
  Time from;
  double rate_hz = 0;
};

struct Model {
  uint64_t seed = 1;
  Time start;
  Time end = Time::never();  // sources stop here; never: the trace decides

  std::vector<std::string> gpu_models;  // at most 32
  std::vector<std::string> owners;
  std::vector<NodeType> node_types;
  std::vector<Pool> pools;
  std::vector<Queue> queues;
  // Without any, finish() makes one for each owner, and jobs are charged to their owners'.
  std::vector<Account> accounts;
  std::vector<QuotaStep> quotas;  // by time. Without any, everybody may take what is free
  Duration budget_period{0};      // budgets begin anew after it; 0: one for the whole run
  std::vector<JobKind> kinds;     // the first is for jobs that name none; finish() adds it
  std::vector<Outage> outages;
  std::vector<Window> windows;
  // Decayed use of accounts and order by it are brought up to date at multiples of it; 0: never.
  Duration usage_period{0};
  Duration usage_half_life = 7_d;
  Duration grace{0};  // for a job that is preempted to write a checkpoint
  std::vector<Resource> resources;
  std::vector<Service> services;
  std::vector<SitePower> site_power;  // [pools]; finish() adds those that are missing
  std::vector<PowerCap> power_caps;   // by time
  std::vector<Clock> clocks;          // by falling pace, below 1000; empty: nothing is clocked down

  std::vector<uint32_t> node_type;     // [nodes]
  std::vector<uint32_t> node_pool;     // [nodes]
  std::vector<uint32_t> gpu_offset;    // [nodes + 1] a node's first GPU in the world's GPU arrays
  std::vector<std::string> node_name;  // [nodes], or empty: names are made up
  std::vector<uint32_t>
      tie_rank;  // [nodes] a fixed order for ties of scored rules; or empty: the node's index
  std::vector<Delivery> deliveries;  // by time; nodes that none names are there from the start

  std::vector<Job> jobs;              // the trace, by (submit, number)
  std::vector<std::string> job_name;  // [jobs], or empty
  // Until then the trace's jobs start as recorded, nothing else does, and nothing fails.
  Time as_recorded_until;
  std::vector<Recorded> recorded;  // by Job::number; those beyond its end have no record
  std::vector<Source> sources;
  TargetWorkload target;                 // for fragmentation; empty = it is not measured
  std::vector<std::string> assumptions;  // for the report
  uint32_t samples = 500;                // points of the time series, at most 1000

  // Derived by finish().
  std::vector<NodeClass> classes;
  std::vector<uint32_t> class_nodes;                // nodes by class, ascending in each
  std::vector<uint32_t> node_class;                 // [nodes]
  std::vector<uint32_t> node_position;              // [nodes] place among its class's nodes
  std::vector<std::vector<uint32_t>> pool_classes;  // [pools]
  std::vector<std::vector<uint32_t>> pool_queues;   // [pools] that may use it
  std::vector<uint32_t> account_parent;             // [accounts]
  std::vector<uint8_t> is_compared;                // [accounts] of the uppermost level with several
  std::vector<uint64_t> pool_gpu_mw;               // [pools]
  std::vector<uint32_t> outage_first;              // [outages + 1] its first group among all
  std::vector<std::vector<RateStep>> source_rate;  // [sources]

  uint32_t nodes() const { return static_cast<uint32_t>(node_type.size()); }
  uint32_t total_gpus() const { return gpu_offset.empty() ? 0 : gpu_offset.back(); }
  const NodeType& type_of(uint32_t node) const { return node_types[node_type[node]]; }
  std::string name_of_node(uint32_t node) const;
  bool has_quotas() const { return !quotas.empty(); }
  bool has_faults() const;
  // Of a job that starts as recorded; else nothing.
  const Recorded* record_of(const Job& job) const {
    if (job.number >= recorded.size()) return nullptr;
    const Recorded& r = recorded[job.number];
    return r.start < as_recorded_until ? &r : nullptr;
  }
  bool has_power() const;  // any node's is known
  // The most that a GPU in the pool draws above idle, in mW.
  uint64_t gpu_mw(uint32_t pool) const { return pool_gpu_mw[pool]; }
  // The group of the level that a node is in: its first node, and how many there are.
  struct Group {
    uint32_t first, nodes;
  };
  Group group_of(uint32_t node, Level level) const;
  // Whether `account` is `above` or below it.
  bool is_under(uint32_t account, uint32_t above) const {
    while (account != above && account != kNoAccount) account = accounts[account].parent;
    return account == above;
  }
  // Calls visit(pool) for the pools in which jobs of the queue may run, in order.
  template <class F>
  void for_pools_of(uint32_t queue, F&& visit) const {
    visit(queues[queue].pool);
    for (const uint32_t p : queues[queue].others) visit(p);
  }

  // Appends nodes to the pool that is being built (the last one); keeps the arrays in step.
  void add_nodes(uint32_t type, uint32_t count);
  // Whether a job fits one of its pools when every node is there and empty.
  bool can_ever_fit(const Job& job) const;
  bool can_ever_fit(const Job& job, uint32_t pool) const;
  // What is expected where a job is not one that a reader or a message may send; else nothing.
  const char* what_is_wrong_with(const Job& job) const;
  // Fills what is derived, sorts jobs and deliveries, and checks everything a reader may get wrong.
  Result<void> finish();
  // Of everything that shapes a run: a snapshot fits only the model it was taken with.
  uint64_t digest() const;

 private:
  Result<void> finish_accounts();
  Result<void> finish_operations();
};

// GPUs of a job in whole GPUs, for reporting by size: "<1", "1", "2-7", "8", "9-63", ...
inline constexpr uint32_t kSizeClasses = 8;
uint32_t size_class(const Job& job);
const char* size_class_name(uint32_t size_class);

}  // namespace dure::fleet
