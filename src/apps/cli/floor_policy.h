// The policy that the command line of `dure floor lorr` says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/floor/policy_keys.h"

namespace dure::cli {

// Words as `dure run --policy` takes them: "pibt+nearest" or "guidance=none".
Result<floor::PolicyKeys> floor_policy(const std::vector<std::string>& words,
                                       const std::optional<uint64_t>& budget);

}  // namespace dure::cli
