#include "base/random.h"

#include <algorithm>
#include <cmath>

namespace dure {

namespace {

// Adds up probabilities from 0 until they pass u. mean < 10, so u < 1 is passed before 80 in any
// case; the bound only stops a sum that rounds to just below the largest u.
uint64_t poisson_by_inversion(double u, double mean) {
  double probability = math::exp(-mean);
  double cumulative = probability;
  uint64_t k = 0;
  while (u >= cumulative && k < 80) {
    ++k;
    probability *= mean / static_cast<double>(k);
    cumulative += probability;
  }
  return k;
}

// Hoermann, "The transformed rejection method for generating Poisson random variables", Insurance:
// Mathematics and Economics 12(1), 1993, algorithm PTRS; the acceptance test uses log_poisson,
// whose digits do not cancel for a large mean. About 1.1 trials of two draws each.
uint64_t poisson_by_rejection(Random trials, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double quick = 0.9277 - 3.6224 / (b - 2.0);
  while (true) {
    const double u = trials.uniform() - 0.5;
    const double v = trials.uniform();
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= quick) return static_cast<uint64_t>(k);
    if (!(k >= 0.0 && k < 0x1p53) || (us < 0.013 && v > us)) continue;
    if (math::log(v * inverse_alpha / (a / (us * us) + b)) <= math::log_poisson(k, mean))
      return static_cast<uint64_t>(k);
  }
}

}  // namespace

uint64_t Random::poisson(double mean) {
  DURE_ASSERT(mean >= 0.0 && mean <= 1e9, "poisson mean must be in [0, 1e9]");
  if (mean < 10.0) return poisson_by_inversion(uniform(), mean);
  return poisson_by_rejection({seed, bits(), 0}, mean);
}

// The textbook's hi - sqrt((1 - u) width right) loses its digits when hi is far away; its distance
// from the mode, multiplied out, does not.
double Random::triangular_at(double u, double lo, double mode, double hi) {
  const double left = mode - lo;
  const double right = hi - mode;
  const double width = hi - lo;
  const double beyond = u * width - left;
  if (beyond < 0.0) return std::min(mode, lo + std::sqrt(u) * std::sqrt(width) * std::sqrt(left));
  if (right <= 0.0) return hi;
  return std::min(hi, mode + beyond / (1.0 + std::sqrt((1.0 - u) * (width / right))));
}

double Random::empirical_at(double u, std::span<const EmpiricalStep> steps) {
  DURE_ASSERT(!steps.empty(), "empirical distribution without steps");
  const auto above = [](double x, const EmpiricalStep& step) { return x < step.cumulative; };
  auto step = std::upper_bound(steps.begin(), steps.end(), u, above);
  if (step == steps.end()) --step;
  return step->value;
}

}  // namespace dure
