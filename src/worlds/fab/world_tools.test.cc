// What takes tools out of service, and how their time is booked, by hand.
#include <doctest/doctest.h>

#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

constexpr size_t kStandby = static_cast<size_t>(ToolState::standby),
                 kBusy = static_cast<size_t>(ToolState::busy),
                 kScheduled = static_cast<size_t>(ToolState::scheduled_down),
                 kUnscheduled = static_cast<size_t>(ToolState::unscheduled_down);

using States = std::array<double, kToolStates>;
// In minutes: standby, busy, scheduled and unscheduled down.
States minutes(const Run& r, uint32_t group) {
  States out = r.world.state_s(group);
  for (double& s : out) s /= 60;
  return out;
}

TEST_CASE("fab: a breakdown stops the work inside, which goes on after the repair") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  attach(m, breakdown(100_min, 20_min), 0, 30_min);
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 35_min);
  Run r(std::move(m));
  r.until(4_h + 10_min);
  // The next one is 100 min after the repair.
  CHECK(r.gantt(0) == "a 0s-1h20m, down 30m-50m, a 1h20m-2h20m, down 2h30m-2h50m");
  CHECK(r.starts == "A_1 T#1 0s, B_1 T#1 1h20m");
  CHECK(minutes(r, 0) == States{250 - 120 - 40, 120, 0, 40});
}

TEST_CASE("fab: a breakdown that waits lets the tool finish what is inside, and take no more") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  m.groups[0].capacity = 2;
  m.steps[0].gap = 20_min;
  attach(m, breakdown(1000_min, 30_min, false), 0, 30_min);
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min);
  add_lot(m, "C", 31_min);
  Run r(std::move(m));
  r.until(3_h + 10_min);
  CHECK(r.gantt(0) == "a 0s-1h, a 1m-1h20m, down 1h20m-1h50m, a 1h50m-2h50m");
  CHECK(minutes(r, 0) == States{20, 140, 0, 30});
}

TEST_CASE("fab: breakdowns that wait add up, on an idle tool they begin at once") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  attach(m, breakdown(1000_min, 30_min, false), 0, 30_min);
  attach(m, breakdown(1000_min, 7_min, false), 0, 40_min);
  attach(m, breakdown(1000_min, 5_min, false), 0, 200_min);
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(6_h);
  CHECK(r.gantt(0) == "a 0s-1h, down 1h-1h37m, down 3h20m-3h25m");
}

TEST_CASE("fab: a breakdown in a repair begins after it") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  attach(m, breakdown(1000_min, 30_min), 0, 10_min);
  attach(m, breakdown(1000_min, 7_min), 0, 20_min);
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(2_h);
  CHECK(r.gantt(0) == "a 0s-1h37m, down 10m-40m, down 40m-47m");
  CHECK(minutes(r, 0) == States{23, 60, 0, 37});
}

TEST_CASE("fab: a breakdown puts off loading, setup and the gap as well") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  m.setups = {{}, {"x"}};
  m.setup_changes = {{0, 1, 10_min}};
  m.steps[0].setup = 1;
  m.groups[0].load = 5_min;
  m.groups[0].capacity = 2;
  m.steps[0].gap = 30_min;
  attach(m, breakdown(1000_min, 20_min), 0, 4_min);
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 30_min);
  Run r(std::move(m));
  r.until(10_min);
  CHECK(r.world.setup_s(0) == 4 * 60);  // a repair is no setup
  r.until(27_min);
  CHECK(r.world.setup_s(0) == 7 * 60);
  r.until(5_h);
  // A: set up from 0 to 4 and 24 to 30, loaded at 35, next at 65.
  CHECK(r.gantt(0) == "a 0s-1h35m, down 4m-24m, a 30m-2h5m");
  CHECK(r.world.kpis().gantt[1].setup_until == at(30_min));
  CHECK(r.world.setup_s(0) == 600);
}

