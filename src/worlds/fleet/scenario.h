// Reads a fleet scenario: sites and their deliveries, workloads and who runs them, or a trace.
// `dure describe fleet` lists its keys.
#pragma once

#include <memory>
#include <string>

#include "base/config.h"
#include "worlds/fleet/model.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/wait_slo.h"

namespace dure::fleet {

struct Scenario {
  std::shared_ptr<const Model> model;
  RuleOptions rules;
  std::string policy_name;  // "easy, best-fit"
  WaitSlo wait_slo = kNoWaitSlo;
};

// Files are looked up relative to `folder`.
Result<Scenario> read_scenario(const Config& config, const std::string& folder);

// Asks for every key, for the documentation.
void describe_scenario(ConfigReader& in);

}  // namespace dure::fleet
