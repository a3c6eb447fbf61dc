// The fleet that benchmarks fill: one owner's pool of equal nodes with 8 whole GPUs, and one queue.
#pragma once

#include <cstdint>

#include "worlds/fleet/model.h"

namespace dure::fleet::perf {

inline Model empty_fleet(uint32_t nodes) {
  Model m;
  m.gpu_models = {"GPU"};
  m.node_types = {{"8-GPU node", 0, 8, 128'000, 2u << 20}};
  m.owners = {"all"};
  m.pools.push_back({.name = "all"});
  m.queues.push_back({"all", 0});
  m.add_nodes(0, nodes);
  return m;
}

// The next on the list; `gpus` per task. Its limit is its duration.
inline Job& add_job(Model& m, uint32_t gpus, uint32_t tasks, Time submit, Duration duration) {
  Job j;
  j.submit = submit;
  j.duration = j.limit = duration;
  j.number = m.jobs.size();
  j.tasks = tasks;
  j.gpus = gpus;
  m.jobs.push_back(j);
  return m.jobs.back();
}

}  // namespace dure::fleet::perf
