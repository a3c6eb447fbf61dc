// Any two texts as node list and pod list: an Error or a trace that reads back as it is written.
#include "worlds/fleet/read_openb.h"

#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_fuzz.h"
#include "worlds/fleet/write_trace.h"

using namespace dure;
using namespace dure::fleet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [nodes, pods] = fuzz_cut(fuzz_text(data, size));
  for (const OpenbArrivals arrivals : {OpenbArrivals::creation, OpenbArrivals::one_per_second}) {
    const Result<Trace> trace = parse_openb({nodes, "nodes.csv"}, {pods, "pods.csv"}, {arrivals});
    if (!trace) continue;
    const std::string node_text = nodes_csv(*trace);
    const Result<std::string> job_text = jobs_csv(*trace);
    if (!job_text) continue;  // a pod that comes at the end of time
    const Result<Trace> back = parse_csv_trace({node_text, "nodes"}, {*job_text, "jobs"});
    DURE_ASSERT(back, back.error().text().c_str());
    DURE_ASSERT(back->jobs.size() == trace->jobs.size(), "jobs got lost");
    DURE_ASSERT(nodes_csv(*back) == node_text && *jobs_csv(*back) == *job_text, "not as written");
  }
  return 0;
}