TEST_CASE("fab: a lot that comes in a repair is loaded when the one before is") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  m.groups[0].load = 10_min;
  m.groups[0].capacity = 2;
  m.steps[0].gap = 1_min;
  attach(m, breakdown(1000_min, 20_min), 0, 4_min);
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 5_min);
  Run r(std::move(m));
  r.until(5_h);
  // A is loaded from 0 to 4 and 24 to 30, B from 30 to 40.
  CHECK(r.gantt(0) == "a 0s-1h30m, down 4m-24m, a 24m-1h40m");
}

TEST_CASE("fab: each tool of a group has breakdowns of its own") {
  Model m = line({tools("T", 3)}, {step("a", 0, 1_min)});
  Upkeep u = breakdown({}, {});
  u.interval = u.duration = DurationLaw::exponential(10_h);
  attach(m, u, 0, {}).first = DurationLaw::exponential(10_h);
  Run r(std::move(m));
  r.until(30_d);
  for (uint32_t t = 0; t < 3; ++t) CHECK(r.gantt(t).size() > 100);
  CHECK(r.gantt(0) != r.gantt(1));
  CHECK(r.gantt(1) != r.gantt(2));
}

// ---- maintenance ----

TEST_CASE("fab: calendar maintenance counts from start to start, tool k of N begins at k/N") {
  Model m = line({tools("T", 3)}, {step("a", 0, 1_min)});
  SUBCASE("spread") {
    attach(m, service("s", 100_min, 25_min), 0, 60_min);
    Run r(std::move(m));
    r.until(4_h);
    CHECK(r.gantt(0) == "service 20m-45m, service 2h-2h25m, service 3h40m-4h5m");
    CHECK(r.gantt(1) == "service 40m-1h5m, service 2h20m-2h45m, service 4h-4h25m");
    CHECK(r.gantt(2) == "service 1h-1h25m, service 2h40m-3h5m");
  }
  SUBCASE("all at once") {
    attach(m, service("s", 100_min, 25_min), 0, 60_min).spread = false;
    Run r(std::move(m));
    r.until(4_h);
    for (uint32_t t = 0; t < 3; ++t) CHECK(r.gantt(t) == "service 1h-1h25m, service 2h40m-3h5m");
  }
}

TEST_CASE("fab: maintenance waits for the tool to be empty, which takes no more") {
  Model m = line({tools("T")}, {step("a", 0, 30_min)});
  attach(m, service("s", 100_min, 10_min), 0, 20_min);
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 5_min);
  Run r(std::move(m));
  r.until(25_min);
  CHECK(r.world.tool(0).state == ToolState::busy);
  CHECK_FALSE(r.world.is_open(0));
  r.until(3_h);
  // The next is due 100 min after the first was: at 120.
  CHECK(r.gantt(0) == "a 0s-30m, service 30m-40m, a 40m-1h10m, service 2h-2h10m");
  CHECK(minutes(r, 0) == States{100, 60, 20, 0});
}

TEST_CASE("fab: maintenance comes due every so many wafers") {
  Model m = line({tools("T", 2)}, {step("a", 0, 10_min)});
  SUBCASE("spread") {
    attach(m, counted_service(45, 5_min), 0, {}).first_wafers = 60;
    for (int i = 0; i < 10; ++i) add_lot(m, "L" + std::to_string(i), i / 2 * 10_min);
    Run r(std::move(m));
    r.until(2_h);
    // T#1 at 30 wafers, then at 75 and 120, however many had passed: with 50, 75 and 125. T#2 at 60
    // and 105: with 75 and 125.
    CHECK(r.gantt(0) ==
          "a 0s-10m, a 10m-20m, service 20m-25m, a 25m-35m, service 35m-40m, a 40m-50m, "
          "a 50m-1h, service 1h-1h5m");
    CHECK(r.gantt(1) ==
          "a 0s-10m, a 10m-20m, a 20m-30m, service 30m-35m, a 35m-45m, a 45m-55m, "
          "service 55m-1h");
  }
  SUBCASE("not spread") {
    attach(m, counted_service(50, 5_min), 0, {}).first_wafers = 25;
    m.attachments[0].spread = false;
    for (int i = 0; i < 4; ++i) add_lot(m, "L" + std::to_string(i), i / 2 * 10_min);
    Run r(std::move(m));
    r.until(2_h);
    CHECK(r.gantt(0) == "a 0s-10m, service 10m-15m, a 15m-25m");
    CHECK(r.gantt(1) == r.gantt(0));
  }
}

