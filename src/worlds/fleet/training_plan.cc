#include "worlds/fleet/training_plan.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace dure::fleet {
namespace {

constexpr uint32_t kMaxPipeline = 128;
constexpr uint32_t kMaxMicroBatch = 16;
constexpr uint32_t kTokensPerContext = 2'048;
constexpr double kLeastBatch = 0.9;  // of that asked for
constexpr double kCheckpointBytesPerParameter = 2 + 12;

uint64_t batch_sequences(const TrainingTask& t) {
  return static_cast<uint64_t>(std::max(1.0, std::floor(t.batch_tokens / t.shape.seq + 1e-9)));
}

// Calls with every split of the model that the task's GPUs have room for.
void for_each_split(const TrainingTask& t, const std::function<void(const Parallelism&)>& seen) {
  const TransformerShape& s = t.shape;
  for (uint32_t tensor = 1; tensor <= t.gpu.domain; tensor *= 2) {
    if (s.heads % tensor != 0 || s.ffn % tensor != 0) break;
    for (uint32_t context = 1;; context *= 2) {
      if (s.seq % context != 0 || (context > 1 && s.seq / context < kTokensPerContext)) break;
      for (uint32_t pipeline = 1; pipeline <= std::min(s.layers, kMaxPipeline); ++pipeline) {
        if (uint64_t{tensor} * context * pipeline > t.gpus) break;
        Parallelism p;
        p.tensor = tensor;
        p.context = context;
        p.pipeline = pipeline;
        p.sequence_parallel = tensor > 1;
        seen(p);
      }
    }
  }
}

// ... and with every way of spreading the batch over replicas of it.
void for_each_batch(const TrainingTask& t, Parallelism p,
                    const std::function<void(const Parallelism&)>& seen) {
  const uint64_t wanted = batch_sequences(t);
  const uint64_t room = t.gpus / p.gpus();
  const uint64_t most = std::min(room, wanted);
  // Sequences of a replica: as many as all replicas have, or one more and fewer replicas.
  for (uint64_t each = wanted / most; each <= wanted / most + 1; ++each) {
    const uint64_t data = std::min(most, wanted / each);
    if (data == 0 || static_cast<double>(data * each) < kLeastBatch * static_cast<double>(wanted))
      continue;
    p.data = static_cast<uint32_t>(data);
    p.global_batch = static_cast<uint32_t>(data * each);
    for (p.micro_batch = 1; p.micro_batch <= kMaxMicroBatch; p.micro_batch *= 2) {
      if (each % p.micro_batch != 0) break;
      seen(p);
    }
  }
}

// The fastest step of this split and batch that fits: interleaving, recomputation, sharding.
std::optional<std::pair<Parallelism, TrainingStep>> fastest(const TrainingTask& t, Parallelism p,
                                                            Sharding sharding) {
  std::optional<std::pair<Parallelism, TrainingStep>> best;
  p.sharding = sharding;
  const uint32_t most = p.pipeline == 1 ? 1 : (t.shape.layers + 2) / p.pipeline;
  for (p.virtual_stages = 1; p.virtual_stages <= most; ++p.virtual_stages) {
    if (p.virtual_stages > 1 && p.micro_batches() < p.pipeline) break;
    // Each of these is slower than the one before, and needs less memory.
    for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
      p.recompute = recompute;
      const TrainingStep step = estimate(t.shape, p, t.gpu);
      if (!step.fits) continue;
      if (!best || step.step_s < best->second.step_s) best = {p, step};
      break;
    }
  }
  return best;
}

TrainingPlan plan_of(const TrainingTask& t, const Parallelism& p, const TrainingStep& step) {
  TrainingPlan plan;
  plan.parallelism = p;
  plan.step = step;
  plan.batch_tokens = static_cast<double>(p.global_batch) * t.shape.seq;
  plan.steps = std::ceil(t.tokens / plan.batch_tokens);
  const auto gpus = static_cast<double>(p.gpus());
  plan.idle_gpus = t.gpus - p.gpus();
  plan.productive = from_seconds(plan.steps * step.step_s);
  plan.mtbf = job_mtbf(t.failures_per_gpu_hour, gpus);
  Checkpointing& c = plan.checkpointing;
  c.restart = t.restart;
  c.cost = t.checkpoint_cost.value_or(
      from_seconds(checkpoint_bytes(t.shape) / (kStoreBytesPerGpuS * gpus)));
  // A checkpoint is taken after whole steps.
  const double wanted = t.interval.value_or(young_daly(c.cost, plan.mtbf)).seconds();
  const double steps = std::clamp(std::nearbyint(wanted / step.step_s), 1.0, plan.steps);
  c.interval = std::max(from_seconds(steps * step.step_s), 1_ns);
  plan.effective = effective_ratio(c, plan.mtbf);
  plan.time = expected_time(plan.productive, c, plan.mtbf);
  if (plan.mtbf != Duration::max()) plan.interruptions = plan.time.seconds() / plan.mtbf.seconds();
  // Checkpoints are counted as work.
  const double power_w = t.gpu.power_w * (plan.effective + t.idle_power * (1 - plan.effective));
  plan.energy_mwh = gpus * power_w * t.pue * plan.time.seconds() / 3600 / 1e6;
  return plan;
}

