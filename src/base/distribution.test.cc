#include "base/distribution.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace dure;

namespace {

Distribution parsed(std::string_view text) {
  const Result<Distribution> d = Distribution::parse(text);
  CAPTURE(text);
  if (!d) FAIL(d.error().message);
  return *d;
}

std::string refusal(std::string_view text) {
  const Result<Distribution> d = Distribution::parse(text);
  return d ? "no error for " + std::string{text} : d.error().message;
}

bool refuses(std::string_view text, std::string_view because) {
  const std::string message = refusal(text);
  INFO(message);
  const bool good = message.find(because) != std::string::npos;
  CHECK_MESSAGE(good, message);
  return good;
}

const char* const kSamples[] = {
    "constant(7.5)",
    "exponential(2)",
    "exponential(2, min=1, max=3)",
    "exponential(2, min=-1, max=0.5)",
    "uniform(1, 3)",
    "uniform(1, 3, min=2)",
    "uniform(-1, 3, min=0, max=2)",
    "normal(10, 2)",
    "normal(1, 2, min=0)",
    "normal(1, 2, min=-1, max=1.5)",
    "lognormal(4, 0.8)",
    "lognormal(4, 1.2, min=1, max=20)",
    "lognormal(4, 1.2, max=3)",
    "weibull(2, 0.7)",
    "weibull(2, 3.5, min=1, max=2.5)",
    "weibull(2, 0.7, min=3)",
    "triangular(1, 2, 5)",
    "triangular(1, 2, 5, min=1.5, max=4)",
    "triangular(1, 2, 5, min=3)",
    "triangular(1, 2, 5, max=1.7)",
    "triangular(1, 1, 5, min=2)",
    "poisson(3)",
    "poisson(3, min=1, max=5)",
    "poisson(50, max=49.5)",
    "poisson(0.2, min=0.3, max=0.6)",
    "empirical(1:0.2, 2:0.3, 8:0.5)",
    "empirical(8:5, 1:2, 2:3, max=4)",
};

}  // namespace

TEST_CASE("distribution: positions, names and units") {
  CHECK(parsed("exponential(mean=2h)") == parsed(" exponential ( 2h ) "));
  CHECK(parsed("exponential(2h)").mean() == doctest::Approx(7200).epsilon(1e-15));
  CHECK(parsed("uniform(1h, 3h)") == parsed("uniform(hi=3h, lo=1h)"));
  CHECK(parsed("uniform(1, hi=3)") == Distribution::uniform(1, 3));
  CHECK(parsed("normal(mean=10, sd=2)") == Distribution::normal(10, 2));
  CHECK(parsed("lognormal(median=4, sigma=1.2)") == Distribution::lognormal(4, 1.2));
  CHECK(parsed("weibull(scale=2, shape=0.7)") == Distribution::weibull(2, 0.7));
  CHECK(parsed("triangular(1, 2, 5)") == Distribution::triangular(1, 2, 5));
  CHECK(parsed("poisson(mean=3)") == Distribution::poisson(3));
  const Distribution::Weighted values[] = {{1, 0.2}, {2, 0.3}, {8, 0.5}};
  CHECK(parsed("empirical(1:0.2, 2:0.3, 8:0.5)") == Distribution::empirical(values));
  CHECK(parsed("7.5") == Distribution::constant(7.5));
  CHECK(parsed("-1e3") == Distribution::constant(-1000));
  CHECK(parsed("constant(2h)") == parsed("2h"));
  CHECK(parsed("2h").mean() == 7200.0);
  CHECK(parsed("2h").in_seconds());
  CHECK_FALSE(parsed("7200").in_seconds());
  CHECK(parsed("uniform(0, 3h)").in_seconds());
  CHECK(parsed("normal(10min, 5min, min=0)").lowest() == 0.0);
  CHECK(parsed("exponential(1, max=3)") == Distribution::exponential(1).clamped(-math::kInf, 3));
}

