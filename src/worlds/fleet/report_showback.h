// Who used what and what was lost, for the report of a fleet: showback by account, by site, waits
// against time limits, and figures of interruptions and fairness. GPU time comes from the ledgers
// (ledger.h), so that rows add up. Shown where the model has any of accounts with rules, faults,
// job kinds with overheads, spares, windows, or jobs on others' sites.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernel/report.h"
#include "worlds/fleet/wait_slo.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

// Whether there is more to tell than how GPUs were allocated.
bool has_showback(const Model& model);

// Of the jobs of these owners and of these pools. Jain's index stands with all of them only.
void add_showback_kpis(const World& world, const std::string& group,
                       std::span<const uint32_t> owners, std::span<const uint32_t> pools,
                       Report& out);

// The share of these owners' jobs that first started within the limit for their size, where any
// size has one.
void add_wait_slo_kpi(const World& world, const std::string& group,
                      std::span<const uint32_t> owners, const WaitSlo& slo, Report& out);

// Tables "Showback", "Sites" and "Started in time".
Section showback(const World& world, const WaitSlo& slo = kNoWaitSlo);
// The last of them alone, by size of job; with the limits if there are any.
Table started_in_time(const World& world, const WaitSlo& slo);

}  // namespace dure::fleet
