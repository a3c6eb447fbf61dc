#include "solvers/assignment.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace dure {
namespace {

// The best and the second best of a row at the present prices. A row's own "nothing" counts, with
// column kUnassigned.
struct TwoBest {
  int64_t best = kForbidden, second = kForbidden;
  uint32_t column = kUnassigned, second_column = kUnassigned;

  void see(uint32_t j, int64_t cost) {
    if (cost < best) {
      second = best;
      second_column = column;
      best = cost;
      column = j;
    } else if (cost < second) {
      second = cost;
      second_column = j;
    }
  }
};

// Prices and pairs, and what both solvers do with them. `Costs` has rows(), columns(),
// unassigned(i) and each(i, f) with f(column, cost).
template <class Costs>
struct Solver {
  const Costs& costs;
  std::vector<int64_t> price;       // [columns] never above 0
  std::vector<uint32_t> row_of;     // [columns]
  std::vector<uint32_t> column_of;  // [rows]
  std::vector<int64_t> paid;        // [rows] the cost of its pair, or of having none
  std::vector<uint32_t> unsettled;  // rows that wait for a path

  explicit Solver(const Costs& c)
      : costs(c),
        price(c.columns(), 0),
        row_of(c.columns(), kUnassigned),
        column_of(c.rows(), kUnassigned),
        paid(c.rows(), 0) {}

  TwoBest two_best(uint32_t i) const {
    TwoBest two;
    costs.each(i, [&](uint32_t j, int64_t cost) { two.see(j, cost - price[j]); });
    two.see(kUnassigned, costs.unassigned(i));
    return two;
  }
  // `cost` is the pair's own, without prices.
  void pair(uint32_t i, uint32_t j, int64_t cost) {
    column_of[i] = j;
    paid[i] = cost;
    if (j != kUnassigned) row_of[j] = i;
  }

  // Each row takes its best column and lowers the price until the second best is as good; who had
  // it before looks again. Rows still without at the end of the passes stay in `unsettled`.
  void reduce_rows(int passes, size_t max_takes) {
    unsettled.resize(costs.rows());
    for (uint32_t i = 0; i < costs.rows(); ++i) unsettled[i] = i;
    std::vector<uint32_t> later;
    size_t takes = 0;
    for (int pass = 0; pass < passes && !unsettled.empty(); ++pass) {
      later.clear();
      for (size_t next = 0; next < unsettled.size(); ++next) {
        for (uint32_t i = unsettled[next]; i != kUnassigned;) {
          if (takes++ >= max_takes) {
            later.push_back(i);
            break;
          }
          const TwoBest two = two_best(i);
          uint32_t j = two.column;
          if (j != kUnassigned && two.best == two.second && row_of[j] != kUnassigned) {
            j = two.second_column;
          }
          if (j == kUnassigned) {  // its own nothing is best and stays so: prices only fall
            pair(i, j, costs.unassigned(i));
            break;
          }
          const uint32_t before = row_of[j];
          pair(i, j, two.best + price[j]);
          price[j] -= two.second - two.best;
          if (before != kUnassigned) column_of[before] = kUnassigned;
          if (two.best == two.second && before != kUnassigned) {
            later.push_back(before);
            break;
          }
          i = before;
        }
      }
      unsettled.swap(later);
    }
  }

  Assignment result() {
    Assignment a;
    a.row_price.resize(costs.rows());
    for (uint32_t i = 0; i < costs.rows(); ++i) {
      const uint32_t j = column_of[i];
      a.row_price[i] = paid[i] - (j == kUnassigned ? 0 : price[j]);
      if (j == kUnassigned) continue;
      a.cost += paid[i];
      ++a.assigned;
    }
    a.column = std::move(column_of);
    a.column_price = std::move(price);
    return a;
  }
};

// What leaving a row costs when the caller does not say: more than all pairs together could save.
int64_t dearest(int64_t least, int64_t most, uint32_t rows) {
  if (least > most) return 0;
  DURE_ASSERT((most - least + 1) < (int64_t{1} << 60) / (int64_t{rows} + 1), "costs too large");
  return most + (most - least + 1) * (int64_t{rows} + 1);
}

void check_cost(int64_t cost) {
  DURE_ASSERT(cost >= -kMaxCost && cost <= kMaxCost, "an assignment's cost out of range");
}

struct DenseCosts {
  uint32_t n, m;
  const int64_t* cost;
  std::span<const int64_t> leave;
  int64_t leave_any = 0;

