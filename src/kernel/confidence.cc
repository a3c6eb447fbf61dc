#include "kernel/confidence.h"

#include <cmath>
#include <vector>

#include "base/assert.h"
#include "base/math.h"

namespace dure {
namespace {

// The continued fraction of I_x(a, b) (DLMF 8.17.22), by Lentz's method; converges fast for
// x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto not_zero = [](double v) { return std::fabs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m < 10'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double step = 1;
    for (const double term : {even, odd}) {
      d = 1 / not_zero(1 + term * d);
      c = not_zero(1 + term / c);
      step = c * d;
      value *= step;
    }
    if (std::fabs(step - 1) < 1e-15) break;
  }
  return value;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
  DURE_ASSERT(a > 0 && b > 0 && x >= 0 && x <= 1, "incomplete_beta out of range");
  if (x == 0 || x == 1) return x;
  const double front = math::exp(math::log_gamma(a + b) - math::log_gamma(a) - math::log_gamma(b) +
                                 a * math::log(x) + b * math::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t_cdf(double t, double degrees) {
  // The tail of t is that of a beta variate; of its two forms the one that loses no digits.
  const double square = t * t;
  const double tail = square < degrees
                          ? 1 - incomplete_beta(0.5, degrees / 2, square / (degrees + square))
                          : incomplete_beta(degrees / 2, 0.5, degrees / (degrees + square));
  return t < 0 ? tail / 2 : 1 - tail / 2;
}

double student_t_quantile(double p, double degrees) {
  DURE_ASSERT(p > 0 && p < 1 && degrees > 0, "student_t_quantile out of range");
  if (p == 0.5) return 0;
  if (p < 0.5) return -student_t_quantile(1 - p, degrees);
  double low = 0, high = 1;
  while (student_t_cdf(high, degrees) < p && high < 1e300) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (student_t_cdf(middle, degrees) < p ? low : high) = middle;
  }
  return high;
}

Confidence confidence(std::span<const double> x, double level) {
  Confidence out;
  out.n = x.size();
  const auto n = static_cast<double>(x.size());
  double sum = 0, squares = 0;
  for (const double v : x) sum += v;
  out.mean = x.empty() ? math::kNaN : sum / n;
  for (const double v : x) squares += (v - out.mean) * (v - out.mean);
  if (x.size() < 2) {
    out.sd = out.half_width = math::kNaN;
    return out;
  }
  out.sd = std::sqrt(squares / (n - 1));
  out.half_width = student_t_quantile(0.5 + level / 2, n - 1) * out.sd / std::sqrt(n);
  return out;
}

Confidence paired(std::span<const double> x, std::span<const double> y, double level) {
  DURE_ASSERT(x.size() == y.size(), "pairs");
  std::vector<double> difference(x.size());
  for (size_t i = 0; i < x.size(); ++i) difference[i] = y[i] - x[i];
  return confidence(difference, level);
}

}  // namespace dure
