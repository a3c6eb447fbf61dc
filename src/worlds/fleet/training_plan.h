// Searches for the fastest way to train a model on so many GPUs: how to split it (tensor, context,
// pipeline, data), micro-batches, interleaving, recomputation, sharding and the interval between
// checkpoints; and what that then costs in days, interruptions, energy and money.
//
// Source: time and memory of a step from training.h, losses to failures from checkpoint.h. The
// search tries every combination of the values below, so it is exact within the model:
//   tensor    powers of 2 within an NVLink domain that divide the heads
//   context   powers of 2 that leave at least 2,048 tokens of a sequence on a GPU
//   pipeline  1 to 128 stages, and any number of chunks each where there are as many micro-batches
//   micro-batch (powers of 2 up to 16), recomputation, and the optimiser or all parameters sharded
//   (the latter without a pipeline)
//   data      any number of replicas up to 4,096, above that any of 12 bits; each takes as many
//             sequences of the batch as there are for it in whole micro-batches
// The batch is at most that asked for and at least 90 % of it. GPUs stay idle where the batch keeps
// no more of them busy, or where more of them would only fail more often; so more GPUs are never
// worse.
//
// Leaves out: GPUs that stay idle as spares for failed ones, a batch or a sequence that grows
// during training, GPUs that fail and are not replaced.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "worlds/fleet/checkpoint.h"
#include "worlds/fleet/training.h"

namespace dure::fleet {

// Per GPU, of a store that takes 2 TB/s from 16,384 GPUs (Llama 3, section 3.3.1).
inline constexpr double kStoreBytesPerGpuS = 2e12 / 16'384;

struct TrainingTask {
  TransformerShape shape;
  Accelerator gpu;
  uint64_t gpus = 0;
  double tokens = 0;
  double batch_tokens = 0;  // per step

  double failures_per_gpu_hour = kLlama3FailuresPerGpuHour;
  Duration restart = 12_min;                // detection and restart; assumed
  std::optional<Duration> checkpoint_cost;  // otherwise the state over kStoreBytesPerGpuS
  std::optional<Duration> interval;         // otherwise Young and Daly's

  double idle_power = 0.25;  // of full power, of nodes without work; assumed
  double pue = 1.2;          // power of the site over that of the machines; assumed
};

struct TrainingPlan {
  Parallelism parallelism;
  TrainingStep step;
  double steps = 0;
  double batch_tokens = 0;
  uint64_t idle_gpus = 0;  // of those asked for
  Duration productive;     // time of all steps
  Checkpointing checkpointing;
  Duration mtbf;             // between interruptions
  double effective = 0;      // productive over all time
  Duration time;             // expected, with the first start and losses; max(): hardly ever up
  double interruptions = 0;  // expected
  double energy_mwh = 0;
};

// The parameters and fp32 optimiser state that a checkpoint holds.
double checkpoint_bytes(const TransformerShape& shape);

// What is wrong with a task, by key; search() wants none of it.
Result<void> check(const TrainingTask& task);

// The best plans, fastest first, one for each way of splitting the model (tensor, context,
// pipeline, sharding of parameters); none when the model fits on no split of these GPUs.
std::vector<TrainingPlan> search(const TrainingTask& task, size_t at_most);

// Why a plan that search() found first leaves GPUs idle.
enum class WhyIdle : uint8_t {
  none,      // it does not
  replica,   // they are fewer than another replica takes
  failures,  // without failures, a plan with more GPUs is faster
  batch,     // also without failures, none is: the batch gives more replicas too little to do
};
WhyIdle why_idle(const TrainingTask& task, const TrainingPlan& plan);

// The fewest GPUs, in whole nodes, on which search() finds a plan; nothing when there is none up to
// `limit`. Failures play no part.
std::optional<uint64_t> fewest_gpus(const TrainingTask& task, uint64_t limit = 4'000'000);

}  // namespace dure::fleet
