// Any text as a scenario: an Error, or a session that runs a little and reports.
#include <string>

#include "worlds/fleet/kind.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<Config> config = Config::parse(text, "scenario.toml");
  if (!config) return 0;
  // Reading is bounded, but millions of nodes are slow: only for speed.
  size_t digits = 0;
  for (const char c : text) {
    digits = (c >= '0' && c <= '9') || c == '_' || c == 'x' || c == 'e' ? digits + 1 : 0;
    if (digits > 5) return 0;
  }
  auto session = fleet::kind().open(*config, "/nowhere");
  if (!session) {
    DURE_ASSERT(!session.error().message.empty(), "an Error that says nothing");
    return 0;
  }
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
