#include "kernel/kpi_confidence.h"

#include <cmath>

#include <doctest/doctest.h>

namespace dure {
namespace {

RunKpis run_of(std::optional<double> wait, double jobs) {
  return {{"All", "wait", "Wait", "s", wait}, {"All", "jobs", "Jobs", "", jobs}};
}

TEST_CASE("kpi confidence: the mean over the runs that have a value") {
  const auto all = kpi_confidences({run_of(1, 5), run_of({}, 5), run_of(3, 8)});
  REQUIRE(all.size() == 2);
  CHECK(all[0].what.key == "wait");
  CHECK(all[0].over.n == 2);
  CHECK(all[0].over.mean == 2);
  CHECK(all[1].over.n == 3);
  CHECK(all[1].over.mean == 6);
  CHECK(kpi_confidences({}).empty());
}

TEST_CASE("kpi confidence: pairs, of which both have a value") {
  const auto all = compare_kpis({run_of(10, 5), run_of(20, 6), run_of({}, 7), run_of(40, 8)},
                                {run_of(11, 5), run_of(23, 6), run_of(9, 7), run_of(42, 8)});
  REQUIRE(all.size() == 2);
  const KpiComparison& wait = all[0];
  CHECK(wait.difference.n == 3);
  CHECK(wait.difference.mean == doctest::Approx(2));
  // sd 1 of 3 pairs: 4.303 / sqrt(3), by any table of t.
  CHECK(wait.difference.half_width == doctest::Approx(2.484).epsilon(1e-3));
  CHECK_FALSE(wait.difference.significant());
  CHECK(wait.base.mean == doctest::Approx(70.0 / 3));
  CHECK(wait.changed.mean == doctest::Approx(76.0 / 3));
  CHECK_FALSE(wait.same);
  CHECK(all[1].same);
  CHECK(all[1].difference.mean == 0);
}

TEST_CASE("kpi confidence: without a pair, each side has its own mean") {
  const auto all = compare_kpis({run_of(10, 1), run_of({}, 1)}, {run_of({}, 1), run_of(30, 1)});
  CHECK(all[0].difference.n == 0);
  CHECK(all[0].base.mean == 10);
  CHECK(all[0].changed.mean == 30);
  CHECK_FALSE(all[0].same);
}

TEST_CASE("kpi confidence: KPIs are found by group and key, others are left out") {
  const RunKpis base{{"All", "a", "A", "", 1.0}, {"North", "b", "B", "%", 2.0}};
  const RunKpis changed{{"South", "b", "B", "%", 9.0}, {"North", "b", "B", "%", 5.0}};
  const auto all = compare_kpis({base, base}, {changed, changed});
  REQUIRE(all.size() == 1);
  CHECK(all[0].what.group == "North");
  CHECK(all[0].difference.mean == 3);
  CHECK(kpi_column(base[1]) == "North: b [%]");
  CHECK(kpi_column(base[0]) == "All: a");
}

}  // namespace
}  // namespace dure
