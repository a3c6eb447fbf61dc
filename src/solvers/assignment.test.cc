#include "solvers/assignment.h"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

#include "base/random.h"

namespace dure {
namespace {

struct Problem {
  uint32_t rows = 0, columns = 0;
  std::vector<int64_t> cost;        // [rows x columns]
  std::vector<int64_t> unassigned;  // [rows] or empty
};

Problem random_problem(Random& random, uint32_t rows, uint32_t columns, double forbidden,
                       uint64_t costs, bool may_stay) {
  Problem p{rows, columns, {}, {}};
  for (uint32_t k = 0; k < rows * columns; ++k) {
    const bool none = random.chance(forbidden);
    const int64_t cost =
        static_cast<int64_t>(random.below(costs)) - static_cast<int64_t>(costs / 4);
    p.cost.push_back(none ? kForbidden : cost);
  }
  for (uint32_t i = 0; may_stay && i < rows; ++i) {
    p.unassigned.push_back(static_cast<int64_t>(random.below(costs)));
  }
  return p;
}

struct Sparse {
  std::vector<uint32_t> first{0};
  std::vector<Candidate> candidates;
};

Sparse sparse(const Problem& p, Random& random) {
  Sparse s;
  for (uint32_t i = 0; i < p.rows; ++i) {
    for (uint32_t j = 0; j < p.columns; ++j) {
      const int64_t c = p.cost[size_t{i} * p.columns + j];
      if (c == kForbidden) continue;
      s.candidates.push_back({j, c});
      if (random.chance(0.1)) s.candidates.push_back({j, c + 1});  // twice: dearer
    }
    random.shuffle(std::span(s.candidates).subspan(s.first.back()));
    s.first.push_back(static_cast<uint32_t>(s.candidates.size()));
  }
  return s;
}

// The least of all assignments by trying them: those that leave fewest first if `unassigned` is
// empty.
struct Brute {
  const Problem& p;
  std::vector<uint8_t> taken;
  uint32_t most = 0;
  int64_t least = kForbidden;