  uint32_t rows() const { return n; }
  uint32_t columns() const { return m; }
  int64_t unassigned(uint32_t i) const { return leave.empty() ? leave_any : leave[i]; }
  const int64_t* row(uint32_t i) const { return cost + size_t{i} * m; }
  template <class F>
  void each(uint32_t i, F&& f) const {
    const int64_t* const c = row(i);
    for (uint32_t j = 0; j < m; ++j) {
      if (c[j] != kForbidden) f(j, c[j]);
    }
  }
};

// Where a shortest path ends: at a free column, or at the row that gives its column up.
struct End {
  int64_t length = kForbidden;
  uint32_t column = kUnassigned;
  uint32_t row = kUnassigned;
};

// Turns the pairs round along the path to `end`, back to the row it began at.
template <class Costs, class CostOf>
void augment(Solver<Costs>& s, const End& end, uint32_t start, const std::vector<uint32_t>& from,
             CostOf&& cost_of) {
  uint32_t j = end.column;
  if (j == kUnassigned) {
    j = s.column_of[end.row];
    s.pair(end.row, kUnassigned, s.costs.unassigned(end.row));
    if (end.row == start) return;
  }
  while (true) {
    const uint32_t i = from[j];
    const uint32_t left = s.column_of[i];
    s.pair(i, j, cost_of(i, j));
    if (i == start) return;
    j = left;
  }
}

// Dijkstra over columns, the nearest found by going through all that are not done.
struct DensePaths {
  Solver<DenseCosts>& s;
  std::vector<int64_t> distance;
  std::vector<uint32_t> from, open;  // columns not done, in no particular order

  explicit DensePaths(Solver<DenseCosts>& solver)
      : s(solver), distance(s.costs.columns()), from(s.costs.columns()), open(s.costs.columns()) {
    for (uint32_t j = 0; j < s.costs.columns(); ++j) open[j] = j;
  }

  // From row i, `length` away and priced `row_price` so far. Returns where in `open` the nearest
  // column is.
  size_t relax(uint32_t i, int64_t length, int64_t row_price, size_t unreached, End& end) {
    const int64_t base = row_price - length;
    if (s.costs.unassigned(i) - base < end.length) {
      end = {s.costs.unassigned(i) - base, kUnassigned, i};
    }
    const int64_t* const c = s.costs.row(i);
    size_t nearest = 0;
    int64_t least = kForbidden;
    for (size_t k = 0; k < unreached; ++k) {
      const uint32_t j = open[k];
      // A forbidden pair's sum would overflow: one of the largest cost is longer than any path.
      const int64_t d = c[j] == kForbidden ? kForbidden : c[j] - s.price[j] - base;
      int64_t old = distance[j];
      if (d < old) {
        distance[j] = old = d;
        from[j] = i;
      }
      if (old < least) {
        least = old;
        nearest = k;
      }
    }
    return nearest;
  }

  void settle(uint32_t start) {
    std::fill(distance.begin(), distance.end(), kForbidden);
    size_t unreached = open.size();  // open[unreached ..] are done
    End end;
    size_t nearest = relax(start, 0, 0, unreached, end);
    while (unreached > 0) {
      const uint32_t j = open[nearest];
      if (distance[j] >= end.length) break;
      const uint32_t i = s.row_of[j];
      if (i == kUnassigned) {
        end = {distance[j], j, kUnassigned};
        break;
      }
      std::swap(open[nearest], open[--unreached]);
      nearest = relax(i, distance[j], s.paid[i] - s.price[j], unreached, end);
    }
    for (size_t k = unreached; k < open.size(); ++k) {
      s.price[open[k]] += distance[open[k]] - end.length;
    }
    augment(s, end, start, from, [&](uint32_t i, uint32_t j) { return s.costs.row(i)[j]; });
  }
};

struct SparseCosts {
  uint32_t m;
  std::span<const uint32_t> first;
  const Candidate* candidates;
  std::span<const int64_t> leave;
  int64_t leave_any = 0;

  uint32_t rows() const { return static_cast<uint32_t>(first.size() - 1); }
  uint32_t columns() const { return m; }
  int64_t unassigned(uint32_t i) const { return leave.empty() ? leave_any : leave[i]; }
  template <class F>
  void each(uint32_t i, F&& f) const {
    for (uint32_t k = first[i]; k < first[i + 1]; ++k) f(candidates[k].column, candidates[k].cost);
  }
};

// Dijkstra over columns with a heap; columns at the present distance skip it.
struct SparsePaths {
  struct Entry {
    int64_t distance;
    uint32_t column;
    bool operator<(const Entry& o) const {  // for a heap with the least on top
      return distance != o.distance ? distance > o.distance : column > o.column;
    }
  };