// Ways of sharding that are tried: parameters only where they need not move for every stage.
std::vector<Sharding> shardings_of(const Parallelism& p) {
  if (p.pipeline > 1 || p.data * p.context == 1) return {Sharding::optimiser};
  return {Sharding::optimiser, Sharding::parameters};
}

bool fits_somewhere(const TrainingTask& t) {
  bool found = false;
  for_each_split(t, [&](const Parallelism& split) {
    if (found) return;
    for_each_batch(t, split, [&](const Parallelism& p) {
      if (found || p.micro_batch > 1) return;  // smaller ones need less memory
      for (const Sharding sharding : shardings_of(p)) {
        Parallelism all = p;
        all.sharding = sharding;
        all.recompute = Recompute::full;
        found = found || estimate(t.shape, all, t.gpu).fits;
      }
    });
  });
  return found;
}

}  // namespace

double checkpoint_bytes(const TransformerShape& shape) {
  return kCheckpointBytesPerParameter * shape.parameters();
}

Result<void> check(const TrainingTask& t) {
  DURE_CHECK(check(t.shape, Parallelism{}, t.gpu));
  const auto wrong = [](const char* key, const char* message) {
    return Error{.message = message, .key = key};
  };
  if (t.shape.layers > 10'000) return wrong("layers", "expected at most 10,000");
  if (t.gpus == 0 || t.gpus > 100'000'000) return wrong("gpus", "expected from 1 to 1e8");
  if (!(t.tokens >= 1 && t.tokens <= 1e18)) return wrong("tokens", "expected from 1 to 1e18");
  if (!(t.batch_tokens >= t.shape.seq && t.batch_tokens <= 1e8 * t.shape.seq))
    return wrong("batch_tokens", "expected from 1 to 1e8 sequences of tokens");
  if (!(t.failures_per_gpu_hour >= 0 && t.failures_per_gpu_hour <= 1))
    return wrong("failures_per_gpu_hour", "expected from 0 to 1");
  if (t.restart.ns < 0) return wrong("restart", "expected 0 or more");
  if (t.checkpoint_cost && t.checkpoint_cost->ns < 0)
    return wrong("checkpoint_cost", "expected 0 or more");
  if (t.interval && t.interval->ns <= 0) return wrong("interval", "expected more than 0");
  return {};
}

std::vector<TrainingPlan> search(const TrainingTask& t, size_t at_most) {
  const Result<void> sound = check(t);
  DURE_ASSERT(sound.ok(), sound.error().message.c_str());
  std::vector<TrainingPlan> plans;
  for_each_split(t, [&](const Parallelism& split) {
    for (const bool all_sharded : {false, true}) {
      std::optional<TrainingPlan> best;
      for_each_batch(t, split, [&](const Parallelism& p) {
        for (const Sharding sharding : shardings_of(p)) {
          if ((sharding == Sharding::parameters) != all_sharded) continue;
          const auto found = fastest(t, p, sharding);
          if (!found) continue;
          TrainingPlan plan = plan_of(t, found->first, found->second);
          if (!best || plan.time < best->time) best = std::move(plan);
        }
      });
      if (best) plans.push_back(std::move(*best));
    }
  });
  std::stable_sort(plans.begin(), plans.end(),
                   [](const TrainingPlan& a, const TrainingPlan& b) { return a.time < b.time; });
  if (plans.size() > at_most) plans.resize(at_most);
  return plans;
}

std::optional<uint64_t> fewest_gpus(const TrainingTask& task, uint64_t limit) {
  TrainingTask t = task;
  const auto fits = [&](uint64_t nodes) {
    t.gpus = nodes * task.gpu.gpus_per_node;
    return fits_somewhere(t);
  };
  uint64_t high = 1;  // nodes
  while (!fits(high)) {
    high *= 2;
    if (high * task.gpu.gpus_per_node > limit) return std::nullopt;
  }
  uint64_t low = high / 2;  // does not fit
  while (high - low > 1) {
    const uint64_t middle = (low + high) / 2;
    (fits(middle) ? high : low) = middle;
  }
  return high * task.gpu.gpus_per_node;
}

}  // namespace dure::fleet
