// Any text as a log, with processors as cores and as GPUs; the first byte picks more options.
#include "worlds/fleet/read_swf.h"

#include "worlds/fleet/read_fuzz.h"

using namespace dure;
using namespace dure::fleet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  SwfOptions options;
  options.max_nodes = 10'000;  // only for speed
  options.processor = data[0] & 1 ? SwfProcessor::gpu : SwfProcessor::core;
  options.per_node = data[0] & 2 ? 4 : 0;
  options.nodes = data[0] & 4 ? 100 : 0;
  options.completed_only = data[0] & 8;
  options.owner = static_cast<SwfOwner>(data[0] / 16 % 5);
  const Result<Trace> trace = parse_swf({fuzz_text(data + 1, size - 1), "log.swf"}, options);
  if (!trace) return 0;
  DURE_ASSERT(!trace->nodes.empty() && !trace->jobs.empty(), "a trace of nothing");
  for (const TraceJob& job : trace->jobs) {
    DURE_ASSERT(job.tasks > 0 && job.duration > Duration{0} && job.gpus + job.cpu_milli > 0,
                "a job of nothing");
  }
  return 0;
}
