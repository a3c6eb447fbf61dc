// KPI values as people read them: "1,234,567", "84.98 %", "1.52 h".
#pragma once

#include <optional>
#include <string>

namespace dure::cli {

// Whole numbers whole, others with four significant digits; thousands separated.
std::string number(double x);
// With its unit; seconds in the unit that reads best; "-" for nothing.
std::string figure(const std::optional<double>& value, const std::string& unit);
std::string seconds(double s);  // "1.52 s", "3.1 min"

}  // namespace dure::cli
