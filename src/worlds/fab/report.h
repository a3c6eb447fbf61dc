// The fab's KPIs, tables and charts, in the terms of those who run fabs.
//
// Figures count from the end of the warm-up (Kpis::since); charts over time show the whole run.
// Cycle time, on-time delivery and tardiness are of lots that were released during the run: those
// in the line at the start spent part of their time elsewhere. They count in throughput, WIP and
// moves. Confidence intervals need replications, which is other commands' business.
#pragma once

#include "kernel/report.h"
#include "worlds/fab/world.h"

namespace dure::fab {

Report report_of(const World& world);

}  // namespace dure::fab
