// Any two texts as sacct's and scontrol's output, and the first alone with a cluster made up for
// it: an Error or a trace that reads back as it is written.
#include "worlds/fleet/read_sacct.h"

#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_fuzz.h"
#include "worlds/fleet/write_trace.h"

using namespace dure;
using namespace dure::fleet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [jobs, nodes] = fuzz_cut(fuzz_text(data, size));
  for (const SacctUnfinished unfinished :
       {SacctUnfinished::elapsed, SacctUnfinished::limit, SacctUnfinished::skip}) {
    SacctOptions options;
    options.unfinished = unfinished;
    options.max_nodes = 10'000;  // only for speed
    for (const bool with_nodes : {false, true}) {
      const TraceText node_text = with_nodes ? TraceText{nodes, "nodes.txt"} : TraceText{};
      const Result<Trace> trace = parse_sacct({jobs, "jobs.txt"}, node_text, options);
      if (!trace) continue;
      DURE_ASSERT(!trace->nodes.empty() && !trace->jobs.empty(), "a trace of nothing");
      for (const TraceJob& job : trace->jobs) {
        DURE_ASSERT(job.tasks > 0 && job.duration > Duration{0}, "a job of nothing");
      }
      const Result<std::string> text = jobs_csv(*trace);
      if (!text) continue;  // a time that no trace of ours may have
      const Result<Trace> back = parse_csv_trace({nodes_csv(*trace), "nodes"}, {*text, "jobs"});
      DURE_ASSERT(back, back.error().text().c_str());
      DURE_ASSERT(*jobs_csv(*back) == *text, "not as written");
    }
  }
  return 0;
}
