// How evenly GPU time is shared between accounts: those of the uppermost level with several
// (Model::is_compared) whose owners sent jobs.
#pragma once

#include <span>
#include <string>

#include "kernel/report.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

// Jain's fairness index (Jain, Chiu and Hawe, DEC-TR-301, 1984): 1 when all shares are alike, 1/n
// when one has everything; 1 for none.
double jain_index(std::span<const double> shares);

// Nothing where there are fewer than two.
void add_fairness_kpi(const World& world, const std::string& group, Report& out);
// The index over time, and what the accounts held.
void add_fairness_charts(const World& world, Section& section);

}  // namespace dure::fleet
