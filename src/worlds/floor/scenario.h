// Reads a floor scenario: a map, robots and tasks written out, generated or from files, or a
// problem of the League of Robot Runners; the policy. `dure describe floor` lists its keys.
#pragma once

#include <memory>
#include <string>

#include "base/config.h"
#include "worlds/floor/model.h"
#include "worlds/floor/policy_keys.h"

namespace dure::floor {

struct Scenario {
  std::shared_ptr<const Model> model;
  PolicyKeys policy;
  std::string policy_name;  // "lns, matching"
};

// Files are looked up relative to `folder`.
Result<Scenario> read_scenario(const Config& config, const std::string& folder);

// Asks for every key, for the documentation.
void describe_scenario(ConfigReader& in);

}  // namespace dure::floor
