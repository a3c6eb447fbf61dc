// The commands of `dure plan`, like those of commands.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace dure::cli {

struct PlanTrainingOptions {
  std::optional<double> params;      // number of parameters, or
  std::optional<std::string> model;  // a known model
  // Of the shape, where it is to differ.
  std::optional<uint32_t> layers, hidden, heads, kv_heads, ffn, vocab;
  double tokens = 0;
  uint64_t gpus = 0;
  std::string gpu = "h100";
  uint32_t seq = 8'192;
  double batch_tokens = 16'777'216;
  std::optional<std::string> node_mtbf, checkpoint_cost, checkpoint_interval;  // durations
  std::string restart = "12min";
  double pue = 1.2;
  std::optional<double> price;  // of a GPU-hour
  uint32_t top = 5;             // plans shown
  bool json = false;
  std::optional<std::string> write;  // a fleet scenario of the best plan
};
Result<int> plan_training_command(const PlanTrainingOptions& options);

}  // namespace dure::cli
