// Portable elementary functions: the same bits on any x86-64 CPU, compiler and optimisation level.
//
// glibc's libm picks FMA or non-FMA code by CPU, so a simulation that calls std::log can end
// differently on another machine. These use only IEEE double + - * / sqrt and integer operations,
// and must be compiled without contraction or fast-math (-ffp-contract=off, see cmake/dure.cmake),
// in the default rounding mode with subnormals on. Anything that ends up in a world's state calls
// these, never <cmath>'s transcendental functions (std::sqrt, floor, fabs, ldexp are exact: fine).
// A NaN result always has the same bits (positive quiet NaN, no payload).
//
// Source: our own. Arguments are reduced in the textbook way (Cody and Waite, "Software Manual for
// the Elementary Functions", 1980; Dekker, Numer. Math. 18, 1971 for double-double); polynomials
// are Chebyshev interpolants of the reduced functions, computed with 80 digits and rounded.
//
// Largest error in units in the last place of the result, measured against glibc's 80-bit long
// double on 4e6 keyed points each (math.test.cc checks 1e6, and the bound); and throughput per
// call, g++ -O2, AMD EPYC 7003 (glibc 2.36 on the same core: log 5.5 ns, exp 5.5, pow 15, sin 11):
// clang-format off
//   log       0.86 ulp   6.5 ns   all positive doubles, subnormals included
//   exp       0.70       8        results in the normal range; a subnormal one: 0.8
//   pow       0.75      48        x >= 0, results in the normal range
//   log1p     1.5       10        x > -1
//   expm1     1.7        7.5
//   sigmoid   2.4       10
//   sin, cos  0.80      12        |x| <= 2^20; NaN outside, so that nothing wrong goes unnoticed
// clang-format on
// Leaves out: rounding modes, errno, floating-point exceptions, negative bases, huge angles.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#if defined(__FAST_MATH__)
#error "dure's results must not depend on the compiler: build without -ffast-math"
#endif

