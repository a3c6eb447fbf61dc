// KPIs over replications: means with confidence intervals, and the paired comparison of two
// alternatives whose runs met the same random numbers (kernel/confidence.h).
//
// A KPI is known by its group and key. Those of the first run count, in their order: the runs of
// one scenario all have the same.
#pragma once

#include <string>
#include <vector>

#include "kernel/confidence.h"
#include "kernel/report.h"

namespace dure {

using RunKpis = std::vector<Kpi>;  // of one run

struct KpiConfidence {
  Kpi what;  // its value is not used
  Confidence over;
};
// Only runs in which it has a value count.
std::vector<KpiConfidence> kpi_confidences(const std::vector<RunKpis>& runs);

// One KPI of both alternatives. Only pairs in which both have a value count; where there are none,
// base and changed count the runs in which each has one, and the difference is of none.
struct KpiComparison {
  Kpi what;  // its value is not used
  Confidence base, changed;
  Confidence difference;  // changed - base, by pairs
  bool same = true;       // value for value, in every pair
};
// base[i] and changed[i] met the same random numbers. KPIs that only one of them has are left out.
std::vector<KpiComparison> compare_kpis(const std::vector<RunKpis>& base,
                                        const std::vector<RunKpis>& changed);

// "All: allocation [%]": the head of its column in a CSV file.
std::string kpi_column(const Kpi& kpi);

}  // namespace dure
