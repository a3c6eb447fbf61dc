// Any text as a floor scenario: an Error that says something, or a model whose world can be made.
#include "base/fuzz_config.h"
#include "worlds/floor/scenario.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = fuzz_config(data, size, 3);
  if (!config) return 0;
  const auto scenario = floor::read_scenario(*config, "/nowhere");
  if (!scenario) return refused(scenario.error());
  const floor::Model& model = *scenario->model;
  DURE_ASSERT(!model.robots.empty() && model.vertices() >= model.robots.size(), "robots stand");
  return 0;
}
