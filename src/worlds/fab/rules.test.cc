// Which lot each rule takes, on which tool, in which batch and when, by hand.
#include "worlds/fab/rules.h"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

// The order in which T takes lots that have come while it was busy up to 10 min: "BAC".
std::string order(Model m, const RuleOptions& options) {
  const uint32_t busy = add_product(m, "busy", {step("busy", 0, 10_min)});
  add_lot(m, "busy", 0_min, busy, 99);
  Run r(std::move(m), options);
  r.until(1_d);
  std::string out;
  for (size_t i = r.starts.find("_1 T#1"); i != std::string::npos;
       i = r.starts.find("_1 T#1", i + 1))
    out += r.starts[i - 1];
  return out.substr(1);  // without "busy"
}

// Lots A to D come one minute after the other, of products of their own: T, then U.
Model four(Duration process_a, Duration process_b, Duration process_c, Duration process_d) {
  Model m;
  m.groups = {tools("T"), tools("U", 4)};
  m.groups[0].ranking = {Rank::priority, Rank::fifo};
  int64_t i = 0;
  for (const Duration process : {process_a, process_b, process_c, process_d}) {
    const std::string name(1, static_cast<char>('A' + i));
    add_product(m, name, {step("t", 0, process), step("u", 1, 1_h)});
    add_lot(m, name, (i + 1) * 1_min, static_cast<uint32_t>(i));
    ++i;
  }
  return m;
}
Model four_alike() { return four(30_min, 30_min, 30_min, 30_min); }

TEST_CASE("fab rules: fifo takes the first, of those of the highest priority") {
  Model m = four_alike();
  CHECK(order(m, {Dispatch::fifo}) == "ABCD");
  m.streams[2].priority = 1;
  CHECK(order(m, {Dispatch::fifo}) == "CABD");
}

TEST_CASE("fab rules: edd takes the earliest due date, lots without one last") {
  Model m = four_alike();
  m.streams[0].due = 9_h;
  m.streams[2].due = 5_h;  // at 5:03
  m.streams[3].due = 5_h - 2_min;
  CHECK(order(m, {Dispatch::edd}) == "DCAB");
  m.streams[1].priority = 1;
  CHECK(order(m, {Dispatch::edd}) == "BDCA");
}

TEST_CASE("fab rules: srpt takes the least work left, on all steps") {
  Model m = four(30_min, 20_min, 25_min, 20_min);
  CHECK(order(m, {Dispatch::srpt}) == "BDCA");      // B came before D
  m.steps[3].process = DurationLaw::constant(2_h);  // B's second
  CHECK(order(m, {Dispatch::srpt}) == "DCAB");
}

TEST_CASE("fab rules: cr takes the least time to the due date per work left") {
  // Work left 90, 90, 180 and 90 min; T is free at 10, then the ratios are looked at anew.
  Model m = four(30_min, 30_min, 120_min, 30_min);
  m.streams[0].due = 280_min;  // (281 - 10) / 90 = 3.0
  m.streams[1].due = 190_min;  // 2.0
  m.streams[2].due = 340_min;  // (343 - 10) / 180 = 1.85
  CHECK(order(m, {Dispatch::critical_ratio}) == "CBAD");
  m.streams[2].due = 400_min;  // 2.18
  // At 40: A (281 - 40) / 90 = 2.7, C (403 - 40) / 180 = 2.0.
  CHECK(order(m, {Dispatch::critical_ratio}) == "BCAD");
}

TEST_CASE("fab rules: atc weighs short work against slack") {
  // Without slack the shortest goes first, with much slack it waits.
  Model m = four(30_min, 20_min, 40_min, 10_min);
  for (Stream& s : m.streams) s.due = 10_min;
  CHECK(order(m, {Dispatch::atc}) == "DBAC");
  m.streams[3].due = 100_h;
  CHECK(order(m, {Dispatch::atc}) == "BACD");
  // Slack s costs a factor exp(s / 3 p), p the mean of those waiting. B goes first, up to 30; then
  // p is 27 min, C is worth 1 / 40, and A (90 min of work left) with 40 min of slack exp(-0.5) / 30
  // = 1 / 49, with 16 min exp(-0.2) / 30 = 1 / 37.
  m.streams[0].due = 159_min;
  CHECK(order(m, {Dispatch::atc}) == "BCAD");
  m.streams[0].due = 135_min;
  CHECK(order(m, {Dispatch::atc}) == "BACD");
}

