// What acts on a line from outside its tools: releases by a policy, super hot lots, ports,
// interventions.
#include <doctest/doctest.h>

#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

// ---- super hot lots ----

// A super hot lot S is in T from 0 to 3 h and goes on to U, where lots N of 10 min come by.
Model super_hot(uint32_t u_tools, std::vector<Duration> others) {
  Model m = line({tools("T"), tools("U", u_tools)}, {step("a", 0, 3_h), step("b", 1, 30_min)});
  Stream& s = add_lot(m, "S", 0_min, 0, 9);
  s.reserves = true;
  const uint32_t other = add_product(m, "other", {step("o", 1, 10_min)});
  for (size_t i = 0; i < others.size(); ++i) add_lot(m, "N" + std::to_string(i), others[i], other);
  return m;
}

TEST_CASE("fab: a tool is kept free for a super hot lot from an hour before it comes") {
  Model m = super_hot(1, {119_min, 131_min});
  SUBCASE("kept") {
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "S_1 T#1 0s, N0_1 U#1 1h59m, S_1 U#1 3h, N1_1 U#1 3h30m");
  }
  SUBCASE("on the way as well") {
    m.locations = {"here", "there"};
    m.groups[1].location = 1;
    m.transport.resize(4);
    m.transport[1] = DurationLaw::constant(15_min);
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "S_1 T#1 0s, N0_1 U#1 1h59m, S_1 U#1 3h15m, N1_1 U#1 3h45m");
  }
  SUBCASE("not for others") {
    m.streams[0].reserves = false;
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "S_1 T#1 0s, N0_1 U#1 1h59m, N1_1 U#1 2h11m, S_1 U#1 3h");
  }
  SUBCASE("from the start of shorter work") {
    m.steps[0].process = DurationLaw::constant(40_min);
    m.streams[0].start = at(2_h);
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "N0_1 U#1 1h59m, S_1 T#1 2h, S_1 U#1 2h40m, N1_1 U#1 3h10m");
  }
}

TEST_CASE("fab: one tool is kept, the others work") {
  Run r(super_hot(2, {121_min, 122_min}));
  r.until(1_d);
  CHECK(r.starts == "S_1 T#1 0s, N0_1 U#1 2h1m, N1_1 U#2 2h11m, S_1 U#1 3h");
}

TEST_CASE("fab: the tool is kept at the step that the lot will really do") {
  Model m = super_hot(1, {121_min});
  m.groups.push_back(tools("V"));
  Step skipped = step("skip", 2, 10_min);
  skipped.sampled = 0;
  add_lot(m, "N9", 122_min, add_product(m, "nine", {step("n", 2, 10_min)}));
  m.streams[0].product = add_product(m, "skips", {m.steps[0], skipped, m.steps[1]});
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "S_1 T#1 0s, N9_1 V#1 2h2m, S_1 U#1 3h, N0_1 U#1 3h30m");
}

TEST_CASE("fab: no tool is kept for a batch, and rework gives the tool free") {
  SUBCASE("batch") {
    Model m = super_hot(1, {121_min});
    m.steps[1].batch_min = m.steps[1].batch_max = 25;
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "S_1 T#1 0s, N0_1 U#1 2h1m, S_1 U#1 3h");
  }
  SUBCASE("rework") {
    Model m = super_hot(1, {121_min});
    m.steps[0].rework_to = 0;
    m.steps[0].rework_chance = 0.999999;
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "S_1 T#1 0s, N0_1 U#1 3h, S_1 T#1 3h");
  }
}

// ---- releases by a policy ----

// Two streams, A twice as often as B; a lot takes 10 min.
Model two_streams() {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  m.asks_release = true;
  add_stream(m, "A", DurationLaw::constant(5_min), 1'000'000);
  add_stream(m, "B", DurationLaw::constant(10_min), 1'000'000);
  return m;
}

TEST_CASE("fab: constant release is what the streams propose, whoever is asked") {
  Model m = two_streams();
  Run asked(m);
  m.asks_release = false;
  Run straight(m);
  asked.until(1_d);
  straight.until(1_d);
  CHECK(asked.starts == straight.starts);
  CHECK(asked.world.released(0) == 289);
  CHECK(asked.world.released(1) == 145);
}

