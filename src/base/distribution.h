// Distribution: a random quantity that a scenario names in text, such as a repair time.
//
//   constant(2h)  or just  2h  or  7.5
//   exponential(mean=2h)
//   uniform(lo=1h, hi=3h)
//   normal(mean=10, sd=2)
//   lognormal(median=4h, sigma=1.2)       sigma: standard deviation of the natural logarithm
//   weibull(scale=2d, shape=0.7)          P(x > t) = exp(-(t / scale)^shape)
//   triangular(lo=1, mode=2, hi=5)
//   poisson(mean=3)                       whole numbers
//   empirical(1:0.2, 2:0.3, 8:0.5)        value:weight; weights need not sum to 1
//
// Arguments go by position, by name, or both (positional ones first). Every kind also takes min=
// and max=, which CLAMP: a draw below min becomes min, so probability piles up there (nothing is
// redrawn). Quantities are plain numbers or durations ("2h30m"), which become seconds; one
// distribution does not mix the two (0 fits both). sigma, shape, weights and Poisson means are
// always plain numbers.
//
// Every draw takes one counter of the Random, is finite, and is the same bits on every machine. All
// kinds but poisson(mean >= 10) are inversions: they rise with the underlying uniform, so runs that
// differ in a parameter stay correlated (common random numbers). Leaves out: correlation between
// quantities, time-varying parameters, units other than seconds.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace dure {

class Distribution {
 public:
  enum class Kind : uint8_t {
    kConstant,
    kExponential,
    kUniform,
    kNormal,
    kLognormal,
    kWeibull,
    kTriangular,
    kPoisson,
    kEmpirical,
  };
  struct Weighted {
    double value;
    double weight;
  };

  Distribution() = default;  // constant(0)

  // Built in code: parameters that parse() would refuse are a bug of ours.
  static Distribution constant(double value);
  static Distribution exponential(double mean);
  static Distribution uniform(double lo, double hi);
  static Distribution normal(double mean, double sd);
  static Distribution lognormal(double median, double sigma);
  static Distribution weibull(double scale, double shape);
  static Distribution triangular(double lo, double mode, double hi);
  static Distribution poisson(double mean);
  static Distribution empirical(std::span<const Weighted> values);
  Distribution clamped(double min, double max) const;  // replaces an earlier clamp

  // The error's message is one sentence; the caller adds file, line and key.
  static Result<Distribution> parse(std::string_view text);
  // Parses back to an equal distribution; durations are written as durations.
  std::string text() const;

  double sample(Random& random) const;  // one counter
  // The expected value with the clamp taken into account: closed forms, to about 1e-12 relative.
  double mean() const;
  // Smallest x with P(draw <= x) >= p, for p in [0, 1]; infinite at the end of an unbounded kind.
  double quantile(double p) const;
  // No draw is outside [lowest, highest]; infinite for an unbounded kind without a clamp.
  double lowest() const { return quantile(0.0); }
  double highest() const { return quantile(1.0); }

  Kind kind() const { return kind_; }
  // True when the text gave durations, so that values are seconds; false for plain numbers, and for
  // distributions built in code. A key that wants a duration checks this.
  bool in_seconds() const { return in_seconds_; }

  bool operator==(const Distribution& other) const;

 private:
  struct Table {
    std::vector<EmpiricalStep> steps;  // by rising value
    std::vector<Weighted> given;       // as written, for text()
  };
  static Distribution checked(Kind kind, std::array<double, 3> parameters);
  static Result<Distribution> make(Distribution d);
  static std::string problem(const Distribution& d);
  static std::shared_ptr<const Table> table(std::span<const Weighted> values);

  double clamp(double x) const { return x < min_ ? min_ : x > max_ ? max_ : x; }
  double raw_quantile(double p) const;

  Kind kind_ = Kind::kConstant;
  bool in_seconds_ = false;
  std::array<double, 3> parameters_{};  // in the order of the list above
  double min_ = -std::numeric_limits<double>::infinity();
  double max_ = std::numeric_limits<double>::infinity();
  std::shared_ptr<const Table> table_;  // empirical only
};

}  // namespace dure