  void go(uint32_t i, uint32_t assigned, int64_t sum) {
    if (i == p.rows) {
      const bool better =
          p.unassigned.empty() ? assigned > most || (assigned == most && sum < least) : sum < least;
      if (better) {
        most = assigned;
        least = sum;
      }
      return;
    }
    go(i + 1, assigned, sum + (p.unassigned.empty() ? 0 : p.unassigned[i]));
    for (uint32_t j = 0; j < p.columns; ++j) {
      const int64_t c = p.cost[size_t{i} * p.columns + j];
      if (taken[j] != 0 || c == kForbidden) continue;
      taken[j] = 1;
      go(i + 1, assigned + 1, sum + c);
      taken[j] = 0;
    }
  }
};

// The pairs are pairs, the sums are right.
int64_t checked_sum(const Problem& p, const Assignment& a) {
  REQUIRE(a.column.size() == p.rows);
  std::vector<uint8_t> taken(p.columns, 0);
  int64_t pairs = 0, left = 0;
  uint32_t assigned = 0;
  for (uint32_t i = 0; i < p.rows; ++i) {
    const uint32_t j = a.column[i];
    if (j == kUnassigned) {
      left += p.unassigned.empty() ? 0 : p.unassigned[i];
      continue;
    }
    REQUIRE(j < p.columns);
    REQUIRE(taken[j] == 0);
    REQUIRE(p.cost[size_t{i} * p.columns + j] != kForbidden);
    taken[j] = 1;
    pairs += p.cost[size_t{i} * p.columns + j];
    ++assigned;
  }
  CHECK(a.cost == pairs);
  CHECK(a.assigned == assigned);
  return pairs + left;
}

// The header's proof of optimality.
void check_prices(const Problem& p, const Assignment& a) {
  REQUIRE(a.row_price.size() == p.rows);
  REQUIRE(a.column_price.size() == p.columns);
  std::vector<uint8_t> taken(p.columns, 0);
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < p.rows; ++i) {
    for (uint32_t j = 0; j < p.columns; ++j) {
      const int64_t c = p.cost[size_t{i} * p.columns + j];
      const int64_t sum = a.row_price[i] + a.column_price[j];
      if (a.column[i] == j) {
        wrong += sum != c;
        taken[j] = 1;
      } else {
        wrong += c != kForbidden && sum > c;
      }
    }
    if (p.unassigned.empty()) continue;
    wrong += a.row_price[i] > p.unassigned[i];
    wrong += a.column[i] == kUnassigned && a.row_price[i] != p.unassigned[i];
  }
  for (uint32_t j = 0; j < p.columns; ++j) {
    wrong += a.column_price[j] > 0;
    wrong += taken[j] == 0 && a.column_price[j] != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("small assignments equal the best of all") {
  Random random{7, 1, 0};
  for (int round = 0; round < 3000; ++round) {
    const uint32_t rows = static_cast<uint32_t>(random.below(6));
    const uint32_t columns = static_cast<uint32_t>(random.below(7));
    const double forbidden = 0.25 * static_cast<double>(random.below(5));
    const bool may_stay = random.chance(0.5);
    const uint64_t costs = random.chance(0.5) ? 5 : 1000;
    const Problem p = random_problem(random, rows, columns, forbidden, costs, may_stay);
    Brute brute{p, std::vector<uint8_t>(columns, 0)};
    brute.go(0, 0, 0);

    const Assignment dense = assign(rows, columns, p.cost, p.unassigned);
    CHECK(checked_sum(p, dense) == brute.least);
    check_prices(p, dense);
    const Sparse s = sparse(p, random);
    const Assignment thin = assign_sparse(columns, s.first, s.candidates, p.unassigned);
    CHECK(checked_sum(p, thin) == brute.least);
    check_prices(p, thin);
    if (!may_stay) {
      CHECK(dense.assigned == brute.most);
      CHECK(thin.assigned == brute.most);
    }
  }
}

TEST_CASE("sparse and dense agree, and their prices prove both") {
  Random random{7, 2, 0};
  for (int round = 0; round < 60; ++round) {
    const uint32_t rows = 1 + static_cast<uint32_t>(random.below(120));
    const uint32_t columns = 1 + static_cast<uint32_t>(random.below(160));
    const uint64_t costs = random.chance(0.5) ? 10 : 1'000'000;
    const Problem p = random_problem(random, rows, columns, 0.9, costs, random.chance(0.5));
    const Sparse s = sparse(p, random);
    const Assignment dense = assign(rows, columns, p.cost, p.unassigned);
    const Assignment thin = assign_sparse(columns, s.first, s.candidates, p.unassigned);
    CHECK(checked_sum(p, dense) == checked_sum(p, thin));
    if (p.unassigned.empty()) CHECK(dense.assigned == thin.assigned);
    check_prices(p, dense);
    check_prices(p, thin);
  }
}

TEST_CASE("a big assignment on a floor is optimal by its prices") {
  Random random{7, 3, 0};
  const uint32_t rows = 600, columns = 500;  // some rows must stay
  Problem p{rows, columns, {}, {}};
  std::vector<int64_t> x, y;
  for (uint32_t i = 0; i < rows + columns; ++i) {
    x.push_back(static_cast<int64_t>(random.below(60)));
    y.push_back(static_cast<int64_t>(random.below(40)));
  }
  for (uint32_t i = 0; i < rows; ++i) {
    for (uint32_t j = 0; j < columns; ++j) {
      const int64_t steps = std::abs(x[i] - x[rows + j]) + std::abs(y[i] - y[rows + j]);
      p.cost.push_back(steps > 20 ? kForbidden : steps);
    }
  }
  const Sparse s = sparse(p, random);
  const Assignment dense = assign(rows, columns, p.cost);
  const Assignment thin = assign_sparse(columns, s.first, s.candidates);
  CHECK(dense.assigned == 500);
  CHECK(thin.assigned == 500);
  CHECK(checked_sum(p, dense) == checked_sum(p, thin));
  check_prices(p, dense);
  check_prices(p, thin);
}

TEST_CASE("nothing to assign") {
  CHECK(assign(0, 0, {}).column.empty());
  CHECK(assign(0, 3, {}).column_price == std::vector<int64_t>(3, 0));
  CHECK(assign(2, 0, {}).column == std::vector<uint32_t>(2, kUnassigned));
  const std::vector<int64_t> none(6, kForbidden);
  const Assignment a = assign(2, 3, none);
  CHECK(a.column == std::vector<uint32_t>(2, kUnassigned));
  CHECK(a.cost == 0);
  CHECK(a.assigned == 0);

  const std::vector<uint32_t> no_rows{0}, two_rows{0, 0, 0};
  CHECK(assign_sparse(4, no_rows, {}).column.empty());
  CHECK(assign_sparse(4, two_rows, {}).column == std::vector<uint32_t>(2, kUnassigned));
  CHECK(assign_sparse(0, two_rows, {}).column == std::vector<uint32_t>(2, kUnassigned));
}

TEST_CASE("what a row costs when it stays decides whether it is served") {
  const std::vector<int64_t> cost{10, 12};  // two rows, one column
  const std::vector<int64_t> alike{20, 20}, second_matters{20, 50}, stay{9, 9};
  CHECK(assign(2, 1, cost, alike).column == std::vector<uint32_t>{0, kUnassigned});
  CHECK(assign(2, 1, cost, second_matters).column == std::vector<uint32_t>{kUnassigned, 0});
  CHECK(assign(2, 1, cost, stay).assigned == 0);
}

TEST_CASE("the largest costs do not overflow") {
  const std::vector<int64_t> cost{kMaxCost, -kMaxCost, kForbidden, kMaxCost, kForbidden, -kMaxCost};
  const Problem p{2, 3, cost, {}};
  const Assignment a = assign(2, 3, cost);
  CHECK(a.column == std::vector<uint32_t>{1, 2});
  CHECK(a.cost == -2 * kMaxCost);
  check_prices(p, a);
}

}  // namespace
}  // namespace dure
