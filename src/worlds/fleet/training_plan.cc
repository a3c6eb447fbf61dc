#include "worlds/fleet/training_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "base/math.h"
#include "base/text.h"
#include "worlds/fleet/training_stages.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kMaxPipeline = 128;
constexpr uint32_t kMaxMicroBatch = 16;
constexpr uint32_t kTokensPerContext = 2'048;
constexpr double kLeastBatch = 0.9;  // of that asked for
constexpr double kCheckpointBytesPerParameter = 2 + 12;
constexpr Duration kLongestPause = 30_d;  // of a restart, or for a checkpoint

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

// Numbers of replicas that are tried: all up to 4,096, above those of 12 bits. They do not depend
// on how many GPUs there are, so that more of them are never worse.
uint64_t stride(uint64_t data) { return data < 4'096 ? 1 : std::bit_floor(data) / 2'048; }
uint64_t tried(uint64_t data) { return data - data % stride(data); }

// What spreads a batch over `data` replicas of the split: each takes as many sequences as it can in
// whole micro-batches. Nothing when too much of the batch would be left.
std::optional<Parallelism> spread(uint64_t wanted, Parallelism p, uint64_t data) {
  const uint64_t each = wanted / data / p.micro_batch * p.micro_batch;
  if (each == 0 || static_cast<double>(data * each) < kLeastBatch * static_cast<double>(wanted))
    return std::nullopt;
  p.data = static_cast<uint32_t>(data);
  p.global_batch = static_cast<uint32_t>(data * each);
  return p;
}

// Recomputation costs time and saves memory: as little of it as fits, or nothing when none does.
bool recompute_until_fits(const TrainingTask& t, Parallelism& p) {
  for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
    p.recompute = recompute;
    if (memory_use(t.shape, p).total() <= t.gpu.memory_bytes) return true;
  }
  return false;
}

Duration add(Duration a, Duration b) { return a > Duration::max() - b ? Duration::max() : a + b; }

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
  plan.time = add(expected_time(plan.productive, c, plan.mtbf), expected_start(c, plan.mtbf));
  plan.effective = plan.productive.seconds() / plan.time.seconds();
  if (plan.mtbf != Duration::max()) plan.interruptions = plan.time.seconds() / plan.mtbf.seconds();
  // At full load from start to end, as the fleet's runs count a job's nodes.
  plan.energy_mwh = gpus * t.gpu.power_w * t.pue * plan.time.seconds() / 3600 / 1e6;
  return plan;
}

// Ways of sharding that are tried: parameters only where they need not move for every stage.
bool tries(const Parallelism& split, Sharding sharding, uint64_t data) {
  return sharding == Sharding::optimiser || (split.pipeline == 1 && data * split.context > 1);
}

// Seconds that a task takes at least with `data` replicas of a split: the work and the bubbles of
// its micro-batches, with nothing recomputed, and restarts. Convex in its logarithm.
class LeastTime {
 public:
  LeastTime(const TrainingTask& t, Parallelism p) {
    p.data = 1;
    p.global_batch = p.micro_batch;
    const TrainingStep one = estimate(t.shape, p, t.gpu);
    const double sequences = t.tokens / t.shape.seq;
    work_ = sequences * (one.matmul_s + one.other_s + one.tensor_s + one.context_s) / p.micro_batch;
    bubbles_ = sequences * one.bubble_s / static_cast<double>(batch_sequences(t));
    restarts_ =
        t.restart.seconds() * t.failures_per_gpu_hour / 3600 * static_cast<double>(p.gpus());
  }

  double seconds(uint64_t data) const {
    const auto d = static_cast<double>(data);
    constexpr double kRounding = 1 - 1e-9;
    return kRounding * (work_ / d + bubbles_) * math::exp(restarts_ * d);
  }

  // The number up to `most` for which it is least, or the one below.
  uint64_t best(uint64_t most) const {
    if (restarts_ <= 0) return most;
    // Where the derivative of the logarithm is 0, without a difference of near numbers.
    const double root = std::sqrt(1 + 4 * bubbles_ / (restarts_ * work_));
    const double best = 2 / (restarts_ * (1 + root));
    return best < static_cast<double>(most) ? std::max(uint64_t{1}, static_cast<uint64_t>(best))
                                            : most;
  }

