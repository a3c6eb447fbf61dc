#include "worlds/fab/generate.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "worlds/fab/static_load.h"
#include "worlds/fab/test_fab.h"

namespace dure::fab {
namespace {

const std::string kSmall = R"toml(world = "fab"
start = "2026-01-01"
end = "2026-02-01"
[generate]
x_factor = 2
load = "1min"
unload = "1min"
breakdown = [{ every = "exponential(mean=5d)", takes = "exponential(mean=10h)" }]
maintenance = [{ wafers = 900, takes = "3h" }]
[[generate.product]]
name = "A"
layers = 10
lots_per_week = 90
hot = 0.1
[[generate.area]]
name = "Wet"
work = "wet"
groups = 3
steps_per_layer = 2
time = "uniform(20min, 40min)"
queue_time_to = "Furnace"
queue_time = "4h"
utilisation = 0.8
[[generate.area]]
name = "Furnace"
work = "furnace"
groups = 1
steps_per_layer = 1
time = "6h"
batch = [50, 100]
[[generate.area]]
name = "Litho"
work = "litho"
groups = 2
steps_per_layer = 1
time = "2min"
per = "wafer"
cascade = 0.5
dedicated = 1
[[generate.area]]
name = "Look"
work = "litho-metrology"
groups = 1
steps_per_layer = 0.5
time = "15min"
sampled = "uniform(0.4, 0.6)"
rework = 0.05
[[generate.area]]
name = "Implant"
work = "implant"
groups = 2
steps_per_layer = 0.6
to = 0.5
time = "30min"
setups = 2
setup_time = "40min"
minimum_run = 5
)toml";

Model small(const std::string& text = kSmall) {
  const auto s = read_text(text);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  return *s->model;
}

size_t steps_of_area(const Model& m, uint32_t area) {
  return static_cast<size_t>(std::count_if(m.steps.begin(), m.steps.end(), [&](const Step& s) {
    return m.groups[s.group].area == area;
  }));
}

TEST_CASE("generate: a small fab is what its description says") {
  const Model m = small();
  CHECK(m.groups.size() == 9);
  CHECK(m.routes[0].steps == 20 + 10 + 10 + 5 + 6);
  CHECK(steps_of_area(m, 0) == 20);
  CHECK(steps_of_area(m, 3) == 5);
  CHECK(m.groups[0].name == "Wet_FE_1");
  CHECK(m.groups[2].name == "Wet_BE_3");
  CHECK(m.groups[3].name == "Furnace");
  CHECK(m.setups.size() == 1 + 4);
  size_t reworked = 0, timed = 0, kept = 0;
  for (uint32_t i = 0; i < m.steps.size(); ++i) {
    const Step& s = m.steps[i];
    const uint32_t area = m.groups[s.group].area;
    if (s.rework_to != kNone) {
      ++reworked;
      CHECK(area == 3);
      CHECK(m.groups[m.steps[s.rework_to].group].area == 2);
    }
    if (s.queue_time_to != kNone) {
      ++timed;
      CHECK(area == 0);
      CHECK(m.groups[m.steps[s.queue_time_to].group].area == 1);
      CHECK(s.queue_time == 4_h);
    }
    if (s.same_tool_at != kNone) {
      ++kept;
      CHECK(area == 2);
      CHECK(m.steps[s.same_tool_at].group == s.group);
    }
    if (area == 4) {
      CHECK(i < 30);
      CHECK(s.setup != 0);
    }
    if (area == 3) {
      CHECK(s.sampled >= 0.4);
      CHECK(s.sampled <= 0.6);
    }
  }
  CHECK(reworked == 5);
  CHECK(timed == 10);  // a clean step stands before each furnace step
  CHECK(kept == 8);    // all but the last of either group
  REQUIRE(m.streams.size() == 2);
  CHECK(m.streams[1].name == "A hot");
  CHECK(m.streams[1].priority > m.streams[0].priority);
}

TEST_CASE("generate: tools are as many as the load asks for, and not one more") {
  Model m = small();
  const double target[5] = {0.8, 0.85, 0.85, 0.85, 0.85};
  const StaticLoad load = static_load(m);
  for (size_t g = 0; g < m.groups.size(); ++g)
    CHECK(load.utilisation[g] <= target[m.groups[g].area]);
  for (ToolGroup& g : m.groups) g.tools -= g.tools > 1;
  const StaticLoad fewer = static_load(m);
  for (size_t g = 0; g < m.groups.size(); ++g) {
    if (m.groups[g].tools < small().groups[g].tools)
      CHECK(fewer.utilisation[g] > target[m.groups[g].area]);
  }
}

TEST_CASE("generate: lots at the start are what Little's law says, oldest first") {
  const Model m = small();
  const StaticLoad load = static_load(m);
  const double cycle = 2 * load.raw_process_days[0], per_day = 90 * 0.9 / 7;
  CHECK(std::abs(static_cast<double>(m.wip.size()) - cycle * per_day) <= 1);
  for (size_t i = 1; i < m.wip.size(); ++i) {
    CHECK(m.wip[i].step <= m.wip[i - 1].step);
    CHECK(m.wip[i].released > m.wip[i - 1].released);
    CHECK(m.wip[i].released < m.start);
  }
  CHECK(m.wip.front().step > 45);
  CHECK(m.wip.back().step < 3);
  CHECK(small(replaced(kSmall, "x_factor = 2", "x_factor = 0")).wip.empty());
}

TEST_CASE("generate: the fab is its own seed's, not the run's") {
  const Model m = small();
  CHECK(small().digest() == m.digest());
  Model run = small("seed = 77\n" + kSmall);
  CHECK(run.seed == 77);
  run.seed = m.seed;
  CHECK(run.digest() == m.digest());
  CHECK(small(replaced(kSmall, "[generate]", "[generate]\nseed = 2")).digest() != m.digest());
  // Another product leaves the first one's route as it is.
  const Model two = small(replaced(kSmall, "[[generate.area]]",
                                   "[[generate.product]]\nname = \"B\"\nlayers = 4\n"
                                   "lots_per_week = 20\n[[generate.area]]"));
  CHECK(two.products.size() == 2);
  for (uint32_t i = 0; i < m.steps.size(); ++i) {
    CHECK(two.steps[i].name == m.steps[i].name);
    CHECK(two.steps[i].group == m.steps[i].group);
    CHECK(two.steps[i].process.mean_ns() == m.steps[i].process.mean_ns());
  }
}

TEST_CASE("generate: the fab that ships is of full size and can carry its load") {
  const Scenario s = read_shipped("fab");
  const Model& m = *s.model;
  CHECK(m.groups.size() == 100);
  CHECK(m.tools > 1000);
  CHECK(m.tools < 1200);
  CHECK(m.routes[0].steps == doctest::Approx(550).epsilon(0.02));
  CHECK(m.routes[1].steps == doctest::Approx(330).epsilon(0.02));
  CHECK(m.windows >= 1);
  CHECK(m.dedications >= 1);
  CHECK(m.warm_up == 60_d);
  const auto count = [&](auto&& test) {
    return std::count_if(m.steps.begin(), m.steps.end(), test);
  };
  CHECK(count([](const Step& x) { return x.same_tool_at != kNone; }) > 8);
  CHECK(count([](const Step& x) { return x.rework_to != kNone; }) > 50);
  CHECK(count([](const Step& x) { return x.queue_time_to != kNone; }) > 30);
  CHECK(count([](const Step& x) { return x.sampled < 1; }) > 100);
  CHECK(count([](const Step& x) { return x.batch_max > 0; }) > 40);
  const StaticLoad load = static_load(m);
  for (size_t g = 0; g < m.groups.size(); ++g) {
    CAPTURE(m.groups[g].name);
    CHECK(load.utilisation[g] > 0.3);
    CHECK(load.utilisation[g] < 0.94);
  }
  CHECK(m.wip.size() > 1500);
}

}  // namespace
}  // namespace dure::fab
