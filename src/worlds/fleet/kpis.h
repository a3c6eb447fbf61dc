// What a fleet measures while it runs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel/metrics.h"
#include "worlds/fleet/ledger.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

// Of the jobs of one owner and one size class that have started or ended.
struct JobStats {
  Quantiles wait;        // ns, submit to start
  Quantiles completion;  // ns, submit to end
  Quantiles slowdown;    // 1/1000: (wait + run) / max(run, 10 s), at least 1 (bounded slowdown,
                         // Feitelson et al., JSSPP 1997)
  void fields(auto& visit) { visit(wait, completion, slowdown); }
};

struct OwnerKpis {
  uint64_t arrived = 0;
  uint64_t started = 0;
  uint64_t ended = 0;
  uint64_t dropped = 0;    // by the policy: it would not fit and nobody waits
  uint64_t rejected = 0;   // could never run in its pool
  uint64_t faulted = 0;    // attempts stopped by a fault of hardware
  uint64_t crashed = 0;    // attempts stopped by a fault of the job
  uint64_t preempted = 0;  // attempts stopped for another job, or by a window
  TimeWeighted allocated;  // GPU milli held by its jobs
  TimeWeighted busy;       // GPU milli x the share of time that they compute
  TimeWeighted waiting;    // GPU milli asked for by waiting jobs
  TimeWeighted waiting_jobs;
  Series allocated_over_time;
  Series busy_over_time;
  Series waiting_over_time;
  std::array<JobStats, kSizeClasses> by_size;

  void fields(auto& visit) {
    visit(arrived, started, ended, dropped, rejected, faulted, crashed, preempted, allocated, busy,
          waiting, waiting_jobs, allocated_over_time, busy_over_time, waiting_over_time, by_size);
  }
};

struct PoolKpis {
  TimeWeighted installed;  // GPU milli in service
  TimeWeighted allocated;  // of them, held by jobs
  Series installed_over_time;
  Series allocated_over_time;
  uint64_t node_faults = 0;
  uint64_t outages = 0;
  PoolLedger ledger;

  void fields(auto& visit) {
    visit(installed, allocated, installed_over_time, allocated_over_time, node_faults, outages,
          ledger);
  }
};

// Of the attempts of one account's own jobs that have ended.
struct AccountKpis {
  Uses uses;
  GpuTime borrowed;  // held by its subtree beyond its own quota

  void fields(auto& visit) { visit(uses, borrowed); }
};

struct Kpis {
  std::vector<OwnerKpis> owners;      // [owners]
  std::vector<PoolKpis> pools;        // [pools]
  std::vector<AccountKpis> accounts;  // [accounts]
  Series fragmentation;  // share of GPU milli in service that the target workload cannot use
  uint64_t gpus_on_used_nodes = 0;
  uint64_t used_gpu_milli = 0;

  void fields(auto& visit) {
    visit(owners, pools, accounts, fragmentation, gpus_on_used_nodes, used_gpu_milli);
  }
};

}  // namespace dure::fleet
