// Batches and setups, by hand.
#include <doctest/doctest.h>

#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

TEST_CASE("fab: a batch starts from its smallest size up") {
  Model m = line({tools("F")}, {batch_step("b", 0, 60_min, 50, 100)});
  m.groups[0].load = 5_min;
  m.groups[0].unload = 10_min;
  for (int i = 0; i < 4; ++i) add_lot(m, std::string(1, "ABCD"[i]), i * 10_min);
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.starts == "A_1+B_1 F#1 10m, C_1+D_1 F#1 1h25m");
  CHECK(r.gantt(0) == "b 10m-1h25m, b 1h25m-2h40m");
  const GroupKpis& k = r.world.kpis().groups[0];
  CHECK(k.jobs == 2);
  CHECK(k.lots == 4);
  CHECK(k.wafers == 100);
  CHECK(k.wafers_possible == 200);
  CHECK(k.waited_s == 60 * (10 + 0 + 65 + 55));
}

TEST_CASE("fab: the time of a batch is for all of it, for its first lot or for each wafer") {
  for (const auto& [per, leaves] :
       {std::pair{Per::batch, 30_min}, {Per::lot, 30_min}, {Per::wafer, 50_h / 2}}) {
    Model m = line({tools("F")}, {batch_step("b", 0, 30_min, 50, 50)});
    m.steps[0].per = per;
    add_lot(m, "A", 0_min);
    add_lot(m, "B", 0_min);
    Run r(std::move(m));
    r.until(2_d);
    REQUIRE(r.world.kpis().gantt.size() == 1);
    CHECK(r.world.kpis().gantt[0].until == at(leaves));
    CHECK(r.world.kpis().gantt[0].lots == 2);
  }
}

TEST_CASE("fab: lots are collected in line, those that do not fit are passed over") {
  Model m = line({tools("F")}, {batch_step("b", 0, 60_min, 10, 100)});
  add_lot(m, "first", 0_min).wafers = 10;
  add_lot(m, "A", 1_min).wafers = 50;
  add_lot(m, "B", 2_min).wafers = 60;
  add_lot(m, "C", 3_min).wafers = 30;
  add_lot(m, "D", 4_min).wafers = 20;
  add_lot(m, "E", 5_min).wafers = 20;
  SUBCASE("by arrival") {
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "first_1 F#1 0s, A_1+C_1+D_1 F#1 1h, B_1+E_1 F#1 2h");
  }
  SUBCASE("by priority") {
    m.streams[3].priority = 1;
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "first_1 F#1 0s, C_1+A_1+D_1 F#1 1h, B_1+E_1 F#1 2h");
  }
}

TEST_CASE("fab: a batch is of one step of one route") {
  Model m = line({tools("F")}, {batch_step("b", 0, 60_min, 50, 100)});
  const uint32_t other = add_product(m, "other", {batch_step("o", 0, 60_min, 50, 100)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 1_min, other);
  add_lot(m, "C", 30_min, other);
  add_lot(m, "D", 31_min);
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.starts == "B_1+C_1 F#1 30m, A_1+D_1 F#1 1h30m");
}

TEST_CASE("fab: each lot of a batch goes on by itself") {
  Model m =
      line({tools("F"), tools("T", 2)}, {batch_step("b", 0, 60_min, 50, 50), step("c", 1, 10_min)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 0_min);
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.starts == "A_1+B_1 F#1 0s, A_1 T#1 1h, B_1 T#2 1h");
}

TEST_CASE("fab: a lot larger than a batch may be goes alone") {
  Model m = line({tools("F")}, {batch_step("b", 0, 60_min, 10, 20)});
  add_lot(m, "A", 0_min);
  add_lot(m, "B", 0_min).wafers = 5;
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.starts == "A_1 F#1 0s");  // B is below the minimum
}

// ---- setups ----

// Lots one after the other on one tool, of products that need setups 1 (x), 2 (y), 3 (z) or none.
Model setups(const std::string& sequence) {
  Model m;
  m.groups = {tools("T")};
  m.setups = {{}, {"x"}, {"y"}, {"z"}};
  for (uint32_t i = 0; i < 4; ++i) {
    Step s = step(std::string(1, "-xyz"[i]), 0, 10_min);
    s.setup = i;
    add_product(m, s.name, {s});
  }
  for (size_t i = 0; i < sequence.size(); ++i) {
    add_lot(m, "L" + std::to_string(i), static_cast<int64_t>(i) * 1_min,
            static_cast<uint32_t>(std::string("-xyz").find(sequence[i])));
  }
  return m;
}

