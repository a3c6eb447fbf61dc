// The table [[resource]] of a fleet scenario, and what a [[workload]] says of its use.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

std::vector<Resource> read_resources(ConfigReader& in);

struct ResourceUse {
  std::string resource;  // its name; empty: none
  uint32_t units = 1, calls = 0;
  Duration call_time{0};
};
ResourceUse read_resource_use(ConfigReader& in);

// After Model::resources is there. An Error's key is `part`.
Result<void> add_use(const ResourceUse& use, const std::string& part, const Model& m,
                     JobKind& kind);

}  // namespace dure::fleet
