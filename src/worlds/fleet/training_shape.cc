// Names, sizes, and the check of what goes into estimate().
#include <string>

#include "worlds/fleet/training.h"

namespace dure::fleet {

const char* name_of(Recompute recompute) {
  switch (recompute) {
    case Recompute::none:
      return "none";
    case Recompute::selective:
      return "selective";
    case Recompute::full:
      return "full";
  }
  DURE_ASSERT(false, "a recomputation that has no name");
}

const char* name_of(Sharding sharding) {
  switch (sharding) {
    case Sharding::none:
      return "none";
    case Sharding::optimiser:
      return "optimiser";
    case Sharding::gradients:
      return "gradients";
    case Sharding::parameters:
      return "parameters";
  }
  DURE_ASSERT(false, "a sharding that has no name");
}

double TransformerShape::layer_parameters() const {
  const double h = hidden;
  return h * (2 * h + 2 * kv_hidden()) + (gated ? 3 : 2) * h * static_cast<double>(ffn);
}

double TransformerShape::parameters() const {
  return layers * layer_parameters() + (tied_embedding ? 1 : 2) * embedding_parameters();
}

Result<void> check(const TransformerShape& s, const Parallelism& p, const Accelerator& g) {
  const auto wrong = [](const char* key, std::string message) {
    return Error{.message = std::move(message), .key = key};
  };
  const auto text = [](uint64_t n) { return std::to_string(n); };
  for (const auto& [key, n] : {std::pair{"layers", s.layers},
                               {"hidden", s.hidden},
                               {"heads", s.heads},
                               {"kv_heads", s.kv_heads},
                               {"ffn", s.ffn},
                               {"vocab", s.vocab},
                               {"seq", s.seq},
                               {"tensor", p.tensor},
                               {"context", p.context},
                               {"pipeline", p.pipeline},
                               {"data", p.data},
                               {"virtual_stages", p.virtual_stages},
                               {"micro_batch", p.micro_batch},
                               {"global_batch", p.global_batch},
                               {"domain", g.domain}}) {
    if (n == 0) return wrong(key, "expected a number above 0");
  }
  for (const auto& [key, x] : {std::pair{"peak_flops", g.peak_flops},
                               {"memory_bytes", g.memory_bytes},
                               {"memory_bandwidth", g.memory_bandwidth},
                               {"die_bandwidth", g.die_bandwidth},
                               {"exp_rate", g.exp_rate},
                               {"nvlink_bandwidth", g.nvlink_bandwidth},
                               {"network_bandwidth", g.network_bandwidth}}) {
    if (!(x > 0)) return wrong(key, "expected a number above 0, found " + std::to_string(x));
  }
  if (s.hidden % s.heads != 0)
    return wrong("heads",
                 "expected a divisor of hidden " + text(s.hidden) + ", found " + text(s.heads));
  if (s.heads % p.tensor != 0 || s.ffn % p.tensor != 0)
    return wrong("tensor", "expected a divisor of " + text(s.heads) + " heads and of ffn " +
                               text(s.ffn) + ", found " + text(p.tensor));
  if (s.heads % s.kv_heads != 0)
    return wrong("kv_heads",
                 "expected a divisor of " + text(s.heads) + " heads, found " + text(s.kv_heads));
  if (s.seq % p.context != 0)
    return wrong("context", "expected a divisor of the sequence of " + text(s.seq) + ", found " +
                                text(p.context));
  if (p.pipeline > s.layers)
    return wrong("pipeline",
                 "expected at most the " + text(s.layers) + " layers, found " + text(p.pipeline));
  if (p.virtual_stages > 1 &&
      (p.pipeline == 1 || uint64_t{p.pipeline} * p.virtual_stages > s.layers + 2))
    return wrong("virtual_stages", "expected more than one stage, and at most " +
                                       text(s.layers + 2) + " chunks of layers, found " +
                                       text(p.pipeline) + " x " + text(p.virtual_stages));
  const uint64_t at_once = uint64_t{p.data} * p.micro_batch;
  if (p.global_batch % at_once != 0)
    return wrong("global_batch", "expected a multiple of " + text(at_once) +
                                     " sequences (data x micro_batch), found " +
                                     text(p.global_batch));
  return {};
}

}  // namespace dure::fleet
