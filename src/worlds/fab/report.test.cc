#include "worlds/fab/report.h"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

#include "worlds/fab/rules.h"
#include "worlds/fab/test_fab.h"

using namespace dure;
using namespace dure::fab;

namespace {

fab::World after(const Scenario& s, Time until) {
  fab::World world(s.model);
  Rules rules(s.policy.rules);
  run(world, rules, until);
  return world;
}

const Kpi* find(const Report& report, const std::string& group, const std::string& key) {
  for (const Kpi& k : report.kpis) {
    if (k.group == group && k.key == key) return &k;
  }
  return nullptr;
}

double value(const Report& report, const std::string& group, const std::string& key) {
  const Kpi* k = find(report, group, key);
  REQUIRE_MESSAGE(k != nullptr, group << ' ' << key);
  REQUIRE_MESSAGE(k->value.has_value(), group << ' ' << key);
  return *k->value;
}

template <class Item>
const Item& item(const Report& report, const std::string& title) {
  for (const Section& s : report.sections) {
    for (const auto& i : s.items) {
      if (const auto* x = std::get_if<Item>(&i); x != nullptr && x->title == title) return *x;
    }
  }
  FAIL("there is no " << title);
  throw 0;
}

double number(const Table& table, size_t row, const std::string& label) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].label == label) return std::get<double>(table.rows.at(row).at(c));
  }
  FAIL("there is no column " << label);
  return 0;
}

// Half a year of the Mini-fab, warm-up and traced days included.
struct Minifab {
  Scenario scenario = read_shipped("minifab");
  fab::World world = after(scenario, scenario.model->start + 182_d);
  Report report = report_of(world);
};

}  // namespace

TEST_CASE("the first six figures are those a fab is judged by") {
  const Minifab f;
  const char* const first[] = {"cycle_time", "x_factor", "on_time",
                               "throughput", "wip",      "moves_per_day"};
  for (size_t i = 0; i < 6; ++i) {
    CHECK(f.report.kpis[i].key == first[i]);
    CHECK(f.report.kpis[i].group == "All");
    CHECK(f.report.kpis[i].value.has_value());
  }
  CHECK(f.report.calendar);
  CHECK(f.report.assumptions == f.scenario.model->assumptions);
  // 84 lots a week, less and more by what the line holds; six steps each.
  CHECK(value(f.report, "All", "throughput") == doctest::Approx(12).epsilon(0.02));
  CHECK(value(f.report, "All", "throughput_wafers") ==
        doctest::Approx(24 * value(f.report, "All", "throughput")));
  CHECK(value(f.report, "All", "moves_per_day") == doctest::Approx(72).epsilon(0.02));
  CHECK(value(f.report, "All", "batch_fill") == doctest::Approx(100));
  CHECK(find(f.report, "All", "queue_time_violations") == nullptr);
  // The line as a whole, where a year's edges matter little.
  CHECK(value(f.report, "All", "wip") ==
        doctest::Approx(value(f.report, "All", "throughput") *
                        value(f.report, "All", "cycle_time") / 86400)
            .epsilon(0.02));
}

TEST_CASE("classes add up to all lots") {
  const Minifab f;
  double throughput = 0;
  for (const std::string group : {"Pa", "Pb", "TW"}) {
    throughput += value(f.report, group, "throughput");
    // Pa's raw process time is 845 min, with load and unload. Nothing is faster than that.
    CHECK(value(f.report, group, "x_factor") > 1);
    CHECK(value(f.report, group, "x_factor") ==
          doctest::Approx(value(f.report, group, "cycle_time") / (845 * 60)));
    CHECK(value(f.report, group, "cycle_time_p95") > value(f.report, group, "cycle_time"));
  }
  CHECK(throughput == doctest::Approx(value(f.report, "All", "throughput")));
  const auto& histogram = item<BarChart>(f.report, "Cycle time, histogram");
  double lots = 0;
  for (const auto& [name, values] : histogram.series) {
    CHECK(values.size() == histogram.categories.size());
    lots += std::accumulate(values.begin(), values.end(), 0.0);
  }
  CHECK(lots == doctest::Approx(value(f.report, "All", "lots_finished")));
}

TEST_CASE("tools are in one state at a time") {
  const Minifab f;
  const Model& m = *f.scenario.model;
  const double span = (f.world.now() - f.world.kpis().since).seconds();
  CHECK(f.world.kpis().since == m.start + m.warm_up);
  const auto& table = item<Table>(f.report, "By tool group");
  REQUIRE(table.rows.size() == m.groups.size());
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    const auto state = f.world.state_s(g);
    CHECK(std::accumulate(state.begin(), state.end(), 0.0) ==
          doctest::Approx(m.groups[g].tools * span).epsilon(1e-9));
    double sum = 0;
    for (const char* s : {"Productive", "Setup", "Standby", "Scheduled down", "Unscheduled down"}) {
      CHECK(number(table, g, s) >= 0);
      sum += number(table, g, s);
    }
    CHECK(sum == doctest::Approx(100).epsilon(1e-9));
    CHECK(number(table, g, "Utilisation") >= number(table, g, "Static load") - 2);
  }
  const auto& bars = item<BarChart>(f.report, "Tool states of the most utilised groups");
  CHECK(bars.categories.front() == "Lithography");
  for (size_t i = 0; i < bars.categories.size(); ++i) {
    double sum = 0;
    for (const auto& [name, values] : bars.series) sum += values[i];
    CHECK(sum == doctest::Approx(100).epsilon(1e-9));
  }
}

