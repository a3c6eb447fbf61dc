#include "worlds/fleet/training_stages.h"

namespace dure::fleet {
namespace {

constexpr double kOptimiserState = 12;  // bytes per parameter: fp32 master, two moments of Adam
constexpr double kReserved = 4e9;       // bytes; assumed

}  // namespace

MemoryUse memory_use(const TransformerShape& s, const Parallelism& p) {
  MemoryUse use;
  const double t = p.tensor;
  const double tokens = static_cast<double>(p.micro_batch) * s.seq / p.context;
  const double n = stage_parameters(s, p);
  const double shards = static_cast<double>(p.data) * p.context;
  const auto part = [&](Sharding from) { return p.sharding >= from ? n / shards : n; };
  const double layer = s.layer_parameters() / t;
  use.parameters = kBf16 * part(Sharding::parameters);
  use.gradients = p.gradient_bytes * part(Sharding::gradients);
  use.optimiser = kOptimiserState * part(Sharding::optimiser);
  if (p.sharding == Sharding::parameters) use.parameters += 2 * kBf16 * layer;  // in use, and next
  if (p.sharding >= Sharding::gradients) use.gradients += p.gradient_bytes * layer;

  // Per token of a layer, in bytes.
  const double h = s.hidden, f = s.ffn, spread = p.sequence_parallel ? t : 1;
  const double inputs = kBf16 * 2 * h / spread + (p.dropout ? 2 * h / spread : 0);
  const double normed = kBf16 * 2 * h / spread;
  const double heads = kBf16 * (2 * h + 2 * s.kv_hidden()) / t;
  const double up = kBf16 * (s.gated ? 2 : 1) * f / t, activated = kBf16 * f / t;
  const double scores = p.fused_attention ? 0 : (p.dropout ? 5.0 : 2.0) * s.heads / t * s.seq;
  const double all = inputs + normed + heads + up + activated + scores;
  const double kept = p.recompute == Recompute::none        ? all
                      : p.recompute == Recompute::selective ? inputs + heads + up
                                                            : kBf16 * h / spread;
  // Micro-batches in flight, times layers: the first stage holds most of them; the last one holds
  // fewer, and the logits.
  const double m = p.micro_batches(), stages = p.pipeline, v = p.virtual_stages;
  const double layers = layers_of_inner_stage(s, p);
  const double first = layers * std::min(m, v > 1 ? stages + (stages - 1) / v : stages);
  const double last = layers * std::min(m, v > 1 ? ((v - 1) * stages + 1) / v : 1);
  const double at_work = all - kept;  // of the layer that is recomputed
  const double logits = (4.0 + kBf16) * s.vocab / t;
  use.activations = tokens * std::max(first * kept + std::max(at_work, stages == 1 ? logits : 0),
                                      last * kept + std::max(at_work, logits));
  use.reserved = kReserved;
  return use;
}

}  // namespace dure::fleet
