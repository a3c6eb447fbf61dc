#include "base/math.h"

#include <cmath>

namespace dure::math {

namespace {

// A value as the unevaluated sum hi + lo, |lo| <= ulp(hi) / 2 or nearly so.
struct Pair {
  double hi;
  double lo;
};

// a + b exactly (Knuth).
Pair two_sum(double a, double b) {
  const double s = a + b;
  const double bb = s - a;
  return {s, (a - (s - bb)) + (b - bb)};
}

// a + b exactly when |a| >= |b| or a = 0 (Dekker).
Pair fast_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}

// a * b exactly, without FMA (Veltkamp, Dekker); |a|, |b| < 2^990 and no underflow.
Pair two_product(double a, double b) {
  constexpr double splitter = 0x1p27 + 1.0;
  const double ta = splitter * a;
  const double tb = splitter * b;
  const double ah = ta - (ta - a);
  const double bh = tb - (tb - b);
  const double al = a - ah;
  const double bl = b - bh;
  const double p = a * b;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

// ln x for a positive, finite x (subnormals too), with about 2^-64 relative error.
Pair log_pair(double x) {
  using namespace detail;
  double shift = 0.0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    shift = -54.0;
  }
  auto [m, k] = split(x);
  k += shift;
  const double f = m - 1.0;  // exact
  // s = f / (m + 1) as a pair.
  const double d = 2.0 + f;
  const double d_lo = f - (d - 2.0);
  const double s = f / d;
  const double inverse = 1.0 / d;
  const Pair sd = two_product(s, d);
  const double s_lo = (((f - sd.hi) - sd.lo) - s * d_lo) * inverse;
  // s^2 and 2/3 s^3 as pairs; then 2 s^5/5 + 2 s^7/7 + ... in one double.
  const Pair ss = two_product(s, s);
  const double z = ss.hi;
  const double z_lo = ss.lo + 2.0 * s * s_lo;
  const Pair cube = two_product(s, z);
  const double cube_lo = cube.lo + (s * z_lo + s_lo * z);
  constexpr double third_hi = 0x1.5555555555555p-1;  // 2/3
  constexpr double third_lo = 0x1.5555555555555p-55;
  const Pair term = two_product(cube.hi, third_hi);
  const double term_lo = term.lo + (cube.hi * third_lo + cube_lo * third_hi);
  const double z2 = z * z;
  const double t0 = 0x1.999999999999ap-2 + z * 0x1.2492492492522p-2;
  const double t1 = 0x1.c71c71c6ea5acp-3 + z * 0x1.745d177ad436ap-3;
  const double t2 = 0x1.3b1395b82701ep-3 + z * 0x1.1118cd67251c5p-3;
  const double t3 = 0x1.df7ba1f4809c3p-4 + z * 0x1.e03a7acf07f85p-4;
  const double tail = (s + 5.0 * s_lo) * z2 * (t0 + z2 * (t1 + z2 * (t2 + z2 * t3)));

  Pair sum = fast_two_sum(k * kLn2Hi, 2.0 * s);
  const Pair next = two_sum(sum.hi, term.hi);
  const double low = sum.lo + next.lo + (2.0 * s_lo + term_lo + (tail + k * kLn2Lo));
  return fast_two_sum(next.hi, low);
}

// 2^k (1 + r + rest) where the result may overflow or be subnormal; |k| <= 1100.
double scale(detail::Scaled e) {
  const double y = e.mantissa();
  if (e.k > 1023) return y * 2.0 * detail::power_of_two(e.k - 1);
  if (e.k >= -1022) return y * detail::power_of_two(e.k);
  return y * detail::power_of_two(e.k + 1000) * detail::power_of_two(-1000);
}

// x = n pi/2 + hi + lo, |hi| <= pi/4 and a little, for |x| <= 2^20. pi/2 is cut into 32-bit parts,
// so n times each is exact.
struct Angle {
  double hi;
  double lo;
  int64_t quadrant;
};
Angle reduce_angle(double x) {
  constexpr double p1 = 0x1.921fb544p+0;
  constexpr double p2 = 0x1.0b4611a6p-34;
  constexpr double p3 = 0x1.3198a2e0p-69;
  constexpr double p4 = 0x1.b839a252049c1p-104;
  const double shifted = x * 0x1.45f306dc9c883p-1 + detail::kShift;
  const double n = shifted - detail::kShift;
  const int64_t k = static_cast<int64_t>(std::bit_cast<uint64_t>(shifted) -
                                         std::bit_cast<uint64_t>(detail::kShift));
  const Pair a = two_sum(x - n * p1, -(n * p2));
  const Pair b = two_sum(a.hi, -(n * p3));
  const Pair r = fast_two_sum(b.hi, a.lo + b.lo - n * p4);
  return {r.hi, r.lo, k};
}

double sin_reduced(double x, double lo) {
  const double z = x * x;
  const double z2 = z * z;
  const double s1 = 0x1.1111111111110p-7 + z * -0x1.a01a01a01992fp-13;
  const double s2 = 0x1.71de3a545f836p-19 + z * -0x1.ae645410e937bp-26;
  const double s3 = 0x1.61217d9252c03p-33 + z * -0x1.ab16f5caa198ap-41;
  const double s = -0x1.5555555555555p-3 + z * (s1 + z2 * (s2 + z2 * s3));
  return x + (x * z * s + (lo - 0.5 * z * lo));
}

double cos_reduced(double x, double lo) {
  const double z = x * x;
  const double z2 = z * z;
  const double c0 = 0x1.5555555555555p-5 + z * -0x1.6c16c16c16963p-10;
  const double c1 = 0x1.a01a019f4ddfdp-16 + z * -0x1.27e4fa16cc2d1p-22;
  const double c2 = 0x1.1eeb67d026ec6p-29 + z * -0x1.907cd8ff5ede7p-37;
  const double c = c0 + z2 * (c1 + z2 * c2);
  const double half = 0.5 * z;
  const double top = 1.0 - half;
  return top + (((1.0 - top) - half) + (z2 * c - x * lo));
}

constexpr double kHalfLog2Pi = 0x1.d67f1c864beb5p-1;  // ln(2 pi) / 2

// ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi)/2) for x >= 16: Stirling's series.
double stirling_tail(double x) {
  const double y = 1.0 / x;
  const double z = y * y;
  return y * (1.0 / 12 -
              z * (1.0 / 360 -
                   z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 - z * (691.0 / 360360))))));
}

