// Any text gives a time or an Error, and what parses is written as text that reads back the same.
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dure;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<Duration> d = parse_duration(text)) {
    const Result<Duration> again = parse_duration(to_string(*d));
    DURE_ASSERT(again && *again == *d, "a duration does not read back");
    to_human(*d);
  }
  if (const Result<Time> t = parse_time(text)) {
    const Result<Time> again = parse_time(to_string(*t));
    DURE_ASSERT(again && *again == *t, "a time does not read back");
    const int hour = hour_of_week(*t);
    DURE_ASSERT(hour >= 0 && hour < 168, "an hour outside the week");
    civil_date(*t);
  }
  if (size >= 8) {
    double seconds;
    std::memcpy(&seconds, data, 8);
    if (seconds == seconds) to_string(from_seconds(seconds));
  }
  return 0;
}
