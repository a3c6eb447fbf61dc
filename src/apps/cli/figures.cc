#include "apps/cli/figures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace dure::cli {

std::string number(double x) {
  if (!std::isfinite(x)) return shortest(x);
  const double size = std::abs(x);
  if (size >= 1e15) return fmt::format("{:.4g}", x);
  if (x == std::floor(x) || size >= 1000) return with_commas(std::llround(x));
  if (size < 1e-3) return fmt::format("{:.3g}", x);
  const int decimals = std::max(0, 3 - static_cast<int>(std::floor(std::log10(size))));
  return fmt::format("{:.{}f}", x, std::min(decimals, 4));
}

std::string figure(const std::optional<double>& value, const std::string& unit) {
  if (!value) return "-";
  if (unit == "s") return seconds(*value);
  return unit.empty() ? number(*value) : number(*value) + ' ' + unit;
}

std::string seconds(double s) { return std::isfinite(s) ? to_human(from_seconds(s)) : "-"; }

}  // namespace dure::cli
