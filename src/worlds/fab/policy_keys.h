// What a fab scenario's [policy] says.
#pragma once

#include <string>

#include "base/config.h"
#include "worlds/fab/rules.h"

namespace dure::fab {

struct PolicyKeys {
  RuleOptions rules;
  std::string dispatch_name = "testbed", batch_name = "min", release_name = "constant";
};

PolicyKeys read_policy(ConfigReader& in);

}  // namespace dure::fab
