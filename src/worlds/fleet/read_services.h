// The table [[service]] of a fleet scenario.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "worlds/fleet/model.h"
#include "worlds/fleet/read_jobs.h"

namespace dure::fleet {

struct ServiceKeys {
  Service service;  // without the replica's queue, owner, account, size and kind
  JobKind kind;
  std::string owner, site, account;
  double gpus = 1;
  double cpus_per_gpu = 8, memory_gib_per_gpu = 64;
};

std::vector<ServiceKeys> read_services(ConfigReader& in,
                                       const std::vector<std::string>& other_kinds);

// After owners, pools, queues and accounts are there, and the kinds of workloads and jobs.
Result<void> add_services(const std::vector<ServiceKeys>& keys, const FindAccount& account,
                          Model& m);

}  // namespace dure::fleet
