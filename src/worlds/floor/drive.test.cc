#include "worlds/floor/drive.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/random.h"

namespace dure::floor {
namespace {

using doctest::Approx;

TEST_CASE("a stretch from standing to standing is a trapezoid or a triangle") {
  CHECK(Stretch{0, 0, 2, 1, 10}.seconds() == Approx(2 + 3 + 2));  // 2 m up, 6 m at 2 m/s, 2 m down
  CHECK(Stretch{0, 0, 5, 1, 9}.seconds() == Approx(6));           // the peak is 3 m/s
  CHECK(Stretch{2, 2, 2, 1, 10}.seconds() == Approx(5));
  CHECK(Stretch{0, 2, 2, 1, 2}.seconds() == Approx(2));
  CHECK(Stretch{2, 0, 2, 1, 2}.seconds() == Approx(2));
  CHECK(Stretch{0, 0, 2, INFINITY, 10}.seconds() == Approx(5));
  CHECK(Stretch{1, 1, 2, 1, 0}.seconds() == 0);
}

TEST_CASE("positions and speeds along a stretch fit together") {
  Random random{1, 1};
  for (int i = 0; i < 2000; ++i) {
    Stretch s;
    s.limit = random.uniform(0.5, 3);
    s.accel = random.uniform(0.2, 4);
    s.metres = random.uniform(0.1, 8);
    s.v_in = random.uniform(0, s.limit);
    s.v_out = exit_speed(s.v_in, s.limit, s.accel, s.metres, random.uniform(0, 3));
    // From a speed at which it can stop, as the world guarantees.
    if (s.v_in * s.v_in - s.v_out * s.v_out > 2 * s.accel * s.metres) continue;
    const double total = s.seconds();
    REQUIRE(s.after(total).metres == Approx(s.metres));
    double before = 0;
    constexpr int kParts = 400;
    double way = 0;
    for (int k = 1; k <= kParts; ++k) {
      const auto p = s.after(total * k / kParts);
      const auto mid = s.after(total * (k - 0.5) / kParts);
      REQUIRE(p.metres >= before - 1e-9);
      REQUIRE(mid.speed <= s.limit + 1e-9);
      before = p.metres;
      way += mid.speed * total / kParts;
    }
    REQUIRE(way == Approx(s.metres).epsilon(0.01));
    // Cut in two, it is the same.
    const double cut = random.uniform(0, total);
    const auto here = s.after(cut);
    const Stretch rest{here.speed, s.v_out, s.limit, s.accel, s.metres - here.metres};
    REQUIRE(cut + rest.seconds() == Approx(total).epsilon(1e-6));
  }
}

TEST_CASE("the exit speed lets a robot stop in what is granted") {
  CHECK(exit_speed(0, 2, 1, 1, 0) == 0);
  CHECK(exit_speed(2, 2, 1, 1, 0.5) == Approx(std::sqrt(2.0)));  // braking: it could not be 1
  CHECK(exit_speed(1, 2, 1, 1, 0.5) == Approx(1));
  CHECK(exit_speed(0, 2, 1, 1, 100) == Approx(std::sqrt(2.0)));
  CHECK(exit_speed(2, 2, 1, 1, 100) == Approx(2));
  CHECK(exit_speed(0, 2, INFINITY, 1, 1) == 2);
  CHECK(exit_speed(0, 2, INFINITY, 1, 0) == 0);
}

}  // namespace
}  // namespace dure::floor
