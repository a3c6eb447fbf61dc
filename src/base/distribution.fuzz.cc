// Any text either parses to a distribution that keeps its promises, or gives a one-line error.
#include "base/distribution.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Result<Distribution> parsed = Distribution::parse(input);
  if (!parsed) {
    const std::string& message = parsed.error().message;
    DURE_ASSERT(!message.empty() && message.find('\n') == std::string::npos, "one line of error");
    return 0;
  }
  const Distribution& d = *parsed;
  const std::string text = d.text();
  const Result<Distribution> again = Distribution::parse(text);
  DURE_ASSERT(again.ok(), text.c_str());
  DURE_ASSERT(*again == d, text.c_str());
  DURE_ASSERT(again->text() == text, text.c_str());

  DURE_ASSERT(std::isfinite(d.mean()), text.c_str());
  const double lowest = d.lowest();
  const double highest = d.highest();
  DURE_ASSERT(lowest <= d.mean() && d.mean() <= highest, text.c_str());
  double before = lowest;
  for (const double p : {0x1p-53, 0.1, 0.5, 0.7, 1.0 - 0x1p-53}) {
    const double x = d.quantile(p);
    DURE_ASSERT(before <= x && x <= highest, text.c_str());
    before = x;
  }
  Random random{.seed = 1, .stream = 2};
  for (int i = 0; i < 8; ++i) {
    const double x = d.sample(random);
    DURE_ASSERT(std::isfinite(x) && x >= lowest && x <= highest, text.c_str());
  }
  DURE_ASSERT(random.counter == 8, text.c_str());
  return 0;
}