TEST_CASE("distribution: text parses back") {
  for (const std::string text : kSamples) {
    const Distribution d = parsed(text);
    CHECK(parsed(d.text()) == d);
    CHECK(parsed(d.text()).text() == d.text());
  }
  CHECK(parsed("exponential(120min)").text() == "exponential(mean=2h)");
  CHECK(parsed("uniform(0, 90s, max=1min)").text() == "uniform(lo=0s, hi=1m30s, max=1m)");
  CHECK(parsed("3.50").text() == "3.5");
  CHECK(parsed("constant(2, min=3)").text() == "constant(value=2, min=3)");
  CHECK(parsed("empirical(2h:1, 1h:3)").text() == "empirical(2h:1, 1h:3)");
  CHECK(parsed("poisson(3, max=4)").text() == "poisson(mean=3, max=4)");
  const Distribution odd = parsed("normal(0.1234567890123456, 3e-7)");
  CHECK(parsed(odd.text()) == odd);
  const Distribution century = parsed("5200w1ns");
  CHECK(parsed(century.text()) == century);
}

TEST_CASE("distribution: draws agree with mean and quantiles") {
  constexpr int draws = 100'000;
  for (const std::string text : kSamples) {
    CAPTURE(text);
    const Distribution d = parsed(text);
    Random random{.seed = 11, .stream = 1};
    double sum = 0.0, square = 0.0;
    std::vector<double> below(4);
    const double p[4] = {0.1, 0.5, 0.8, 0.99};
    for (int i = 0; i < draws; ++i) {
      const double x = d.sample(random);
      REQUIRE((x >= d.lowest() && x <= d.highest()));
      const double e = x - d.mean();
      sum += e;
      square += e * e;
      for (size_t k = 0; k < 4; ++k) below[k] += x <= d.quantile(p[k]) ? 1 : 0;
    }
    CHECK(random.counter == draws);
    CHECK(std::fabs(sum) <= 4.9 * std::sqrt(square) + 1e-9);
    for (size_t k = 0; k < 4; ++k)  // atoms can only push it above p
      CHECK(below[k] >= p[k] * draws - 4.9 * std::sqrt(p[k] * (1 - p[k]) * draws));
  }
}

TEST_CASE("distribution: the mean is right to many digits, clamp included") {
  // Against the integral of the quantile function by the midpoint rule in u = sin^2, which resolves
  // both tails.
  for (const std::string text : kSamples) {
    CAPTURE(text);
    const Distribution d = parsed(text);
    if (d.kind() == Distribution::Kind::kPoisson) continue;
    constexpr int n = 200'000;
    double sum = 0.0;
    for (int i = 0; i < n; ++i) {
      const double t = (i + 0.5) / n;
      const double u = t * t * t * (10 - 15 * t + 6 * t * t);  // smoothstep: flat at both ends
      sum += d.quantile(u) * 30 * t * t * (1 - t) * (1 - t) / n;
    }
    CHECK(d.mean() == doctest::Approx(sum).epsilon(3e-6));
  }
  // Poisson against its sum.
  for (const char* text : {"poisson(3, min=1, max=5)", "poisson(50, max=49.5)",
                           "poisson(0.2, min=0.3, max=0.6)", "poisson(7, min=9.5)"}) {
    const Distribution d = parsed(text);
    const std::string s = d.text();
    const double mean = std::stod(s.substr(s.find('=') + 1));
    double sum = 0.0;
    for (int k = 0; k < 400; ++k)
      sum += std::exp(math::log_poisson(k, mean)) *
             std::clamp(static_cast<double>(k), d.lowest(), d.highest());
    CAPTURE(text);
    CHECK(d.mean() == doctest::Approx(sum).epsilon(1e-12));
  }
  CHECK(Distribution::weibull(2, 0.7).mean() == doctest::Approx(2 * std::tgamma(1 + 1 / 0.7)));
  CHECK(Distribution::lognormal(4, 1.2).mean() == doctest::Approx(4 * std::exp(0.72)));
  CHECK(Distribution::poisson(1e9).mean() == doctest::Approx(1e9));
  CHECK(Distribution::exponential(2).clamped(5, 5).mean() == 5.0);
  CHECK(Distribution::normal(0, 1).clamped(100, 200).mean() == 100.0);
  CHECK(Distribution::poisson(3).clamped(-5, -4).mean() == -4.0);
  // Clamps far from the bulk, where a difference of large numbers would lose every digit.
  CHECK(parsed("normal(1e20, 1, max=5)").mean() == 5.0);
  CHECK(parsed("normal(0, 1e37, min=1, max=4)").mean() == doctest::Approx(2.5).epsilon(1e-14));
  CHECK(parsed("triangular(1, 2, 1e37, max=4)").mean() == doctest::Approx(4.0).epsilon(1e-14));
  CHECK(parsed("exponential(1e37, min=1, max=4)").mean() == doctest::Approx(4.0).epsilon(1e-14));
}

