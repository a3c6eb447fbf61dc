#include "worlds/fleet/attempt.h"

#include <doctest/doctest.h>

#include "base/random.h"

namespace dure::fleet {
namespace {

AttemptPlan plan(int64_t handover, int64_t startup, int64_t work, int64_t interval,
                 int64_t checkpoint) {
  return {Duration{handover}, Duration{startup}, Duration{work}, Duration{interval},
          Duration{checkpoint}};
}

void check(const AttemptPlan& p, int64_t elapsed, AttemptSplit expected) {
  CAPTURE(elapsed);
  const AttemptSplit s = divide(p, Duration{elapsed});
  CHECK(s.handover == expected.handover);
  CHECK(s.startup == expected.startup);
  CHECK(s.checkpoint == expected.checkpoint);
  CHECK(s.saved == expected.saved);
  CHECK(s.lost == expected.lost);
}

TEST_CASE("attempt: where its time goes") {
  const AttemptPlan p = plan(2, 3, 25, 10, 1);
  CHECK(p.length() == Duration{2 + 3 + 25 + 2 * 1});
  const auto d = [](int64_t n) { return Duration{n}; };
  check(p, 1, {d(1), d(0), d(0), d(0), d(0)});
  check(p, 4, {d(2), d(2), d(0), d(0), d(0)});
  check(p, 15, {d(2), d(3), d(0), d(0), d(10)});  // the checkpoint has not begun
  check(p, 16, {d(2), d(3), d(1), d(10), d(0)});
  check(p, 31, {d(2), d(3), d(2), d(20), d(4)});
  check(p, 32, {d(2), d(3), d(2), d(25), d(0)});  // its end
  check(plan(0, 0, 25, 0, 1), 24, {d(0), d(0), d(0), d(0), d(24)});
  check(plan(0, 0, 25, 0, 1), 25, {d(0), d(0), d(0), d(25), d(0)});
  CHECK(plan(0, 0, 20, 10, 1).length() == Duration{21});  // none after the last stretch
}

TEST_CASE("attempt: for ever") {
  AttemptPlan p = plan(0, 5, 0, 10, 1);
  p.work = Duration::max();
  CHECK(p.length() == Duration::max());
  const AttemptSplit s = divide(p, Duration{5 + 11 * 1'000'000 + 3});
  CHECK(s.saved == Duration{10'000'000});
  CHECK(s.lost == Duration{3});
}

TEST_CASE("attempt: its parts add up, and what is saved never shrinks") {
  Random r{1, 1, 0};
  for (int i = 0; i < 2000; ++i) {
    const auto draw = [&](uint64_t n) { return static_cast<int64_t>(r.below(n)); };
    const AttemptPlan p = plan(draw(4), draw(4), draw(60), draw(12), draw(4));
    Duration saved{0};
    for (int64_t t = 0; t <= p.length().ns; ++t) {
      const AttemptSplit s = divide(p, Duration{t});
      REQUIRE(s.handover + s.startup + s.checkpoint + s.saved + s.lost == Duration{t});
      REQUIRE(s.saved >= saved);
      saved = s.saved;
    }
    REQUIRE(saved == p.work);
  }
}

}  // namespace
}  // namespace dure::fleet
