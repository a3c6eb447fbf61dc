// Any text as a fab scenario: an Error, or a model that is written and reads as the same model.
#include "base/fuzz_config.h"
#include "worlds/fab/scenario.h"
#include "worlds/fab/write_fab.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = fuzz_config(data, size, 4);
  if (!config) return 0;
  const auto scenario = fab::read_scenario(*config, "/nowhere");
  if (!scenario) return refused(scenario.error());
  const fab::Model& model = *scenario->model;
  const auto again_config = Config::parse(fab::write_fab(model, "", ""), "again.toml");
  DURE_ASSERT(again_config.ok(), "what is written is TOML");
  const auto again = fab::read_scenario(*again_config, "/nowhere");
  DURE_ASSERT(again.ok(), again.ok() ? "" : again.error().text().c_str());
  DURE_ASSERT(model.asks_release || again->model->digest() == model.digest(),
              "what is written reads as the same model");
  return 0;
}
