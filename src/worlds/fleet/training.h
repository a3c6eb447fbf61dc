// Performance of training a dense transformer on many GPUs: how long a step takes and where the
// time goes, how much memory a GPU needs, and what share of the peak is used.
//
// Source: the parallelism is that of Megatron-LM (Narayanan et al., SC'21, arXiv:2104.04473:
// tensor, pipeline and data parallel, interleaved stages), with sequence parallelism and selective
// recomputation (Korthikanti et al., arXiv:2205.05198), sharded optimiser, gradients and parameters
// (ZeRO, arXiv:1910.02054; FSDP) and context parallelism by all-gather of keys and values (Llama 3,
// arXiv:2407.21783). Memory of activations follows Korthikanti et al., widened to grouped-query
// attention and gated feed-forward layers.
//
// Time of a matrix product: its FLOPs at peak, plus the operands of its tiles from the cache, plus
// its matrices from memory; of another kernel: its bytes from memory. Time of a collective: its
// bytes over the link, plus latency. Nothing of that overlaps within a kernel. One constant is
// fitted, see `Efficiency`; between kinds of GPU only the sheet's figures change.
//
// Units: seconds, bytes, FLOP/s, bytes/s in one direction; sizes in elements, `seq` in tokens. Bf16
// throughout, with fp32 optimiser state.
//
// Leaves out: mixtures of experts, FP8, offloading, overlap of tensor-parallel communication,
// network contention and slow nodes at scale, reading data, evaluation.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace dure::fleet {

struct TransformerShape {
  std::string name;
  uint32_t layers = 0;
  uint32_t hidden = 0;
  uint32_t heads = 0;
  uint32_t kv_heads = 0;  // = heads without grouped queries
  uint32_t ffn = 0;       // hidden size of the feed-forward layer
  uint32_t vocab = 0;
  uint32_t seq = 0;
  bool gated = true;            // the feed-forward layer has three matrices (SwiGLU), not two
  bool tied_embedding = false;  // output and input embedding are one matrix

  double head_size() const { return static_cast<double>(hidden) / heads; }
  double kv_hidden() const { return head_size() * kv_heads; }
  double layer_parameters() const;  // of the matrices; norms and biases are small
  double embedding_parameters() const { return static_cast<double>(vocab) * hidden; }
  double parameters() const;
};

struct Accelerator {
  std::string name;
  double peak_flops = 0;         // bf16, dense
  double memory_bytes = 0;       // per GPU
  double memory_bandwidth = 0;   // bytes/s
  double die_bandwidth = 0;      // memory bandwidth of the first product with this die
  double exp_rate = 0;           // exponentials per second: multiprocessors x 16 x boost clock
  double nvlink_bandwidth = 0;   // per GPU and direction
  uint32_t domain = 0;           // GPUs that reach each other by NVLink
  double network_bandwidth = 0;  // per GPU and direction
  double power_w = 0;            // per GPU with its share of the server, at full load
  uint32_t gpus_per_node = 8;
  double nvlink_latency_s = 5e-6;  // of a step of a collective; assumed
  double network_latency_s = 15e-6;
};

enum class Recompute : uint8_t {
  none,
  selective,  // norms, the activation function, and attention's scores where they are stored
  full,       // all but each layer's input
};
enum class Sharding : uint8_t {  // over the data-parallel GPUs
  none,
  optimiser,   // ZeRO-1
  gradients,   // ZeRO-2
  parameters,  // ZeRO-3, FSDP
};
const char* name_of(Recompute recompute);
const char* name_of(Sharding sharding);

struct Parallelism {
  uint32_t tensor = 1;
  uint32_t context = 1;
  uint32_t pipeline = 1;
  uint32_t data = 1;
  uint32_t virtual_stages = 1;  // chunks of layers per GPU, interleaved
  uint32_t micro_batch = 1;     // sequences
  uint32_t global_batch = 1;    // sequences per step
  bool sequence_parallel = true;
  bool fused_attention = true;  // causal, scores are never stored (FlashAttention)
  bool dropout = false;
  bool overlap_data = true;     // gradients and parameters move while a micro-batch runs
  bool overlap_stage = true;    // sends between stages are hidden, except when the pipeline fills
  uint32_t gradient_bytes = 4;  // per gradient, in memory and on the wire
  Recompute recompute = Recompute::none;
  Sharding sharding = Sharding::optimiser;

  uint64_t gpus() const { return uint64_t{tensor} * context * pipeline * data; }
  uint32_t micro_batches() const { return global_batch / data / micro_batch; }
};

// What is reached of the sheet's figures, the same for all kinds of GPU.
struct Efficiency {
  // Of die_bandwidth: the rate at which tiles get their operands from the cache, no sheet has it.
  // Fitted by the oracle `training` on the rows of 1.7, 39.1 and 529.6 billion parameters of
  // SC'21's table 1 (A100).
  double operand = 0;
  double memory = 0.90;  // of memory_bandwidth; assumed, typical of stream benchmarks
  double link = 0.80;  // of NVLink's and the network's bandwidth; assumed, typical of NCCL's tests
};
extern const Efficiency kFittedEfficiency;

struct MemoryUse {  // bytes on the GPU that needs most
  double parameters = 0;
  double gradients = 0;
  double optimiser = 0;
  double activations = 0;
  double reserved = 0;  // by driver, communication library and allocator; assumed
  double total() const { return parameters + gradients + optimiser + activations + reserved; }
};

// One optimiser step. The times add up to step_s.
struct TrainingStep {
  double step_s = 0;
  double matmul_s = 0;        // of the slowest stage
  double other_s = 0;         // norms, activation functions, softmax, kernel starts
  double tensor_s = 0;        // communication
  double context_s = 0;       // communication
  double bubble_s = 0;        // the pipeline fills and empties
  double stage_s = 0;         // sends between stages that are not hidden
  double data_s = 0;          // gradients and parameters that are not hidden
  double optimiser_s = 0;     // update of the parameters
  double model_flops = 0;     // per step and GPU; causal attention at half
  double hardware_flops = 0;  // with what is recomputed, attention as it is computed
  double mfu = 0;
  double hfu = 0;
  MemoryUse memory;
  bool fits = false;
  double tokens_per_s = 0;  // of the whole job

  double hardware_flops_per_s() const { return hardware_flops / step_s; }
};

// What does not divide or is missing, by name; good input for estimate() has none of it.
Result<void> check(const TransformerShape& shape, const Parallelism& parallelism,
                   const Accelerator& gpu);

TrainingStep estimate(const TransformerShape& shape, const Parallelism& parallelism,
                      const Accelerator& gpu, const Efficiency& efficiency = kFittedEfficiency);

}  // namespace dure::fleet