// Write math::log(x), never `using namespace dure::math`: <cmath> also declares ::log.
namespace dure::math {

inline constexpr double kPi = 0x1.921fb54442d18p+1;
inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

namespace detail {

double log_special(double x);
double exp_special(double x);

inline constexpr double kLn2Hi = 0x1.62e42feep-1;        // ln 2 to 32 bits, so k * kLn2Hi is exact
inline constexpr double kLn2Lo = 0x1.a39ef35793c76p-33;  // the rest
inline constexpr double kLog2E = 0x1.71547652b82fep+0;   // 1 / ln 2
inline constexpr double kShift = 0x1.8p52;               // adding it rounds to a whole number
inline constexpr uint64_t kHalfSqrt = 0x3fe6a09e667f3bcd;  // bits of sqrt(1/2)

// x = 2^k m with m in [sqrt(1/2), sqrt(2)), for a positive normal x.
struct Split {
  double m;
  double k;
};
inline Split split(double x) {
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const uint64_t above = bits - kHalfSqrt;
  const int64_t k = static_cast<int64_t>(above) >> 52;
  return {std::bit_cast<double>(bits - (above & 0xfff0000000000000)), static_cast<double>(k)};
}

// With s = f / (2 + f): log(1 + f) = 2 atanh(s) = 2 s + s R(s^2), written as
// f - (f^2/2 - s (f^2/2 + R)) so that only small terms are rounded.
inline double log_normal(double x) {
  const auto [m, k] = split(x);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double half = 0.5 * f * f;
  const double z = s * s;
  const double z2 = z * z;
  const double low = 0x1.5555555555558p-1 + z * 0x1.9999999995273p-2;
  const double mid = 0x1.2492492dfd86cp-2 + z * 0x1.c71c62d5e53e0p-3;
  const double top = 0x1.7462b91b8df65p-3 + z * 0x1.39fdcceb4bb45p-3 + z2 * 0x1.2b5f68a50d903p-3;
  const double r = z * (low + z2 * (mid + z2 * top));
  return k * kLn2Hi + (f - (half - (s * (half + r) + k * kLn2Lo)));
}

// exp(x + tail) = 2^k (1 + r + rest), with |r| < 0.35; |x| <= 750, tail tiny.
struct Scaled {
  double r;
  double rest;
  int64_t k;
  double mantissa() const {
    const double sum = 1.0 + r;
    return sum + (((1.0 - sum) + r) + rest);
  }
};
inline Scaled exp_scaled(double x, double tail) {
  const double shifted = x * kLog2E + kShift;
  const double kd = shifted - kShift;
  const int64_t k =
      static_cast<int64_t>(std::bit_cast<uint64_t>(shifted) - std::bit_cast<uint64_t>(kShift));
  const double hi = x - kd * kLn2Hi;  // exact
  const double lo = kd * kLn2Lo - tail;
  const double r = hi - lo;
  const double rest = (hi - r) - lo;
  const double z = r * r;
  const double z2 = z * z;
  const double q0 = 0x1.0000000000000p-1 + r * 0x1.5555555555557p-3;
  const double q1 = 0x1.5555555555556p-5 + r * 0x1.11111111100bep-7;
  const double q2 = 0x1.6c16c16c162c3p-10 + r * 0x1.a01a01abf85abp-13;
  const double q3 = 0x1.a01a01a6e1e2ap-16 + r * 0x1.71de01fdbf9cap-19;
  const double q4 = 0x1.27e4db46cddd1p-22 + r * 0x1.af4e554377204p-26 + z * 0x1.1f7340dbc337ep-29;
  const double q = (q0 + z * q1) + z2 * ((q2 + z * q3) + z2 * q4);
  return {r, z * q + rest, k};
}

// 2^k for k in [-1022, 1023].
inline double power_of_two(int64_t k) {
  return std::bit_cast<double>(static_cast<uint64_t>(k + 1023) << 52);
}

}  // namespace detail

// Natural logarithm. log(0) = -inf, log(inf) = inf, a negative x or NaN gives NaN.
inline double log(double x) {
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  if (bits - 0x0010000000000000 >= 0x7fe0000000000000) [[unlikely]]
    return detail::log_special(x);
  return detail::log_normal(x);
}

// e^x. Above 709.7827... inf, below -745.1332... 0.
inline double exp(double x) {
  if (!(x >= -708.0 && x <= 709.0)) [[unlikely]]
    return detail::exp_special(x);
  const detail::Scaled e = detail::exp_scaled(x, 0.0);
  return e.mantissa() * detail::power_of_two(e.k);
}

// x^y for x >= 0; the logarithm is carried in double-double. x^0 = 1 and 1^y = 1 for every x and y
// (NaN too), 0^y = 0 or (y < 0) inf, a negative x gives NaN even for a whole y.
double pow(double x, double y);

double log1p(double x);    // log(1 + x), accurate near 0; -inf at -1, NaN below
double expm1(double x);    // e^x - 1, accurate near 0
double sigmoid(double x);  // 1 / (1 + e^-x), accurate in both tails

double sin(double x);  // x in radians, |x| <= 2^20, else NaN
double cos(double x);

// Special functions, for distributions and their tests: portable too, but slower (20 ns; gamma_p
// and gamma_q up to milliseconds at a = 1e9). About 1e-13 relative unless said otherwise.

// ln Gamma(x), x > 0; error within 2e-14 max(1, |result|). inf at 0 and inf, NaN below 0.
double log_gamma(double x);

// ln of the Poisson probability mean^k e^-mean / k! for real k >= 0 and mean > 0; in saddle-point
// form (Loader, "Fast and accurate computation of binomial probabilities", 2000), so that no
// digits cancel when k and mean are large.
double log_poisson(double k, double mean);

// Regularised incomplete gamma functions P(a, x) and Q = 1 - P, a > 0, x >= 0: series below a + 1,
// Lentz's continued fraction above (Numerical Recipes, 6.2). Time grows as sqrt(a).
double gamma_p(double a, double x);
double gamma_q(double a, double x);

double normal_cdf(double z);  // 2e-13 relative, in the lower tail too (z >= -37)

// Inverse of normal_cdf, about 1e-15 relative: Wichura, algorithm AS 241 (PPND16), Applied
// Statistics 37(3), 1988. Rises to within rounding; -inf at 0, inf at 1, NaN outside [0, 1].
double normal_quantile(double p);

}  // namespace dure::math
