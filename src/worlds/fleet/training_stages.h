// How layers and parameters lie on pipeline stages: shared by time (training.cc) and memory
// (training_memory.cc).
#pragma once

#include <algorithm>

#include "worlds/fleet/training.h"

namespace dure::fleet {

inline constexpr double kBf16 = 2;  // bytes

// Chunks of layers are as even as they can be. Where only that divides, the embedding and the
// output layer take the place of one layer each (Llama 3).
inline bool ends_count_as_layers(const TransformerShape& s, const Parallelism& p) {
  const uint32_t chunks = p.pipeline * p.virtual_stages;
  return s.layers % chunks != 0 && (s.layers + 2) % chunks == 0;
}

inline double layers_of_inner_stage(const TransformerShape& s, const Parallelism& p) {
  const uint32_t slots = s.layers + (ends_count_as_layers(s, p) ? 2 : 0);
  const uint32_t chunks = p.pipeline * p.virtual_stages;
  return p.virtual_stages * ((slots + chunks - 1) / chunks);
}

inline double layers_of_last_stage(const TransformerShape& s, const Parallelism& p) {
  if (ends_count_as_layers(s, p)) return layers_of_inner_stage(s, p) - 1;
  return std::max(0.0, s.layers - layers_of_inner_stage(s, p) * (p.pipeline - 1));
}

// On a GPU of the stage with most: an inner one, or the first or last with its embedding.
inline double stage_parameters(const TransformerShape& s, const Parallelism& p) {
  if (p.pipeline == 1) return s.parameters() / p.tensor;
  const double inner = layers_of_inner_stage(s, p), layer = s.layer_parameters();
  const double with_end = inner - (ends_count_as_layers(s, p) ? 1 : 0);
  return std::max(inner * layer, with_end * layer + s.embedding_parameters()) / p.tensor;
}

MemoryUse memory_use(const TransformerShape& s, const Parallelism& p);

}  // namespace dure::fleet
