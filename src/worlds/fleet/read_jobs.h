// The keys of a fleet scenario that say what the jobs of a trace are beyond their size, and jobs
// that are written by hand: [[job_kind]] and [[job]].
//
// A job of a trace is of the kind that its column `kind` names. If no [[job_kind]] has that name,
// or it names none, it is of the first whose filters (account, site, min_gpus, max_gpus) take it;
// one without any filter takes none. A [[job]] names a [[job_kind]] or a [[workload]], or is
// treated as the jobs of a trace.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/config.h"
#include "kernel/scenario.h"
#include "worlds/fleet/read_resources.h"
#include "worlds/fleet/trace.h"

namespace dure::fleet {

struct JobKindKeys {
  JobKind kind;
  ResourceUse use;
  std::string account, site;            // empty: any
  double min_gpus = -1, max_gpus = -1;  // below 0: any
  double min_share = 1;

  bool takes_some() const {
    return !account.empty() || !site.empty() || min_gpus >= 0 || max_gpus >= 0;
  }
};

struct JobKeys {
  std::string name, owner, site, account, kind, gpu_model;
  Moment submit;
  double gpus = 0;    // in all
  int64_t tasks = 0;  // 0: as nodes hold them
  Duration duration{0}, limit{0};
  int64_t priority = 0;
  double min_share = 0;  // 0: as its kind
  double busy = 1, cpus_per_gpu = 0, memory_gib_per_gpu = 0;
};

// The key min_share, of what may be elastic.
double read_min_share(ConfigReader& in, const std::string& or_else = "");
JobKindKeys read_kind(ConfigReader& in);
JobKeys read_job(ConfigReader& in);

// The queue of the site of that name or, if it is empty, of the owner's.
Result<uint32_t> queue_of(const std::string& site, const std::string& owner, const Model& m);
// GPUs of the first node of the pool that has any, of the models (a mask; 0: any); 0: none has.
uint32_t gpus_of_nodes(const Model& m, uint32_t pool, uint32_t gpu_models);

// Finds the account of a name, or of none, for a job of an owner; kNoAccount: there is none.
using FindAccount = std::function<uint32_t(const std::string& name, uint32_t owner)>;

// After owners, sites and accounts. Their numbers and names follow those of the jobs that are
// there. An Error's key names the part: "job pretraining".
Result<void> add_jobs(const std::vector<JobKeys>& jobs, const FindAccount& account, Model& m);

// Appends the kinds, whose names differ from those of the model's, and gives jobs theirs: those of
// `trace` by its column, then each of `named` by its key. After the jobs and their accounts.
Result<void> add_kinds(const std::vector<JobKindKeys>& kinds, const std::vector<TraceJob>& trace,
                       const std::vector<JobKeys>& named, Model& m);

// After Model::finish(): whether each of the last jobs, which were written by hand, can run at all.
Result<void> check_jobs_fit(const std::vector<JobKeys>& jobs, const Model& m);

}  // namespace dure::fleet
