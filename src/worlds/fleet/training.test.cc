#include "worlds/fleet/training.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/random.h"
#include "worlds/fleet/training_presets.h"

using namespace dure;
using namespace dure::fleet;

namespace {

const Accelerator kH100 = *find_accelerator("h100");

TransformerShape gpt() {
  return {.name = "gpt",
          .layers = 48,
          .hidden = 6'144,
          .heads = 48,
          .kv_heads = 48,
          .ffn = 24'576,
          .vocab = 51'200,
          .seq = 2'048,
          .gated = false,
          .tied_embedding = true};
}

double sum(const TrainingStep& s) {
  return s.matmul_s + s.other_s + s.tensor_s + s.context_s + s.bubble_s + s.stage_s + s.data_s +
         s.optimiser_s;
}

}  // namespace

TEST_CASE("FLOPs are those of SC'21's formula") {
  const TransformerShape s = gpt();
  const Parallelism p = {.tensor = 4,
                         .pipeline = 2,
                         .data = 8,
                         .micro_batch = 2,
                         .global_batch = 128,
                         .fused_attention = false,
                         .recompute = Recompute::full};
  const TrainingStep step = estimate(s, p, kH100);
  // Equation 3: 96 B s l h^2 (1 + s / 6h + V / 16lh).
  const double h = s.hidden, l = s.layers, n = s.seq;
  const double flops = 96.0 * 128 * n * l * h * h * (1 + n / (6 * h) + s.vocab / (16 * l * h));
  CHECK(step.hardware_flops * 64 == doctest::Approx(flops).epsilon(1e-12));
  CHECK(step.hfu == doctest::Approx(flops / (64 * kH100.peak_flops * step.step_s)));
  // The model's own: three of four passes, causal attention.
  const double model = 72.0 * 128 * n * l * h * h * (1 + n / (12 * h) + s.vocab / (12 * l * h));
  CHECK(step.model_flops * 64 == doctest::Approx(model).epsilon(1e-12));
  CHECK(step.tokens_per_s == doctest::Approx(128 * n / step.step_s));
}

TEST_CASE("activations are those of Korthikanti et al.") {
  const TransformerShape s = gpt();
  Parallelism p = {.tensor = 8,
                   .pipeline = 4,
                   .data = 1,
                   .global_batch = 64,
                   .fused_attention = false,
                   .dropout = true};
  const double sbh = 2'048.0 * 6'144, scores = 5.0 * 48 * 2'048 / 6'144;
  // All layers' worth on the first stage: 34 + 5 a s / h bytes per element, over the tensor GPUs.
  CHECK(estimate(s, p, kH100).memory.activations ==
        doctest::Approx(48 * sbh * (34 + scores) / 8).epsilon(1e-12));
  p.sequence_parallel = false;
  CHECK(estimate(s, p, kH100).memory.activations ==
        doctest::Approx(48 * sbh * (10 + (24 + scores) / 8)).epsilon(1e-12));
  p.recompute = Recompute::full;  // the layers' inputs, and one layer at work
  CHECK(estimate(s, p, kH100).memory.activations ==
        doctest::Approx(48 * sbh * 2 + sbh * (8 + (24 + scores) / 8)).epsilon(1e-12));
}

TEST_CASE("interleaved stages hold more, and less is idle") {
  TransformerShape s = gpt();
  s.vocab = 8;  // the last stage is not slower
  Parallelism p = {.tensor = 8, .pipeline = 4, .data = 2, .global_batch = 64};
  const TrainingStep plain = estimate(s, p, kH100);
  const double busy = plain.matmul_s + plain.other_s + plain.tensor_s;
  CHECK(plain.bubble_s / busy == doctest::Approx(3.0 / 32).epsilon(0.01));
  p.virtual_stages = 3;
  const TrainingStep interleaved = estimate(s, p, kH100);
  CHECK(interleaved.bubble_s == doctest::Approx(plain.bubble_s / 3));
  CHECK(interleaved.memory.activations ==
        doctest::Approx(plain.memory.activations * (1 + 3.0 / (4 * 3))));
}

