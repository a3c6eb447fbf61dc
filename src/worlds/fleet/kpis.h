// What a fleet measures while it runs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel/metrics.h"
#include "worlds/fleet/ledger.h"
#include "worlds/fleet/model.h"
#include "worlds/fleet/power.h"

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
  uint64_t preempted = 0;  // attempts stopped for another job, by a window or a cap on power
  uint64_t as_recorded = 0, not_as_recorded = 0;  // first starts of jobs that have a record
  uint64_t resized = 0;    // attempts of elastic jobs that ended to go on with more tasks
  TimeWeighted allocated;  // GPU milli held by its jobs
  TimeWeighted busy;       // GPU milli x the share of time that they compute
  TimeWeighted waiting;    // GPU milli asked for by waiting jobs
  TimeWeighted waiting_jobs;
  Series allocated_over_time;
  Series busy_over_time;
  Series waiting_over_time;
  std::array<JobStats, kSizeClasses> by_size;

  void fields(auto& visit) {
    visit(arrived, started, ended, dropped, rejected, faulted, crashed, preempted, as_recorded,
          not_as_recorded, resized, allocated, busy, waiting, waiting_jobs, allocated_over_time,
          busy_over_time, waiting_over_time, by_size);
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
  PowerMeter power;
  Series power_over_time;    // W, IT
  uint64_t clocked = 0;      // attempts that ran at a lower clock for a time
  uint64_t power_stops = 0;  // attempts that were stopped for the cap

  void fields(auto& visit) {
    visit(installed, allocated, installed_over_time, allocated_over_time, node_faults, outages,
          ledger, power, power_over_time, clocked, power_stops);
  }
};

// In replicas' worth.
struct ServiceKpis {
  TimeWeighted load;
  TimeWeighted served;  // of it: as far as there are replicas
  TimeWeighted serving;
  TimeWeighted short_of;  // 1 while fewer serve than the load asks for
  Series load_over_time;
  Series serving_over_time;

  void fields(auto& visit) {
    visit(load, served, serving, short_of, load_over_time, serving_over_time);
  }
};

struct ResourceKpis {
  uint64_t calls = 0;  // answered
  TimeWeighted busy;   // units
  TimeWeighted line;   // calls that wait
  Quantiles wait;      // ns, of a call until it begins

  void fields(auto& visit) { visit(calls, busy, line, wait); }
};

// Of the attempts of one account's own jobs that have ended.
struct AccountKpis {
  Uses uses;
  GpuTime borrowed;       // held by its subtree beyond its own quota
  Series held_over_time;  // by its subtree, GPU milli, if it is compared with others

  void fields(auto& visit) { visit(uses, borrowed, held_over_time); }
};

struct Kpis {
  std::vector<OwnerKpis> owners;        // [owners]
  std::vector<PoolKpis> pools;          // [pools]
  std::vector<AccountKpis> accounts;    // [accounts]
  std::vector<ServiceKpis> services;    // [services]
  std::vector<ResourceKpis> resources;  // [resources]
  Series fragmentation;  // share of GPU milli in service that the target workload cannot use
  uint64_t gpus_on_used_nodes = 0;
  uint64_t used_gpu_milli = 0;

  void fields(auto& visit) {
    visit(owners, pools, accounts, services, resources, fragmentation, gpus_on_used_nodes,
          used_gpu_milli);
  }
};

}  // namespace dure::fleet
