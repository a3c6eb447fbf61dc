// Which step a lot does next, on which tool and how late: dedication, sampling, rework, queue
// times.
#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

TEST_CASE("fab: a lot waits for the tool it must come back to, though others are free") {
  Model m = line({tools("T", 2), tools("U")},
                 {step("a", 0, 10_min), step("b", 1, 5_min), step("c", 0, 10_min)});
  m.steps[0].same_tool_at = 2;
  const uint32_t quick = add_product(m, "quick", {step("q", 0, 11_min)});
  const uint32_t slow = add_product(m, "slow", {step("s", 0, 100_min)});
  add_lot(m, "A", 0_min);          // T#1 up to 10, U#1 up to 15
  add_lot(m, "B", 1_min, quick);   // T#2 up to 12
  add_lot(m, "C", 13_min, slow);   // T#1, open longer
  add_lot(m, "D", 16_min, quick);  // passes A
  Run r(std::move(m));
  r.until(1_h);
  REQUIRE(r.world.waiting(0).size() == 1);
  CHECK(r.world.waiting(0)[0].tool == 0);
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, B_1 T#2 1m, A_1 U#1 10m, C_1 T#1 13m, D_1 T#2 16m, A_1 T#1 1h53m");
}

TEST_CASE("fab: a lot may have to come back to several tools") {
  // From the second pass to the fourth, over the third that comes back to the first's.
  Model m = line({tools("T", 4)}, {step("a", 0, 10_min), step("b", 0, 10_min), step("c", 0, 10_min),
                                   step("d", 0, 10_min)});
  m.steps[0].same_tool_at = 2;
  m.steps[1].same_tool_at = 3;
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, A_1 T#2 10m, A_1 T#1 20m, A_1 T#2 30m");
}

TEST_CASE("fab: a step that is not done binds no later one to a tool") {
  // The first pair of steps is bound; the next pair would be, if its first were done.
  Model m = line({tools("T", 2), tools("U", 2)}, {step("a", 0, 10_min), step("b", 0, 10_min),
                                                  step("c", 1, 10_min), step("d", 1, 10_min)});
  m.steps[0].same_tool_at = 1;
  m.steps[2].same_tool_at = 3;
  m.steps[2].sampled = 0;
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, A_1 T#1 10m, A_1 U#1 20m");
}

TEST_CASE("fab: a share of lots is sampled, the others pass the step by") {
  constexpr uint32_t kLots = 20'000;
  for (const double share : {0.0, 0.3, 0.9, 1.0}) {
    Model m = line({tools("T"), tools("U")}, {step("a", 0, 1_min), step("look", 1, 1_s)});
    m.steps[1].sampled = share;
    add_stream(m, "A", DurationLaw::constant(1_min), kLots);
    World w(test::finished(std::move(m)));
    run(w, Rules(), Time::never());
    REQUIRE(w.kpis().classes[0].finished == kLots);
    const auto looked = static_cast<double>(w.kpis().groups[1].lots);
    // Four standard deviations of a binomial; none for 0 and 1.
    CHECK(std::fabs(looked - share * kLots) <= 4 * std::sqrt(kLots * share * (1 - share)));
  }
}

TEST_CASE("fab: a skipped step reworks no lot and opens no window") {
  Model m = line({tools("T")}, {step("a", 0, 10_min), step("look", 0, 1_min), step("c", 0, 5_min)});
  m.steps[1].sampled = 0;
  m.steps[1].rework_to = 0;
  m.steps[1].rework_chance = 0.999999;
  m.steps[1].queue_time_to = 2;
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(1_h);
  CHECK(r.gantt(0) == "a 0s-10m, c 10m-15m");
  CHECK(r.of(0).windows == 0);
}

TEST_CASE("fab: rework goes back, and does all of it again") {
  Model m = line({tools("T"), tools("U")},
                 {step("a", 0, 10_min), step("b", 0, 10_min), step("look", 1, 5_min)});
  m.steps[2].rework_to = 1;
  m.steps[2].rework_chance = 0.999999;
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(59_min);
  CHECK(r.starts ==
        "A_1 T#1 0s, A_1 T#1 10m, A_1 U#1 20m, A_1 T#1 25m, A_1 U#1 35m, A_1 T#1 40m, A_1 U#1 50m, "
        "A_1 T#1 55m");
  CHECK(r.gantt(0) == "a 0s-10m, b 10m-20m, b 25m-35m, b 40m-50m");
  CHECK(r.world.kpis().moves == 7);
}

