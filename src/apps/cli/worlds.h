// The kinds of world that dure knows.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/session.h"

namespace dure::cli {

// In the order of `dure list`.
const std::vector<const WorldKind*>& worlds();

// The kind of that name; nullptr when there is none.
const WorldKind* find_world(std::string_view name);

}  // namespace dure::cli
