#include "base/math.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "base/random.h"

using namespace dure;

namespace {

constexpr int kPoints = 1'000'000;

// Error of `got` in units in the last place of the exact result.
double ulps(double got, long double exact) {
  int exponent = 0;
  std::frexp(exact, &exponent);
  const long double unit = std::ldexp(1.0L, std::max(exponent, -1021) - 53);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / unit);
}

// The largest error of f against g over points drawn by x(random).
template <class F, class G, class X>
double worst(F f, G g, X x, int points = kPoints) {
  Random random{.seed = 20, .stream = 1};
  double most = 0.0;
  for (int i = 0; i < points; ++i) {
    const double at = x(random);
    const double error = ulps(f(at), g(static_cast<long double>(at)));
    if (!(error <= most)) most = error;  // NaN counts
  }
  return most;
}

auto between(double lo, double hi) {
  return [=](Random& random) { return random.uniform(lo, hi); };
}

// +-2^[lo, hi].
auto magnitudes(double lo, double hi) {
  return [=](Random& random) {
    const double size = std::exp2(random.uniform(lo, hi));
    return random.chance(0.5) ? size : -size;
  };
}

bool is_nan(double x) { return std::bit_cast<uint64_t>(x) == 0x7ff8000000000000; }

// A digest of bits that depends on order (FNV-1a over 64-bit words, with a final mix).
struct Bits {
  uint64_t state = 0xcbf29ce484222325;
  void add(double x) {
    state = (state ^ std::bit_cast<uint64_t>(x)) * 0x100000001b3;
    state ^= state >> 29;
  }
};

}  // namespace

