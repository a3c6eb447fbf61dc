// The auditor objects to nothing in random fleets, and to every falsified world.
#include "worlds/fleet/audit.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "worlds/fleet/random_operations.h"

namespace dure::fleet {
namespace {

std::string first_complaint(const Auditor& a) {
  return a.complaints().empty() ? "" : a.complaints()[0];
}

TEST_CASE("fleet audit: nothing to object to in random fleets, whatever the rules") {
  uint64_t starts = 0, stops = 0;
  for (uint64_t i = 0; i < 120; ++i) {
    const auto model = random_operations(10'000 + i);
    World world(model);
    CAPTURE(i);
    if (i % 5 == 4) {
      AnyStart any(i);
      const Auditor a = audited(world, any, model->start + 900_s);
      CHECK(first_complaint(a) == "");
      continue;
    }
    Rules rules(random_rules(static_cast<Order>(i % 5), i));
    const Auditor a = audited(world, rules, model->start + 900_s);
    CHECK(first_complaint(a) == "");
    starts += a.starts();
    stops += a.stops();
  }
  CHECK(starts > 10'000);
  CHECK(stops > 2'000);
}

// With fair sharing two jobs, and a third of one's account, would stop each other in turn.
TEST_CASE("fleet audit: jobs that could take from each other come to rest") {
  const auto model = random_operations(4100);
  World world(model);
  Rules rules(random_rules(Order::conservative, 100));
  CHECK(first_complaint(audited(world, rules, model->start + 900_s)) == "");
}

}  // namespace
}  // namespace dure::fleet
