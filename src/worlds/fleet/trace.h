// A trace: nodes and jobs by name, as the files of a cluster have them, before they become a Model.
// Every importer fills one; `dure import` writes it as a folder of ours (nodes.csv, jobs.csv).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

struct TraceNode {
  std::string name;
  std::string pool;       // "" = the only one
  std::string gpu_model;  // "" when it has no GPU or nobody said
  uint32_t gpus = 0;
  uint32_t cpu_milli = 0;
  uint64_t memory_mib = 0;
  std::string out_of_service{};  // its state when the records were taken, if that is not in service
};

struct TraceJob {
  std::string name;
  std::string pool;   // whose nodes it may use; "" = the only one
  std::string owner;  // for reporting; "" = the pool's name
  // Who is charged, from the top: "project/user"; "" = the owner.
  std::string account;
  std::string kind;  // what it is, as the cluster calls it (a QOS); "" = nothing special
  Time submit;
  Duration duration = Duration::max();
  Duration limit = Duration::max();
  uint32_t tasks = 1;
  uint32_t gpus = 1;  // per task
  uint32_t gpu_milli = kWholeGpu;
  uint32_t cpu_milli = 0;   // per task
  uint32_t memory_mib = 0;  // per task
  std::string gpu_models;   // "A|B", "" = any
  int32_t priority = 0;
  std::optional<Time> start;       // when it did, as recorded; nothing: it has not, or nobody said
  std::vector<std::string> nodes;  // where, with a start
};

struct Trace {
  std::vector<TraceNode> nodes;  // in the order of their index
  std::vector<TraceJob> jobs;
  std::optional<Time> taken;       // when, if some jobs ran or waited then
  std::vector<std::string> notes;  // what the importer had to assume or leave out, for the user
};

// Pools in order of first appearance among the nodes, one queue each. Jobs by (submit, order in the
// trace). Model::start is the day of the first submit if submits are dates, else 0.
Result<Model> model_of(const Trace& trace);
// The same before Model::finish(), for those who add to it: Model::jobs are in the trace's order
// and not charged to accounts yet. It has the records of starts, too.
Result<Model> unfinished_model_of(const Trace& trace);

}  // namespace dure::fleet
