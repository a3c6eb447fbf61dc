#include "worlds/fleet/training_plan.h"

#include <cmath>

#include <doctest/doctest.h>

#include "worlds/fleet/training_presets.h"

using namespace dure;
using namespace dure::fleet;

namespace {

TrainingTask task(const char* model, const char* gpu, uint64_t gpus, double tokens,
                  double batch_tokens) {
  TrainingTask t;
  t.shape = *find_shape(model);
  t.gpu = *find_accelerator(gpu);
  t.gpus = gpus;
  t.tokens = tokens;
  t.batch_tokens = batch_tokens;
  return t;
}

// The shortest step over everything the header says is searched, written down plainly.
double brute_force_days(const TrainingTask& t) {
  double best = 1e300;
  const auto wanted = static_cast<uint32_t>(t.batch_tokens / t.shape.seq);
  for (uint32_t tensor = 1; tensor <= t.gpu.domain; tensor *= 2)
    for (uint32_t context = 1; context * 2'048 <= t.shape.seq; context *= 2)
      for (uint32_t pipeline = 1; pipeline <= t.shape.layers; ++pipeline)
        for (uint32_t chunks = 1; chunks <= t.shape.layers; ++chunks)
          for (uint32_t data = 1; data <= t.gpus; ++data)
            for (uint32_t micro = 1; micro <= 16; micro *= 2)
              for (uint32_t each = micro; data * each <= wanted; each += micro)
                for (const Recompute recompute :
                     {Recompute::none, Recompute::selective, Recompute::full})
                  for (const Sharding sharding : {Sharding::optimiser, Sharding::parameters}) {
                    const Parallelism p = {.tensor = tensor,
                                           .context = context,
                                           .pipeline = pipeline,
                                           .data = data,
                                           .virtual_stages = chunks,
                                           .micro_batch = micro,
                                           .global_batch = data * each,
                                           .sequence_parallel = tensor > 1,
                                           .recompute = recompute,
                                           .sharding = sharding};
                    if (p.gpus() > t.gpus || data * each < 0.9 * wanted) continue;
                    if (chunks > 1 &&
                        (each / micro < pipeline || pipeline * chunks > t.shape.layers + 2))
                      continue;
                    if (sharding == Sharding::parameters && (pipeline > 1 || data * context == 1))
                      continue;
                    if (!check(t.shape, p, t.gpu).ok()) continue;
                    const TrainingStep step = estimate(t.shape, p, t.gpu);
                    if (step.fits) best = std::min(best, step.step_s / (data * each));
                  }
  return best * t.tokens / t.shape.seq / 86'400;
}

}  // namespace

TEST_CASE("Llama 3 405B on 16,384 GPUs is split as Meta did") {
  const TrainingTask t = task("llama3-405b", "h100", 16'384, 15.6e12, 16.8e6);
  const auto plans = search(t, 5);
  REQUIRE(plans.size() == 5);
  const Parallelism& p = plans[0].parallelism;
  CHECK(p.tensor == 8);
  CHECK(p.pipeline == 16);
  CHECK(p.data == 128);
  CHECK(p.virtual_stages == 8);
  CHECK(plans[0].idle_gpus == 0);
  CHECK(plans[0].effective > 0.9);  // Meta reports more than 90 %
  for (size_t i = 1; i < plans.size(); ++i) CHECK(plans[i].time >= plans[i - 1].time);
  CHECK(search(t, 1).size() == 1);
  CHECK(search(t, 1)[0].time == plans[0].time);
}

TEST_CASE("figures of a plan follow from its parts") {
  TrainingTask t = task("llama3-70b", "h100", 1'024, 1e12, 4e6);
  t.checkpoint_cost = 20_s;
  t.restart = 15_min;
  const TrainingPlan plan = search(t, 1).at(0);
  CHECK(plan.batch_tokens == plan.parallelism.global_batch * 8'192.0);
  CHECK(plan.steps == std::ceil(1e12 / plan.batch_tokens));
  CHECK(plan.productive.seconds() == doctest::Approx(plan.steps * plan.step.step_s));
  const auto gpus = static_cast<double>(plan.parallelism.gpus());
  CHECK(gpus > 900);
  CHECK(plan.mtbf.ns == job_mtbf(kLlama3FailuresPerGpuHour, gpus).ns);
  CHECK(plan.checkpointing.cost == 20_s);
  CHECK(plan.checkpointing.restart == 15_min);
  CHECK(plan.effective == doctest::Approx(plan.productive.seconds() / plan.time.seconds()));
  const double ratio = effective_ratio(plan.checkpointing, plan.mtbf);
  const double start = plan.time.seconds() - plan.productive.seconds() / ratio;
  CHECK(start > 900);  // the first, and a little for failures during it
  CHECK(start < 900 * (1 + 900 / plan.mtbf.seconds()));
  CHECK(plan.interruptions == doctest::Approx(plan.time.seconds() / plan.mtbf.seconds()));
  // Whole steps between checkpoints, near Young and Daly's interval.
  const double steps = plan.checkpointing.interval.seconds() / plan.step.step_s;
  CHECK(steps == doctest::Approx(std::nearbyint(steps)).epsilon(1e-6));
  CHECK(std::abs(plan.checkpointing.interval.seconds() - young_daly(20_s, plan.mtbf).seconds()) <=
        plan.step.step_s / 2 + 1e-6);
  const double at_full_power = gpus * 1'275.0 * 1.2 * plan.time.seconds() / 3.6e9;
  CHECK(plan.energy_mwh == doctest::Approx(at_full_power));

  t.interval = 1_h;
  CHECK(search(t, 1).at(0).checkpointing.interval.seconds() ==
        doctest::Approx(3'600).epsilon(0.01));
  t.failures_per_gpu_hour = 0;
  const TrainingPlan never = search(t, 1).at(0);
  CHECK(never.interruptions == 0);
  CHECK(never.mtbf == Duration::max());
  CHECK(never.effective > 0.99);
  t.interval.reset();  // then one checkpoint at the end will do
  const TrainingPlan once = search(t, 1).at(0);
  CHECK(once.checkpointing.interval.ns == once.productive.ns);
}

TEST_CASE("nothing searched is better than what is found") {
  for (const uint64_t gpus : {uint64_t{4}, uint64_t{7}, uint64_t{12}}) {
    TrainingTask t = task("llama3-8b", "h100", gpus, 1e11, 8'192.0 * 24);
    t.shape.layers = 12;
    t.failures_per_gpu_hour = 0;
    t.checkpoint_cost = 0_s;
    CAPTURE(gpus);
    const auto plans = search(t, 1);
    REQUIRE(plans.size() == 1);
    CHECK(plans[0].productive.seconds() / 86'400 ==
          doctest::Approx(brute_force_days(t)).epsilon(1e-4));  // steps are whole
  }
}

TEST_CASE("odd numbers of GPUs leave some idle, and plans keep the rules") {
  for (const uint64_t gpus : {uint64_t{7}, uint64_t{1'023}, uint64_t{49'999}}) {
    const TrainingTask t = task("llama3-8b", "b200", gpus, 1e12, 64e6);
    const auto plans = search(t, 1'000);
    CAPTURE(gpus);
    REQUIRE(!plans.empty());
    for (const TrainingPlan& plan : plans) {
      CHECK(plan.parallelism.gpus() + plan.idle_gpus == gpus);
      CHECK(plan.batch_tokens <= 64e6);
      CHECK(plan.batch_tokens >= 0.9 * 64e6 - t.shape.seq);
      CHECK(plan.step.fits);
      CHECK(plan.parallelism.tensor <= 8);
    }
  }
}

TEST_CASE("more GPUs are never worse") {
  struct Case {
    const char* model;
    const char* gpu;
    double batch_tokens, failures_per_gpu_hour;
  };
  for (const Case& c :
       {Case{"llama3-8b", "h100", 4e6, kLlama3FailuresPerGpuHour},
        Case{"llama3-405b", "h100", 16.8e6, kLlama3FailuresPerGpuHour},
        Case{"llama3-405b", "gb200-nvl72", 64e6, 0}, Case{"llama3-70b", "h200", 8e6, 1e-3}}) {
    TrainingTask t = task(c.model, c.gpu, 0, 1e13, c.batch_tokens);
    t.failures_per_gpu_hour = c.failures_per_gpu_hour;
    Duration best = Duration::max();
    uint64_t idle_at_most = 0;
    for (double gpus = 64; gpus < 3e6; gpus *= 1.7) {
      t.gpus = static_cast<uint64_t>(gpus);
      CAPTURE(c.model);
      CAPTURE(t.gpus);
      const auto plans = search(t, 1);
      if (plans.empty()) {
        CHECK(best == Duration::max());
        continue;
      }
      CHECK(plans[0].time <= best);
      best = plans[0].time;
      idle_at_most = std::max(idle_at_most, plans[0].idle_gpus);
    }
    CHECK(best < Duration::max());
    CHECK(idle_at_most > 100'000);  // the largest counts do not all get work
  }
}

TEST_CASE("how many plans are asked for does not change them") {
  for (const uint64_t gpus : {uint64_t{300}, uint64_t{5'000}, uint64_t{300'000}}) {
    const TrainingTask t = task("llama3-70b", "h100", gpus, 1e13, 16e6);
    const auto all = search(t, 1'000);
    CAPTURE(gpus);
    REQUIRE(all.size() > 10);
    for (const size_t n : {size_t{1}, size_t{2}, size_t{10}}) {
      const auto some = search(t, n);
      REQUIRE(some.size() == n);
      for (size_t i = 0; i < n; ++i) CHECK(some[i].time == all[i].time);
    }
  }
}

TEST_CASE("why GPUs are idle") {
  const auto why = [](uint64_t gpus, double failures_per_gpu_hour) {
    TrainingTask t = task("llama3-405b", "h100", gpus, 15e12, 16.8e6);
    t.failures_per_gpu_hour = failures_per_gpu_hour;
    return why_idle(t, search(t, 1).at(0));
  };
  CHECK(why(16'384, kLlama3FailuresPerGpuHour) == WhyIdle::none);
  CHECK(why(16'385, kLlama3FailuresPerGpuHour) == WhyIdle::replica);
  CHECK(why(2'000'000, 0) == WhyIdle::batch);
  CHECK(why(100'000, 1e-2) == WhyIdle::failures);
}

TEST_CASE("the fewest GPUs") {
  TrainingTask t = task("llama3-405b", "h100", 8, 1e12, 16e6);
  CHECK(search(t, 1).empty());
  const auto fewest = fewest_gpus(t);
  REQUIRE(fewest);
  CHECK(*fewest % 8 == 0);
  t.gpus = *fewest;
  CHECK(!search(t, 1).empty());
  t.gpus = *fewest - 8;
  CHECK(search(t, 1).empty());
  CHECK(!fewest_gpus(t, 64));
  // A layer that no GPU holds.
  t.shape.ffn = 1u << 30;
  CHECK(!fewest_gpus(t, 1'000'000));
}

TEST_CASE("what is wrong with a task is told by name") {
  const TrainingTask good = task("llama3-8b", "h100", 8, 1e12, 4e6);
  CHECK(check(good).ok());
  const auto key = [&](auto change) {
    TrainingTask t = good;
    change(t);
    return check(t).error().key;
  };
  CHECK(key([](TrainingTask& t) { t.gpus = 0; }) == "gpus");
  CHECK(key([](TrainingTask& t) { t.tokens = 0; }) == "tokens");
  CHECK(key([](TrainingTask& t) { t.batch_tokens = 8'191; }) == "batch_tokens");
  CHECK(key([](TrainingTask& t) { t.batch_tokens = 1e12; }) == "batch_tokens");
  CHECK(key([](TrainingTask& t) { t.shape.layers = 20'000; }) == "layers");
  CHECK(key([](TrainingTask& t) { t.failures_per_gpu_hour = -1; }) == "failures_per_gpu_hour");
  CHECK(key([](TrainingTask& t) { t.restart = Duration{-1}; }) == "restart");
  CHECK(key([](TrainingTask& t) { t.checkpoint_cost = Duration{-1}; }) == "checkpoint_cost");
  CHECK(key([](TrainingTask& t) { t.restart = 31_d; }) == "restart");
  CHECK(key([](TrainingTask& t) { t.checkpoint_cost = 31_d; }) == "checkpoint_cost");
  CHECK(key([](TrainingTask& t) { t.interval = 0_s; }) == "interval");
  CHECK(key([](TrainingTask& t) { t.shape.layers = 0; }) == "layers");
}
