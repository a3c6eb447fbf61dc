// The fleet's KPIs, tables and charts, in the terms of those who run clusters.
#pragma once

#include "kernel/report.h"
#include "worlds/fleet/wait_slo.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

Report report_of(const World& world, const WaitSlo& slo = kNoWaitSlo);

}  // namespace dure::fleet
