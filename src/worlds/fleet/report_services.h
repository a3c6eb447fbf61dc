// Services and other resources in the report of a fleet.
#pragma once

#include "kernel/report.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

// With the group "All".
void add_service_kpis(const World& world, Report& out);
// Where the model has any of them.
Section services_section(const World& world);

}  // namespace dure::fleet
