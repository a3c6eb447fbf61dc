// Reads openb: Alibaba's GPU cluster trace of 2023 (clusterdata, cluster-trace-gpu-v2023/csv), the
// trace behind "fragmentation gradient descent" (Weng et al., USENIX ATC 2023).
//
// Nodes: sn, cpu_milli, memory_mib, gpu (how many), model. Pods: name, cpu_milli, memory_mib,
// num_gpu, gpu_milli (1000 = a whole GPU), and in most lists gpu_spec ("A|B": the models that will
// do), qos, creation_time, deletion_time, scheduled_time [s].
//
// A pod becomes a job of one task, in the order of the file. It runs from scheduled_time to
// deletion_time: waiting in the real cluster is not run time. A pod that was never scheduled is
// taken to run from its creation to its deletion, which may be long. qos becomes the owner. Left
// out: pod_phase. A CPU-only pod has gpus = 0 and gpu_milli = 1000.
#pragma once

#include <string>

#include "worlds/fleet/read_common.h"

namespace dure::fleet {

enum class OpenbArrivals {
  creation,        // at creation_time; in a list without it, as below
  one_per_second,  // pod i at second i, never leaving: what the placement studies do
};

struct OpenbOptions {
  OpenbArrivals arrivals = OpenbArrivals::creation;
};

Result<Trace> read_openb(const std::string& nodes, const std::string& pods,
                         const OpenbOptions& options = {});
Result<Trace> parse_openb(const TraceText& nodes, const TraceText& pods,
                          const OpenbOptions& options = {});

}  // namespace dure::fleet