// k ln(k / mean) - k + mean, k and mean > 0, without cancellation near k = mean.
double deviance(double k, double mean) {
  const double d = k - mean;
  if (std::fabs(d) > 0.1 * (k + mean)) return k * log(k / mean) - d;
  // With v = d / (k + mean): ln(k / mean) = 2 atanh(v), and 2 k v = d (1 + v).
  const double v = d / (k + mean);
  const double z = v * v;
  double power = v * z;
  double sum = 0.0;
  for (double odd = 3.0; odd < 19.0; odd += 2.0) {
    sum += power / odd;
    power *= z;
  }
  return d * v + 2.0 * k * sum;
}

// Sum of x^n / ((a + 1) ... (a + n)): P(a, x) without its factor.
double gamma_series(double a, double x) {
  double term = 1.0;
  double sum = 1.0;
  for (double n = 1.0; term > sum * 0x1p-54; n += 1.0) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

// Q(a, x) without its factor, x >= a + 1, by the modified Lentz method.
double gamma_fraction(double a, double x) {
  double b = x + 1.0 - a;
  double c = 0x1p1000;
  double d = 1.0 / b;
  double h = d;
  for (double i = 1.0; i < 1e7; i += 1.0) {
    const double an = -i * (i - a);
    b += 2.0;
    d = an * d + b;
    if (std::fabs(d) < 0x1p-1000) d = 0x1p-1000;
    c = b + an / c;
    if (std::fabs(c) < 0x1p-1000) c = 0x1p-1000;
    d = 1.0 / d;
    const double step = d * c;
    h *= step;
    if (std::fabs(step - 1.0) < 0x1p-52) break;
  }
  return h;
}

// A polynomial of seven degrees, by Horner's rule.
double polynomial(const double (&c)[8], double x) {
  double sum = c[7];
  for (int i = 6; i >= 0; --i) sum = sum * x + c[i];
  return sum;
}

}  // namespace

namespace detail {

double log_special(double x) {
  if (x == 0.0) return -kInf;
  if (!(x > 0.0)) return kNaN;
  if (x == kInf) return kInf;
  const Pair p = log_pair(x);  // subnormal
  return p.hi + p.lo;
}

double exp_special(double x) {
  if (x > 0x1.62e42fefa39efp+9) return kInf;
  if (x < -0x1.74910d52d3052p+9) return 0.0;
  if (x != x) return kNaN;
  return scale(exp_scaled(x, 0.0));
}

}  // namespace detail

double pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (!(x >= 0.0) || y != y) return kNaN;
  if (x == 0.0 || x == kInf) return (x == 0.0) == (y > 0.0) ? 0.0 : kInf;
  const Pair l = log_pair(x);
  const double estimate = y * l.hi;
  if (estimate > 710.0) return kInf;
  if (estimate < -746.0) return 0.0;
  if (std::fabs(estimate) < 0x1p-60) return 1.0;  // from here on 2^-70 < |y| < 2^64
  const Pair p = two_product(y, l.hi);
  return scale(detail::exp_scaled(p.hi, p.lo + y * l.lo));
}

double log1p(double x) {
  if (std::fabs(x) < 0x1p-54) return x;
  if (!(x > -1.0)) return x == -1.0 ? -kInf : kNaN;
  if (x >= 0x1p54) return log(x);
  const Pair u = two_sum(1.0, x);
  return log(u.hi) + u.lo / u.hi;
}