TEST_CASE("fab: CONWIP keeps so many lots in the line, in the streams' shares") {
  Run r(two_streams(), {.releasing = Releasing::conwip, .wip = 7});
  uint32_t most = 0;
  for (int64_t i = 0; i < 3 * 1440; ++i) {
    r.until(i * 1_min);
    most = std::max(most, r.world.wip());
    if (i > 60) REQUIRE(r.world.wip() == 7);
  }
  CHECK(most == 7);
  const auto a = r.world.released(0), b = r.world.released(1);
  CHECK(a + b == 7 + 3 * 144 - 1);  // one in for each one out
  CHECK(a >= 2 * b - 2);
  CHECK(a <= 2 * b + 2);
}

TEST_CASE("fab: a WIP limit holds releases back, and lets them in later") {
  Model m = two_streams();
  m.streams[0].gap = DurationLaw::constant(15_min);
  m.streams[0].lots = 2;  // A: 2 lots at 0, 15, 30; done in 20 min
  m.streams[0].count = 3;
  m.streams.pop_back();
  Run r(std::move(m), {.releasing = Releasing::wip_limit, .wip = 3});
  r.until(14_min);
  CHECK(r.world.wip() == 1);
  r.until(15_min);
  CHECK(r.world.wip() == 3);
  CHECK(r.world.held(0) == 0);
  r.until(19_min);
  CHECK(r.world.wip() == 3);
  r.until(30_min);  // one is left of the four, two are proposed
  CHECK(r.world.wip() == 3);
  CHECK(r.world.proposed(0) == 3);
  r.until(1_h);
  CHECK(r.world.released(0) == 6);
  CHECK(r.world.kpis().wip.max() == 3);
  CHECK(r.starts == "A_1 T#1 0s, A_2 T#1 10m, A_3 T#1 20m, A_4 T#1 30m, A_5 T#1 40m, A_6 T#1 50m");
}

TEST_CASE("fab: what a WIP limit holds back is not lost") {
  Model m = two_streams();
  m.streams[0].lots = 5;
  m.streams[0].count = 1;
  m.streams.pop_back();
  Run r(std::move(m), {.releasing = Releasing::wip_limit, .wip = 2});
  r.until(5_min);
  CHECK(r.world.wip() == 2);
  CHECK(r.world.held(0) == 3);
  r.until(25_min);
  CHECK(r.world.wip() == 2);
  CHECK(r.world.held(0) == 1);
  r.until(2_h);
  CHECK(r.world.held(0) == 0);
  CHECK(r.of(0).finished == 5);
  CHECK(r.of(0).cycle_time.max() == 20 * 60);  // from its release on
}

// ---- ports ----

TEST_CASE("fab: who listens moves the lots") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 10_min), step("b", 1, 10_min)});
  m.transport = {DurationLaw::constant(5_min)};
  add_lot(m, "A", 0_min, 0, 3);
  Run r(std::move(m));
  r.world.outbox().open(move_request.number);
  r.until(30_min);
  CHECK(r.starts == "A_1 T#1 0s");
  REQUIRE(r.world.outbox().messages().size() == 1);
  const Message sent = r.world.outbox().messages()[0];
  CHECK(sent.time == at(10_min));
  const MoveRequest asked = sent.as(move_request);
  CHECK(asked.from_tool == 0);
  CHECK(asked.to_group == 1);
  CHECK(asked.priority == 3);
  r.world.outbox().clear();
  CHECK(r.world.wip() == 1);
  r.world.receive(make_message(at(42_min), move_done, MoveDone{asked.lot}));
  CHECK(r.world.now() == at(42_min));
  CHECK(r.world.next_event_time() == at(42_min));  // there is a question
  r.until(1_h);
  CHECK(r.starts == "A_1 T#1 0s, A_1 U#1 42m");
  CHECK(r.world.wip() == 0);
}

// ---- interventions ----

Intervention tool_down(uint32_t tool, Duration duration) {
  Intervention i;
  i.tool = tool;
  i.duration = duration;
  return i;
}
Intervention tool_up(uint32_t tool) {
  Intervention i;
  i.kind = Intervention::Kind::tool_up;
  i.tool = tool;
  return i;
}

