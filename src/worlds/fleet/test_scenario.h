// For tests that read scenarios.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "worlds/fleet/scenario.h"

namespace dure::fleet::test {

inline Result<Scenario> read(const std::string& text) {
  DURE_TRY(const Config config, Config::parse(text, "small.toml"));
  return read_scenario(config, ".");
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t i = text.find(from);
  REQUIRE(i != std::string::npos);
  return text.replace(i, from.size(), to);
}

}  // namespace dure::fleet::test
