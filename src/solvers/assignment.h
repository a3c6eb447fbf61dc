// Min-cost assignment of rows (robots) to columns (tasks), each column to one row at most: exact,
// with the prices that prove it.
//
// Every row is given a column or stays unassigned at a cost of its own; the sum of all is the
// least there is. Rows may be fewer or more than columns. Costs are whole numbers of either sign,
// at most kMaxCost. Among equally cheap assignments the same is returned for the same input,
// on any machine; which one is not specified.
//
// Method: augmenting row reduction, then shortest augmenting paths (Jonker and Volgenant, "A
// shortest augmenting path algorithm for dense and sparse linear assignment problems", Computing
// 38, 1987). Their column reduction is left out: it needs every column assigned. An unassigned
// row takes a column of its own that nobody else may have, so that paths may end at any row.
// n rows, m columns, k pairs: O(n^2 m) dense, O(n k log k) sparse, both far less as a rule, since
// row reduction assigns most rows and the searches are short. Memory O(n + m) beyond the input.
// On a floor (costs are steps, the 30 nearest a row, AMD EPYC 7003): 5,000 rows take 1 ms with
// 7,500 columns and 50 ms with 5,000, where far ones must be traded; dense, 1,000 x 1,500 takes 10
// ms. So there is no variant that goes on from the last assignment's prices.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dure {

inline constexpr uint32_t kUnassigned = ~uint32_t{0};
inline constexpr int64_t kForbidden = INT64_MAX;  // a pair that may not be
inline constexpr int64_t kMaxCost = int64_t{1} << 40;

struct Assignment {
  std::vector<uint32_t> column;  // [rows] kUnassigned: none
  int64_t cost = 0;              // of the pairs alone
  uint32_t assigned = 0;         // pairs

  // Proof: row_price[i] + column_price[j] <= cost of (i, j), with equality where assigned;
  // row_price[i] <= what it costs to leave i, with equality where left; column_price <= 0, and 0
  // where nobody has the column. Any assignment costs at least the sum of all prices; this one no
  // more.
  std::vector<int64_t> row_price;     // [rows]
  std::vector<int64_t> column_price;  // [columns]
};

// `cost` is [rows x columns], kForbidden allowed. `unassigned` is [rows], what leaving each costs;
// empty: dearer than anything, so that as many as can be are assigned (rows * cost < 2^60).
Assignment assign(uint32_t rows, uint32_t columns, std::span<const int64_t> cost,
                  std::span<const int64_t> unassigned = {});

// The same with few candidates a row.
struct Candidate {
  uint32_t column = 0;
  int64_t cost = 0;
};
// Row i's candidates are candidates[first[i]] to candidates[first[i + 1] - 1], in any order; of the
// same column twice the cheaper counts. `first` is [rows + 1].
Assignment assign_sparse(uint32_t columns, std::span<const uint32_t> first,
                         std::span<const Candidate> candidates,
                         std::span<const int64_t> unassigned = {});

}  // namespace dure
