// Any bytes give a Config or an Error, and a Config written as text reads back as the same text.
// After a NUL byte the input holds a --set assignment.
#include "base/config.h"

#include <cstddef>
#include <cstdint>

namespace {

void read_all(dure::ConfigReader& in) {
  in.integer("i", 1, {.unit = "GPUs", .min = 0, .max = 9});
  in.number("x", 1.0, {.min = 0});
  in.boolean("b", false, "");
  in.text("t", "", "");
  in.duration("d", dure::Duration{}, {});
  in.time("w", dure::Time{}, "");
  in.choice("c", "a", {"a", "b"}, "");
  in.parsed<double>("p", "1", dure::parse_double, "");
  in.integers("is", std::vector<int64_t>{}, {});
  in.numbers("xs", std::vector<double>{}, {});
  in.texts("ts", std::vector<std::string>{}, "");
  in.table("s", "", [](dure::ConfigReader& s) { s.integer("i", 1, {}); });
  in.tables("o", "", [](dure::ConfigReader& o, size_t) { o.text("name", dure::required, ""); });
  in.named_tables("n", "",
                  [](dure::ConfigReader& n, const std::string&) { n.integer("i", 1, {}); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dure;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\0');
  Result<Config> config = Config::parse(input.substr(0, end), "f.toml");
  if (!config) {
    config.error().text();
    return 0;
  }
  if (end != std::string_view::npos) (void)config->set(input.substr(end + 1));
  const std::string text = config->text();
  const Result<Config> again = Config::parse(text, "g.toml");
  DURE_ASSERT(again.ok() && again->text() == text, "a document does not read back");
  const Result<void> read = config->read(read_all);
  if (!read) read.error().text();
  DURE_ASSERT(read.ok() == again->read(read_all).ok(), "a document reads back differently");
  return 0;
}
