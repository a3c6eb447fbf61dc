#include "worlds/fleet/run_ends.h"

#include <set>

#include <doctest/doctest.h>

#include "base/random.h"
#include "kernel/archive.h"

namespace dure::fleet {
namespace {

std::vector<RunEnd> all_of(const RunEnds& ends) {
  std::vector<RunEnd> out;
  ends.each([&](const RunEnd& r, const auto& ahead) {
    CHECK(ahead(0) == &r);
    out.push_back(r);
    return true;
  });
  return out;
}

TEST_CASE("fleet: ends of running jobs, against an ordered set") {
  Random random{5, 1, 0};
  RunEnds ends;
  std::set<RunEnd> known;
  for (int round = 0; round < 20'000; ++round) {
    // It grows to some thousands, shrinks to none and grows again.
    const bool grows = round / 5000 % 2 == 0;
    if (known.empty() || random.chance(grows ? 0.9 : 0.1)) {
      const uint64_t slot = static_cast<uint64_t>(round);
      const Time end =
          random.chance(0.2) ? Time::never() : Time{static_cast<int64_t>(random.below(500))};
      ends.insert({end, slot});
      known.insert({end, slot});
    } else {
      auto it = known.lower_bound({Time{static_cast<int64_t>(random.below(600))}, 0});
      if (it == known.end()) it = known.begin();
      ends.erase(*it);
      known.erase(it);
    }
    REQUIRE(ends.size() == known.size());
    if (round % 97 == 0) REQUIRE(all_of(ends) == std::vector<RunEnd>(known.begin(), known.end()));
  }
}

TEST_CASE("fleet: ends of running jobs are saved as one list, however they are cut") {
  RunEnds by_insertion, copy;
  for (uint64_t i = 0; i < 1000; ++i)
    by_insertion.insert({Time{static_cast<int64_t>(i * 7919 % 1000)}, i});
  StateWriter writer;
  writer(by_insertion);
  StateReader reader(writer.bytes());
  reader(copy);
  CHECK(reader.finished());
  CHECK(all_of(copy) == all_of(by_insertion));
  CHECK(copy.size() == 1000);
  CHECK(digest_of(copy) == digest_of(by_insertion));
  copy.insert({Time{5000}, 1});
  copy.erase({Time{0}, 0});
  CHECK(all_of(copy).size() == 1000);
  CHECK(all_of(copy).back().slot == 1);
}

}  // namespace
}  // namespace dure::fleet
