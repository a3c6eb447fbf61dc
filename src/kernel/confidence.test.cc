#include "kernel/confidence.h"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "base/math.h"
#include "base/random.h"

using namespace dure;

TEST_CASE("Student t quantiles are those of published tables") {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: upper critical values, 3 decimals.
  struct Row {
    double degrees, at_95, at_975, at_999;
  };
  for (const Row& row :
       {Row{1, 6.314, 12.706, 318.313}, Row{2, 2.920, 4.303, 22.327}, Row{5, 2.015, 2.571, 5.893},
        Row{9, 1.833, 2.262, 4.297}, Row{19, 1.729, 2.093, 3.579}, Row{30, 1.697, 2.042, 3.385},
        Row{100, 1.660, 1.984, 3.174}}) {
    CAPTURE(row.degrees);
    CHECK(student_t_quantile(0.95, row.degrees) == doctest::Approx(row.at_95).epsilon(3e-4));
    CHECK(student_t_quantile(0.975, row.degrees) == doctest::Approx(row.at_975).epsilon(3e-4));
    CHECK(student_t_quantile(0.999, row.degrees) == doctest::Approx(row.at_999).epsilon(3e-4));
    CHECK(student_t_quantile(0.025, row.degrees) == -student_t_quantile(0.975, row.degrees));
  }
}

TEST_CASE("Student t has closed forms at 1 and 2 degrees, and tends to the normal") {
  for (const double p : {0.6, 0.9, 0.975, 0.9999}) {
    CAPTURE(p);
    CHECK(student_t_quantile(p, 1) ==
          doctest::Approx(std::tan(math::kPi * (p - 0.5))).epsilon(1e-10));
    CHECK(student_t_quantile(p, 2) ==
          doctest::Approx((2 * p - 1) * std::sqrt(2 / (4 * p * (1 - p)))).epsilon(1e-10));
    CHECK(student_t_quantile(p, 1e5) == doctest::Approx(math::normal_quantile(p)).epsilon(1e-4));
    CHECK(student_t_cdf(student_t_quantile(p, 7.5), 7.5) == doctest::Approx(p).epsilon(1e-12));
  }
  CHECK(student_t_quantile(0.5, 3) == 0);
  CHECK(incomplete_beta(2, 3, 0.4) == doctest::Approx(0.5248).epsilon(1e-12));  // a polynomial
  CHECK(incomplete_beta(1, 1, 0.25) == doctest::Approx(0.25));
}

TEST_CASE("an interval by hand") {
  const std::vector<double> x = {1, 2, 3, 4, 5}, y = {2, 4, 3, 6, 5};
  const Confidence c = confidence(x);
  CHECK(c.n == 5);
  CHECK(c.mean == 3);
  CHECK(c.sd == doctest::Approx(1.5811388));
  CHECK(c.half_width == doctest::Approx(1.9632432));  // 2.7764451 x 1.5811388 / sqrt(5)
  CHECK(c.significant());
  const Confidence d = paired(x, y);
  CHECK(d.mean == doctest::Approx(1));
  CHECK(d.sd == 1);
  CHECK_FALSE(d.significant());
  CHECK(std::isnan(confidence({}).mean));
  CHECK(std::isnan(confidence(std::vector<double>{7}).half_width));
  CHECK(confidence(std::vector<double>{7}).mean == 7);
}

TEST_CASE("95 % of the intervals hold the mean") {
  Random random{1, 2, 0};
  int held = 0;
  for (int k = 0; k < 4000; ++k) {
    std::vector<double> x(4);
    for (double& v : x) v = random.normal(10, 3);
    const Confidence c = confidence(x);
    held += c.low() <= 10 && 10 <= c.high();
  }
  CHECK(held / 4000.0 == doctest::Approx(0.95).epsilon(0.012));
}
