// Fragmentation of GPU nodes against a target workload (Weng et al., "Beware of Fragmentation:
// Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX ATC 2023): the
// expected GPU share of a node that a task drawn from the target workload could not use.
//
// The sums run in the order of the authors' simulator (one accumulator per reason, reasons added at
// the end), as scores are truncated and ties decided by the last bit.
// As there, a CPU-only shape counts all of a node's idle GPU as unusable, and memory plays no part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dure::fleet {

// One of the task shapes that the fleet is expected to serve, and its share of all tasks.
struct TargetShape {
  uint32_t cpu_milli = 0;
  uint32_t gpu_milli = 0;  // per GPU; 0 = CPU only
  uint32_t gpus = 0;
  uint32_t gpu_models = 0;  // bit i: Model::gpu_models[i] will do; 0 = any
  double weight = 0;        // all weights add up to 1
};

class TargetWorkload {
 public:
  TargetWorkload() = default;
  // At most 256 different shapes.
  explicit TargetWorkload(std::vector<TargetShape> shapes);

  bool empty() const { return shapes_.empty(); }
  const std::vector<TargetShape>& shapes() const { return shapes_; }

  // Milli-GPU of a node that are fragmented. gpu_left: [gpus] milli, 0..1000 each; gpus <= 32.
  double fragmented(uint32_t cpu_left, const uint16_t* gpu_left, uint32_t gpus,
                    uint32_t gpu_model) const;

 private:
  std::vector<TargetShape> shapes_;     // in the order of the sums
  std::vector<uint16_t> thresholds_;    // different gpu_milli > 0, ascending
  std::vector<uint16_t> threshold_of_;  // [shapes] index into thresholds_
};

// Task shapes as counted in a workload, and its most frequent ones as a target: shapes by falling
// count (equal counts by cpu, gpu_milli, gpus, spec, all falling) until they cover 95 % of all
// tasks.
struct ShapeCount {
  uint32_t cpu_milli = 0;
  uint32_t gpu_milli = 0;
  uint32_t gpus = 0;
  uint32_t gpu_models = 0;
  std::string gpu_spec;  // as written, for the order only
  uint64_t count = 0;
};
TargetWorkload typical_shapes(std::vector<ShapeCount> shapes);

}  // namespace dure::fleet