 private:
  double work_ = 0, bubbles_ = 0;
  double restarts_ = 0;  // expected in a restart, for each replica
};

// Of a split, micro-batch and interleaving; 0: none.
uint64_t most_replicas(const TrainingTask& t, const Parallelism& p) {
  const uint64_t micro_batches = batch_sequences(t) / p.micro_batch;
  // Chunks take turns only when there is a micro-batch for every stage.
  const uint64_t room =
      std::min(t.gpus / p.gpus(), micro_batches / (p.virtual_stages > 1 ? p.pipeline : 1));
  return room == 0 ? 0 : tried(room);
}

// The fastest plan of a split, micro-batch, interleaving and sharding replaces `best`, if it is
// faster than that and than `limit_s`. Numbers of replicas are tried from the most promising one
// outwards, until no better one can follow. Whether it was replaced.
bool try_replicas(const TrainingTask& t, const Parallelism& split, const LeastTime& least,
                  double limit_s, std::optional<TrainingPlan>& best) {
  const uint64_t wanted = batch_sequences(t), most = most_replicas(t, split);
  const auto hopeless = [&](uint64_t data) {
    const double bound = best ? std::min(limit_s, best->time.seconds()) : limit_s;
    return bound < math::kInf && least.seconds(data) >= bound;
  };
  const uint64_t first = tried(least.best(most)), second = first + stride(first);
  if (hopeless(first) && (second > most || hopeless(second))) return false;
  // More replicas need less memory each: they share more, and have fewer micro-batches in flight.
  Parallelism spare = split;
  spare.data = static_cast<uint32_t>(most);
  spare.global_batch =
      static_cast<uint32_t>(wanted / most / split.micro_batch * split.micro_batch * most);
  if (!recompute_until_fits(t, spare)) return false;
  bool replaced = false;
  const auto try_one = [&](uint64_t data) {
    std::optional<Parallelism> p = spread(wanted, split, data);
    if (!p || !tries(split, split.sharding, data) || !recompute_until_fits(t, *p)) return;
    TrainingPlan plan = plan_of(t, *p, estimate(t.shape, *p, t.gpu));
    if (plan.time.seconds() >= limit_s || (best && plan.time >= best->time)) return;
    best = std::move(plan);
    replaced = true;
  };
  for (uint64_t data = first; !hopeless(data); data -= stride(data - 1)) {
    try_one(data);
    if (data == 1) break;
  }
  for (uint64_t data = second; data <= most && !hopeless(data); data += stride(data)) {
    try_one(data);
  }
  return replaced;
}

bool fits_somewhere(const TrainingTask& t) {
  bool found = false;
  const uint64_t wanted = batch_sequences(t);
  for_each_split(t, [&](Parallelism split) {
    const uint64_t most = tried(std::min(t.gpus / split.gpus(), wanted));
    for (uint64_t data = most; data >= 1 && !found; data -= stride(data - 1)) {
      // Fewer replicas need more memory each, so the first that divides the batch decides.
      std::optional<Parallelism> p = spread(wanted, split, data);
      for (const Sharding sharding : {Sharding::optimiser, Sharding::parameters}) {
        if (!p || !tries(split, sharding, data)) continue;
        p->sharding = sharding;
        found = found || recompute_until_fits(t, *p);
      }
      if (p || data == 1) break;
    }
  });
  return found;
}

}  // namespace

double checkpoint_bytes(const TransformerShape& shape) {
  return kCheckpointBytesPerParameter * shape.parameters();
}

