// Accounts that a fleet scenario takes from a file of Kueue's: [accounts] kueue = "quotas.yaml".
#pragma once

#include <string>
#include <vector>

#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/rules.h"

namespace dure::fleet {

// They come before those of the scenario, which may be below them. Nothing without such a file.
// `models` are the scenario's GPU models: a file with one flavor may call the only one what it
// likes, and Kubernetes' name of a model is that model. `rules` are set where the scenario asks for
// the file's preemption.
Result<void> read_kueue_accounts(const std::string& folder, const std::vector<std::string>& models,
                                 OperationsKeys& keys, RuleOptions& rules,
                                 std::vector<std::string>& assumptions);

}  // namespace dure::fleet