  Solver<SparseCosts>& s;
  std::vector<int64_t> distance;  // [columns] where seen == round
  std::vector<uint32_t> seen;     // [columns] the last round that reached it
  std::vector<uint32_t> from;     // [columns] the row it was reached from
  std::vector<int64_t> cost;      // [columns] of that pair
  std::vector<Entry> heap;
  std::vector<uint32_t> now, done;
  uint32_t round = 0;

  explicit SparsePaths(Solver<SparseCosts>& solver)
      : s(solver),
        distance(s.costs.columns()),
        seen(s.costs.columns(), 0),
        from(s.costs.columns()),
        cost(s.costs.columns()) {}

  void relax(uint32_t i, int64_t length, int64_t row_price, End& end) {
    const int64_t base = row_price - length;
    if (s.costs.unassigned(i) - base < end.length) {
      end = {s.costs.unassigned(i) - base, kUnassigned, i};
    }
    s.costs.each(i, [&](uint32_t j, int64_t c) {
      const int64_t d = c - s.price[j] - base;
      if (d >= end.length || (seen[j] == round && distance[j] <= d)) return;
      seen[j] = round;
      distance[j] = d;
      from[j] = i;
      cost[j] = c;
      if (s.row_of[j] == kUnassigned) {
        end = {d, j, kUnassigned};
      } else if (d == length && i != start_) {
        now.push_back(j);
      } else {
        heap.push_back({d, j});
        std::push_heap(heap.begin(), heap.end());
      }
    });
  }

  void settle(uint32_t start) {
    ++round;
    start_ = start;
    heap.clear();
    now.clear();
    done.clear();
    End end;
    relax(start, 0, 0, end);
    while (true) {
      uint32_t j;
      if (!now.empty()) {
        j = now.back();
        now.pop_back();
        if (distance[j] >= end.length) break;
      } else {
        if (heap.empty() || heap.front().distance >= end.length) break;
        j = heap.front().column;
        const bool stale = heap.front().distance != distance[j];
        std::pop_heap(heap.begin(), heap.end());
        heap.pop_back();
        if (stale) continue;
      }
      done.push_back(j);
      const uint32_t i = s.row_of[j];
      relax(i, distance[j], s.paid[i] - s.price[j], end);
    }
    for (const uint32_t j : done) s.price[j] += distance[j] - end.length;
    augment(s, end, start, from, [&](uint32_t, uint32_t j) { return cost[j]; });
  }

 private:
  uint32_t start_ = 0;
};

}  // namespace

Assignment assign(uint32_t rows, uint32_t columns, std::span<const int64_t> cost,
                  std::span<const int64_t> unassigned) {
  DURE_ASSERT(cost.size() == size_t{rows} * columns, "a cost for each pair");
  DURE_ASSERT(unassigned.empty() || unassigned.size() == rows, "a cost for each row");
  int64_t least = kForbidden, most = -kForbidden;
  for (const int64_t c : cost) {
    if (c == kForbidden) continue;
    check_cost(c);
    least = std::min(least, c);
    most = std::max(most, c);
  }
  for (const int64_t c : unassigned) check_cost(c);
  const DenseCosts costs{rows, columns, cost.data(), unassigned,
                         unassigned.empty() ? dearest(least, most, rows) : 0};
  Solver<DenseCosts> solver(costs);
  solver.reduce_rows(3, size_t{rows} * 8);
  DensePaths paths(solver);
  for (const uint32_t i : solver.unsettled) paths.settle(i);
  return solver.result();
}

Assignment assign_sparse(uint32_t columns, std::span<const uint32_t> first,
                         std::span<const Candidate> candidates,
                         std::span<const int64_t> unassigned) {
  DURE_ASSERT(!first.empty() && first.front() == 0 && first.back() == candidates.size(),
              "first[] ends each row's candidates");
  const uint32_t rows = static_cast<uint32_t>(first.size() - 1);
  DURE_ASSERT(unassigned.empty() || unassigned.size() == rows, "a cost for each row");
  int64_t least = kForbidden, most = -kForbidden;
  for (const Candidate& c : candidates) {
    DURE_ASSERT(c.column < columns, "a candidate that is no column");
    check_cost(c.cost);
    least = std::min(least, c.cost);
    most = std::max(most, c.cost);
  }
  for (const int64_t c : unassigned) check_cost(c);
  const SparseCosts costs{columns, first, candidates.data(), unassigned,
                          unassigned.empty() ? dearest(least, most, rows) : 0};
  Solver<SparseCosts> solver(costs);
  solver.reduce_rows(3, size_t{rows} * 8);
  SparsePaths paths(solver);
  for (const uint32_t i : solver.unsettled) paths.settle(i);
  return solver.result();
}

}  // namespace dure
