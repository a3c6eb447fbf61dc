// Motion in continuous time: times, the order of visits, no two robots in one place.
#include <algorithm>
#include <cmath>

#include "kernel/archive.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;
using doctest::Approx;

Time at_s(double s) { return Time{} + from_seconds(s); }

Model driven(const std::vector<std::string>& rows) {
  Model m = drawn(rows);
  m.motion = Motion::drive;
  m.plan_period = 10_ms;
  m.max_pending = 32;
  m.types[0].speed_mps = 1;
  m.types[0].accel_mps2 = 0.5;
  m.types[0].turn = 3_s;
  return m;
}

// Each vertex is taken up by at most one robot.
void check_places(const World& w) {
  std::vector<uint32_t> by(w.model().vertices(), kNone);
  const auto take = [&](uint32_t v, uint32_t r) {
    REQUIRE(v != kNoVertex);
    if (by[v] != kNone) FAIL("robots " << by[v] << " and " << r << " at " << w.now().seconds());
    by[v] = r;
  };
  for (uint32_t r = 0; r < w.robots(); ++r) {
    take(w.vertex(r), r);
    if (w.driving(r)) take(w.model().roads.to(w.vertex(r), w.heading(r)), r);
  }
}

// Runs event by event.
template <class P>
void run_checked(World& w, P& policy, Time until) {
  for (;;) {
    const Time next = w.next_event_time();
    if (next > until) break;
    while (auto request = w.advance(next)) w.act(policy.decide(w, *request));
    check_places(w);
  }
  CHECK(w.consistent());
}

TEST_CASE("a robot drives as fast as it may and turns where it stands") {
  Model m = driven({"0.....", "#####.", "#####."});
  m.cell_m = 1.5;
  add_line(m, {at(m, 2, 5)});
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(100));
  // 7.5 m: 2 s up to 1 m/s in 1 m, 5.5 m, 2 s and 1 m down; a turn; 3 m: 2 s, 1 m, 2 s.
  const double time = (2 + 5.5 + 2) + 3 + (2 + 1 + 2);
  REQUIRE(w.kpis().done == 1);
  // The task is given at once, the first move with the next answer.
  CHECK(Duration{w.kpis().completion.max()}.seconds() == Approx(0.01 + time).epsilon(1e-7));
  CHECK(w.kpis().empty_m == Approx(10.5));
  CHECK(w.kpis().turns == 1);
  const auto s = w.state_s();
  CHECK(s[static_cast<size_t>(RobotState::drive_empty)] == Approx(time).epsilon(1e-7));
  CHECK(s[static_cast<size_t>(RobotState::idle)] == Approx(100 - 0.01 - time).epsilon(1e-7));
}

TEST_CASE("who is told late brakes in time") {
  Model m = driven({"0......"});
  m.plan_period = 4_s;  // one vertex at a time
  add_line(m, {at(m, 0, 6)});
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(60));
  // Each lane takes 2 sqrt(2) s from standing to standing, and the next word comes after 4 s.
  CHECK(Duration{w.kpis().completion.max()}.seconds() == Approx(24 + 2 * std::sqrt(2.0)));
}

TEST_CASE("a robot enters when the one before it has left, and in the order told") {
  Model m = driven({"01...."});
  add_line(m, {at(m, 0, 4)});
  add_line(m, {at(m, 0, 5)});
  World w(finished(std::move(m)));
  Greedy policy;
  run_checked(w, policy, at_s(60));
  CHECK(w.kpis().done == 2);
  CHECK(w.kpis().deadlocks == 0);
  CHECK(w.vertex(0) == at(w.model(), 0, 4));
}

TEST_CASE("places between two vertices") {
  Model m = driven({"0.."});
  add_line(m, {at(m, 0, 2)});
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(1.01));
  CHECK(w.driving(0));
  CHECK(w.place(0).x == Approx(0.5 + 0.25));
  CHECK(w.place(0).y == Approx(0.5));
  run(w, policy, at_s(2.01));
  CHECK(w.place(0).x == Approx(0.5 + 1));
  run(w, policy, at_s(10));
  CHECK(w.place(0).x == Approx(2.5));
  CHECK(!w.driving(0));
}

// Random moves that are valid: a robot's move is taken when nothing says no.
struct AnyMoves {
  Random random;
  uint64_t steps = 0;

  World::Action decide(const World& w, const World::Request&) {
    World::Action out;
    const Fleet f = w.fleet();
    out.moves.assign(f.robots(), Move::wait);
    if (steps == 0) return out;
    --steps;
    std::vector<uint32_t> order(f.robots()), to(f.vertex.begin(), f.vertex.end());
    for (uint32_t r = 0; r < f.robots(); ++r) order[r] = r;
    random.shuffle(std::span(order));
    std::vector<uint32_t> taken(f.roads->vertices(), 0);  // who ends there
    for (const uint32_t v : f.vertex) ++taken[v];
    // Following is possible when the one ahead has gone first; so no rings come about.
    for (const uint32_t r : order) {
      if (f.held[r] || random.chance(0.1)) continue;
      if (random.chance(0.35)) {
        out.moves[r] = random.chance(0.5) ? Move::right : Move::left;
        continue;
      }
      const uint32_t next = f.roads->to(f.vertex[r], f.heading[r]);
      if (next == kNoVertex || taken[next] > 0) continue;
      --taken[f.vertex[r]];
      ++taken[next];
      out.moves[r] = Move::forward;
      // Not against somebody who has just come from there.
      for (uint32_t q = 0; q < f.robots(); ++q) {
        if (q == r || f.vertex[q] != next || to[q] != f.vertex[r]) continue;
        ++taken[f.vertex[r]];
        --taken[next];
        out.moves[r] = Move::wait;
      }
      if (out.moves[r] == Move::forward) to[r] = next;
    }
    return out;
  }
};