TEST_CASE("sharding") {
  Parallelism p = {.tensor = 8, .pipeline = 1, .data = 16, .global_batch = 64};
  const double n = gpt().parameters() / 8, layer = gpt().layer_parameters() / 8;
  const auto memory = [&](Sharding sharding) {
    p.sharding = sharding;
    return estimate(gpt(), p, kH100).memory;
  };
  CHECK(memory(Sharding::none).optimiser == doctest::Approx(12 * n));
  CHECK(memory(Sharding::optimiser).optimiser == doctest::Approx(12 * n / 16));
  CHECK(memory(Sharding::optimiser).gradients == doctest::Approx(4 * n));
  CHECK(memory(Sharding::gradients).gradients == doctest::Approx(4 * n / 16 + 4 * layer));
  CHECK(memory(Sharding::gradients).parameters == doctest::Approx(2 * n));
  CHECK(memory(Sharding::parameters).parameters == doctest::Approx(2 * n / 16 + 4 * layer));
}

TEST_CASE("links: NVLink inside a domain, the network between") {
  Parallelism p = {.tensor = 8, .data = 1, .global_batch = 4};
  const double near = estimate(gpt(), p, kH100).tensor_s;
  Accelerator small = kH100;
  small.domain = 4;
  const double far = estimate(gpt(), p, small).tensor_s;
  CHECK(far > 1.5 * near);
  p.tensor = 1;
  CHECK(estimate(gpt(), p, kH100).tensor_s == 0);
  // Without overlap, gradients cost at least their bytes over the sheet's bandwidth.
  p = {.tensor = 8, .data = 4, .global_batch = 4, .overlap_data = false};
  const double bytes = 4 * gpt().parameters() / 8 * 3 / 4;
  const double exposed = estimate(gpt(), p, kH100).data_s;
  CHECK(exposed > bytes / kH100.network_bandwidth);
  p.overlap_data = true;
  CHECK(estimate(gpt(), p, kH100).data_s < 0.7 * exposed);
}

TEST_CASE("context parallel divides a long sequence") {
  TransformerShape s = *find_shape("llama3-405b");
  s.seq = 131'072;
  Parallelism p = {.tensor = 8, .pipeline = 16, .virtual_stages = 8, .global_batch = 16};
  const TrainingStep whole = estimate(s, p, kH100);
  p.context = 16;
  const TrainingStep split = estimate(s, p, kH100);
  CHECK(whole.context_s == 0);
  CHECK(split.context_s > 0);
  CHECK(split.step_s > whole.step_s / 16);
  CHECK(split.step_s < whole.step_s / 12);
  CHECK(split.memory.activations == doctest::Approx(whole.memory.activations / 16));
}

TEST_CASE("of random splits: times add up; recomputing costs time and saves memory") {
  Random random{3, 1};
  const auto pick = [&](std::initializer_list<uint32_t> of) {
    return of.begin()[static_cast<size_t>(random.uniform() * static_cast<double>(of.size()))];
  };
  for (int i = 0; i < 2'000; ++i) {
    TransformerShape s = random.uniform() < 0.5 ? gpt() : *find_shape("llama3-70b");
    s.layers = pick({30, 47, 48, 80, 126});
    s.seq = pick({2'048, 8'192});
    Parallelism p;
    p.tensor = pick({1, 2, 8, 16});
    p.context = pick({1, 1, 2});
    p.pipeline = pick({1, 2, 5, 8, 16, 30});
    if (p.pipeline > 1) p.virtual_stages = std::min(pick({1, 2, 3, 7}), s.layers / p.pipeline);
    p.data = pick({1, 4, 30});
    p.micro_batch = pick({1, 2, 4});
    p.global_batch = p.data * p.micro_batch * pick({1, 8, 30});
    p.sequence_parallel = pick({0, 1}) == 1;
    p.fused_attention = pick({0, 1}) == 1;
    p.dropout = pick({0, 1}) == 1;
    p.overlap_data = pick({0, 1}) == 1;
    p.overlap_stage = pick({0, 1}) == 1;
    p.sharding = static_cast<Sharding>(pick({0, 1, 2, 3}));
    const Accelerator& gpu = accelerators()[pick({0, 1, 2, 3, 4})];
    REQUIRE(check(s, p, gpu).ok());
    double time = 0, memory = 1e30;
    for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
      p.recompute = recompute;
      const TrainingStep step = estimate(s, p, gpu);
      REQUIRE(sum(step) == doctest::Approx(step.step_s));
      for (const double part : {step.matmul_s, step.other_s, step.tensor_s, step.context_s,
                                step.bubble_s, step.stage_s, step.data_s, step.optimiser_s})
        REQUIRE(part >= 0);
      REQUIRE(step.mfu > 0);
      REQUIRE(step.mfu < 0.8);
      REQUIRE(step.hfu >= step.mfu * 0.999);
      REQUIRE(step.hfu < 0.8);
      REQUIRE(step.step_s >= time * (1 - 1e-12));
      REQUIRE(step.memory.total() <= memory * (1 + 1e-12));
      REQUIRE(step.fits == (step.memory.total() <= gpu.memory_bytes));
      time = step.step_s;
      memory = step.memory.total();
    }
  }
}