TEST_CASE("fab rules: queue-time takes the window that ends first") {
  Model m;
  m.groups = {tools("T"), tools("U", 4)};
  int64_t i = 0;
  for (const Duration limit : {60_min, 0_min, 20_min, 40_min}) {
    const std::string name(1, static_cast<char>('A' + i));
    Step u = step("u", 1, 1_min);
    if (limit > 0_s) {
      u.queue_time_to = 1;
      u.queue_time = limit;
    }
    add_product(m, name, {u, step("t", 0, 30_min)});
    add_lot(m, name, (i + 1) * 1_min, static_cast<uint32_t>(i));
    ++i;
  }
  CHECK(order(m, {Dispatch::queue_time}) == "CDAB");
}

TEST_CASE("fab rules: least-setup looks at setups whatever the group says") {
  Model m = four_alike();
  m.setups = {{}, {"x"}, {"y"}};
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}, {1, 2, 20_min}};
  m.steps[0].setup = 2;  // A needs y, B x, C y, D none
  m.steps[2].setup = 1;
  m.steps[4].setup = 2;
  CHECK(order(m, {Dispatch::testbed}) == "ABCD");
  CHECK(order(m, {Dispatch::least_setup}) == "DACB");
  m.groups[0].ranking = {Rank::priority, Rank::setup, Rank::fifo};
  CHECK(order(m, {Dispatch::testbed}) == "DACB");
  CHECK(order(m, {Dispatch::fifo}) == "ABCD");
}

TEST_CASE("fab rules: testbed ranks as the group says") {
  Model m = four_alike();
  m.streams[0].due = 9_h;
  m.streams[1].due = 8_h;
  m.streams[2].due = 7_h;
  m.streams[3].due = 6_h;
  m.streams[1].priority = 1;
  m.groups[0].ranking = {Rank::fifo};
  CHECK(order(m, {}) == "ABCD");
  m.setups = {{}, {"x"}};
  m.setup_changes = {{0, 1, 5_min}};
  for (const uint32_t s : {0, 2, 4}) m.steps[s].setup = 1;  // D needs none
  const std::pair<std::vector<Rank>, const char*> all[] = {
      {{Rank::priority, Rank::fifo}, "BACD"},
      {{Rank::fifo}, "ABCD"},
      {{Rank::setup, Rank::fifo}, "DABC"},
      {{Rank::setup, Rank::priority, Rank::fifo}, "DBAC"},
      {{Rank::priority, Rank::setup, Rank::fifo}, "BACD"},
      {{Rank::priority, Rank::critical_ratio}, "BDCA"},
      {{Rank::critical_ratio}, "DCBA"},
  };
  for (const auto& one : all) {
    m.groups[0].ranking = one.first;
    CAPTURE(one.first.size());
    CHECK(order(m, {}) == one.second);
  }
}

TEST_CASE("fab rules: with {priority, setup, fifo} B's setup is there for A and C") {
  Model m = four_alike();
  m.setups = {{}, {"x"}, {"y"}};
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}};
  m.groups[0].ranking = {Rank::priority, Rank::setup, Rank::fifo};
  m.streams[1].priority = 1;
  m.steps[2].setup = m.steps[6].setup = 1;  // B and D
  m.steps[0].setup = 2;                     // A
  m.steps[4].setup = 2;                     // C
  CHECK(order(m, {}) == "BDAC");
}

// ---- tools ----

TEST_CASE("fab rules: a lot wakes the tool with the least setup, or the one open longest") {
  Model m;
  m.groups = {tools("T", 3)};
  m.setups = {{}, {"x"}, {"y"}};
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}};
  const char* names[] = {"x", "y", "-"};
  for (const uint32_t setup : {1, 2, 0}) {
    Step s = step(names[setup == 0 ? 2 : setup - 1], 0, 10_min);
    s.setup = setup;
    add_product(m, s.name, {s});
  }
  // T#1 gets x, T#2 y, T#3 stays bare; they are open again in this order.
  add_lot(m, "A", 0_min, 0);
  add_lot(m, "B", 1_min, 1);
  add_lot(m, "C", 30_min, 1);
  m.groups[0].ranking = {Rank::priority, Rank::fifo};
  SUBCASE("open longest") {
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "A_1 T#1 0s, B_1 T#2 1m, C_1 T#3 30m");
  }
  SUBCASE("least setup") {
    m.groups[0].wakes_least_setup = true;
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "A_1 T#1 0s, B_1 T#2 1m, C_1 T#2 30m");
  }
  SUBCASE("the best pair, where setups are ranked") {
    m.groups[0].ranking = {Rank::priority, Rank::setup, Rank::fifo};
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.starts == "A_1 T#1 0s, B_1 T#2 1m, C_1 T#2 30m");
  }
}

