#include "kernel/transient.h"

#include <doctest/doctest.h>

#include "base/random.h"

using namespace dure;

namespace {

// A line that fills: 100 (1 - e^(-t / tau)), and noise.
std::vector<double> filling(size_t n, double tau, double noise) {
  Random random{5, 6, 0};
  std::vector<double> x;
  for (size_t t = 0; t < n; ++t) {
    x.push_back(100 * (1 - math::exp(-static_cast<double>(t) / tau)) + random.normal(0, noise));
  }
  return x;
}

}  // namespace

TEST_CASE("MSER-5 drops the filling and no more") {
  const auto dropped = mser5(filling(400, 15, 3));
  REQUIRE(dropped);
  CHECK(*dropped % 5 == 0);
  CHECK(*dropped >= 30);  // 2 tau: 86 %
  CHECK(*dropped <= 100);
  // Stationary from the start: little or nothing.
  std::vector<double> x = filling(1000, 15, 3);
  x.erase(x.begin(), x.begin() + 200);
  REQUIRE(mser5(x));
  CHECK(*mser5(x) <= 100);
}

TEST_CASE("MSER-5 by hand") {
  // Batches of equal values: 0 and eleven times 1. Without the first nothing varies.
  std::vector<double> x(60, 1.0);
  std::fill_n(x.begin(), 5, 0.0);
  CHECK(mser5(x) == 5u);
  x.assign(60, 2.0);
  CHECK(mser5(x) == 0u);
}

TEST_CASE("a series that never settles, or is short, gives nothing") {
  std::vector<double> rising;
  for (int i = 0; i < 200; ++i) rising.push_back(i);
  CHECK_FALSE(mser5(rising));
  CHECK_FALSE(welch(rising, 7, 0.05));
  CHECK_FALSE(mser5(std::vector<double>(20, 1.0)));
  CHECK_FALSE(welch({}, 7, 0.05));
}

TEST_CASE("Welch's moving average") {
  const std::vector<double> x = {1, 2, 6, 4, 5, 9};
  CHECK(welch_average(x, 1) == std::vector<double>{1, 3, 4, 5, 6});
  const auto dropped = welch(filling(400, 15, 3), 7, 0.05);
  REQUIRE(dropped);
  CHECK(*dropped >= 30);
  CHECK(*dropped <= 70);
  CHECK(welch(std::vector<double>(50, 3.0), 7, 0.05) == 0u);
}
