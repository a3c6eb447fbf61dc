// Random jobs: when a source's next one arrives and what it asks for. Pure functions of the model
// and the job's count, so two policies meet the same jobs.
#pragma once

#include <optional>

#include "worlds/fleet/model.h"

namespace dure::fleet {

// The arrival of job number `count` of the source when the one before arrived at `now`; nothing when
// that is after the end of the run.
std::optional<Time> next_arrival(const Model& model, uint32_t source, uint64_t count, Time now);

// What job number `count` asks for. Its size is cut to the source's largest share of
// `installed_gpus`. Sizes below one GPU are a share of one; up to a node's GPUs, one task; above,
// tasks of whole nodes, rounded up. submit is left for the caller.
Job draw_job(const Model& model, uint32_t source, uint64_t count, double installed_gpus);

// The task shapes that the sources send, as a target for fragmentation.
TargetWorkload target_of_sources(const Model& model);

}  // namespace dure::fleet
