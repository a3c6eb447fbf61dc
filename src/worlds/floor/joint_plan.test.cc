#include "worlds/floor/joint_plan.h"

#include "worlds/floor/test_planner.h"

namespace dure::floor {
namespace {

TEST_CASE("moves and patience survive the note") {
  Moves moves = kAllWait;
  moves = with_move(moves, 0, Move::forward);
  moves = with_move(moves, 3, Move::left);
  moves = with_move(moves, 11, Move::right);
  CHECK(move_at(moves, 0) == Move::forward);
  CHECK(move_at(moves, 1) == Move::wait);
  const uint32_t n = note(moves, 41, true);
  CHECK(noted_moves(n) == moves);
  CHECK(noted_patience(n) == 41);
  CHECK(noted_stopgap(n));
  CHECK_FALSE(noted_stopgap(note(moves, 63, false)));
  // Beyond what fits, and where nothing was noted, all wait.
  CHECK(noted_moves(note(with_move(moves, 12, Move::forward), 0, false)) == moves);
  CHECK(noted_moves(0) == kAllWait);
  CHECK_FALSE(noted_stopgap(0));
  CHECK(cut(moves, 3) == with_move(kAllWait, 0, Move::forward));
  CHECK(cut(moves, 16) == moves);
}

// Any plans at all, cut, are valid at every move, and plans that collide with nobody stay.
TEST_CASE("what is left after cutting collides nowhere") {
  Random random{3, 1, 0};
  for (int round = 0; round < 200; ++round) {
    TestFloor floor(TestFloor::random_rows(9, 9, 0.1, 4),
                    static_cast<uint32_t>(5 + random.below(45)),
                    100 + static_cast<uint64_t>(round));
    floor.rings = round % 2 == 0;
    const uint32_t window = 1 + static_cast<uint32_t>(random.below(16));
    for (uint32_t r = 0; r < floor.robots(); ++r) {
      floor.notes.push_back(note(static_cast<Moves>(random.bits()), 0, false));
      floor.held[r] = random.chance(0.1);
    }
    JointPlan plan(window);
    const Fleet fleet = floor.fleet();
    const uint32_t kept = plan.begin(fleet);
    CHECK(kept <= window);
    std::vector<std::vector<uint32_t>> at(window + 1);
    uint32_t wrong = 0;
    for (uint32_t t = 0; t <= window; ++t) {
      at[t].assign(floor.grid.roads.vertices(), kNoVertex);
      for (uint32_t r = 0; r < floor.robots(); ++r) {
        wrong += at[t][plan.path(r)[t]] != kNoVertex;
        at[t][plan.path(r)[t]] = r;
      }
    }
    for (uint32_t r = 0; r < floor.robots(); ++r) {
      const uint32_t* const p = plan.path(r);
      wrong += floor.held[r] && plan.moves(r) != kAllWait;
      for (uint32_t t = 0; t < window; ++t) {
        const uint32_t before = at[t][p[t + 1]];
        if (p[t] == p[t + 1] || before == kNoVertex) continue;
        wrong += plan.path(before)[t + 1] == p[t] || !floor.rings;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("plans that collide with nobody are kept as noted") {
  TestFloor floor({"....", "...."}, 2, 1);
  floor.vertex = {0, 3};
  floor.heading = {0, 2};
  const Moves two = with_move(with_move(kAllWait, 0, Move::forward), 1, Move::forward);
  JointPlan plan(4);
  floor.notes = {note(cut(two, 1), 0, false), note(cut(two, 1), 0, false)};
  Fleet fleet = floor.fleet();
  CHECK(plan.begin(fleet) == 4);
  CHECK(plan.path(0)[4] == 1);
  // In the second move they exchange places.
  floor.notes = {note(two, 0, false), note(two, 0, false)};
  fleet = floor.fleet();
  CHECK(plan.begin(fleet) == 1);
  CHECK(plan.path(0)[4] == 1);
  CHECK(plan.path(1)[4] == 2);
  floor.held = {1, 0};
  fleet = floor.fleet();
  CHECK(plan.begin(fleet) == 0);
  CHECK(plan.path(0)[4] == 0);
  CHECK(plan.path(1)[4] == 1);
}

TEST_CASE("patience grows while a robot comes no nearer and ends at its goal") {
  TestFloor floor({"......"}, 1, 1);
  floor.vertex = {0};
  floor.heading = {0};
  floor.goal = {3};
  Distances distances(floor.grid.roads, {});
  JointPlan plan(3);
  Steps steps;
  const auto after = [&](uint32_t patience, Moves moves) {
    floor.notes = {note(kAllWait, patience, false)};
    const Fleet fleet = floor.fleet();
    plan.begin(fleet);
    plan.change(0, moves);
    plan.finish(distances, false, steps);
    return noted_patience(steps.notes[0]);
  };
  const Moves forward = with_move(kAllWait, 0, Move::forward);
  CHECK(after(5, kAllWait) == 6);
  CHECK(after(5, with_move(kAllWait, 0, Move::left)) == 6);
  CHECK(after(kMostPatience, kAllWait) == kMostPatience);
  CHECK(after(5, forward) == 4);
  CHECK(after(0, forward) == 0);
  floor.vertex = {2};
  CHECK(after(5, forward) == 0);
  floor.goal = {kNoVertex};
  CHECK(after(5, kAllWait) == 0);
}

}  // namespace
}  // namespace dure::floor
