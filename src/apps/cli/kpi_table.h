// A run's KPIs as text: the first group as a list, all others as a matrix.
#pragma once

#include <string>
#include <vector>

#include "kernel/report.h"

namespace dure::cli {

std::string kpi_table(const std::vector<Kpi>& kpis, size_t width);

// Groups, and keys, each once, in order of first appearance.
std::vector<std::string> groups_of(const std::vector<Kpi>& kpis);
std::vector<const Kpi*> rows_of(const std::vector<Kpi>& kpis);  // the first Kpi of each key
const Kpi* find_kpi(const std::vector<Kpi>& kpis, const std::string& group, const std::string& key);

}  // namespace dure::cli
