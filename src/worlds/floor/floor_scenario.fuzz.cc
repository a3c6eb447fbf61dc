// Any text as a floor scenario: an Error that says something, or a model whose world can be made.
#include <string>

#include "worlds/floor/scenario.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<Config> config = Config::parse(text, "scenario.toml");
  if (!config) return 0;
  // Reading is bounded, but floors of millions of cells are slow.
  size_t digits = 0;
  for (const char c : text) {
    digits = (c >= '0' && c <= '9') || c == '_' || c == 'x' || c == 'e' ? digits + 1 : 0;
    if (digits > 3) return 0;
  }
  const auto scenario = floor::read_scenario(*config, "/nowhere");
  if (!scenario) {
    DURE_ASSERT(!scenario.error().message.empty(), "an Error that says nothing");
    return 0;
  }
  const floor::Model& model = *scenario->model;
  DURE_ASSERT(!model.robots.empty() && model.vertices() >= model.robots.size(), "robots stand");
  return 0;
}
