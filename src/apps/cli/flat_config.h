// A scenario as a list of dotted keys and values: "owner.naver.gpus", "60000". What `dure compare`
// tells apart and `dure describe` lists.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/config.h"

namespace dure::cli {

// In the document's order, values as TOML. Entries of an array of tables go by their name, else by
// their index from 0.
std::vector<std::pair<std::string, std::string>> flat_config(const Config& config);

}  // namespace dure::cli
