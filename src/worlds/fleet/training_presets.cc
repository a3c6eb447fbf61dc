#include "worlds/fleet/training_presets.h"

#include <cmath>
#include <vector>

#include "base/math.h"
#include "base/text.h"

namespace dure::fleet {
namespace {

constexpr double kTera = 1e12, kGiga = 1e9;

// Data sheets of NVIDIA. NVLink is given there for both directions: half of it here. Network: one
// adapter per GPU, as in the DGX systems of that GPU (200 Gbit/s with A100, 400 Gbit/s since).
// Power is that of the DGX system or rack at most, by its GPUs. Multiprocessors and boost clocks:
// A100 108 at 1.41 GHz, H100 132 at 1.83 GHz, by their white papers; B200 148 and GB200 152 at 1.85
// GHz, assumed.
const std::vector<Accelerator>& all_accelerators() {
  static const std::vector<Accelerator> all = {
      // A100 80GB SXM: 312 TFLOP/s, HBM2e 2,039 GB/s, NVLink 600 GB/s; DGX A100 6.5 kW.
      {.name = "a100-80g",
       .peak_flops = 312 * kTera,
       .memory_bytes = 80 * kGiga,
       .memory_bandwidth = 2.039 * kTera,
       .die_bandwidth = 2.039 * kTera,
       .exp_rate = 108 * 16 * 1.41 * kGiga,
       .nvlink_bandwidth = 300 * kGiga,
       .domain = 8,
       .network_bandwidth = 25 * kGiga,
       .power_w = 812},
      // H100 SXM: 989 TFLOP/s dense, HBM3 3.35 TB/s, NVLink 900 GB/s; DGX H100 10.2 kW.
      {.name = "h100",
       .peak_flops = 989.4 * kTera,
       .memory_bytes = 80 * kGiga,
       .memory_bandwidth = 3.35 * kTera,
       .die_bandwidth = 3.35 * kTera,
       .exp_rate = 132 * 16 * 1.83 * kGiga,
       .nvlink_bandwidth = 450 * kGiga,
       .domain = 8,
       .network_bandwidth = 50 * kGiga,
       .power_w = 1'275},
      // H200 SXM: as H100 with 141 GB of HBM3e at 4.8 TB/s; DGX H200 10.2 kW.
      {.name = "h200",
       .peak_flops = 989.4 * kTera,
       .memory_bytes = 141 * kGiga,
       .memory_bandwidth = 4.8 * kTera,
       .die_bandwidth = 3.35 * kTera,
       .exp_rate = 132 * 16 * 1.83 * kGiga,
       .nvlink_bandwidth = 450 * kGiga,
       .domain = 8,
       .network_bandwidth = 50 * kGiga,
       .power_w = 1'275},
      // HGX/DGX B200: 2.25 PFLOP/s dense, 180 GB, 8 TB/s, NVLink 1.8 TB/s; DGX B200 14.3 kW.
      {.name = "b200",
       .peak_flops = 2'250 * kTera,
       .memory_bytes = 180 * kGiga,
       .memory_bandwidth = 8 * kTera,
       .die_bandwidth = 8 * kTera,
       .exp_rate = 148 * 16 * 1.85 * kGiga,
       .nvlink_bandwidth = 900 * kGiga,
       .domain = 8,
       .network_bandwidth = 50 * kGiga,
       .power_w = 1'788},
      // GB200 NVL72: 2.5 PFLOP/s dense, 186 GB, 8 TB/s, NVLink 1.8 TB/s among 72; rack 120 kW.
      {.name = "gb200-nvl72",
       .peak_flops = 2'500 * kTera,
       .memory_bytes = 186 * kGiga,
       .memory_bandwidth = 8 * kTera,
       .die_bandwidth = 8 * kTera,
       .exp_rate = 152 * 16 * 1.85 * kGiga,
       .nvlink_bandwidth = 900 * kGiga,
       .domain = 72,
       .network_bandwidth = 50 * kGiga,
       .power_w = 1'667,
       .gpus_per_node = 4},
  };
  return all;
}

TransformerShape llama(const char* name, uint32_t layers, uint32_t hidden, uint32_t heads,
                       uint32_t ffn) {
  return {.name = name,
          .layers = layers,
          .hidden = hidden,
          .heads = heads,
          .kv_heads = 8,
          .ffn = ffn,
          .vocab = 128'256,
          .seq = 8'192};
}

const std::vector<TransformerShape>& all_shapes() {
  static const std::vector<TransformerShape> all = {
      // Touvron et al., "Llama 2", 2023 (arXiv:2307.09288).
      {.name = "llama2-7b",
       .layers = 32,
       .hidden = 4'096,
       .heads = 32,
       .kv_heads = 32,
       .ffn = 11'008,
       .vocab = 32'000,
       .seq = 4'096},
      // Table 3 of "The Llama 3 Herd of Models", 2024 (arXiv:2407.21783).
      llama("llama3-8b", 32, 4'096, 32, 14'336),
      llama("llama3-70b", 80, 8'192, 64, 28'672),
      llama("llama3-405b", 126, 16'384, 128, 53'248),
      // Table 2.1 of Brown et al., "Language Models are Few-Shot Learners", 2020.
      {.name = "gpt3-175b",
       .layers = 96,
       .hidden = 12'288,
       .heads = 96,
       .kv_heads = 96,
       .ffn = 49'152,
       .vocab = 50'257,
       .seq = 2'048,
       .gated = false,
       .tied_embedding = true},
  };
  return all;
}

template <class T>
Result<T> find(const std::vector<T>& all, std::string_view name, const char* what) {
  std::vector<std::string_view> names;
  for (const T& one : all) {
    if (one.name == name) return one;
    names.push_back(one.name);
  }
  return Error{.message = std::string("there is no ") + what + ' ' + quoted(name) + ", only " +
                          join_quoted(names)};
}

}  // namespace

std::span<const Accelerator> accelerators() { return all_accelerators(); }
std::span<const TransformerShape> known_shapes() { return all_shapes(); }

Result<Accelerator> find_accelerator(std::string_view name) {
  return find(all_accelerators(), name, "GPU");
}
Result<TransformerShape> find_shape(std::string_view name) {
  return find(all_shapes(), name, "model");
}

TransformerShape shape_of(double parameters, uint32_t seq) {
  DURE_ASSERT(parameters >= kLeastParameters && parameters <= kMostParameters,
              "a number of parameters out of range");
  for (const TransformerShape& known : all_shapes()) {
    if (std::abs(known.parameters() / parameters - 1) <= 0.015) {
      TransformerShape s = known;
      s.seq = seq;
      return s;
    }
  }
  // A layer has about 12.5 hidden^2 parameters.
  const double unit = parameters < 3e9 ? 256 : 1'024;
  const double hidden = math::pow(parameters * 120 / 12.5, 1.0 / 3);
  TransformerShape s = llama("", 1, 0, 0, 0);
  if (parameters < 3e9) s.vocab = 32'000;
  s.hidden = static_cast<uint32_t>(unit * std::max(2.0, std::nearbyint(hidden / unit)));
  s.heads = s.hidden / 128;
  s.kv_heads = s.heads % 8 == 0 ? 8 : s.heads;
  s.ffn = s.hidden / 2 * 7;
  s.seq = seq;
  // Layers that divide well into stages; the feed-forward layer takes up the difference.
  const double in_layers = std::max(parameters - 2 * s.embedding_parameters(), parameters / 2);
  const double layers = in_layers / s.layer_parameters(), step = layers < 48 ? 4 : 16;
  s.layers = static_cast<uint32_t>(step * std::max(1.0, std::nearbyint(layers / step)));
  const double missing = in_layers / s.layers - s.layer_parameters();
  const double wider = std::nearbyint(missing / (3.0 * s.hidden) / unit) * unit;
  s.ffn = static_cast<uint32_t>(std::max(unit, s.ffn + wider));
  const bool large = s.parameters() >= 1e12;
  s.name =
      to_si(s.parameters() / (large ? 1e12 : 1e9)) + (large ? "-trillion" : "-billion") + " model";
  return s;
}

}  // namespace dure::fleet