TEST_CASE("any valid plan is driven to its end, without collisions") {
  uint64_t moves = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random{seed, 3};
    Model m = driven({"0.1.2.", "3.4.5.", ".#..#.", "6.7.8."});
    m.max_pending = 1 + static_cast<uint32_t>(random.below(9));
    m.plan_period = Duration{static_cast<int64_t>(random.uniform(0.05, 3) * 1e9)};
    m.types[0].accel_mps2 = random.chance(0.3) ? INFINITY : random.uniform(0.2, 3);
    m.types[0].speed_mps = random.uniform(0.3, 3);
    m.types.push_back(m.types[0]);
    m.types[1].speed_mps = random.uniform(0.3, 3);
    m.types[1].turn = random.chance(0.3) ? 0_s : 700_ms;
    for (Robot& r : m.robots) r.type = static_cast<uint32_t>(random.below(2));
    // A goal far away for all, so that questions come.
    for (int i = 0; i < 9; ++i) add_line(m, {at(m, 3, 5)});
    const auto model = finished(std::move(m));
    World w(model);
    FirstFree first;
    REQUIRE(w.advance({}));
    w.act({{}, first(w), {}});
    AnyMoves policy{random, 200};
    run_checked(w, policy, at_s(1000));
    REQUIRE(policy.steps == 0);
    CHECK(w.kpis().move_faults == 0);
    for (uint32_t r = 0; r < w.robots(); ++r) {
      REQUIRE(w.pending(r) == 0);
      REQUIRE(w.vertex(r) == w.fleet().vertex[r]);
      REQUIRE(w.heading(r) == w.fleet().heading[r]);
    }
    moves += w.kpis().moves;
  }
  CHECK(moves > 5000);
}

TEST_CASE("robots that drive to and fro, and come no nearer, are in a deadlock") {
  struct Swings {
    World::Action decide(const World& w, const World::Request& request) const {
      World::Action out;
      out.moves = {w.held(0) ? Move::wait : request.step % 3 ? Move::right : Move::forward};
      out.orders = FirstFree()(w);
      return out;
    }
  };
  Model m = driven({".0.", "...", "#.#", "#.#", "#.#"});
  m.jam_after = 30_s;
  m.max_pending = 1;
  add_line(m, {at(m, 4, 1)});
  World w(finished(std::move(m)));
  run(w, Swings(), at_s(200));
  CHECK(w.kpis().moves > 10);
  CHECK(w.kpis().move_faults == 0);
  CHECK(w.kpis().deadlocks == 1);
}

TEST_CASE("rings, and moves of robots that are held, are refused") {
  Model m = driven({"01", "32"});
  for (uint32_t r = 0; r < 4; ++r) m.robots[r].heading = r;
  m.max_pending = 1;
  World w(finished(std::move(m)));
  REQUIRE(w.advance({}));
  CHECK(!w.fleet().rings);
  w.act({moves("FFFF"), {}, {}});
  CHECK(w.last().move.kind == Fault::Kind::ring);
  CHECK(w.last().move.robot == 0);
  CHECK(w.vertex(0) == w.fleet().vertex[0]);
  CHECK(w.consistent());

  Model one = driven({"0.."});
  one.max_pending = 1;
  add_line(one, {at(one, 0, 2)});
  World v(finished(std::move(one)));
  REQUIRE(v.advance({}));
  v.act({moves("F"), {{0, Order::Kind::task, 0}}, {}});
  CHECK(!v.last().move);
  REQUIRE(!v.advance(at_s(0.5)));  // it can do nothing with an answer
  CHECK(v.pending(0) == 1);
  REQUIRE(v.advance(at_s(10)));
  CHECK(v.pending(0) == 0);
}

TEST_CASE("questions stop when there is nothing to do, and come with the next task") {
  Model m = driven({"0..."});
  m.plan_period = 1_s;
  add_line(m, {at(m, 0, 1)});
  add_line(m, {at(m, 0, 3)}, at_s(1000.5));
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(1000));
  CHECK(w.kpis().done == 1);
  CHECK(w.kpis().decisions < 12);
  run(w, policy, at_s(2000));
  CHECK(w.kpis().done == 2);
  CHECK(w.kpis().decisions < 30);
  CHECK(w.kpis().pickup.max() > (500_ms).ns);  // the question came at 1001 s
}

}  // namespace
}  // namespace dure::floor