TEST_CASE("fab: maintenance of several kinds that is due at once is done one after the other") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  attach(m, service("month", 1000_min, 30_min), 0, 10_min);
  attach(m, service("week", 1000_min, 10_min), 0, 40_min);
  attach(m, counted_service(25, 5_min), 0, {}).first_wafers = 25;
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 30_min);
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.gantt(0) ==
        "a 0s-1h, service 1h-1h5m, service 1h5m-1h35m, service 1h35m-1h45m, a 1h45m-2h45m, "
        "service 2h45m-2h50m");
}

TEST_CASE("fab: maintenance that comes due again before it was done is done once") {
  Model m = line({tools("T")}, {step("a", 0, 250_min)});
  attach(m, service("s", 100_min, 10_min), 0, 20_min);
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(5_h + 19_min);
  CHECK(r.gantt(0) == "a 0s-4h10m, service 4h10m-4h20m");
}

TEST_CASE("fab: a breakdown in maintenance puts off its end") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  attach(m, service("s", 1000_min, 20_min), 0, 10_min);
  SUBCASE("one that interrupts") { attach(m, breakdown(1000_min, 15_min), 0, 20_min); }
  SUBCASE("one that waits for what is inside: nothing is") {
    attach(m, breakdown(1000_min, 15_min, false), 0, 20_min);
  }
  add_lot(m, "A", 12_min);
  Run r(std::move(m));
  r.until(1_h);
  CHECK(r.starts == "A_1 T#1 45m");
  CHECK(minutes(r, 0) == States{10 + 5, 10, 20, 15});
}

TEST_CASE("fab: maintenance that comes due in a repair is done after it") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  attach(m, breakdown(1000_min, 15_min), 0, 20_min);
  attach(m, service("s", 1000_min, 20_min), 0, 25_min);
  Run r(std::move(m));
  r.until(1_h);
  CHECK(r.gantt(0) == "down 20m-35m, service 35m-55m");
}

// ---- the warm-up ----

TEST_CASE("fab: figures count from the end of the warm-up, charts from the start") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 30_min), step("b", 1, 30_min)});
  m.groups[0].capacity = 2;
  m.steps[0].gap = 10_min;
  m.setups = {{}, {"x"}};
  m.setup_changes = {{0, 1, 20_min}};
  m.steps[0].setup = 1;
  m.warm_up = 45_min;
  add_lot(m, "A", 30_min);  // set up from 30 to 50, in T up to 80, in U up to 110
  add_lot(m, "B", 10_min, test::add_product(m, "other", {step("c", 1, 50_min)}));  // U up to 60
  Run r(std::move(m));
  r.until(44_min);
  CHECK(r.world.kpis().groups[0].jobs == 1);
  CHECK(r.world.setup_s(0) == 14 * 60);
  r.until(45_min);
  CHECK(r.world.kpis().since == at(45_min));
  CHECK(r.world.kpis().groups[0].jobs == 0);
  CHECK(r.world.setup_s(0) == 0);
  CHECK(minutes(r, 0) == States{});
  r.until(47_min);
  CHECK(r.world.setup_s(0) == 120);
  r.until(2_h);
  CHECK(r.world.setup_s(0) == 5 * 60);
  CHECK(minutes(r, 0) == States{40, 35, 0, 0});
  CHECK(minutes(r, 1) == States{20 + 10, 15 + 30, 0, 0});
  const Kpis& k = r.world.kpis();
  CHECK(k.moves == 3);
  CHECK(k.areas[0].present_s == 60 * (35 + 30 + 15));  // since the warm-up
  CHECK(k.areas[0].lots.integral(r.world.now()) == 60 * (35 + 30 + 15));
  CHECK(k.wip.integral(r.world.now()) == 60 * (65 + 15));
  CHECK(k.classes[0].finished == 1);
  CHECK(k.classes[0].released == 0);
  CHECK(k.classes[0].cycle_time.max() == 80 * 60);  // from its release
  CHECK(k.gantt.size() == 3);
  CHECK(k.released_per_day == std::vector<uint32_t>{2});
}

