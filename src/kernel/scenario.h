// The keys that every scenario has, whatever its world.
#pragma once

#include <string>

#include "base/config.h"
#include "base/time.h"

namespace dure {

struct ScenarioHead {
  std::string world;
  std::string title;
  std::string about;  // a paragraph for `dure describe`
  Time start;
  Time end;  // Time::never() when not given
  uint64_t seed = 1;
};

ScenarioHead read_scenario_head(ConfigReader& in);

}  // namespace dure
