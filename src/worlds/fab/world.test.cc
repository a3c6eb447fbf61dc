// Times of lots in tools, on the way, and in the books, by hand.
#include "worlds/fab/world.h"

#include <doctest/doctest.h>

#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

TEST_CASE("fab: a lot is loaded, processed and unloaded, and the next one waits") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  m.groups[0].load = 2_min;
  m.groups[0].unload = 3_min;
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min);
  add_lot(m, "C", 40_min);
  Run r(std::move(m));
  r.until(2_h);
  CHECK(r.starts == "A_1 T#1 0s, B_1 T#1 15m, C_1 T#1 40m");
  CHECK(r.gantt(0) == "a 0s-15m, a 15m-30m, a 40m-55m");
  CHECK(r.of(1).cycle_time.max() == 29 * 60);
  CHECK(r.world.kpis().groups[0].waited_s == 14 * 60);
  CHECK(r.world.kpis().groups[0].wafers == 75);
  CHECK(r.world.wip() == 0);
}

TEST_CASE("fab: times are per lot or per wafer, with a gap the wafers follow each other") {
  Model m = line({tools("T", 3)}, {step("lot", 0, 10_min)});
  Step wafer = step("wafer", 0, 2_min), cascade = step("cascade", 0, 6_min);
  wafer.per = cascade.per = Per::wafer;
  cascade.gap_per = Per::wafer;
  cascade.gap = 1_min;
  add_lot(m, "A", 0_min).wafers = 5;
  add_lot(m, "B", 0_min, test::add_product(m, "B", {wafer})).wafers = 5;
  add_lot(m, "C", 0_min, test::add_product(m, "C", {cascade})).wafers = 5;
  Run r(std::move(m));
  r.until(1_h);
  CHECK(r.gantt(0) == "lot 0s-10m");
  CHECK(r.gantt(1) == "wafer 0s-10m");
  CHECK(r.gantt(2) == "cascade 0s-10m");  // the last begins after 4 min
}

TEST_CASE("fab: a cascading tool begins a lot when the gap after the last one is over") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  m.groups[0].capacity = 2;
  m.groups[0].load = 2_min;
  m.groups[0].unload = 3_min;
  for (const char* name : {"A", "B", "C"}) add_lot(m, name, 0_min);

  SUBCASE("a gap per lot") {
    m.steps[0].gap = 4_min;
    Run r(std::move(m));
    r.until(1_h);
    // A: loaded at 2, through at 12. B: loaded at 4, begins at 6. C: there is room at 15.
    CHECK(r.starts == "A_1 T#1 0s, B_1 T#1 0s, C_1 T#1 15m");
    CHECK(r.gantt(0) == "a 0s-15m, a 0s-19m, a 15m-30m");
  }
  SUBCASE("a gap per wafer") {
    m.steps[0].gap = 1_min;
    m.steps[0].gap_per = Per::wafer;
    for (Stream& s : m.streams) s.wafers = 8;
    Run r(std::move(m));
    r.until(1_h);
    CHECK(r.gantt(0) == "a 0s-15m, a 0s-23m, a 15m-31m");  // begin at 2, 10 and 18
  }
  SUBCASE("no gap: when the last one is through, loaded before that") {
    Run r(std::move(m));
    r.until(1_h);
    CHECK(r.gantt(0) == "a 0s-15m, a 0s-25m, a 15m-35m");
  }
  SUBCASE("setups overlap with the lot before") {
    m.setups = {{}, {"x"}, {"y"}};
    m.setup_changes = {{0, 1, 0_min}, {0, 2, 3_min}};
    m.steps[0].gap = 4_min;
    m.steps[0].setup = 1;
    Step other = m.steps[0];
    other.setup = 2;
    m.streams[1].product = test::add_product(m, "other", {other});
    m.streams[2].start = at(1_d);
    Run r(std::move(m));
    r.until(1_h);
    // B: set up from 2 to 5, loaded at 7 where the gap was over at 6.
    CHECK(r.gantt(0) == "a 0s-15m, a 0s-20m");
    CHECK(r.world.setup_s(0) == 180);
  }
}

TEST_CASE("fab: the way between two tools takes what their locations say") {
  Model m = line({tools("T"), tools("U"), tools("V")},
                 {step("a", 0, 10_min), step("b", 1, 10_min), step("c", 0, 10_min),
                  step("d", 2, 10_min), step("e", 2, 10_min)});
  m.locations = {"east", "west"};
  m.groups[1].location = 1;
  m.transport = {DurationLaw::constant(1_min), DurationLaw::constant(5_min),
                 DurationLaw::constant(7_min), DurationLaw()};
  add_lot(m, "A", 3_min);
  Run r(std::move(m));
  r.until(20_min);
  CHECK(r.world.kpis().areas[0].lots.value() == 1);
  r.until(2_h);
  // The first tool is where lots come in.
  CHECK(r.starts == "A_1 T#1 3m, A_1 U#1 18m, A_1 T#1 35m, A_1 V#1 46m, A_1 V#1 57m");
  CHECK(r.of(0).cycle_time.max() == 64 * 60);
  // On the way a lot is in no area.
  CHECK(r.world.kpis().areas[0].present_s == 50 * 60);
}

