// Where a simulation's start-up transient ends, from a series of equal intervals (a day's mean WIP,
// say), averaged over replications where there are several.
//
//   MSER-5  batches of 5 values; drops the first d batches for the d that makes the marginal
//           standard error of the rest smallest: sum((z_i - mean)^2) / (n - d)^2 over i > d (White,
//           "An effective truncation heuristic for bias reduction in simulation output",
//           Simulation 69(6), 1997). A minimum in the second half says that the run is too short.
//   Welch   the moving average of 2 w + 1 values (fewer at the start); people look where it levels
//           off. The suggestion is the first value from which it stays within a tolerance of the
//           mean of the series' last half (Welch, in Lavenberg, "The Computer Performance Modeling
//           Handbook", 1983; the tolerance is ours).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dure {

// Values to drop, a multiple of 5; nothing when the series is too short or does not settle.
std::optional<size_t> mser5(std::span<const double> x);

// [x.size() - w]; nothing beyond, as the window would be lopsided.
std::vector<double> welch_average(std::span<const double> x, size_t w);
// Values to drop; nothing when it never stays. `tolerance` is a share of that mean.
std::optional<size_t> welch(std::span<const double> x, size_t w, double tolerance);

}  // namespace dure