TEST_CASE("fab: a tool taken down stops, and goes on when it is given back") {
  Model m = line({tools("T")}, {step("a", 0, 60_min)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min);
  Run r(std::move(m));
  r.until(10_min);
  r.world.apply(tool_down(0, 60_min));
  SUBCASE("after its time") {
    r.until(5_h);
    CHECK(r.gantt(0) == "a 0s-2h, down 10m-1h10m, a 2h-3h");
  }
  SUBCASE("before its time") {
    r.until(30_min);
    CHECK(r.world.tool(0).down());
    r.world.apply(tool_up(0));
    CHECK_FALSE(r.world.tool(0).down());
    r.until(5_h);
    CHECK(r.starts == "A_1 T#1 0s, B_1 T#1 1h20m");
    CHECK(r.world.state_s(0)[static_cast<size_t>(ToolState::unscheduled_down)] == 20 * 60);
  }
  SUBCASE("given back when it is not down: nothing") {
    r.until(2_h + 10_min);
    r.world.apply(tool_up(0));
    r.until(5_h);
    CHECK(r.gantt(0) == "a 0s-2h, down 10m-1h10m, a 2h-3h");
  }
}

TEST_CASE("fab: a free tool taken down takes no lots") {
  Model m = line({tools("T", 2)}, {step("a", 0, 10_min)});
  for (int i = 0; i < 3; ++i) add_lot(m, "L" + std::to_string(i), 10_min);
  Run r(std::move(m));
  r.until(5_min);
  r.world.apply(tool_down(0, 20_min));
  r.until(1_h);
  CHECK(r.starts == "L0_1 T#2 10m, L1_1 T#2 20m, L2_1 T#1 25m");
}

TEST_CASE("fab: a lot's priority may change while it waits, and later") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 10_min), step("b", 1, 25_min)});
  for (int i = 0; i < 4; ++i) add_lot(m, "L" + std::to_string(i), i * 1_min, 0, 5);
  Run r(std::move(m));
  r.until(4_min);
  const auto apply = [&](const char* lot, int32_t priority) {
    Intervention i;
    i.kind = Intervention::Kind::priority;
    i.lot = r.world.find_lot(lot);
    REQUIRE(i.lot != kNone);
    i.value = priority;
    r.world.apply(i);
  };
  SUBCASE("up") {
    apply("L3_1", 6);
    r.until(1_d);
    CHECK(r.starts.find("L3_1 T#1 10m, L1_1 T#1 20m, L3_1 U#1 35m, L2_1 T#1 30m") ==
          std::string::npos);
    CHECK(r.starts ==
          "L0_1 T#1 0s, L0_1 U#1 10m, L3_1 T#1 10m, L1_1 T#1 20m, L2_1 T#1 30m, L3_1 U#1 35m, "
          "L1_1 U#1 1h, L2_1 U#1 1h25m");
  }
  SUBCASE("down and up again: where it was by arrival") {
    apply("L1_1", 4);
    apply("L1_1", 5);
    r.until(35_min);
    CHECK(r.starts ==
          "L0_1 T#1 0s, L0_1 U#1 10m, L1_1 T#1 10m, L2_1 T#1 20m, L3_1 T#1 30m, L1_1 U#1 35m");
  }
  SUBCASE("in a tool: from the next step on") {
    r.until(31_min);  // L3 is in T
    apply("L3_1", 9);
    r.until(1_d);
    CHECK(r.starts ==
          "L0_1 T#1 0s, L0_1 U#1 10m, L1_1 T#1 10m, L2_1 T#1 20m, L3_1 T#1 30m, L1_1 U#1 35m, "
          "L3_1 U#1 1h, L2_1 U#1 1h25m");
  }
}

TEST_CASE("fab: a lot may be released out of turn") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  add_stream(m, "A", DurationLaw::constant(1_h), 2);
  Run r(std::move(m));
  r.until(20_min);
  Intervention i;
  i.kind = Intervention::Kind::release;
  i.value = 0;
  r.world.apply(i);
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, A_2 T#1 20m, A_3 T#1 1h");
}

}  // namespace
}  // namespace dure::fab
