#include "kernel/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "base/random.h"
#include "kernel/archive.h"

using namespace dure;

TEST_CASE("time-weighted: mean, integral and maximum of steps") {
  TimeWeighted x;
  CHECK(x.mean(Time{}) == 0);
  x.set(Time{} + 10_s, -4);
  CHECK(x.max() == -4);
  x.set(Time{} + 12_s, 3);
  x.add(Time{} + 15_s, 2);
  CHECK(x.value() == 5);
  CHECK(x.max() == 5);
  CHECK(x.integral(Time{} + 20_s) == doctest::Approx(-4 * 2 + 3 * 3 + 5 * 5));
  CHECK(x.mean(Time{} + 20_s) == doctest::Approx(26.0 / 10));
  CHECK(x.mean(Time{} + 10_s) == 0);
}

TEST_CASE("quantiles: small values are exact") {
  Quantiles q;
  CHECK(q.quantile(0.5) == 0);
  for (int64_t i = 100; i >= 1; --i) q.add(i);
  CHECK(q.count() == 100);
  CHECK(q.mean() == doctest::Approx(50.5));
  CHECK(q.min() == 1);
  CHECK(q.max() == 100);
  for (int percent = 1; percent <= 100; ++percent) CHECK(q.quantile(percent / 100.0) == percent);
  CHECK(q.quantile(0) == 1);
}

TEST_CASE("quantiles: within the promised error of the sorted truth") {
  Random random{3, 4, 0};
  for (const double sigma : {0.1, 1.0, 4.0}) {
    Quantiles q;
    std::vector<int64_t> truth;
    for (int i = 0; i < 20000; ++i) {
      truth.push_back(static_cast<int64_t>(random.lognormal(1e9, sigma)));
      q.add(truth.back());
    }
    std::sort(truth.begin(), truth.end());
    for (const double p : {0.0001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const auto rank = static_cast<size_t>(std::ceil(p * 20000 - 1e-6));
      const double exact = static_cast<double>(truth[rank - 1]);
      CHECK(std::abs(q.quantile(p) - exact) <= Quantiles::kRelativeError * exact + 0.5);
    }
    CHECK(q.min() == truth.front());
    CHECK(q.max() == truth.back());
    const auto cdf = q.cdf();
    CHECK(cdf.back().share == 1);
    CHECK(cdf.back().value == static_cast<double>(truth.back()));
    for (const auto& point : cdf) {
      const auto at_most =
          std::upper_bound(truth.begin(), truth.end(), point.value,
                           [](double v, int64_t t) { return v < static_cast<double>(t); });
      REQUIRE(point.share == static_cast<double>(at_most - truth.begin()) / 20000);
    }
  }
}

TEST_CASE("quantiles: merged is as added to one; the largest values fit") {
  Random random{3, 5, 0};
  Quantiles one, a, b;
  for (int i = 0; i < 1000; ++i) {
    const int64_t x = static_cast<int64_t>(random.bits() >> (1 + random.below(60)));
    one.add(x);
    (i % 3 == 0 ? a : b).add(x);
  }
  a.merge(b);
  a.merge(Quantiles{});
  for (double p = 0; p <= 1; p += 0.01) CHECK(a.quantile(p) == one.quantile(p));
  CHECK(a.mean() == doctest::Approx(one.mean()));
  CHECK(a.min() == one.min());
  CHECK(a.max() == one.max());
  Quantiles extreme;
  extreme.add(std::numeric_limits<int64_t>::max());
  CHECK(extreme.quantile(0.5) == 0x1p63);
  Quantiles copy;
  copy.merge(extreme);
  CHECK(digest_of(copy) == digest_of(extreme));
}

TEST_CASE("series: means of equal intervals, the last in part") {
  Series s(Time{} + 100_s, 10_s, 4);
  s.set(Time{} + 105_s, 6);
  s.set(Time{} + 110_s, 2);
  const auto means = s.means(Time{} + 125_s);
  REQUIRE(means.size() == 3);
  CHECK(means[0] == doctest::Approx(3));
  CHECK(means[1] == doctest::Approx(2));
  CHECK(means[2] == doctest::Approx(2));
  CHECK(s.means(Time{} + 100_s).size() <= 1);
}

TEST_CASE("series: intervals that merge keep the integral") {
  Random random{8, 1, 0};
  Series s(Time{}, 1_s, 16);
  double integral = 0, value = 0;
  Time now;
  for (int i = 0; i < 3000; ++i) {
    const Duration gap = from_seconds(random.exponential(0.7) + (i % 500 == 0 ? 300.0 : 0.0));
    integral += value * gap.seconds();
    now += gap;
    value = static_cast<double>(random.below(100));
    s.set(now, value);
    if (i % 97 != 0) continue;
    const auto means = s.means(now);
    REQUIRE(means.size() <= 16);
    double sum = 0;
    for (size_t k = 0; k < means.size(); ++k) {
      const Time from = s.start() + s.interval() * static_cast<int64_t>(k);
      sum += means[k] * (std::min(now, from + s.interval()) - from).seconds();
    }
    REQUIRE(sum == doctest::Approx(integral).epsilon(1e-9));
  }
  CHECK(s.interval() > 1_s);
}
