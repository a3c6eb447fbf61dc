// A floor's KPIs, pictures and tables, in the terms of those who run fleets of mobile robots.
//
// Figures count from the end of the warm-up (Kpis::since); charts over time and the film show the
// whole run. Completion, pickup and tardiness are of tasks done: what is open at the end is
// counted, not timed.
#pragma once

#include "kernel/report.h"
#include "worlds/floor/world.h"

namespace dure::floor {

Report report_of(const World& world);

}  // namespace dure::floor