TEST_CASE("fab: a lot is on time up to its due date, and then so late") {
  for (const auto& [due, on_time, late] :
       {std::tuple{61_min, 1u, 0}, {60_min, 1u, 0}, {59_min, 0u, 60}}) {
    Model m = line({tools("T")}, {step("a", 0, 60_min)});
    add_lot(m, "A", 10_min).due = due;
    add_lot(m, "B", 5_h);
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.of(0).on_time == on_time);
    CHECK(r.of(0).with_due == 1);
    CHECK(r.of(0).tardiness.max() == late);
    CHECK(r.of(0).cycle_time.max() == 3600);
    CHECK(r.of(0).cycle_time_squares == doctest::Approx(1));
    CHECK(r.of(1).with_due == 0);
    CHECK(r.of(1).finished == 1);
  }
}

TEST_CASE("fab: lots in the line at the start wait for their step") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 10_min), step("b", 1, 20_min)});
  for (const char* name : {"unknown", "known"}) {
    InitialLot lot;
    lot.name = name;
    lot.step = 1;
    lot.due = at(-1_h);
    m.wip.push_back(lot);
  }
  m.wip[1].released = at(0_s);
  m.wip[1].priority = 1;
  Run r(std::move(m));
  CHECK(r.world.wip() == 2);
  CHECK(r.world.find_lot("known") != kNone);
  r.until(1_h);
  CHECK(r.starts == "known U#1 0s, unknown U#1 20m");
  CHECK(r.of(0).finished == 1);  // a cycle time that is not known does not count
  CHECK(r.of(0).cycle_time.max() == 20 * 60);
  CHECK(r.of(0).tardiness.max() == 80 * 60);
  CHECK(r.world.wip() == 0);
  CHECK(r.world.find_lot("known") == kNone);
}

TEST_CASE("fab: streams release at their gaps, several lots at once, and end") {
  Model m = line({tools("T", 9)}, {step("a", 0, 1_min)});
  Stream& s = add_stream(m, "A", DurationLaw::constant(1_h), 3);
  s.lots = 2;
  s.start = at(30_min);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts ==
        "A_1 T#1 30m, A_2 T#2 30m, A_3 T#3 1h30m, A_4 T#4 1h30m, A_5 T#5 2h30m, "
        "A_6 T#6 2h30m");
  CHECK(r.world.released(0) == 6);
  CHECK(r.world.kpis().released_per_day == std::vector<uint32_t>{6});
  CHECK(r.world.kpis().finished_per_day == std::vector<uint32_t>{6});
  CHECK(r.world.next_event_time() == Time::never());
}

TEST_CASE("fab: lots of a higher priority go first, then those that came first") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min, 0, 1);
  add_lot(m, "C", 2_min, 0, 2);
  add_lot(m, "D", 3_min, 0, 1);
  add_lot(m, "E", 4_min, 0, 2);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, C_1 T#1 10m, E_1 T#1 20m, B_1 T#1 30m, D_1 T#1 40m");
}

TEST_CASE("fab: everything that happens at an instant happens before anyone is asked") {
  // A leaves at 10, when B and the hot C come: C, though it came last.
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 10_min);
  add_lot(m, "C", 10_min, 0, 1);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, C_1 T#1 10m, B_1 T#1 20m");
}

TEST_CASE("fab: of several open tools the one that has been open longest is taken") {
  Model m = line({tools("T", 3)}, {step("a", 0, 10_min)});
  const uint32_t slow = test::add_product(m, "slow", {step("s", 0, 25_min)});
  add_lot(m, "A", 0_min, slow);  // open again at 25
  add_lot(m, "B", 1_min);        // 11
  add_lot(m, "C", 2_min);        // 12
  add_lot(m, "D", 30_min);
  add_lot(m, "E", 30_min);
  add_lot(m, "F", 30_min);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, B_1 T#2 1m, C_1 T#3 2m, D_1 T#2 30m, E_1 T#3 30m, F_1 T#1 30m");
}

TEST_CASE("fab: a followed lot has a history") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 10_min), step("b", 1, 5_min)});
  m.follow = "B_2";
  add_stream(m, "B", DurationLaw::constant(1_min), 3);
  Run r(std::move(m));
  r.until(1_h);
  const auto& h = r.world.kpis().history;
  REQUIRE(h.size() == 2);
  CHECK(h[0].arrived == at(1_min));
  CHECK(h[0].from == at(10_min));
  CHECK(h[0].until == at(20_min));
  CHECK(h[1].arrived == at(20_min));
  CHECK(h[1].until == at(25_min));
  CHECK(h[1].step == 1);
}

TEST_CASE("fab: the Gantt chart keeps what touches its window") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 10_min), step("b", 1, 10_min)});
  add_stream(m, "A", DurationLaw::constant(10_min), 5);
  m.trace = {at(10_min), at(30_min), {0}};
  World w(test::finished(std::move(m)));
  run(w, Rules(), at(2_h));
  REQUIRE(w.kpis().gantt.size() == 2);
  CHECK(w.kpis().gantt[0].from == at(10_min));
  CHECK(w.kpis().gantt[1].until == at(30_min));
}

TEST_CASE("fab: lots and tools are found by name") {
  Model m = line({tools("T", 2)}, {step("a", 0, 10_min)});
  add_stream(m, "A", DurationLaw::constant(1_min), 3);
  Run r(std::move(m));
  r.until(3_min);
  CHECK(r.world.lot_name(r.world.find_lot("A_3")) == "A_3");
  CHECK(r.world.find_lot("A_4") == kNone);
  const Model& model = r.world.model();
  CHECK(model.find_tool("T#2") == 1);
  CHECK(model.tool_name(1) == "T#2");
  for (const char* wrong : {"T#3", "T#0", "T", "U#1", "#1"}) CHECK(model.find_tool(wrong) == kNone);
}

}  // namespace
}  // namespace dure::fab
