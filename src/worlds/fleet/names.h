// What jobs are called where people read of them: those of a trace as the trace has it, or by their
// number; those of a source, and replicas, by account, workload or service and a count,
// "Naver/llm/pretraining#12".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "worlds/fleet/world.h"

namespace dure::fleet {

std::string job_name(const Model& model, uint64_t number);

// Job::number of the job of that name or number; nothing when neither the world nor its model can
// have it. Of several of one name, one that waits, else one that runs, else the first.
std::optional<uint64_t> find_job(const World& world, std::string_view name);

}  // namespace dure::fleet
