// Robots and tasks at random places of a 500 x 140 floor, costs the steps between them: many costs
// are equal, which is what makes assignments on floors slow.
#include "solvers/assignment.h"

#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "base/text.h"
#include "kernel/bench.h"

namespace dure {
namespace {

struct Places {
  std::vector<int64_t> x, y;
};

Places places(uint32_t count, uint64_t stream) {
  Random random{1, stream, 0};
  Places p;
  for (uint32_t i = 0; i < count; ++i) {
    p.x.push_back(static_cast<int64_t>(random.below(500)));
    p.y.push_back(static_cast<int64_t>(random.below(140)));
  }
  return p;
}

std::vector<int64_t> steps_between(const Places& from, const Places& to) {
  std::vector<int64_t> cost;
  cost.reserve(from.x.size() * to.x.size());
  for (size_t i = 0; i < from.x.size(); ++i) {
    for (size_t j = 0; j < to.x.size(); ++j) {
      cost.push_back(std::abs(from.x[i] - to.x[j]) + std::abs(from.y[i] - to.y[j]));
    }
  }
  return cost;
}

Figure figure(const char* kind, uint32_t rows, uint32_t columns, double cpu_s, double goal_ms,
              const BenchContext& ctx) {
  Figure f;
  f.what = std::string(kind) + ", " + with_commas(rows) + " x " + with_commas(columns);
  f.unit = "ms";
  f.value = cpu_s * 1e3;
  f.goal = ctx.smoke ? 0 : goal_ms;
  f.higher_is_better = false;
  return f;
}

Figure sparse(uint32_t rows, uint32_t columns, double goal_ms, const BenchContext& ctx) {
  constexpr uint32_t kNearest = 30;
  const std::vector<int64_t> cost = steps_between(places(rows, 1), places(columns, 2));
  std::vector<Candidate> candidates, row;
  std::vector<uint32_t> first{0};
  for (uint32_t i = 0; i < rows; ++i) {
    row.clear();
    for (uint32_t j = 0; j < columns; ++j) row.push_back({j, cost[size_t{i} * columns + j]});
    std::partial_sort(row.begin(), row.begin() + kNearest, row.end(),
                      [](const Candidate& a, const Candidate& b) {
                        return a.cost != b.cost ? a.cost < b.cost : a.column < b.column;
                      });
    candidates.insert(candidates.end(), row.begin(), row.begin() + kNearest);
    first.push_back(static_cast<uint32_t>(candidates.size()));
  }
  uint32_t assigned = 0;
  const double cpu_s = best_cpu_s(
      ctx.smoke ? 1 : 5, [&] { assigned = assign_sparse(columns, first, candidates).assigned; });
  Figure f = figure("sparse", rows, columns, cpu_s, goal_ms, ctx);
  f.note = "the " + std::to_string(kNearest) + " nearest a row; " + with_commas(assigned) +
           " rows assigned";
  return f;
}

Result<std::vector<Figure>> assignment(const BenchContext& ctx) {
  std::vector<Figure> figures;
  {
    const uint32_t rows = ctx.smoke ? 50 : 1000, columns = rows * 3 / 2;
    const std::vector<int64_t> cost = steps_between(places(rows, 1), places(columns, 2));
    const double cpu_s =
        best_cpu_s(ctx.smoke ? 1 : 5, [&] { keep(assign(rows, columns, cost).cost); });
    figures.push_back(figure("dense", rows, columns, cpu_s, 30, ctx));
  }
  // With columns to spare rows hardly compete; with as many as rows the last are far.
  for (const uint32_t columns : {7500u, 5000u}) {
    figures.push_back(sparse(ctx.smoke ? 100 : 5000, ctx.smoke ? columns / 50 : columns,
                             columns > 5000 ? 10 : 100, ctx));
  }
  return figures;
}

DURE_BENCH("assignment", "min-cost assignment, dense and sparse", assignment);

}  // namespace
}  // namespace dure
