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

std::string plus_minus(const Confidence& c, const std::string& unit, bool sign) {
  if (c.n == 0 || !std::isfinite(c.mean)) return "-";
  std::string shown = unit;
  double scale = 1;
  if (unit == "s") {
    const double size = std::max(std::fabs(c.mean), c.half_width);
    scale = size >= 86400 ? 86400 : size >= 3600 ? 3600 : size >= 60 ? 60 : 1;
    shown = scale == 86400 ? "d" : scale == 3600 ? "h" : scale == 60 ? "min" : "s";
  }
  const double mean = c.mean / scale, half = c.half_width / scale;
  std::string out = sign && mean > 0 ? "+" : "";
  // Equal values differ by rounding.
  if (!std::isfinite(half) || half <= 1e-9 * std::fabs(mean)) {
    out += number(mean) + (std::isfinite(half) ? " ± 0" : "");
  } else {
    const int digits = 1 - static_cast<int>(std::floor(std::log10(half)));  // two that count
    out += fmt::format("{:.{}f} ± {:.{}f}", mean, std::clamp(digits, 0, 9), half,
                       std::clamp(digits, 0, 9));
  }
  return shown.empty() ? out : out + ' ' + shown;
}

}  // namespace dure::cli
