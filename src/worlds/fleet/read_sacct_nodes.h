// The nodes of a Slurm trace: from scontrol, from our nodes.csv, or made up from what jobs used.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "worlds/fleet/read_common.h"
#include "worlds/fleet/read_sacct.h"

namespace dure::fleet {

struct SlurmCluster {
  std::vector<TraceNode> nodes;                             // pools one after another
  std::map<std::string, std::string, std::less<>> pool_of;  // by partition
  std::vector<std::string> notes;
};

// `scontrol show node`, one line per node (-o) or several.
Result<SlurmCluster> parse_scontrol_nodes(const TraceText& text, int64_t max_nodes);
// That, or our nodes.csv, whichever it is.
Result<SlurmCluster> parse_slurm_nodes(const TraceText& text, int64_t max_nodes);

// Appends nodes to the trace that could have run its jobs, job i from starts[i] on.
Result<void> make_up_nodes(Trace& trace, const std::vector<Time>& starts,
                           const SacctOptions& options);

}  // namespace dure::fleet