TEST_CASE("a chip with more of something is not slower") {
  const Parallelism p = {.tensor = 8, .pipeline = 4, .data = 4, .global_batch = 64};
  const double before = estimate(gpt(), p, kH100).step_s;
  for (double Accelerator::*figure :
       {&Accelerator::peak_flops, &Accelerator::memory_bandwidth, &Accelerator::die_bandwidth,
        &Accelerator::exp_rate, &Accelerator::nvlink_bandwidth, &Accelerator::network_bandwidth}) {
    Accelerator better = kH100;
    better.*figure *= 1.5;
    CHECK(estimate(gpt(), p, better).step_s < before);
  }
}

TEST_CASE("what does not divide is told by name") {
  const auto key = [](const TransformerShape& s, const Parallelism& p) {
    const Result<void> sound = check(s, p, kH100);
    return sound.ok() ? "" : sound.error().key;
  };
  CHECK(key(gpt(), {}) == "");
  CHECK(key({}, {}) == "layers");
  CHECK(key(gpt(), {.tensor = 5}) == "tensor");
  CHECK(key(gpt(), {.context = 3}) == "context");
  CHECK(key(gpt(), {.pipeline = 49}) == "pipeline");
  CHECK(key(gpt(), {.virtual_stages = 2}) == "virtual_stages");
  CHECK(key(gpt(), {.pipeline = 16, .virtual_stages = 4}) == "virtual_stages");
  CHECK(key(gpt(), {.data = 2, .micro_batch = 2, .global_batch = 6}) == "global_batch");
  CHECK(key(gpt(), {.global_batch = 0}) == "global_batch");
  TransformerShape s = gpt();
  s.kv_heads = 5;
  CHECK(key(s, {}) == "kv_heads");
  s.heads = 49;
  CHECK(key(s, {}) == "heads");
  Accelerator none = kH100;
  none.exp_rate = 0;
  CHECK(check(gpt(), {}, none).error().key == "exp_rate");
}

TEST_CASE("presets") {
  CHECK(find_shape("llama3-8b")->parameters() == doctest::Approx(8.03e9).epsilon(0.001));
  CHECK(find_shape("llama3-70b")->parameters() == doctest::Approx(70.6e9).epsilon(0.001));
  CHECK(find_shape("llama3-405b")->parameters() == doctest::Approx(405.8e9).epsilon(0.001));
  CHECK(find_shape("llama2-7b")->parameters() == doctest::Approx(6.74e9).epsilon(0.001));
  CHECK(find_shape("gpt3-175b")->parameters() == doctest::Approx(175e9).epsilon(0.005));
  CHECK(find_shape("gpt5").error().text().find("\"llama3-8b\"") != std::string::npos);
  CHECK(!find_accelerator("h1000").ok());
  for (const Accelerator& gpu : accelerators()) {
    CAPTURE(gpu.name);
    CHECK(check(gpt(), {}, gpu).ok());
  }
}

TEST_CASE("a shape of so many parameters") {
  CHECK(shape_of(405e9, 4'096).name == "llama3-405b");
  CHECK(shape_of(405e9, 4'096).seq == 4'096);
  for (double n = kLeastParameters; n <= kMostParameters; n *= 1.3) {
    const TransformerShape s = shape_of(n, 8'192);
    CAPTURE(n);
    CAPTURE(s.layers);
    CAPTURE(s.hidden);
    CHECK(check(s, {}, kH100).ok());
    CHECK(s.parameters() == doctest::Approx(n).epsilon(n < 3e9 ? 0.1 : 0.03));
  }
}