TEST_CASE("fab rules: in a minimum run other lots take other tools") {
  Model m;
  m.groups = {tools("T", 2)};
  m.groups[0].keeps_setup = true;
  m.setups = {{}, {"x", 3}, {"y", 3}};
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}};
  for (const uint32_t setup : {1, 2}) {
    Step s = step(setup == 1 ? "x" : "y", 0, 10_min);
    s.setup = setup;
    add_product(m, s.name, {s});
  }
  add_lot(m, "A", 0_min, 0);
  add_lot(m, "B", 20_min, 1);
  add_lot(m, "C", 21_min, 0);
  add_lot(m, "D", 22_min, 1);
  Run r(std::move(m));
  r.until(1_d);
  CHECK(r.starts == "A_1 T#1 0s, B_1 T#2 20m, C_1 T#1 21m, D_1 T#2 35m");
}

TEST_CASE("fab rules: a hot lot takes the tool where it can begin first") {
  // Both tools cascade and hold a slow lot; T#1 was open first, but its next may begin later.
  Model m = line({tools("T", 2)}, {step("a", 0, 100_min)});
  m.groups[0].capacity = 2;
  m.steps[0].gap = 60_min;
  Step quick = step("q", 0, 100_min);
  quick.gap = 5_min;
  const uint32_t q = add_product(m, "quick", {quick});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min, q);
  Stream& c = add_lot(m, "C", 30_min, q);
  SUBCASE("hot") {
    c.priority = 1;
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.gantt(1) == "q 1m-1h41m, q 30m-2h10m");
  }
  SUBCASE("not") {
    Run r(std::move(m));
    r.until(1_d);
    CHECK(r.gantt(1) == "q 1m-1h41m");
    CHECK(r.gantt(0) == "a 0s-1h40m, q 30m-2h40m");
  }
}

// ---- batches ----

std::string batches(Batching batching, std::vector<Duration> released) {
  Model m = line({tools("F")}, {batch_step("b", 0, 10_min, 50, 100)});
  for (size_t i = 0; i < released.size(); ++i)
    add_lot(m, std::string(1, static_cast<char>('A' + i)), released[i]);
  Run r(std::move(m), {.batching = batching, .batch_wait = 30_min});
  r.until(1_d);
  return r.starts;
}

TEST_CASE("fab rules: full waits for full batches") {
  CHECK(batches(Batching::full, {0_min, 1_min, 2_min}).empty());
  CHECK(batches(Batching::full, {0_min, 1_min, 2_min, 10_h}) == "A_1+B_1+C_1+D_1 F#1 10h");
}

TEST_CASE("fab rules: full is when not another lot like it fits") {
  Model m = line({tools("F")}, {batch_step("b", 0, 10_min, 50, 90)});
  for (int i = 0; i < 3; ++i) add_lot(m, std::string(1, "ABC"[i]), i * 1_min);
  Run r(std::move(m), {.batching = Batching::full});
  r.until(1_d);
  CHECK(r.starts == "A_1+B_1+C_1 F#1 2m");  // 75 wafers, 100 would be too many
}

TEST_CASE("fab rules: wait starts full batches at once, others when the first lot has waited") {
  CHECK(batches(Batching::minimum, {0_min, 1_min, 2_min, 3_min}) ==
        "A_1+B_1 F#1 1m, C_1+D_1 F#1 11m");
  CHECK(batches(Batching::wait, {0_min, 1_min, 2_min, 3_min}) == "A_1+B_1+C_1+D_1 F#1 3m");
  // Nothing happens at 30 min but that the wait is over.
  CHECK(batches(Batching::wait, {0_min, 5_min}) == "A_1+B_1 F#1 30m");
  CHECK(batches(Batching::wait, {0_min, 5_min, 29_min}) == "A_1+B_1+C_1 F#1 30m");
  // The smallest size is needed even then.
  CHECK(batches(Batching::wait, {0_min}).empty());
  CHECK(batches(Batching::wait, {0_min, 2_h}) == "A_1+B_1 F#1 2h");
}

