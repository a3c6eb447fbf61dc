// The accounts of a model as the keys that a scenario or a file of Kueue's has for them, whatever
// they came from.
#pragma once

#include <vector>

#include "worlds/fleet/read_operations.h"

namespace dure::fleet {

// Parents first. Quotas are numbers also where they follow what an owner has in service. Accounts
// that only share their parent's, with no sibling that has a quota, are left out: in Kueue their
// jobs go to the parent's queue. Kueue lets a queue use only the GPUs that it lists, Dure all of
// its tree: each account without others below it gets a quota of 0 of the rest, so that both mean
// the same.
std::vector<AccountKeys> account_keys_of(const Model& model);

}  // namespace dure::fleet
