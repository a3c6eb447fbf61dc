// Reads what Slurm's accounting says of a cluster's jobs:
//
//   sacct -a -P -S 2026-01-01 -o JobID,Account,User,Partition,QOS,Submit,Start,End,Elapsed,
//         Timelimit,State,ReqTRES,AllocTRES,NodeList > jobs.txt
//   scontrol show node -o > nodes.txt
//
// Columns are found by name, in any order. Needed: JobID, Submit, AllocTRES or ReqTRES (or NNodes
// and AllocCPUS, without GPUs), and one of Elapsed, ElapsedRaw, Start and End. Job steps
// ("123.batch") are skipped; array ("123_4") and heterogeneous ("123+1") jobs are jobs of their
// own. Times are taken as they stand, in the cluster's time zone. Owner = Account, else User. Pool
// = Partition. Charged to Account/User. Kind = QOS. Priority is taken if it is there; Slurm's
// multifactor plugin has age and fair share in it.
//
// A job of N nodes is N equal tasks with its GPUs, CPUs and memory shared out. If the nodes do not
// divide the GPUs, it is the fewest tasks of equal whole GPUs that are no larger than its nodes'
// mean: 10 GPUs on 3 nodes are 5 tasks of 2. CPUs and memory are rounded down, so a job fits where
// it ran. A GPU type limits a job only if it asked for it (ReqTRES; AllocTRES when that is all
// there is) and a node of its pool has it.
//
// Nodes come from a second file, either scontrol's text (with or without -o) or our nodes.csv.
// Partitions that share nodes become one pool. Without it a cluster is made up that held the peak
// use of each partition; real ones are larger, since jobs leave gaps.
//
// With Start, and NodeList where the nodes are given, the trace knows when and where jobs began;
// with unfinished = limit also when the records were taken: the cluster's state then.
//
// Left out: limits of QOS, licences, shards and MPS, dependencies, reservations, node
// failures. A node with GPUs of several types counts them as the first type.
#pragma once

#include <string>

#include "worlds/fleet/read_common.h"

namespace dure::fleet {

enum class SacctUnfinished {
  elapsed,  // running jobs last as long as they have so far; pending ones are left out
  limit,    // both last until their time limit, if they have one
  skip,     // both are left out
};

struct SacctOptions {
  SacctUnfinished unfinished = SacctUnfinished::elapsed;
  char delimiter = '|';
  int64_t gpus_per_node = 8;  // of a cluster made up, and of jobs that say no node count
  int64_t cpus_per_node = 0;  // of partitions without GPUs, made up; 0 = the largest task's
  int64_t max_nodes = kMaxTraceNodes;
};

// `nodes` empty: make a cluster up.
Result<Trace> read_sacct(const std::string& jobs, const std::string& nodes = {},
                         const SacctOptions& options = {});
Result<Trace> parse_sacct(const TraceText& jobs, const TraceText& nodes = {},
                          const SacctOptions& options = {});

}  // namespace dure::fleet