TEST_CASE("fab: a bad lot comes back until it is good, each time with the same chance") {
  constexpr uint32_t kLots = 20'000;
  constexpr double kChance = 0.25;
  Model m = line({tools("T")}, {step("a", 0, 1_s)});
  m.steps[0].rework_to = 0;
  m.steps[0].rework_chance = kChance;
  add_stream(m, "A", DurationLaw::constant(1_min), kLots);
  World w(test::finished(std::move(m)));
  run(w, Rules(), Time::never());
  REQUIRE(w.kpis().classes[0].finished == kLots);
  // Visits are geometric: mean 1 / (1 - p), variance p / (1 - p)^2.
  const double sd = std::sqrt(kLots * kChance) / (1 - kChance);
  CHECK(std::fabs(static_cast<double>(w.kpis().moves) - kLots / (1 - kChance)) < 4 * sd);
}

// ---- queue times ----

// A window of 1 h from the end of step "a" to the start of step "z", with `between` in the middle.
ClassKpis with_queue_time(Duration between) {
  Model m =
      line({tools("T", 3)}, {step("a", 0, 10_min), step("b", 0, between), step("z", 0, 1_min)});
  m.steps[0].queue_time_to = 2;
  m.steps[0].queue_time = 1_h;
  add_lot(m, "A", 0_min);
  Run r(std::move(m));
  r.until(1_d);
  return r.of(0);
}

TEST_CASE("fab: queue times are late by more than 0, 1, 2 and 4 h") {
  using Late = std::array<uint64_t, 4>;
  for (const auto& [between, late] : {std::pair{59_min, Late{0, 0, 0, 0}},
                                      {1_h, {0, 0, 0, 0}},
                                      {1_h + 1_s, {1, 0, 0, 0}},
                                      {2_h, {1, 0, 0, 0}},
                                      {2_h + 1_s, {1, 1, 0, 0}},
                                      {3_h, {1, 1, 0, 0}},
                                      {3_h + 1_s, {1, 1, 1, 0}},
                                      {5_h, {1, 1, 1, 0}},
                                      {5_h + 1_s, {1, 1, 1, 1}}}) {
    const ClassKpis k = with_queue_time(between);
    const Duration after = between;
    CAPTURE(to_string(after));
    CHECK(k.windows == 1);
    CHECK(k.late == late);
  }
}

TEST_CASE("fab: a queue time ends when the lot goes into the tool, not when it comes to it") {
  Model m = line({tools("T"), tools("U")}, {step("a", 0, 10_min), step("b", 1, 10_min)});
  m.groups[1].load = 5_min;
  m.steps[0].queue_time_to = 1;
  m.steps[0].queue_time = 30_min;
  const uint32_t slow = add_product(m, "slow", {step("s", 1, 31_min)});
  add_lot(m, "A", 0_min);
  Stream& busy = add_lot(m, "B", 4_min, slow);  // in U up to 40
  SUBCASE("in time") { busy.start = at(4_min); }
  SUBCASE("a minute late") { busy.start = at(5_min); }
  const uint64_t late = busy.start == at(5_min);
  Run r(std::move(m));
  r.until(15_min);
  CHECK(r.world.must_start(r.world.find_lot("A_1")) == at(40_min));
  r.until(1_d);
  CHECK(r.of(0).late[0] == late);
}

