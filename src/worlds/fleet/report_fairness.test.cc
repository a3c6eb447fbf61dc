#include "worlds/fleet/report_fairness.h"

#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::job;
using test::node;

TEST_CASE("fleet fairness: Jain's index") {
  CHECK(jain_index(std::vector<double>{3, 3, 3}) == doctest::Approx(1));
  CHECK(jain_index(std::vector<double>{5, 0, 0, 0}) == doctest::Approx(0.25));
  CHECK(jain_index(std::vector<double>{1, 2}) == doctest::Approx(0.9));
  CHECK(jain_index(std::vector<double>{}) == 1);
}

TEST_CASE("fleet fairness: over time, between the accounts below the only one on top") {
  // a has all of the node at first, b as much of it then; c is of an owner who sends nothing.
  Model m = test::cluster({{node(4), 1}});
  m.owners = {"one", "idle"};
  m.accounts = {{.name = "all"},
                {.name = "a", .parent = 0},
                {.name = "b", .parent = 0, .weight = 3},
                {.name = "c", .parent = 0, .owner = 1}};
  m.jobs = {job(0, 0, 100, 4), job(1, 0, 300, 4)};
  m.jobs[0].account = 1;
  m.jobs[1].account = 2;
  m.end = test::at(400);
  m.samples = 4;
  World w(test::finished(std::move(m)));
  CHECK(w.model().is_compared == std::vector<uint8_t>{0, 1, 1, 1});
  run(w, Rules(Order::fifo, FirstFit{}), test::at(400));

  Section section;
  add_fairness_charts(w, section);
  REQUIRE(section.items.size() == 2);
  const auto& fairness = std::get<TimeChart>(section.items[0]);
  const auto& held = std::get<TimeChart>(section.items[1]);
  REQUIRE(held.series.size() == 2);
  REQUIRE(held.series[0].second.size() == fairness.time.size());
  REQUIRE(fairness.time.size() >= 4);
  for (size_t i = 0; i < fairness.time.size(); ++i) {
    CAPTURE(i);
    const bool first = fairness.time[i] < test::at(100);
    CHECK(held.series[0].second[i] == doctest::Approx(first ? 4 : 0));
    CHECK(held.series[1].second[i] == doctest::Approx(first ? 0 : 4));
    CHECK(fairness.series[0].second[i] == doctest::Approx(0.5));
  }
  CHECK(fairness.series[1].second.front() == doctest::Approx(0.5));
  // 400 GPU-s for a weight of 1, and 1200 for one of 3.
  CHECK(fairness.series[1].second.back() == doctest::Approx(1));
  Report report;
  add_fairness_kpi(w, "All", report);
  REQUIRE(report.kpis.size() == 1);
  CHECK(*report.kpis[0].value == doctest::Approx(1));
}

}  // namespace
}  // namespace dure::fleet