Result<void> check(const TrainingTask& t) {
  DURE_CHECK(check(t.shape, Parallelism{}, t.gpu));
  const auto wrong = [](const char* key, const std::string& expected, const std::string& found) {
    return Error{.message = "expected " + expected + ", found " + found, .key = key};
  };
  if (t.shape.layers > 10'000)
    return wrong("layers", "at most 10,000", std::to_string(t.shape.layers));
  if (t.gpus == 0 || t.gpus > 100'000'000)
    return wrong("gpus", "from 1 to 1e8", std::to_string(t.gpus));
  if (!(t.tokens >= 1 && t.tokens <= 1e18))
    return wrong("tokens", "from 1 to 1e18", shortest(t.tokens));
  if (!(t.batch_tokens >= t.shape.seq && t.batch_tokens <= 1e8 * t.shape.seq))
    return wrong("batch_tokens",
                 "from 1 to 1e8 sequences of " + std::to_string(t.shape.seq) + " tokens",
                 shortest(t.batch_tokens));
  if (!(t.failures_per_gpu_hour >= 0 && t.failures_per_gpu_hour <= 1))
    return wrong("failures_per_gpu_hour", "from 0 to 1", shortest(t.failures_per_gpu_hour));
  if (t.restart < 0_s || t.restart > kLongestPause)
    return wrong("restart", "from 0s to " + to_string(kLongestPause), to_string(t.restart));
  if (t.checkpoint_cost && (*t.checkpoint_cost < 0_s || *t.checkpoint_cost > kLongestPause))
    return wrong("checkpoint_cost", "from 0s to " + to_string(kLongestPause),
                 to_string(*t.checkpoint_cost));
  if (t.interval && t.interval->ns <= 0)
    return wrong("interval", "more than 0", to_string(*t.interval));
  return {};
}

std::vector<TrainingPlan> search(const TrainingTask& t, size_t at_most) {
  const Result<void> sound = check(t);
  DURE_ASSERT(sound.ok(), sound.error().message.c_str());
  if (at_most == 0) return {};
  struct Candidate {
    Parallelism p;
    size_t split;
    LeastTime least;
    double least_s;
  };
  std::vector<Candidate> candidates;
  size_t splits = 0;
  for_each_split(t, [&](Parallelism p) {
    const uint32_t chunks = p.pipeline == 1 ? 1 : (t.shape.layers + 2) / p.pipeline;
    for (const Sharding sharding : {Sharding::optimiser, Sharding::parameters}) {
      if (!tries(p, sharding, t.gpus / p.gpus())) continue;
      p.sharding = sharding;
      for (p.micro_batch = 1; p.micro_batch <= kMaxMicroBatch; p.micro_batch *= 2) {
        for (p.virtual_stages = 1; p.virtual_stages <= chunks; ++p.virtual_stages) {
          const uint64_t most = most_replicas(t, p);
          if (most == 0) break;
          const LeastTime least(t, p);
          candidates.push_back({p, splits, least, least.seconds(tried(least.best(most)))});
        }
      }
      p.micro_batch = p.virtual_stages = 1;
      ++splits;
    }
  });
  // The most promising first, so that the others need little time.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.least_s < b.least_s; });
  std::vector<std::optional<TrainingPlan>> best(splits);
  std::vector<Duration> times;  // of the best, in order; at most `at_most`
  for (const Candidate& c : candidates) {
    const double limit_s = times.size() < at_most ? math::kInf : times.back().seconds();
    const std::optional<Duration> before =
        best[c.split] ? std::optional(best[c.split]->time) : std::nullopt;
    if (!try_replicas(t, c.p, c.least, limit_s, best[c.split])) continue;
    if (before) {
      const auto at = std::lower_bound(times.begin(), times.end(), *before);
      if (at != times.end() && *at == *before) times.erase(at);
    }
    const Duration time = best[c.split]->time;
    times.insert(std::upper_bound(times.begin(), times.end(), time), time);
    if (times.size() > at_most) times.pop_back();
  }
  std::vector<TrainingPlan> plans;
  for (std::optional<TrainingPlan>& plan : best) {
    if (plan) plans.push_back(*std::move(plan));
  }
  std::stable_sort(plans.begin(), plans.end(),
                   [](const TrainingPlan& a, const TrainingPlan& b) { return a.time < b.time; });
  if (plans.size() > at_most) plans.resize(at_most);
  return plans;
}

WhyIdle why_idle(const TrainingTask& task, const TrainingPlan& plan) {
  const Parallelism& p = plan.parallelism;
  if (plan.idle_gpus == 0) return WhyIdle::none;
  if (plan.idle_gpus < p.gpus() / p.data) return WhyIdle::replica;
  TrainingTask reliable = task;
  reliable.failures_per_gpu_hour = 0;
  const std::vector<TrainingPlan> plans = search(reliable, 1);
  DURE_ASSERT(!plans.empty(), "a model fits that fits when GPUs fail");
  return plans[0].parallelism.gpus() > p.gpus() ? WhyIdle::failures : WhyIdle::batch;
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
