// Writes a trace as a folder of ours (read_csv_trace.h has the form), exact to the nanosecond:
// reading it back gives equal nodes and jobs. Notes are not written.
#pragma once

#include <string>

#include "base/result.h"
#include "worlds/fleet/trace.h"

namespace dure::fleet {

// FOLDER/nodes.csv and FOLDER/jobs.csv, the folder being made if missing. Each file is replaced
// whole or not at all. A trace that could not be read back is an Error.
Result<void> write_trace(const Trace& trace, const std::string& folder);

std::string nodes_csv(const Trace& trace);
Result<std::string> jobs_csv(const Trace& trace);

}  // namespace dure::fleet
