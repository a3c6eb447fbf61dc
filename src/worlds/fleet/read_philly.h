// Reads GPU jobs by virtual cluster, as Microsoft's Philly trace is published for simulators: who
// may use which nodes, and when which job came.
//
// Nodes: vc, nodes, gpus_per_node. Jobs: job_id, vc, submit_s, gpus, duration_s, and any more. A
// virtual cluster is a pool, in the order of the node file, and the jobs' owner; its name is text
// ("6214e9" is not a number). With a column user, jobs are charged to VC/USER. Nodes are named
// VC-0, VC-1, ...
//
// A job is one task of all its GPUs when a node has so many, else the fewest equal tasks that fit.
// Jobs stay in the order of the file; FIFO by (submit, job_id) needs a file in that order. Left
// out: which model a job trained, CPU and memory (not in these files).
#pragma once

#include <string>

#include "worlds/fleet/read_common.h"

namespace dure::fleet {

struct PhillyOptions {
  int64_t divide = 1;  // every virtual cluster gets nodes / divide, rounded down
  int64_t max_nodes = kMaxTraceNodes;
};

Result<Trace> read_philly(const std::string& jobs, const std::string& vc_nodes,
                          const PhillyOptions& options = {});
Result<Trace> parse_philly(const TraceText& jobs, const TraceText& vc_nodes,
                           const PhillyOptions& options = {});

}  // namespace dure::fleet