TEST_CASE("fab: queue times follow each other and overlap") {
  Model m = line({tools("T"), tools("U")}, {});
  for (const char* name : {"a", "b", "c", "d"}) m.steps.push_back(step(name, 0, 10_min));
  m.routes[0].steps = 4;
  const auto window = [&](uint32_t from, uint32_t to, Duration limit) {
    m.steps[from].queue_time_to = to;
    m.steps[from].queue_time = limit;
  };
  SUBCASE("a to b to c to d") {
    for (uint32_t i = 0; i < 3; ++i) window(i, i + 1, i == 1 ? 20_min : 4_min);
    // b starts 10 minutes late for another lot.
    const uint32_t other = add_product(m, "other", {step("o", 0, 10_min)});
    add_lot(m, "A", 0_min);
    add_lot(m, "O", 5_min, other);
    Run r(std::move(m));
    r.until(11_min);
    CHECK(r.world.must_start(r.world.find_lot("A_1")) == at(14_min));
    r.until(1_h);
    CHECK(r.of(0).windows == 3);
    CHECK(r.of(0).late == std::array<uint64_t, 4>{1, 0, 0, 0});
  }
  SUBCASE("a to c over b to d") {
    window(0, 2, 15_min);  // until 25; c starts at 20
    window(1, 3, 5_min);   // until 25; d starts at 30
    add_lot(m, "A", 0_min);
    Run r(std::move(m));
    r.until(1_h);
    CHECK(r.of(0).windows == 2);
    CHECK(r.of(0).late[0] == 1);
  }
  SUBCASE("a to d and c to d: the earlier counts for a policy") {
    window(0, 3, 15_min);  // until 25
    window(2, 3, 1_min);   // until 31
    const uint32_t other = add_product(m, "other", {step("o", 0, 10_min)});
    add_lot(m, "A", 0_min);
    add_lot(m, "O", 21_min, other, 1);
    Run r(std::move(m));
    r.until(31_min);
    CHECK(r.world.must_start(r.world.find_lot("A_1")) == at(25_min));
    r.until(1_h);
    CHECK(r.of(0).windows == 2);
    CHECK(r.of(0).late[0] == 2);
  }
  SUBCASE("to a step that is not sampled: when the lot comes there") {
    window(0, 2, 5_min);
    m.steps[2].sampled = 0;
    add_lot(m, "A", 0_min);
    Run r(std::move(m));
    r.until(1_h);
    CHECK(r.of(0).windows == 1);
    CHECK(r.of(0).late[0] == 1);
  }
}

// Notes each lot's steps and tools.
struct Passes {
  Rules rules;
  std::map<std::string, std::vector<std::pair<uint32_t, uint32_t>>> of;

  const World::Action& decide(const World& w, const World::Request& request) {
    const World::Action& a = rules.decide(w, request);
    if (a.tool != kNone) of[w.lot_name(a.lots[0])].emplace_back(w.lot(a.lots[0]).step, a.tool);
    return a;
  }
};

TEST_CASE("fab: rework forgets the queue times and tools of the steps it repeats") {
  // "expose" opens a queue time to "z" and binds it to its tool, but is sampled: a lot that is
  // exposed, reworked and not exposed again has neither.
  Model m = line({tools("T", 3)}, {step("a", 0, 1_min), step("expose", 0, 1_min),
                                   step("look", 0, 1_min), step("z", 0, 1_min)});
  m.steps[1].sampled = 0.5;
  m.steps[1].queue_time_to = m.steps[1].same_tool_at = 3;
  m.steps[2].rework_to = 0;
  m.steps[2].rework_chance = 0.5;
  add_stream(m, "A", DurationLaw::constant(3_min), 2'000);
  World w(test::finished(std::move(m)));
  Passes passes;
  run(w, passes, Time::never());
  uint64_t windows = 0, ever_exposed = 0, elsewhere = 0;
  for (const auto& [name, steps] : passes.of) {
    uint32_t exposed_on = kNone;
    bool ever = false;
    for (const auto& [s, tool] : steps) {
      if (s == 0) exposed_on = kNone;
      if (s == 1) exposed_on = tool, ever = true;
      if (s < 3) continue;
      windows += exposed_on != kNone;
      ever_exposed += ever;
      elsewhere += exposed_on != kNone && exposed_on != tool;
    }
  }
  CHECK(w.kpis().classes[0].finished == 2'000);
  CHECK(ever_exposed > windows + 100);  // those that had to forget
  CHECK(w.kpis().classes[0].windows == windows);
  CHECK(elsewhere == 0);
}

TEST_CASE("fab: rework of a step keeps the tool that a step before it chose") {
  // expose chooses the tool of "again", which chooses that of "last". Bad lots do "again" again: on
  // the tool that "expose" chose.
  Model m = line({tools("T", 3)}, {step("expose", 0, 1_min), step("again", 0, 1_min),
                                   step("look", 0, 1_min), step("last", 0, 1_min)});
  m.steps[0].same_tool_at = 1;
  m.steps[1].same_tool_at = 3;
  m.steps[2].rework_to = 1;
  m.steps[2].rework_chance = 0.5;
  add_stream(m, "A", DurationLaw::constant(3_min), 500);
  World w(test::finished(std::move(m)));
  Passes passes;
  run(w, passes, Time::never());
  uint32_t wrong = 0, repeats = 0;
  for (const auto& [name, steps] : passes.of) {
    for (size_t i = 1; i < steps.size(); ++i) {
      const auto [s, tool] = steps[i];
      repeats += s == 1 && i > 1;
      wrong += (s == 1 || s == 3) && tool != steps[0].second;
    }
  }
  CHECK(repeats > 100);
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace dure::fab
