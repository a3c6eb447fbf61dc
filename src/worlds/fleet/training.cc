#include "worlds/fleet/training.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "worlds/fleet/training_stages.h"

namespace dure::fleet {
namespace {

// A tile of 128 x 256 results reads 128 + 256 operands of 2 bytes for 2 x 128 x 256 FLOPs.
constexpr double kTileBytesPerFlop = 1.0 / 128 + 1.0 / 256;
constexpr double kKernelStart = 4e-6;  // s; assumed

constexpr double kCausal = 0.5;  // of the square of scores

// Time of kernels: matrix products and the rest apart, since reports do.
struct Work {
  double matmul_s = 0;
  double other_s = 0;
  double flops = 0;
  Work& operator+=(const Work& w) {
    matmul_s += w.matmul_s;
    other_s += w.other_s;
    flops += w.flops;
    return *this;
  }
  friend Work operator+(Work a, const Work& b) { return a += b; }
  friend Work operator*(double k, const Work& w) {
    return {k * w.matmul_s, k * w.other_s, k * w.flops};
  }
  double seconds() const { return matmul_s + other_s; }
};

// The parts of a layer and of a step on one GPU.
class Estimator {
 public:
  Estimator(const TransformerShape& shape, const Parallelism& p, const Accelerator& gpu,
            const Efficiency& e)
      : s_(shape),
        p_(p),
        g_(gpu),
        flops_rate_(1 / (1 / gpu.peak_flops + kTileBytesPerFlop / (e.operand * gpu.die_bandwidth))),
        memory_rate_(e.memory * gpu.memory_bandwidth),
        nvlink_rate_(e.link * gpu.nvlink_bandwidth),
        network_rate_(e.link * gpu.network_bandwidth),
        t_(p.tensor),
        tokens_(static_cast<double>(p.micro_batch) * shape.seq / p.context) {}

  TrainingStep step() const;

 private:
  // batch products of m x k by k x n matrices; `out_bytes` per element of the result, read and
  // written.
  Work matmul(double m, double n, double k, double out_bytes = kBf16, double batch = 1) const {
    const double flops = 2 * m * n * k * batch;
    const double bytes = (kBf16 * (m * k + k * n) + out_bytes * m * n) * batch;
    return {flops / flops_rate_ + bytes / memory_rate_ + kKernelStart, 0, flops};
  }
  Work stream(double bytes) const { return {0, bytes / memory_rate_ + kKernelStart, 0}; }

  // A product with weights, forward; and backward: gradients of the input, and of the weights,
  // which are added to those of earlier micro-batches.
  Work forward(double n, double k) const { return matmul(tokens_, n, k); }
  Work backward(double n, double k) const {
    return matmul(tokens_, k, n) + matmul(k, n, tokens_, 2.0 * p_.gradient_bytes);
  }

  Work products(bool back) const;
  Work attention(bool back) const;
  Work pointwise() const;
  Work rest_of(bool back) const { return (back ? 2.0 : 1.0) * pointwise(); }
  Work output_layer() const;

  // All-gather or reduce-scatter of `bytes` (of the whole) over n GPUs, of which `inside` share an
  // NVLink domain.
  double collective(double bytes, double n, double inside) const;
  double tensor_inside() const { return std::min<double>(t_, g_.domain); }
  double replicas_inside() const;
  double tensor_forward() const;
  double context_forward() const;
  double send() const;

