// Any text as a scenario: an Error, or a session that runs a little and reports.
#include "base/fuzz_config.h"
#include "worlds/fleet/kind.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = fuzz_config(data, size, 5);
  if (!config) return 0;
  auto session = fleet::kind().open(*config, "/nowhere");
  if (!session) return refused(session.error());
  // A few events; a scenario may ask for very many.
  for (int i = 0; i < 200; ++i) {
    const Time next = (*session)->next_event_time();
    if (next > (*session)->end() || next == Time::never()) break;
    (*session)->advance(next, nullptr);
  }
  const Report report = (*session)->report();
  DURE_ASSERT(!report.kpis.empty(), "a report of nothing");
  return 0;
}
