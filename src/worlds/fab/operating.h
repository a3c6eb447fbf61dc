// A scenario over replications and loads: KPIs with confidence intervals, where the start-up
// transient ends, and the operating curve (X-factor against load).
//
// Each replication is a run of its own from the scenario's start to its end, with the next seed.
// Results do not depend on the number of threads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/kpi_confidence.h"
#include "worlds/fab/scenario.h"

namespace dure::fab {

// One run to the end.
struct Replication {
  uint64_t events = 0;
  std::vector<Kpi> kpis;        // of report.h: the same in each run of a scenario
  std::vector<double> wip;      // [days] lots in the line, mean of the day, from the start
  std::vector<double> cycle_d;  // [days] mean cycle time, days, of lots finished on it; NaN: none
  std::vector<double> utilisation;  // [groups] busy share of the time that tools are up, times how
                                    // full batches were: what they could still take is room
};
Replication replicate(const Scenario& scenario, uint64_t seed);
// [scenarios][n], with the scenarios' own seeds and those after them.
std::vector<std::vector<Replication>> replicate_all(
    const std::vector<Scenario>& scenarios, uint32_t n, unsigned threads,
    const std::function<void(size_t done, size_t of)>& done);

std::vector<KpiConfidence> kpis_of(const std::vector<Replication>& runs);

// Where the start-up transient ends, from daily means over the replications (kernel/transient.h).
struct Transient {
  std::vector<double> wip, cycle_d;                       // [days] means over the replications
  std::vector<double> wip_average;                        // [fewer days] Welch's moving average
  size_t window = 0;                                      // days to each side of it
  std::optional<size_t> mser_wip, mser_cycle, welch_wip;  // days to drop
};
Transient transient_of(const std::vector<Replication>& runs);
// What that says of the warm-up in use, in sentences.
std::vector<std::string> transient_text(const Transient& transient, Duration warm_up);

// A point of the operating curve.
struct LoadPoint {
  double load = 0;
  std::vector<KpiConfidence> kpis;
  uint32_t bottleneck = 0;  // the busiest tool group
  Confidence utilisation;   // its, %
  double static_load = 0;   // %, of the group where it is highest, see static_load.h
  bool steady = true;       // the line does not keep filling
  const Confidence* find(const std::string& group, const std::string& key) const;
};
LoadPoint load_point(const Scenario& scenario, double load, const std::vector<Replication>& runs);
// Groups of KPIs that have an X-factor, "All" first.
std::vector<std::string> lot_groups_of(const LoadPoint& point);

Report replicate_report(const Scenario& scenario, const std::vector<Replication>& runs);
Report sweep_report(const Scenario& scenario, const std::vector<LoadPoint>& points, uint32_t n);

}  // namespace dure::fab
