// Any text as a fab scenario: an Error, or a model that is written and reads as the same model.
#include <string>

#include "worlds/fab/scenario.h"
#include "worlds/fab/write_fab.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<Config> config = Config::parse(text, "scenario.toml");
  if (!config) return 0;
  // Reading is bounded, but a hundred thousand tools in each of many groups are slow.
  size_t digits = 0;
  for (const char c : text) {
    digits = (c >= '0' && c <= '9') || c == '_' || c == 'x' || c == 'e' ? digits + 1 : 0;
    if (digits > 4) return 0;
  }
  const auto scenario = fab::read_scenario(*config, "/nowhere");
  if (!scenario) {
    DURE_ASSERT(!scenario.error().message.empty(), "an Error that says nothing");
    return 0;
  }
  const fab::Model& model = *scenario->model;
  const auto again_config = Config::parse(fab::write_fab(model, "", ""), "again.toml");
  DURE_ASSERT(again_config.ok(), "what is written is TOML");
  const auto again = fab::read_scenario(*again_config, "/nowhere");
  DURE_ASSERT(again.ok(), again.ok() ? "" : again.error().text().c_str());
  DURE_ASSERT(model.asks_release || again->model->digest() == model.digest(),
              "what is written reads as the same model");
  return 0;
}