TEST_CASE("fab: a setup's time is that of the pair, else that from any") {
  Model m = setups("xy-xzy");
  m.groups[0].ranking = {Rank::fifo};
  m.setup_changes = {{0, 1, 5_min}, {2, 1, 2_min}, {1, 2, 7_min}, {1, 3, 3_min}};
  Run r(std::move(m));
  r.until(5_h);
  // From none to x by "any" 5, x to y 7, none needed 0, y to x 2, x to z 3, z to y not listed: 0.
  CHECK(r.gantt(0) ==
        "x 0s-15m, y 15m-32m, - 32m-42m, x 42m-54m, z 54m-1h7m, "
        "y 1h7m-1h17m");
  CHECK(r.world.setup_s(0) == 17 * 60);
  CHECK(r.world.kpis().groups[0].setups == 4);
  CHECK(r.world.kpis().gantt[1].setup_until == at(22_min));
  CHECK(r.world.kpis().gantt[2].setup_until == at(32_min));
}

TEST_CASE("fab: a step's own setup time comes before the tables") {
  Model m = setups("xyyx");
  m.groups[0].ranking = {Rank::fifo};
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}};
  m.steps[2].setup_time = 30_min;  // y
  m.steps[1].setup_time = 0_min;   // x: none, though the tables say 5
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.gantt(0) == "x 0s-10m, y 10m-50m, y 50m-1h, x 1h-1h10m");
}

TEST_CASE("fab: what needs no setup goes first, where the ranking says so") {
  Model m = setups("xyx");
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}};
  SUBCASE("setup, then first come") {
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "L0_1 T#1 0s, L2_1 T#1 15m, L1_1 T#1 25m");
  }
  SUBCASE("priority before that") {
    m.streams[1].priority = 1;
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "L0_1 T#1 0s, L1_1 T#1 15m, L2_1 T#1 30m");
  }
}

TEST_CASE("fab: a setup stays for its minimum run") {
  Model m = setups("xyxyxy");
  m.setup_changes = {{0, 1, 5_min}, {0, 2, 5_min}};
  m.groups[0].ranking = {Rank::fifo};
  SUBCASE("not asked for") {
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts ==
          "L0_1 T#1 0s, L1_1 T#1 15m, L2_1 T#1 30m, L3_1 T#1 45m, L4_1 T#1 1h, "
          "L5_1 T#1 1h15m");
  }
  SUBCASE("two lots of x") {
    m.groups[0].keeps_setup = true;
    m.setups[1].minimum_run = 2;
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "L0_1 T#1 0s, L2_1 T#1 15m, L1_1 T#1 25m, L3_1 T#1 40m, L4_1 T#1 50m");
    CHECK(r.world.waiting(0).size() == 1);  // one x is not enough
  }
  SUBCASE("five lots of x: y waits as long as there are three") {
    m.groups[0].keeps_setup = true;
    m.setups[1].minimum_run = 5;
    Run r(std::move(m));
    r.until(5_h);
    CHECK(r.starts == "L0_1 T#1 0s, L2_1 T#1 15m, L4_1 T#1 25m");
    CHECK(r.world.waiting(0).size() == 3);
  }
}

TEST_CASE("fab: minimum runs count the lots of a batch") {
  Model m;
  m.groups = {tools("T")};
  m.groups[0].keeps_setup = true;
  m.groups[0].ranking = {Rank::fifo};
  m.setups = {{}, {"x", 2}, {"y", 1}};
  Step x = batch_step("x", 0, 10_min, 20, 40), y = step("y", 0, 10_min);
  x.setup = 1;
  y.setup = 2;
  add_product(m, "x", {x});
  add_product(m, "y", {y});
  for (const auto& [name, released] : {std::pair{"A", 0_min}, {"B", 0_min}, {"D", 2_min}})
    add_lot(m, name, released).wafers = 20;
  add_lot(m, "C", 1_min, 1);
  Run r(std::move(m));
  r.until(5_h);
  CHECK(r.starts == "A_1+B_1 T#1 0s, C_1 T#1 10m, D_1 T#1 20m");
}

}  // namespace
}  // namespace dure::fab
