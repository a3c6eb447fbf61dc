// Random jobs: when a source's next one arrives and what it asks for. Pure functions of the model
// and the job's count, so two policies meet the same jobs.
#pragma once

#include <optional>

#include "worlds/fleet/model.h"

namespace dure::fleet {

// The arrival of job number `count` of the source when the one before arrived at `now`; nothing
// when that is after the end of the run.
std::optional<Time> next_arrival(const Model& model, uint32_t source, uint64_t count, Time now);

// The shape of a job for which `gpus` were drawn. Below one GPU: a share of one. Up to a node's
// GPUs: one task. Above: tasks of whole nodes, rounded up.
struct JobSize {
  uint32_t tasks = 1, gpus = 1, gpu_milli = kWholeGpu;
  uint64_t total_gpu_milli() const { return uint64_t{tasks} * gpus * gpu_milli; }
};
JobSize size_of(double gpus, uint32_t gpus_per_node);

// Job::min_tasks of a job that can run with this share of its tasks.
uint32_t fewest_tasks(uint32_t tasks, double min_share);

// Of the nodes that the source's jobs run on.
uint32_t gpus_per_node(const Model& model, const Source& source);

// What job number `count` asks for. Its size is cut to the source's largest share of
// `installed_gpus`. submit is left for the caller.
Job draw_job(const Model& model, uint32_t source, uint64_t count, double installed_gpus);

// What a service's load is at `t`, in replicas' worth: straight from each hour to the next.
double load_of(const Service& service, Time t, double installed_gpus);

// The task shapes that the sources send, as a target for fragmentation.
TargetWorkload target_of_sources(const Model& model);

}  // namespace dure::fleet