TEST_CASE("fab rules: other lots pass a batch that waits") {
  Model m = line({tools("F")}, {batch_step("b", 0, 10_min, 50, 100)});
  const uint32_t single = add_product(m, "single", {step("s", 0, 10_min)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min, single);
  add_lot(m, "C", 8_min);
  add_lot(m, "D", 25_min, single);
  Run r(std::move(m), {.batching = Batching::wait, .batch_wait = 30_min});
  r.until(1_d);
  CHECK(r.starts == "B_1 F#1 1m, D_1 F#1 25m, A_1+C_1 F#1 35m");
}

// ---- a rule of one's own ----

// Takes the lot with the fewest wafers; what the batching says and which tool is left to Rules.
class FewestWafers {
 public:
  const World::Action& decide(const World& world, const World::Request& request) {
    action_ = rules_.decide(world, request);
    if (request.kind != World::Request::Kind::dispatch || action_.lots.size() != 1) return action_;
    const auto line = world.waiting(request.index);
    const auto wafers = [&](const Waiting& w) { return world.lot(w.lot).wafers; };
    const auto fewest = std::min_element(line.begin(), line.end(),
                                         [&](auto& a, auto& b) { return wafers(a) < wafers(b); });
    if (fewest->tool == kNone) action_.lots[0] = fewest->lot;
    return action_;
  }

 private:
  Rules rules_;
  World::Action action_;
};

TEST_CASE("fab rules: a rule of one's own is a few lines") {
  Model m = line({tools("T")}, {step("a", 0, 10_min)});
  uint32_t wafers = 0;
  for (const char* name : {"A", "B", "C", "D"}) add_lot(m, name, 0_min).wafers = 25 - 5 * wafers++;
  const auto model = test::traced(std::move(m));
  World w(model);
  run(w, FewestWafers(), at(1_d));
  std::vector<uint32_t> order;
  for (const Span& s : w.kpis().gantt) order.push_back(s.lot);
  CHECK(order == std::vector<uint32_t>{3, 2, 1, 0});
}

// ---- common random numbers ----

// What lots meet under a rule, and what the rule makes of it.
struct Luck {
  // By lot and number of steps it has considered: the step and its process time.
  std::map<std::pair<std::string, uint32_t>, std::pair<uint32_t, Duration>> processed;
  std::vector<std::string> order;
};

// Tools break down at any time, lots are skipped, reworked and carried; no setups and no cascading,
// so that a job's time is its process time.
std::shared_ptr<const Model> lucky_line(bool interrupts) {
  Model m = test::random_model(3);
  m.wip.clear();
  for (ToolGroup& g : m.groups) {
    g.capacity = 1;
    g.load = g.unload = {};
  }
  for (Step& s : m.steps) {
    s.setup = 0;
    s.gap = {};
    if (s.batch_max == 0) continue;
    s.batch_min = 1;  // each lot alone, whose time is its own
    s.batch_max = 1;
  }
  for (Upkeep& u : m.upkeeps) u.interrupts = interrupts;
  return test::traced(std::move(m));
}

Luck run_luck(World& w, Dispatch dispatch) {
  Luck luck;
  Rules rules({.dispatch = dispatch});
  while (const auto request = w.advance(at(30_d))) {
    const World::Action& a = rules.decide(w, *request);
    w.act(a);
    if (a.tool == kNone) continue;
    const std::string name = w.lot_name(a.lots[0]);
    const Lot& lot = w.lot(a.lots[0]);
    const Job& job = w.job(a.tool, 0);
    luck.processed[{name, lot.considered}] = {lot.step, job.until - job.from};
    luck.order.push_back(name);
  }
  return luck;
}

TEST_CASE("fab rules: under other rules the same lots meet the same process times and yields") {
  for (const bool interrupts : {true, false}) {
    const auto model = lucky_line(interrupts);
    World a(model), b(model);
    const Luck testbed = run_luck(a, Dispatch::testbed), srpt = run_luck(b, Dispatch::srpt);
    CHECK(testbed.order != srpt.order);
    size_t both = 0, differ = 0;
    for (const auto& [key, done] : testbed.processed) {
      const auto it = srpt.processed.find(key);
      if (it == srpt.processed.end()) continue;  // one run has come further
      ++both;
      differ += it->second != done;
    }
    CHECK(both > 1000);
    CHECK(differ == 0);
  }
}

TEST_CASE("fab rules: under other rules the same tools break down at the same times") {
  const auto model = lucky_line(true);
  World a(model), b(model);
  run_luck(a, Dispatch::testbed);
  run_luck(b, Dispatch::srpt);
  const auto breakdowns = [](const World& w) {
    std::vector<std::tuple<Time, uint32_t, Duration>> out;
    for (const Span& s : w.kpis().gantt) {
      if (s.step == kNone) out.emplace_back(s.from, s.tool, s.until - s.from);
    }
    return out;
  };
  CHECK(breakdowns(a).size() > 200);
  CHECK(breakdowns(a) == breakdowns(b));
}

}  // namespace
}  // namespace dure::fab
