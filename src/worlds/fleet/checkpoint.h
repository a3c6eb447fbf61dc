// Closed forms of checkpointed work on machines that fail: how often to write a checkpoint, and
// what share of the time is then productive.
//
// The model: failures are a Poisson process that stops the whole job; it loses what it did since
// its last checkpoint, is restarted, and goes on. `interval` is the productive time between the end
// of a checkpoint and the start of the next; `cost` is the time for which a checkpoint stops the
// work; `restart` is all the time from a failure to the first new work: detection, getting nodes,
// starting up, reading the checkpoint.
//
// Sources: J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM
// 17(9), 1974; J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart
// dumps", FGCS 22(3), 2006; A. Kokolis et al. (Meta), "Revisiting Reliability in Large-Scale
// Machine Learning Research Clusters", HPCA 2025 (arXiv:2410.21680), its E[ETTR] without queue
// time.
//
// Leaves out: time in the queue after a failure, checkpoints that fail, checkpoints at several
// levels, failures that are found late, the last checkpoint of a job (which nobody needs).
#pragma once

#include "base/time.h"

namespace dure::fleet {

struct Checkpointing {
  Duration interval;
  Duration cost;
  Duration restart;
};

// Mean time between failures of a job on `gpus` GPUs; Duration::max() when nothing ever fails.
Duration job_mtbf(double failures_per_gpu_hour, double gpus);

// Of unexpected interruptions of Llama-3's training (its section 3.3.4, table 5): 419 in 54 days on
// 16,384 GPUs.
inline constexpr double kLlama3FailuresPerGpuHour = 419.0 / (54 * 24.0 * 16'384);

// sqrt(2 cost mtbf).
Duration young(Duration cost, Duration mtbf);
// Daly's higher-order estimate (his equation 37); mtbf where the cost is at least twice of it.
// At least a nanosecond, so that it is an interval also when checkpoints are free.
Duration young_daly(Duration cost, Duration mtbf);

// Productive time over all time of a long job: Daly's equation 20, exact in this model. Failures
// strike during checkpoints and restarts, too.
double effective_ratio(const Checkpointing& c, Duration mtbf);

// Meta's approximation of the same for small losses, at least 0:
// (1 - (restart + interval / 2) / mtbf) / (1 + cost / interval), 1 / mtbf = N_nodes r_f.
double meta_ettr(const Checkpointing& c, Duration mtbf);

// Time from the first start of a job to its first work: a restart, begun anew at each failure.
// Saturates at Duration::max().
Duration expected_start(const Checkpointing& c, Duration mtbf);

// Time that a long job needs for so much productive time, without its first start. Saturates at
// Duration::max().
Duration expected_time(Duration productive, const Checkpointing& c, Duration mtbf);

}  // namespace dure::fleet
