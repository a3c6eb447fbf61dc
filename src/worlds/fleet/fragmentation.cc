#include "worlds/fleet/fragmentation.h"

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>

#include "base/assert.h"

namespace dure::fleet {
namespace {

constexpr size_t kMaxShapes = 256;

// Why a shape cannot use (part of) a node's idle GPUs: the accumulators of the published sum.
enum Reason {
  kLacksBoth,
  kLacksGpu,
  kLacksCpu,
  kCpuOnlyFits,
  kCpuOnlyLacksCpu,
  kWrongModel,
  kReasons
};

}  // namespace

TargetWorkload::TargetWorkload(std::vector<TargetShape> shapes) : shapes_(std::move(shapes)) {
  DURE_ASSERT(shapes_.size() <= kMaxShapes, "too many shapes in a target workload");
  for (const TargetShape& t : shapes_) {
    if (t.gpus > 0) thresholds_.push_back(static_cast<uint16_t>(t.gpu_milli));
  }
  std::sort(thresholds_.begin(), thresholds_.end());
  thresholds_.erase(std::unique(thresholds_.begin(), thresholds_.end()), thresholds_.end());
  for (const TargetShape& t : shapes_) {
    threshold_of_.push_back(static_cast<uint16_t>(
        std::lower_bound(thresholds_.begin(), thresholds_.end(), t.gpu_milli) -
        thresholds_.begin()));
  }
}

double TargetWorkload::fragmented(uint32_t cpu_left, const uint16_t* gpu_left, uint32_t gpus,
                                  uint32_t gpu_model) const {
  std::array<uint16_t, 32> sorted;
  uint32_t total = 0;
  for (uint32_t g = 0; g < gpus; ++g) {
    total += gpu_left[g];
    uint32_t i = g;
    for (; i > 0 && sorted[i - 1] > gpu_left[g]; --i) sorted[i] = sorted[i - 1];
    sorted[i] = gpu_left[g];
  }
  if (total == 0) return 0;

  // Per different GPU share: how many GPUs have it left, and what lies on GPUs that have not.
  std::array<uint32_t, kMaxShapes> enough;
  std::array<uint32_t, kMaxShapes> too_small;
  uint32_t below = 0, sum = 0;
  for (size_t i = 0; i < thresholds_.size(); ++i) {
    while (below < gpus && sorted[below] < thresholds_[i]) sum += sorted[below++];
    enough[i] = gpus - below;
    too_small[i] = sum;
  }

  std::array<double, kReasons> by_reason{};
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const TargetShape& t = shapes_[i];
    const bool cpu = cpu_left >= t.cpu_milli;
    Reason reason = kLacksGpu;
    uint32_t lost = total;
    if (t.gpus == 0) {
      reason = cpu ? kCpuOnlyFits : kCpuOnlyLacksCpu;
    } else if (t.gpu_models != 0 && !(t.gpu_models >> gpu_model & 1)) {
      reason = kWrongModel;
    } else if (enough[threshold_of_[i]] < t.gpus) {
      reason = cpu ? kLacksGpu : kLacksBoth;
    } else if (!cpu) {
      reason = kLacksCpu;
    } else {
      lost = too_small[threshold_of_[i]];
    }
    by_reason[reason] += t.weight * static_cast<double>(lost);
  }
  double out = by_reason[0];
  for (int r = 1; r < kReasons; ++r) out += by_reason[r];
  return out;
}

TargetWorkload typical_shapes(std::vector<ShapeCount> shapes) {
  uint64_t total = 0;
  for (const ShapeCount& s : shapes) total += s.count;
  std::sort(shapes.begin(), shapes.end(), [](const ShapeCount& a, const ShapeCount& b) {
    return std::tie(a.count, a.cpu_milli, a.gpu_milli, a.gpus, a.gpu_spec) >
           std::tie(b.count, b.cpu_milli, b.gpu_milli, b.gpus, b.gpu_spec);
  });
  uint64_t taken = 0;
  size_t n = 0;
  while (n < shapes.size() && n < kMaxShapes &&
         static_cast<double>(taken) < 0.95 * static_cast<double>(total)) {
    taken += shapes[n++].count;
  }
  std::vector<TargetShape> out;
  for (size_t i = 0; i < n; ++i) {
    const ShapeCount& s = shapes[i];
    const double share = static_cast<double>(s.count) / static_cast<double>(total);
    const double covered = static_cast<double>(taken) / static_cast<double>(total);
    out.push_back({s.cpu_milli, s.gpu_milli, s.gpus, s.gpu_models, share / covered});
  }
  return TargetWorkload(std::move(out));
}

}  // namespace dure::fleet
