// Kinds of GPU by their data sheets, and shapes of models that are known or derived from a number
// of parameters.
//
// Source of each figure: training_presets.cc, beside it.
#pragma once

#include <span>
#include <string_view>

#include "worlds/fleet/training.h"

namespace dure::fleet {

std::span<const Accelerator> accelerators();
std::span<const TransformerShape> known_shapes();  // with the sequence they were trained with

// By name; an Error names those there are.
Result<Accelerator> find_accelerator(std::string_view name);
Result<TransformerShape> find_shape(std::string_view name);

// A shape of about so many parameters: the known one within 1.5 %, otherwise one in the proportions
// of the Llama 3 models (hidden about 120 x layers, heads of 128, 8 of them for keys and values,
// ffn of about 3.5 x hidden, vocabulary of 128,256, or 32,000 below 3 billion).
inline constexpr double kLeastParameters = 2e8, kMostParameters = 1e14;
TransformerShape shape_of(double parameters, uint32_t seq);

}  // namespace dure::fleet
