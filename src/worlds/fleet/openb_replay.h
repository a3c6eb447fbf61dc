// The placement study of Weng et al. (ATC'23) on openb: pods arrive one by one in some order and
// never leave. Used by the oracles and by the benchmark.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "worlds/fleet/trace.h"

namespace dure::fleet {

struct Openb {
  Trace trace;                                     // nodes of the GPU node list; pods of one list
  std::unordered_map<std::string, size_t> pod_of;  // name to index in trace.jobs
  TargetWorkload target;                           // of the whole, untuned list
};

// The node list and one pod list ("default", "cpu250", ...) of the reference folder.
Result<Openb> open_openb(const std::string& folder, const std::string& list);

// A model of the pods of `order` (indices into the trace) arriving one per second.
Result<Model> openb_model(const Openb& openb, const std::vector<size_t>& order,
                          std::vector<uint32_t> tie_rank);

// An arrival order of our own: the list shuffled, then pods drawn from it again until the demand
// reaches 130 % of the cluster (or pods left out until it falls to that).
std::vector<size_t> own_order(const Openb& openb, uint64_t seed);
// A random permutation, [nodes].
std::vector<uint32_t> own_ranks(size_t nodes, uint64_t seed);

}  // namespace dure::fleet