TEST_CASE("math: log and exp are within one unit in the last place") {
  const auto log = [](double x) { return math::log(x); };
  const auto logl = [](long double x) { return std::log(x); };
  const auto exp = [](double x) { return math::exp(x); };
  const auto expl = [](long double x) { return std::exp(x); };
  const auto any_positive = [](Random& random) {
    return std::bit_cast<double>(1 + (random.bits() >> 1) % 0x7fefffffffffffff);
  };
  const auto near_one = [](Random& random) {
    return 1.0 + (random.uniform() - 0.5) * std::exp2(-50.0 * random.uniform());
  };
  CHECK(worst(log, logl, any_positive) < 0.9);
  CHECK(worst(log, logl, between(0.0, 2.0)) < 0.9);
  CHECK(worst(log, logl, near_one) < 0.9);
  CHECK(worst(exp, expl, between(-708.39, 709.78)) < 0.9);
  CHECK(worst(exp, expl, between(-2.0, 2.0)) < 0.9);
  CHECK(worst(exp, expl, between(-746.0, -708.39), 100'000) < 1.0);  // subnormal results
}

TEST_CASE("math: pow, log1p, expm1 and sigmoid keep their stated bounds") {
  Random random{.seed = 21, .stream = 1};
  double most = 0.0;
  for (int i = 0; i < kPoints; ++i) {
    const double x = i % 2 == 0 ? std::exp2(random.uniform(-1000, 1000)) : random.uniform(0.5, 2.0);
    const double y = i % 3 == 0 ? random.uniform(-5, 5) : random.uniform(-708, 709) / std::log(x);
    const long double exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    if (!(exact > 0x1p-1022L && exact < 0x1.fffffffffffffp1023L)) continue;
    const double error = ulps(math::pow(x, y), exact);
    if (!(error <= most)) most = error;
  }
  CHECK(most < 1.0);

  const auto log1p = [](double x) { return math::log1p(x); };
  const auto log1pl = [](long double x) { return std::log1p(x); };
  CHECK(worst(log1p, log1pl, between(-1.0, 4.0)) < 1.6);
  CHECK(worst(log1p, log1pl, magnitudes(-80.0, -0.001)) < 1.6);
  CHECK(worst(log1p, log1pl, between(0.0, 1e20), 100'000) < 1.6);
  const auto expm1 = [](double x) { return math::expm1(x); };
  const auto expm1l = [](long double x) { return std::expm1(x); };
  CHECK(worst(expm1, expm1l, between(-50.0, 50.0)) < 1.8);
  CHECK(worst(expm1, expm1l, magnitudes(-80.0, 2.0)) < 1.8);
  CHECK(worst([](double x) { return math::sigmoid(x); },
              [](long double x) { return 1 / (1 + std::exp(-x)); }, between(-700.0, 50.0)) < 2.6);
}

TEST_CASE("math: sin and cos are within one unit in the last place up to 2^20") {
  const auto sin = [](double x) { return math::sin(x); };
  const auto sinl = [](long double x) { return std::sin(x); };
  const auto cos = [](double x) { return math::cos(x); };
  const auto cosl = [](long double x) { return std::cos(x); };
  CHECK(worst(sin, sinl, between(-0x1p20, 0x1p20)) < 0.85);
  CHECK(worst(cos, cosl, between(-0x1p20, 0x1p20)) < 0.85);
  CHECK(worst(sin, sinl, between(-4.0, 4.0)) < 0.85);
  CHECK(worst(cos, cosl, between(-4.0, 4.0)) < 0.85);
  CHECK(worst(sin, sinl, magnitudes(-300.0, 0.0)) < 0.85);
  // The doubles nearest to multiples of pi/2, where the reduction cancels most.
  double most = 0.0;
  for (int n = 1; n < 667'000; ++n) {
    const double x = n * (math::kPi / 2);
    most = std::max({most, ulps(math::sin(x), std::sin(static_cast<long double>(x))),
                     ulps(math::cos(x), std::cos(static_cast<long double>(x)))});
  }
  CHECK(most < 0.85);
}

TEST_CASE("math: special values") {
  using math::kInf, math::kNaN;
  CHECK(math::log(1.0) == 0.0);
  CHECK(math::log(0.0) == -kInf);
  CHECK(math::log(-0.0) == -kInf);
  CHECK(math::log(kInf) == kInf);
  CHECK(is_nan(math::log(-1.0)));
  CHECK(is_nan(math::log(-kInf)));
  CHECK(is_nan(math::log(-kNaN)));
  CHECK(math::log(0x1p-1074) == doctest::Approx(-744.4400719213812).epsilon(1e-15));
  CHECK(math::log(2.0) == 0x1.62e42fefa39efp-1);

  CHECK(math::exp(0.0) == 1.0);
  CHECK(math::exp(-0.0) == 1.0);
  CHECK(math::exp(1.0) == 0x1.5bf0a8b145769p+1);
  CHECK(math::exp(kInf) == kInf);
  CHECK(math::exp(-kInf) == 0.0);
  CHECK(is_nan(math::exp(-kNaN)));
  CHECK(math::exp(709.782712893384) < kInf);
  CHECK(math::exp(709.7827128933841) == kInf);
  CHECK(math::exp(-745.1332191019411) == 0x1p-1074);
  CHECK(math::exp(-745.1332191019412) == 0.0);
  CHECK(math::exp(1e308) == kInf);
  CHECK(math::exp(-1e308) == 0.0);

  CHECK(math::pow(0.0, 0.0) == 1.0);
  CHECK(math::pow(kNaN, 0.0) == 1.0);
  CHECK(math::pow(1.0, kNaN) == 1.0);
  CHECK(is_nan(math::pow(kNaN, 1.0)));
  CHECK(is_nan(math::pow(2.0, -kNaN)));
  CHECK(is_nan(math::pow(-2.0, 2.0)));
  CHECK(math::pow(0.0, 2.5) == 0.0);
  CHECK(math::pow(0.0, -2.5) == kInf);
  CHECK(math::pow(kInf, 0.5) == kInf);
  CHECK(math::pow(kInf, -0.5) == 0.0);
  CHECK(math::pow(2.0, kInf) == kInf);
  CHECK(math::pow(2.0, -kInf) == 0.0);
  CHECK(math::pow(0.5, kInf) == 0.0);
  CHECK(math::pow(0.5, -kInf) == kInf);
  CHECK(math::pow(2.0, 1023.0) == 0x1p1023);
  CHECK(math::pow(2.0, 1024.0) == kInf);
  CHECK(math::pow(2.0, -1074.0) == 0x1p-1074);
  CHECK(math::pow(2.0, -1100.0) == 0.0);
  CHECK(math::pow(0x1p-1074, 0.5) == 0x1p-537);
  CHECK(math::pow(10.0, 2.0) == 100.0);
  CHECK(math::pow(3.0, 1.0) == 3.0);
  CHECK(math::pow(2.0, 1e-300) == 1.0);
  CHECK(math::pow(1.0 + 0x1p-52, 1e300) == kInf);

  CHECK(math::log1p(0.0) == 0.0);
  CHECK(std::signbit(math::log1p(-0.0)));
  CHECK(math::log1p(1e-300) == 1e-300);
  CHECK(math::log1p(-1.0) == -kInf);
  CHECK(math::log1p(kInf) == kInf);
  CHECK(is_nan(math::log1p(-1.5)));
  CHECK(is_nan(math::log1p(-kNaN)));
  CHECK(std::signbit(math::expm1(-0.0)));
  CHECK(math::expm1(1e-300) == 1e-300);
  CHECK(math::expm1(-1000.0) == -1.0);
  CHECK(math::expm1(1000.0) == kInf);
  CHECK(is_nan(math::expm1(-kNaN)));
  CHECK(math::sigmoid(0.0) == 0.5);
  CHECK(math::sigmoid(kInf) == 1.0);
  CHECK(math::sigmoid(-kInf) == 0.0);
  CHECK(is_nan(math::sigmoid(kNaN)));

  CHECK(math::sin(0.0) == 0.0);
  CHECK(std::signbit(math::sin(-0.0)));
  CHECK(math::cos(0.0) == 1.0);
  CHECK(math::sin(math::kPi) ==
        0x1.1a62633145c07p-53);  // the rounding error of kPi, correctly rounded
  CHECK(math::cos(math::kPi) == -1.0);
  CHECK(math::sin(0x1p-1074) == 0x1p-1074);
  CHECK(is_nan(math::sin(kInf)));
  CHECK(is_nan(math::cos(-kNaN)));
  CHECK(is_nan(math::sin(1.1e6)));
}

TEST_CASE("math: log and exp rise with their argument") {
  Random random{.seed = 22, .stream = 1};
  for (int i = 0; i < 200'000; ++i) {
    const double x = random.uniform(1e-3, 10.0);
    const double next = std::nextafter(x, 100.0);
    REQUIRE(math::log(x) <= math::log(next));
    REQUIRE(math::exp(x) <= math::exp(next));
  }
}

TEST_CASE("math: special functions agree with closed forms") {
  CHECK(math::log_gamma(1.0) == 0.0);
  CHECK(math::log_gamma(0.5) == doctest::Approx(0.5723649429247001).epsilon(1e-14));
  CHECK(math::log_gamma(101.0) == doctest::Approx(363.73937555556349).epsilon(1e-15));
  CHECK(math::log_gamma(0.0) == math::kInf);
  CHECK(is_nan(math::log_gamma(-1.0)));
  Random random{.seed = 23, .stream = 1};
  for (int i = 0; i < 50'000; ++i) {
    const double x = i % 2 == 0 ? random.uniform(0, 40) : std::exp2(random.uniform(-30, 40));
    const double exact = static_cast<double>(std::lgamma(static_cast<long double>(x)));
    REQUIRE(std::fabs(math::log_gamma(x) - exact) < 2e-14 * std::max(1.0, std::fabs(exact)));
  }
  // Q(1, x) = e^-x, Q(2, x) = (1 + x) e^-x, P(1/2, x) = erf(sqrt(x)).
  for (double x = 1.0 / 64; x < 40.0; x *= 1.3) {
    CHECK(math::gamma_q(1.0, x) == doctest::Approx(std::exp(-x)).epsilon(1e-13));
    CHECK(math::gamma_q(2.0, x) == doctest::Approx((1 + x) * std::exp(-x)).epsilon(1e-13));
    CHECK(math::gamma_p(0.5, x) == doctest::Approx(std::erf(std::sqrt(x))).epsilon(1e-13));
  }
  // A Poisson sum: Q(k + 1, mean) = P(count <= k), small and large.
  for (const double mean : {0.3, 7.0, 400.0, 1e5}) {
    double sum = 0.0;
    const int to = static_cast<int>(mean + std::sqrt(mean));
    for (int k = 0; k <= to; ++k) sum += std::exp(math::log_poisson(k, mean));
    CHECK(math::gamma_q(to + 1.0, mean) == doctest::Approx(sum).epsilon(1e-11));
  }
  CHECK(math::gamma_p(1e9, 1e9) == doctest::Approx(0.5 + 1 / std::sqrt(2 * math::kPi * 1e9) / 3));
  for (double z = -37.0; z < 8.0; z += 0.37) {
    CHECK(math::normal_cdf(z) ==
          doctest::Approx(0.5 * std::erfc(-z / std::sqrt(2))).epsilon(1e-12));
    if (z < 4.0)
      CHECK(math::normal_quantile(math::normal_cdf(z)) == doctest::Approx(z).epsilon(1e-12));
  }
  CHECK(math::normal_quantile(0.5) == 0.0);
  CHECK(math::normal_quantile(0.0) == -math::kInf);
  CHECK(math::normal_quantile(1.0) == math::kInf);
  CHECK(is_nan(math::normal_quantile(-0.1)));
  CHECK(is_nan(math::normal_quantile(math::kNaN)));
  // Wichura's own check value: PPND16(0.25).
  CHECK(math::normal_quantile(0.25) == doctest::Approx(-0.6744897501960817).epsilon(1e-15));
}

TEST_CASE("math: the bits are pinned") {
  Random random{.seed = 24, .stream = 1};
  Bits digest;
  for (int i = 0; i < 2'000; ++i) {
    const double any = std::bit_cast<double>(random.bits());  // NaNs and infinities too
    const double u = random.uniform_open();
    const double x = random.uniform(-50.0, 50.0);
    for (const double at : {any, u, x}) {
      digest.add(math::log(at));
      digest.add(math::exp(at));
      digest.add(math::pow(at, x));
      digest.add(math::log1p(at));
      digest.add(math::expm1(at));
      digest.add(math::sigmoid(at));
      digest.add(math::sin(at));
      digest.add(math::cos(at));
      digest.add(math::normal_quantile(at));
    }
    digest.add(math::sin(x * 20'000.0));
    digest.add(math::log_gamma(u * 100.0));
    digest.add(math::gamma_q(u * 20.0, std::fabs(x)));
    digest.add(math::normal_cdf(x));
  }
  CHECK(digest.state == 8844084790655290954u);
}
