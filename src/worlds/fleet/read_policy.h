// The table [policy] of a fleet scenario.
#pragma once

#include <string>

#include "base/config.h"
#include "worlds/fleet/rules.h"

namespace dure::fleet {

struct PolicyKeys {
  std::string order = "easy", rank = "arrival", placement = "best-fit";
  RuleOptions rules;  // without the placement

  RuleOptions options() const;
  std::string name() const;  // "easy, best-fit"
  bool needs_usage() const { return rules.rank.rank == Rank::multifactor; }
};

PolicyKeys read_policy(ConfigReader& in);

}  // namespace dure::fleet
