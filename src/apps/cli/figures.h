// KPI values as people read them: "1,234,567", "84.98 %", "1.52 h".
#pragma once

#include <optional>
#include <string>

#include "kernel/confidence.h"

namespace dure::cli {

// Whole numbers whole, others with four significant digits; thousands separated.
std::string number(double x);
// With its unit; seconds in the unit that reads best; "-" for nothing.
std::string figure(const std::optional<double>& value, const std::string& unit);
std::string seconds(double s);  // "1.52 s", "3.1 min"
// "16.25 ± 0.15 lots", "1.354 ± 0.012 d": the mean as exact as its interval, seconds in the unit
// that suits the mean; `sign` shows a plus. "-" for nothing.
std::string plus_minus(const Confidence& c, const std::string& unit, bool sign = false);

}  // namespace dure::cli
