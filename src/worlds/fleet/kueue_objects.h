// ClusterQueues and Cohorts of Kueue as they stand in a file, each by itself: what they say of
// GPUs, and how much of the rest is left out.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/victims.h"

namespace dure::fleet {

inline constexpr double kLeastKueueWeight = 1e-6;  // a weight below, also 0, is taken as this

// Of a ClusterQueue.
struct KueuePreemption {
  ReclaimOptions::Within cohort = ReclaimOptions::Within::never;
  bool own = false;
  bool operator<(const KueuePreemption& o) const {
    return std::pair(cohort, own) < std::pair(o.cohort, o.own);
  }
};
struct KueueObject {
  bool cohort = false;
  AccountKeys keys;
  int line = 0;
};
struct KueueObjects {
  std::vector<KueueObject> objects;
  std::set<std::string> cohorts, queues;    // names
  std::set<std::string> flavors;            // with GPUs
  std::set<std::string> resources, fields;  // left out
  std::map<std::string, int64_t> kinds;     // left out
  std::map<KueuePreemption, int64_t> preemptions;
  int64_t queue_count = 0, no_parent = 0, no_weight = 0, borrow_within = 0, newer_equal = 0,
          strict = 0;
  bool weights = false;
};

Result<KueueObjects> read_kueue_objects(std::string_view text, const std::string& file);

}  // namespace dure::fleet
