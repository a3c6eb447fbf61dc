#include "worlds/fleet/quota.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/random.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kNone = QuotaTree::kNone;

// A cohort of two with 8 GPUs each.
struct Two {
  std::vector<uint32_t> parents{kNone, 0, 0};
  QuotaTree tree{parents, 1};

  Two(QuotaLimits a, QuotaLimits b) {
    tree.set(parents, 1, 0, a);
    tree.set(parents, 2, 0, b);
  }
  int64_t left(uint32_t account) { return tree.available(parents, account, 0); }
  void take(uint32_t account, int64_t n) { tree.take(parents, account, 0, n); }
  void give_back(uint32_t account, int64_t n) { tree.give_back(parents, account, 0, n); }
};

TEST_CASE("quota: what one leaves the other borrows") {
  Two two({8, kNoLimit, kNoLimit}, {8, kNoLimit, kNoLimit});
  CHECK(two.left(1) == 16);
  two.take(1, 10);
  CHECK(two.left(1) == 6);
  CHECK(two.left(2) == 6);
  CHECK(two.tree.borrowed(1, 0) == 2);
  CHECK(two.tree.borrowed(2, 0) == 0);
  CHECK(two.tree.would_borrow(two.parents, 2, 0, 9));
  CHECK_FALSE(two.tree.would_borrow(two.parents, 2, 0, 8));
  two.give_back(1, 10);
  CHECK(two.left(2) == 16);
}

TEST_CASE("quota: limits of borrowing and lending") {
  Two two({8, 2, kNoLimit}, {8, kNoLimit, 3});
  CHECK(two.left(1) == 10);     // its own and 2
  CHECK(two.left(2) == 8 + 8);  // its own and all of the other's
  two.take(2, 5);               // what it keeps for itself
  CHECK(two.left(1) == 10);
  two.take(2, 3);
  CHECK(two.left(1) == 8);
  two.take(1, 8);
  CHECK(two.left(1) == 0);
  CHECK(two.left(2) == 0);

  Two none({8, 0, kNoLimit}, {8, kNoLimit, 0});
  CHECK(none.left(1) == 8);
  CHECK(none.left(2) == 16);
  none.take(2, 16);
  CHECK(none.left(1) == 0);
}

TEST_CASE("quota: a cut below what is used leaves less than nothing") {
  Two two({8, kNoLimit, kNoLimit}, {8, kNoLimit, kNoLimit});
  two.take(1, 12);
  two.tree.set(two.parents, 2, 0, {});
  CHECK(two.left(1) == -4);
  CHECK(two.left(2) == -4);
  two.give_back(1, 12);
  CHECK(two.left(1) == 8);
}

// From the definitions, from the bottom up; parents come before their children.
struct Reckoned {
  std::vector<int64_t> own, used, kept;

  Reckoned(const std::vector<uint32_t>& parents, const std::vector<QuotaLimits>& limits,
           const std::vector<int64_t>& held)
      : own(parents.size()), used(held), kept(parents.size()) {
    for (size_t a = parents.size(); a-- > 0;) {
      own[a] += limits[a].nominal;
      kept[a] = std::max<int64_t>(0, own[a] - limits[a].lending);
      if (parents[a] == kNone) continue;
      own[parents[a]] += own[a] - kept[a];
      used[parents[a]] += std::max<int64_t>(0, used[a] - kept[a]);
    }
  }
};

TEST_CASE("quota: random trees, takings and changes against the definitions") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random r{seed, 1, 0};
    std::vector<uint32_t> parents{kNone};
    const size_t accounts = 2 + r.below(10);
    while (parents.size() < accounts) {
      parents.push_back(r.chance(0.1) ? kNone : static_cast<uint32_t>(r.below(parents.size())));
    }
    std::vector<QuotaLimits> limits(parents.size());
    std::vector<int64_t> held(parents.size());
    QuotaTree tree(parents, 2);
    for (int i = 0; i < 60; ++i) {
      const auto a = static_cast<uint32_t>(r.below(parents.size()));
      if (r.chance(0.3)) {
        const auto limit = [&] {
          return r.chance(0.4) ? kNoLimit : static_cast<int64_t>(r.below(9));
        };
        limits[a] = {static_cast<int64_t>(r.below(20)), limit(), limit()};
        tree.set(parents, a, 1, limits[a]);
      } else if (r.chance(0.6)) {
        const auto n = static_cast<int64_t>(r.below(8));
        tree.take(parents, a, 1, n);
        held[a] += n;
      } else {
        tree.give_back(parents, a, 1, held[a]);
        held[a] = 0;
      }
      const Reckoned now(parents, limits, held);
      for (uint32_t k = 0; k < parents.size(); ++k) {
        CAPTURE(seed);
        CAPTURE(k);
        REQUIRE(tree.own(k, 1) == now.own[k]);
        REQUIRE(tree.used(k, 1) == now.used[k]);
        REQUIRE(tree.used(k, 0) == 0);
        // available(): the most that fits by the definitions.
        int64_t most = 0;
        for (;; ++most) {
          std::vector<int64_t> more = held;
          more[k] += most + 1;
          const Reckoned then(parents, limits, more);
          bool fits = true;
          for (uint32_t up = k;; up = parents[up]) {
            const bool root = parents[up] == kNone;
            if (root) fits &= then.used[up] <= then.own[up];
            if (!root && limits[up].borrowing < kNoLimit)
              fits &= then.used[up] <= then.own[up] + limits[up].borrowing;
            if (root || then.used[up] <= then.kept[up]) break;
          }
          if (!fits) break;
        }
        REQUIRE(std::max<int64_t>(0, tree.available(parents, k, 1)) == most);
      }
    }
  }
}

}  // namespace
}  // namespace dure::fleet
