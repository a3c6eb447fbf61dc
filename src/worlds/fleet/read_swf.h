// Reads the Standard Workload Format, version 2.2, of the Parallel Workloads Archive (Feitelson,
// Tsafrir, Krakov; https://www.cs.huji.ac.il/labs/parallel/workload/swf.html): header comments
// after
// ";", then one job per line as 18 numbers, -1 = unknown.
//
// Taken: job number (1), submit (2), wait (3: its start, as recorded), run time
// (4), processors allocated (5) or else requested (8), requested time (9) as the limit, status
// (11), user (12), group (13), queue (15), partition (16), and from the header UnixStartTime,
// MaxProcs and MaxNodes. Jobs with no run time or no processors are left out and counted, and so
// are the lines of a job's parts (status 2 to 4), because its line of status 0 or 1 has the whole.
// A job is charged to its user below its group. Left out: memory, think times and preceding jobs,
// and which partition has which processors (all are one pool).
//
// A processor is a CPU core (1000 cpu_milli) or, on request, a GPU. The format knows no placement,
// so processors are interchangeable unless told otherwise: cores then are one node with all of
// them, which is what simulators of this format model, and a job is one task. With `per_node` (or
// when the header's MaxProcs / MaxNodes is a whole number of at least 8) a job of p processors is
// ceil(p / per_node) equal tasks, each inside a node: whole nodes when divisible, else rounded up
// by less than one processor per task, as the notes say. GPUs default to 8 per node.
#pragma once

#include <string>

#include "worlds/fleet/read_common.h"

namespace dure::fleet {

enum class SwfProcessor { core, gpu };
enum class SwfOwner { user, group, queue, partition, none };

struct SwfOptions {
  SwfProcessor processor = SwfProcessor::core;
  int64_t per_node = 0;         // processors; 0 = see above
  int64_t nodes = 0;            // 0 = from the header, else from the peak use
  bool completed_only = false;  // leave out failed and cancelled jobs that ran
  SwfOwner owner = SwfOwner::user;
  int64_t max_nodes = kMaxTraceNodes;
};

Result<Trace> read_swf(const std::string& path, const SwfOptions& options = {});
Result<Trace> parse_swf(const TraceText& text, const SwfOptions& options = {});

}  // namespace dure::fleet