  const TransformerShape& s_;
  const Parallelism& p_;
  const Accelerator& g_;
  double flops_rate_, memory_rate_, nvlink_rate_, network_rate_;
  double t_;
  double tokens_;  // of a micro-batch on a GPU
};

Work Estimator::products(bool back) const {
  const double h = s_.hidden, qkv = (h + 2 * s_.kv_hidden()) / t_, f = s_.ffn / t_;
  const double up = s_.gated ? 2 * f : f;
  if (back) return backward(qkv, h) + backward(h, h / t_) + backward(up, h) + backward(h, f);
  return forward(qkv, h) + forward(h, h / t_) + forward(up, h) + forward(h, f);
}

// Scores and their product with the values. Fused: half of the square, and the scores stay on chip;
// backward computes them again (five products instead of two). Each score takes an exponential,
// whose units are as scarce as the tensor cores (Shah et al., FlashAttention-3, arXiv:2407.08608).
Work Estimator::attention(bool back) const {
  const double heads = s_.heads / t_ * p_.micro_batch, d = s_.head_size();
  const double rows = static_cast<double>(s_.seq) / p_.context, columns = s_.seq;
  if (p_.fused_attention) {
    const double scores = kCausal * rows * columns * heads;
    const double flops = (back ? 5 : 2) * 2 * scores * d;
    const double bytes = kBf16 * (back ? 8 : 4) * rows * d * heads;
    return {flops / flops_rate_ + bytes / memory_rate_ + kKernelStart, scores / g_.exp_rate, flops};
  }
  const Work once = matmul(rows, columns, d, kBf16, heads) + matmul(rows, d, columns, kBf16, heads);
  // Softmax reads and writes; dropout reads, writes, and writes a mask of a byte.
  const double bytes = (4.0 + (p_.dropout ? 5 : 0)) * rows * columns * heads;
  return (back ? 2.0 : 1.0) * (once + stream(bytes));
}

// What neither multiplies matrices nor communicates, forward.
Work Estimator::pointwise() const {
  const double h = s_.hidden, spread = p_.sequence_parallel ? t_ : 1;
  const double norms = 2 * 2 * h / spread, residuals = 2 * 3 * h / spread;  // elements per token
  const double rotation = 2 * (h + s_.kv_hidden()) / t_;
  const double activation = (s_.gated ? 3 : 2) * s_.ffn / t_;
  return stream(kBf16 * tokens_ * norms) + stream(kBf16 * tokens_ * residuals) +
         stream(kBf16 * tokens_ * rotation) + stream(kBf16 * tokens_ * activation);
}

// Logits and loss, forward and backward.
Work Estimator::output_layer() const {
  const double v = s_.vocab / t_;
  return forward(v, s_.hidden) + backward(v, s_.hidden) + stream(4.0 * 4 * tokens_ * v);
}

// Ranks are laid out tensor, context, pipeline, data, as Llama 3's: neighbours in the first are
// neighbours on the machine.
double Estimator::replicas_inside() const {
  const uint32_t room = std::max(1u, g_.domain / p_.tensor);
  const uint32_t contexts = std::min(room, p_.context);
  const uint32_t copies = room / (p_.context * p_.pipeline);
  return contexts * std::clamp(copies, 1u, p_.data);
}

// Inside the domain first; then each GPU moves its part of the rest over the network.
double Estimator::collective(double bytes, double n, double inside) const {
  if (n <= 1) return 0;
  const double outside = std::ceil(n / inside);
  const auto steps = [](double members) {
    return static_cast<double>(std::bit_width(static_cast<uint64_t>(members) - 1));
  };
  double seconds = 0;
  if (inside > 1) {
    seconds += bytes * (inside - 1) / inside / nvlink_rate_ + steps(inside) * g_.nvlink_latency_s;
  }
  if (outside > 1) {
    seconds += bytes / inside * (outside - 1) / outside / network_rate_ +
               steps(outside) * g_.network_latency_s;
  }
  return seconds;
}

// Of a layer: all-gather and reduce-scatter around attention and around the feed-forward layer;
// without sequence parallelism both are one all-reduce, which moves as much. Backward the same.
double Estimator::tensor_forward() const {
  return 4 * collective(kBf16 * tokens_ * s_.hidden, t_, tensor_inside());
}

// Keys and values of the whole sequence are gathered; backward gathers again and scatters
// gradients.
double Estimator::context_forward() const {
  const double bytes = kBf16 * tokens_ * p_.context * 2 * s_.kv_hidden() / t_;
  const double inside = std::max(1u, g_.domain / p_.tensor);
  return collective(bytes, p_.context, std::min<double>(p_.context, inside));
}

// Activations to the next stage; each tensor-parallel GPU sends its part.
double Estimator::send() const {
  const bool near = t_ * p_.context * p_.pipeline <= g_.domain;
  const double bytes = kBf16 * tokens_ * s_.hidden / t_;
  return near ? bytes / nvlink_rate_ + g_.nvlink_latency_s
              : bytes / network_rate_ + g_.network_latency_s;
}

TrainingStep Estimator::step() const {
  TrainingStep out;
  const double m = p_.micro_batches(), p = p_.pipeline, v = p_.virtual_stages;
  const bool full = p_.recompute == Recompute::full;

  // A layer's work for a micro-batch, forward and backward.
  Work work = products(false) + attention(false) + rest_of(false) + products(true) +
              attention(true) + rest_of(true);
  double passes = 2;  // of communication
  if (full) {
    work += products(false) + attention(false) + pointwise();
    passes = 3;
  } else if (p_.recompute == Recompute::selective) {
    work += pointwise();
    if (!p_.fused_attention) work += attention(false);
  }
  const double tensor = passes * tensor_forward();
  const double context = (passes + 1) * context_forward();
  const double layer_s = work.seconds() + tensor + context;

  // The slowest stage sets the pace: an inner one, or the last with the output layer.
  const Work output = output_layer();
  const double output_tensor = 2 * collective(kBf16 * tokens_ * s_.hidden, t_, tensor_inside());
  const double inner = layers_of_inner_stage(s_, p_), last = layers_of_last_stage(s_, p_);
  const bool last_is_slowest = last * layer_s + output.seconds() + output_tensor > inner * layer_s;
  const double layers = last_is_slowest ? last : inner;
  const Work stage = layers * work + (last_is_slowest ? 1.0 : 0.0) * output;
  out.matmul_s = m * stage.matmul_s;
  out.other_s = m * stage.other_s;
  out.tensor_s = m * (layers * tensor + (last_is_slowest ? output_tensor : 0));
  out.context_s = m * layers * context;
  out.bubble_s = (p - 1) / v * inner * layer_s;
  if (p > 1) {                                                  // forward and backward
    const double chunk_s = inner * layer_s / v / (passes + 1);  // forward, the shorter
    const double waits = p_.overlap_stage ? std::max(0.0, send() - chunk_s) : send();
    out.stage_s = 2 * (send() * (p - 1) + waits * m * v);
  }

  // Gradients are scattered and parameters gathered, in the time of a micro-batch at best. With
  // sharded gradients or parameters that is for each micro-batch.
  const double n = stage_parameters(s_, p_);
  const double replicas = static_cast<double>(p_.data) * p_.context;
  const double inside = replicas_inside();
  const double scatter = collective(p_.gradient_bytes * n, replicas, inside);
  const double gather = p_.sharding == Sharding::none
                            ? collective(p_.gradient_bytes * n, replicas, inside)
                            : collective(kBf16 * n, replicas, inside);
  const double micro_batch_s = inner * layer_s;
  const double times = p_.sharding >= Sharding::gradients ? m : 1;
  const double gathers = p_.sharding == Sharding::parameters ? 2 * m : 1;
  const double hidden = p_.overlap_data ? 1 : 0;
  if (p_.sharding == Sharding::parameters) {  // the first layer's are not hidden
    out.data_s = (scatter + gather) / inner +
                 std::max(0.0, times * scatter + gathers * gather - hidden * m * micro_batch_s);
  } else {
    const double backward_s = hidden * micro_batch_s * 2 / 3;
    out.data_s = times * std::max(0.0, scatter - backward_s) +
                 std::max(0.0, gather - hidden * micro_batch_s / 3 *
                                            (p_.sharding == Sharding::none ? 0 : 1));
  }
  const double owned = p_.sharding == Sharding::none ? n : n / replicas;
  // Gradient, master and two moments are read, three of them written, and the bf16 copy.
  out.optimiser_s = owned * (p_.gradient_bytes + 12 + 12 + kBf16) / memory_rate_;

  out.step_s = out.matmul_s + out.other_s + out.tensor_s + out.context_s + out.bubble_s +
               out.stage_s + out.data_s + out.optimiser_s;

  const double tokens = static_cast<double>(p_.global_batch) * s_.seq;
  const double gpus = static_cast<double>(p_.gpus());
  const double attention_flops =
      12.0 * s_.layers * s_.hidden * s_.seq * tokens;  // all of the square
  const double matrices = s_.layers * s_.layer_parameters() + s_.embedding_parameters();
  out.model_flops = (6 * matrices * tokens + kCausal * attention_flops) / gpus;
  out.hardware_flops =
      m * (s_.layers * work.flops + output.flops) * t_ * p_.context * p_.data / gpus;
  out.mfu = out.model_flops / (out.step_s * g_.peak_flops);
  out.hfu = out.hardware_flops / (out.step_s * g_.peak_flops);
  out.tokens_per_s = tokens / out.step_s;
  out.memory = memory_use(s_, p_);
  out.fits = out.memory.total() <= g_.memory_bytes;
  return out;
}

}  // namespace

const Efficiency kFittedEfficiency = {.operand = 5.7};

TrainingStep estimate(const TransformerShape& shape, const Parallelism& parallelism,
                      const Accelerator& gpu, const Efficiency& efficiency) {
  const Result<void> sound = check(shape, parallelism, gpu);
  DURE_ASSERT(sound.ok(), sound.error().message.c_str());
  return Estimator(shape, parallelism, gpu, efficiency).step();
}

}  // namespace dure::fleet
