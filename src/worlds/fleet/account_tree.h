// The accounts of a fleet as a tree, for those who tell people of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worlds/fleet/model.h"

namespace dure::fleet {

std::string account_path(const Model& model, uint32_t account);  // "Naver/llm/kim"

// Parents before their children, siblings in the model's order.
std::vector<uint32_t> in_tree_order(const Model& model);

// [accounts] Whether the account or one below it has a quota at some time. Those that have none
// share that of their parent: what they hold is not borrowed.
std::vector<bool> have_quotas(const Model& model);

}  // namespace dure::fleet