TEST_CASE("Little's law holds in every area") {
  const Minifab f;
  const auto& table = item<Table>(f.report, "By area");
  REQUIRE(table.rows.size() == 3);
  for (size_t a = 0; a < table.rows.size(); ++a) {
    const double lots = number(table, a, "L");
    CHECK(lots > 1);
    CHECK(number(table, a, "\u03bbW") == doctest::Approx(lots).epsilon(1e-6));
    CHECK(number(table, a, "Turns") == doctest::Approx(number(table, a, "Moves") / lots));
  }
}

TEST_CASE("waiting is that of the bottlenecks") {
  const Minifab f;
  const auto& table = item<Table>(f.report, "Bottlenecks");
  double share = 0;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    share += number(table, i, "of all waiting");
    if (i > 0) CHECK(number(table, i, "Waiting") <= number(table, i - 1, "Waiting"));
  }
  CHECK(share == doctest::Approx(100));
}

TEST_CASE("a trace is drawn within its window") {
  const Minifab f;
  const Model& m = *f.scenario.model;
  const auto& tools = item<GanttChart>(f.report, "What the tools did");
  CHECK(tools.rows.size() == m.tools);
  REQUIRE(!tools.spans.empty());
  std::vector<std::vector<std::pair<Time, Time>>> rows(tools.rows.size());
  for (const GanttChart::Span& s : tools.spans) {
    REQUIRE(s.row < tools.rows.size());
    REQUIRE(s.category < tools.categories.size());
    CHECK(s.start >= m.trace.from);
    CHECK(s.end <= m.trace.to);
    CHECK(s.start < s.end);
    rows[s.row].emplace_back(s.start, s.end);
  }
  // These tools do one thing at a time: also a job and the repair that stopped it.
  for (auto& row : rows) {
    std::sort(row.begin(), row.end());
    for (size_t i = 1; i < row.size(); ++i) CHECK(row[i].first >= row[i - 1].second);
  }
  const auto& lot = item<GanttChart>(f.report, "Lot Pa_440");
  CHECK(lot.rows == std::vector<std::string>{"Diffusion", "Implant", "Lithography"});
  const auto& steps = item<Table>(f.report, "Lot Pa_440, step by step");
  CHECK(steps.rows.size() == 6);
  CHECK(std::get<std::string>(steps.rows[0][1]).starts_with("Diffusion#"));
  CHECK(std::get<std::string>(steps.rows[0][2]).size() == 20);  // to the second
}

TEST_CASE("a report of a line that nothing has left says so by leaving out") {
  const Scenario s = read_shipped("minifab");
  for (const Time until : {s.model->start, s.model->start + 1_h}) {
    const Report report = report_of(after(s, until));
    const Kpi* cycle_time = find(report, "All", "cycle_time");
    REQUIRE(cycle_time != nullptr);
    CHECK(!cycle_time->value.has_value());
    CHECK(report.sections[0].intro.starts_with("The warm-up is not over"));
    CHECK(!report_json(report, RunInfo{}).empty());
    CHECK(!series_csv(report).empty());
  }
}

TEST_CASE("streams of one product and priority are one class, and queue times count") {
  const auto s = read_text(replaced(kFullLine, "[[lot]]", R"([[release]]
name = "A too"
product = "A"
priority = 10
lots_per_week = 10
due = "6d"

[[release]]
name = "A hot"
product = "A"
priority = 30
lots_per_week = 1

[[lot]])"));
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const fab::World world = after(*s, s->model->end);
  const Report report = report_of(world);
  CHECK(find(report, "A, priority 10", "cycle_time") != nullptr);
  CHECK(find(report, "A hot", "cycle_time") != nullptr);
  CHECK(find(report, "B", "cycle_time") != nullptr);
  CHECK(find(report, "A", "cycle_time") == nullptr);
  CHECK(find(report, "A hot", "on_time")->value == std::nullopt);
  const double late = value(report, "All", "queue_time_violations");
  CHECK(late >= 0);
  CHECK(late <= 100);
  const auto& table = item<Table>(report, "By class");
  CHECK(std::get<std::string>(table.rows.back()[0]) == "initial WIP");
  CHECK(item<Table>(report, "By area").rows.size() == 3);  // one of them without tools
  CHECK(!report_json(report, RunInfo{}).empty());
}