double expm1(double x) {
  if (x != x) return kNaN;
  if (std::fabs(x) < 0x1p-54) return x;
  if (x < -40.0) return -1.0;
  if (x > 40.0) return exp(x);
  const detail::Scaled e = detail::exp_scaled(x, 0.0);
  const double two_k = detail::power_of_two(e.k);
  return (two_k - 1.0) + (e.r * two_k + e.rest * two_k);
}

double sigmoid(double x) {
  if (x >= 0.0) return 1.0 / (1.0 + exp(-x));
  const double e = exp(x);
  return e / (1.0 + e);
}

double sin(double x) {
  if (!(std::fabs(x) <= 0x1p20)) return kNaN;
  if (std::fabs(x) < 0x1p-27) return x;
  const Angle a = reduce_angle(x);
  const double r = (a.quadrant & 1) ? cos_reduced(a.hi, a.lo) : sin_reduced(a.hi, a.lo);
  return (a.quadrant & 2) ? -r : r;
}

double cos(double x) {
  if (!(std::fabs(x) <= 0x1p20)) return kNaN;
  const Angle a = reduce_angle(x);
  const double r = (a.quadrant & 1) ? sin_reduced(a.hi, a.lo) : cos_reduced(a.hi, a.lo);
  return ((a.quadrant + 1) & 2) ? -r : r;
}

double log_gamma(double x) {
  if (!(x >= 0.0)) return kNaN;
  if (x == 0.0 || x == kInf) return kInf;
  if (x == 1.0 || x == 2.0) return 0.0;
  double product = 1.0;
  while (x < 16.0) {
    product *= x;
    x += 1.0;
  }
  const double main = (x - 0.5) * log(x) - x + kHalfLog2Pi;
  return main + stirling_tail(x) - log(product);
}

double log_poisson(double k, double mean) {
  if (!(k >= 0.0) || !(mean > 0.0)) return kNaN;
  if (k == 0.0) return -mean;
  if (k < 16.0) return k * log(mean) - mean - log_gamma(k + 1.0);
  return -stirling_tail(k) - deviance(k, mean) - 0.5 * log(k) - kHalfLog2Pi;
}

double gamma_p(double a, double x) {
  if (!(a > 0.0) || !(x >= 0.0)) return kNaN;
  if (x == 0.0) return 0.0;
  if (x == kInf) return 1.0;
  if (x >= a + 1.0) return 1.0 - gamma_q(a, x);
  return exp(log_poisson(a, x)) * gamma_series(a, x);
}

double gamma_q(double a, double x) {
  if (!(a > 0.0) || !(x >= 0.0)) return kNaN;
  if (x == 0.0) return 1.0;
  if (x == kInf) return 0.0;
  if (x < a + 1.0) return 1.0 - gamma_p(a, x);
  return exp(log_poisson(a, x)) * a * gamma_fraction(a, x);
}

double normal_cdf(double z) {
  if (z != z) return kNaN;
  const double tail = 0.5 * gamma_q(0.5, 0.5 * z * z);
  return z < 0.0 ? tail : 1.0 - tail;
}

double normal_quantile(double p) {
  static constexpr double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                  1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                  4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                  3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr double b[8] = {1.0,
                                  4.2313330701600911252e+1,
                                  6.8718700749205790830e+2,
                                  5.3941960214247511077e+3,
                                  2.1213794301586595867e+4,
                                  3.9307895800092710610e+4,
                                  2.8729085735721942674e+4,
                                  5.2264952788528545610e+3};
  static constexpr double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                  5.76949722146069140550e0,  3.64784832476320460504e0,
                                  1.27045825245236838258e0,  2.41780725177450611770e-1,
                                  2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double d[8] = {1.0,
                                  2.05319162663775882187e0,
                                  1.67638483018380384940e0,
                                  6.89767334985100004550e-1,
                                  1.48103976427480074590e-1,
                                  1.51986665636164571966e-2,
                                  5.47593808499534494600e-4,
                                  1.05075007164441684324e-9};
  static constexpr double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                  1.78482653991729133580e0,  2.96560571828504891230e-1,
                                  2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double f[8] = {1.0,
                                  5.99832206555887937690e-1,
                                  1.36929880922735805310e-1,
                                  1.48753612908506148525e-2,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  if (!(p >= 0.0 && p <= 1.0)) return kNaN;
  if (p == 0.0) return -kInf;
  if (p == 1.0) return kInf;
  const double r = std::sqrt(-log(q < 0.0 ? p : 1.0 - p));
  const double z = r <= 5.0 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6)
                            : polynomial(e, r - 5.0) / polynomial(f, r - 5.0);
  return q < 0.0 ? -z : z;
}

}  // namespace dure::math