TEST_CASE("fab: a repair in a setup across the end of the warm-up is no setup") {
  Model m = line({tools("T")}, {step("a", 0, 30_min)});
  m.setups = {{}, {"x"}};
  m.setup_changes = {{0, 1, 20_min}};
  m.steps[0].setup = 1;
  m.warm_up = 15_min;
  attach(m, breakdown(1000_min, 30_min), 0, 10_min);  // setup from 0 to 10 and 40 to 50
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  for (const auto& [now, setup] :
       {std::pair{15_min, 0}, {40_min, 0}, {45_min, 5}, {50_min, 10}, {80_min, 10}}) {
    r.until(now);
    const Duration after = now;
    CAPTURE(to_string(after));
    CHECK(r.world.setup_s(0) == setup * 60);
  }
}

TEST_CASE("fab: a setup that waits for the lot before has not begun") {
  // The second lot is in the tool from 1 min on, but set up from 10 to 20, when the first is
  // loaded.
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  m.groups[0].capacity = 2;
  m.groups[0].load = 10_min;
  m.setups = {{}, {"x"}, {"y"}};
  m.setup_changes = {{0, 2, 10_min}};
  m.steps[0].setup = 1;
  m.steps[0].gap = 5_min;
  Step other = m.steps[0];
  other.setup = 2;
  m.warm_up = 5_min;
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min, test::add_product(m, "other", {other}));
  const auto check = [&](std::initializer_list<std::pair<Duration, int>> setups) {
    Run r(m);
    for (const auto& [now, setup] : setups) {
      r.until(now);
      const Duration after = now;
      CAPTURE(to_string(after));
      CHECK(r.world.setup_s(0) == setup * 60);
    }
  };
  check({{2_min, 0}, {5_min, 0}, {10_min, 0}, {16_min, 6}, {20_min, 10}, {1_h, 10}});
  // A repair from 6 to 36 puts it off to 40.
  attach(m, breakdown(1000_min, 30_min), 0, 6_min);
  check({{5_min, 0}, {7_min, 0}, {38_min, 0}, {45_min, 5}, {50_min, 10}, {2_h, 10}});
}

TEST_CASE("fab: a tool's states sum to the time that has passed") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Model m = test::random_model(seed);
    m.warm_up = 5_d + 1_ns;
    World w(test::finished(std::move(m)));
    for (int day = 1; day <= 20; ++day) {
      run(w, Rules(), at(day * 1_d));
      for (uint32_t g = 0; g < w.model().groups.size(); ++g) {
        const auto s = w.state_s(g);
        const double all = w.model().groups[g].tools * (w.now() - w.kpis().since).seconds();
        CHECK(s[kStandby] + s[kBusy] + s[kScheduled] + s[kUnscheduled] ==
              doctest::Approx(all).epsilon(1e-12));
        CHECK(w.setup_s(g) >= -1e-9);
        CHECK(w.setup_s(g) <= s[kBusy] + 1e-9);
      }
    }
  }
}

}  // namespace
}  // namespace dure::fab
