// Means of replications with confidence intervals, by Student's t: x_1..x_n independent and about
// normal, half width t(1 - (1 - level) / 2, n - 1) sd / sqrt(n). Two alternatives that met the same
// random numbers are compared by their differences, pair by pair, which leaves out what both share
// (Law, "Simulation Modeling and Analysis", 5th ed., chapters 9 to 11).
//
// Quantiles by the incomplete beta function, to about 1e-10 up to 1000 degrees of freedom and 1e-7
// at 100,000.
#pragma once

#include <cstdint>
#include <span>

namespace dure {

struct Confidence {
  uint64_t n = 0;
  double mean = 0;        // NaN when n is 0
  double sd = 0;          // of one observation, divisor n - 1; NaN when n < 2
  double half_width = 0;  // of the interval around the mean; NaN when n < 2

  double low() const { return mean - half_width; }
  double high() const { return mean + half_width; }
  // 0 lies outside the interval: of a difference, that it is one.
  bool significant() const { return mean - half_width > 0 || mean + half_width < 0; }
};

Confidence confidence(std::span<const double> x, double level = 0.95);
// Of y[i] - x[i]; both have the same size.
Confidence paired(std::span<const double> x, std::span<const double> y, double level = 0.95);

// Regularised incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1.
double incomplete_beta(double a, double b, double x);
double student_t_cdf(double t, double degrees);
// The t that a share p of the distribution does not exceed, 0 < p < 1, degrees > 0.
double student_t_quantile(double p, double degrees);

}  // namespace dure
