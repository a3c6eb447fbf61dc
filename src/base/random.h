// Random numbers keyed by (seed, stream, counter), never by the order in which entities draw.
//
// The same key gives the same number on any machine, so two policies meet the same breakdowns
// (common random numbers), and copying a world copies its random state: 24 bytes per stream.
// Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC'11), which passes TestU01's BigCrush. Key = seed, counter words = (counter low,
// counter high, stream low, stream high); a draw uses the first 64 of the 128 bits.
// All distributions go through dure::math, so they are the same bits everywhere.
//
// A draw by inversion (uniform, exponential, normal, lognormal, weibull, triangular, empirical)
// rises (to within rounding) with the underlying uniform: two scenarios with different parameters
// stay correlated.
//
// ns per draw (g++ 12 -O2, AMD EPYC 7003): bits 10, uniform 11, below 11, triangular 20,
// exponential 23, normal 30, lognormal 41, weibull 80, poisson 45 (mean 3) 55 (9) 90 (30) 60 (1e6).
// Leaves out: cryptography (Philox is predictable from its output), quasi-random sequences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/assert.h"
#include "base/math.h"

namespace dure {

struct Philox {
  uint32_t word[4];
};

namespace detail {
constexpr Philox philox_round(Philox c, uint32_t key0, uint32_t key1) {
  const uint64_t a = uint64_t{0xd2511f53} * c.word[0];
  const uint64_t b = uint64_t{0xcd9e8d57} * c.word[2];
  // The brackets keep the key off the critical path.
  return {{static_cast<uint32_t>(b >> 32) ^ (c.word[1] ^ key0), static_cast<uint32_t>(b),
           static_cast<uint32_t>(a >> 32) ^ (c.word[3] ^ key1), static_cast<uint32_t>(a)}};
}
}  // namespace detail

// The 10-round Philox4x32 block function. Written out round by round: twice as fast as a loop at
// -O2.
constexpr Philox philox4x32(Philox c, uint32_t key0, uint32_t key1) {
  constexpr uint32_t w0 = 0x9e3779b9;
  constexpr uint32_t w1 = 0xbb67ae85;
  c = detail::philox_round(c, key0, key1);
  c = detail::philox_round(c, key0 + 1 * w0, key1 + 1 * w1);
  c = detail::philox_round(c, key0 + 2 * w0, key1 + 2 * w1);
  c = detail::philox_round(c, key0 + 3 * w0, key1 + 3 * w1);
  c = detail::philox_round(c, key0 + 4 * w0, key1 + 4 * w1);
  c = detail::philox_round(c, key0 + 5 * w0, key1 + 5 * w1);
  c = detail::philox_round(c, key0 + 6 * w0, key1 + 6 * w1);
  c = detail::philox_round(c, key0 + 7 * w0, key1 + 7 * w1);
  c = detail::philox_round(c, key0 + 8 * w0, key1 + 8 * w1);
  return detail::philox_round(c, key0 + 9 * w0, key1 + 9 * w1);
}

// 64 random bits: a pure function of its arguments.
constexpr uint64_t random_bits(uint64_t seed, uint64_t stream, uint64_t counter) {
  const Philox out =
      philox4x32({{static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32),
                   static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)}},
                 static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
  return out.word[0] | static_cast<uint64_t>(out.word[1]) << 32;
}

// A stream for each (kind of draw, entity): "breakdowns of tool 17". A one-to-one map, so distinct
// pairs never share a stream; kind < 2^16 and entity < 2^48 (anything else is a bug of ours). The
// mixing is variant 13 of Stafford's finalisers, as in SplitMix64 (Steele, Lea, Flood, 2014).
constexpr uint64_t stream_id(uint32_t kind, uint64_t entity) {
  DURE_ASSERT(kind < (1u << 16) && entity < (uint64_t{1} << 48), "stream_id out of range");
  uint64_t z = ((static_cast<uint64_t>(kind) << 48) | entity) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// One step of an empirical distribution: the value, and the probability of it or an earlier one.
struct EmpiricalStep {
  double value;
  double cumulative;  // increasing over the table; the last step counts as 1
};

// A stream of random numbers: a plain value whose whole state is its three fields. Every draw uses
// exactly one counter, except shuffle (one per element but the first), so setting `counter` goes to
// any place in the stream. Bad parameters (sd < 0, n = 0, NaN ...) are a bug of ours.
struct Random {
  uint64_t seed = 0;
  uint64_t stream = 0;
  uint64_t counter = 0;  // the next draw

  uint64_t bits() { return random_bits(seed, stream, counter++); }

  // In [0, 1): a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  // In (0, 1): an odd multiple of 2^-53, symmetric about 1/2; for inverses infinite at 0 or 1.
  double uniform_open() { return (static_cast<double>(bits() >> 12) + 0.5) * 0x1p-52; }
  // In [lo, hi]; hi itself only by rounding. hi - lo finite.
  double uniform(double lo, double hi) { return uniform_at(uniform(), lo, hi); }
  // A whole number in [0, n), by multiply-high (Lemire 2019, without rejection): each value's
  // probability is off by less than 2^-64.
  uint64_t below(uint64_t n) {
    DURE_ASSERT(n > 0, "below(0)");
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(bits()) * n) >> 64);
  }
  bool chance(double probability) { return uniform() < probability; }

  // By inversion; the largest possible draw is 36.7 means.
  double exponential(double mean) { return exponential_at(uniform(), mean); }
  // By inversion (AS 241), |draw - mean| <= 8.21 sd.
  double normal(double mean, double sd) {
    return mean + sd * math::normal_quantile(uniform_open());
  }
  // exp(normal(log(median), sigma)); sigma is the standard deviation of the logarithm.
  double lognormal(double median, double sigma) {
    return median * math::exp(sigma * math::normal_quantile(uniform_open()));
  }
  // P(draw > x) = exp(-(x / scale)^shape).
  double weibull(double scale, double shape) { return weibull_at(uniform(), scale, shape); }
  // lo <= mode <= hi.
  double triangular(double lo, double mode, double hi) {
    return triangular_at(uniform(), lo, mode, hi);
  }
  // A whole number, mean in [0, 1e9]. Exact but for double rounding. Below a mean of 10 by
  // inversion; from there on by transformed rejection (Hoermann 1993, PTRS), whose trials come from
  // a stream of their own named by this draw's bits, so here too one counter is used.
  uint64_t poisson(double mean);
  // One of the values; steps must not be empty. By binary search.
  double empirical(std::span<const EmpiricalStep> steps) { return empirical_at(uniform(), steps); }

  // A uniformly random order (Fisher-Yates). Uses size - 1 counters (none when empty).
  template <class T>
  void shuffle(std::span<T> values) {
    for (size_t i = values.size(); i > 1; --i) {
      using std::swap;
      swap(values[i - 1], values[below(i)]);
    }
  }

  // The quantile functions behind the draws above, for u in [0, 1].
  static double uniform_at(double u, double lo, double hi) { return lo + (hi - lo) * u; }
  static double exponential_at(double u, double mean) { return mean * (0.0 - math::log(1.0 - u)); }
  static double weibull_at(double u, double scale, double shape) {
    return scale * math::pow(-math::log(1.0 - u), 1.0 / shape);
  }
  static double triangular_at(double u, double lo, double mode, double hi);
  static double empirical_at(double u, std::span<const EmpiricalStep> steps);

  bool operator==(const Random&) const = default;
};
static_assert(sizeof(Random) == 24);

}  // namespace dure
