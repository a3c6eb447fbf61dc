// Any two texts as jobs and virtual clusters; and as a folder of ours.
#include "worlds/fleet/read_philly.h"

#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_fuzz.h"

using namespace dure;
using namespace dure::fleet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [jobs, nodes] = fuzz_cut(fuzz_text(data, size));
  constexpr int64_t few = 10'000;  // nodes; only for speed
  (void)parse_philly({jobs, "jobs.csv"}, {nodes, "vc_nodes.csv"}, {1, few});
  (void)parse_philly({jobs, "jobs.csv"}, {nodes, "vc_nodes.csv"}, {4, few});
  (void)parse_csv_trace({nodes, "nodes.csv"}, {jobs, "jobs.csv"});
  return 0;
}
