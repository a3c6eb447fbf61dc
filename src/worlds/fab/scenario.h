// Reads a fab scenario: a line from AutoSched tables, from a generator, or written out; the policy;
// what to record. `dure describe fab` lists its keys.
#pragma once

#include <memory>
#include <string>

#include "base/config.h"
#include "worlds/fab/model.h"
#include "worlds/fab/policy_keys.h"

namespace dure::fab {

struct Scenario {
  std::shared_ptr<const Model> model;
  PolicyKeys policy;
  std::string policy_name;  // "testbed, min, constant"
};

// Files are looked up relative to `folder`.
Result<Scenario> read_scenario(const Config& config, const std::string& folder);

// Asks for every key, for the documentation.
void describe_scenario(ConfigReader& in);

}  // namespace dure::fab