TEST_CASE("distribution: quantiles") {
  CHECK(Distribution::exponential(1).quantile(0.5) == doctest::Approx(std::log(2)).epsilon(1e-15));
  CHECK(Distribution::exponential(1).highest() == math::kInf);
  CHECK(Distribution::normal(1, 2).lowest() == -math::kInf);
  CHECK(Distribution::normal(1, 0).quantile(1.0) == 1.0);
  CHECK(Distribution::uniform(1, 3).quantile(0.25) == 1.5);
  CHECK(Distribution::weibull(2, 1).quantile(0.5) == doctest::Approx(2 * std::log(2)));
  CHECK(parsed("empirical(5:1, 1:1)").quantile(0.5) == 5.0);
  CHECK(parsed("empirical(5:1, 1:1)").quantile(0.49) == 1.0);
  CHECK(parsed("empirical(5:1, 0:0)").lowest() == 5.0);
  for (const double mean : {0.0, 0.5, 3.0, 77.7, 1e6}) {
    const Distribution d = Distribution::poisson(mean);
    for (const double p : {1e-9, 0.01, 0.5, 0.9, 0.999999}) {
      const double k = d.quantile(p);
      if (mean == 0.0) {
        CHECK(k == 0.0);
        continue;
      }
      CHECK(math::gamma_q(k + 1, mean) >= p);
      if (k > 0) CHECK(math::gamma_q(k, mean) < p);
    }
  }
}

TEST_CASE("distribution: refusals say what was expected and found") {
  refuses("", "found nothing");
  refuses("two hours", "expected a number, a duration or a distribution");
  refuses("expnential(2h)", "did you mean \"exponential\"?");
  refuses("(2)", "expected \"constant\"");
  refuses("exponential(2h", "expected a closing \")\"");
  refuses("exponential(2h) extra", "expected a closing \")\"");
  refuses("exponential()", "expected a mean, found none");
  refuses("exponential(2, 3)", "at most 1 unnamed argument, found \"3\" too");
  refuses("exponential(mena=2)", "expected arguments from \"mean\", \"min\" and \"max\"");
  refuses("exponential(mean=2, mean=3)", "expected mean once");
  refuses("exponential(2, mean=3)", "expected mean once");
  refuses("exponential(2, max=3, max=4)", "expected max once");
  refuses("exponential(2,)", "between commas");
  refuses("exponential(mean=)", "found \"\"");
  refuses("exponential(=2)", "found \"\"");
  refuses("exponential(nan)", "expected a number or a duration");
  refuses("exponential(inf)", "expected a number or a duration");
  refuses("exponential(0)", "expected a mean above 0, found 0");
  refuses("exponential(-2h)", "expected a mean above 0");
  refuses("exponential((2))", "found \"(2)\"");
  refuses("uniform(3, 1)", "expected lo <= hi, found lo = 3, hi = 1");
  refuses("uniform(lo=1, 3)", "expected a name before \"3\"");
  refuses("uniform(min=1, max=3)", "only clamp");
  refuses("uniform(1, 3h)", "found a mixture at \"3h\"");
  refuses("normal(1, -1)", "expected an sd of at least 0, found -1");
  refuses("lognormal(0, 1)", "expected a median above 0");
  refuses("lognormal(1, 31)", "expected a sigma from 0 to 30");
  refuses("lognormal(1h, 1h)", "expected a plain number, found \"1h\"");
  refuses("weibull(1, 0)", "expected a shape of at least 0.01");
  refuses("triangular(1, 6, 5)", "expected lo <= mode <= hi");
  refuses("poisson(2h)", "expected a plain number");
  refuses("poisson(1e10)", "expected a mean from 0 to 1e9");
  refuses("empirical()", "expected at least one value");
  refuses("empirical(1:0, 2:0)", "expected at least one value");
  refuses("empirical(1:-1)", "expected weights of at least 0");
  refuses("empirical(1)", "expected value:weight");
  refuses("empirical(1:1e308, 2:1e308)", "finite sum");
  refuses("empirical(1:2:3)", "expected a plain number");
  refuses("exponential(1, min=3, max=2)", "expected min <= max");
  refuses("exponential(1e308)", "overflow");
  refuses("uniform(-1e308, 1e308)", "overflow");
  refuses("normal(0, 1e308)", "overflow");
}
