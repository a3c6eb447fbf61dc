#include "worlds/floor/collisions.h"

#include "kernel/archive.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

uint64_t seen(const Roadmap& roads, const std::vector<std::array<uint32_t, 3>>& robots) {
  TickAudit audit(roads), backwards(roads);
  for (const auto& r : robots) audit.went(r[0], r[1], r[2]);
  for (auto r = robots.rbegin(); r != robots.rend(); ++r) backwards.went((*r)[0], (*r)[1], (*r)[2]);
  CHECK(audit.collisions() == backwards.collisions());
  return audit.collisions();
}

TEST_CASE(
    "collisions: two at a place, two that pass each other; not those who follow or go round") {
  const Model m = drawn({"...", "..."});  // 0 1 2 / 3 4 5; east, south, west, north
  const Roadmap& roads = m.roads;
  CHECK(seen(roads, {{0, 1, 0}, {1, 2, 0}, {2, 5, 1}}) == 0);
  CHECK(seen(roads, {{0, 1, 0}, {1, 4, 1}, {4, 3, 2}, {3, 0, 3}}) == 0);
  CHECK(seen(roads, {{0, 0, 0}, {1, 1, 2}, {5, 4, 2}}) == 0);
  CHECK(seen(roads, {{0, 1, 0}, {1, 1, 2}}) == 1);
  CHECK(seen(roads, {{0, 1, 0}, {2, 1, 2}, {4, 1, 3}}) == 2);
  CHECK(seen(roads, {{0, 1, 0}, {1, 0, 2}, {2, 2, 0}}) == 1);
  CHECK(seen(roads, {{0, 3, 1}, {3, 0, 3}, {1, 4, 1}, {4, 1, 3}}) == 2);
}

TEST_CASE("collisions: lanes of a road map lead back in any heading") {
  std::vector<uint32_t> next(3 * kHeadings, kNoVertex);
  next[0 * kHeadings + 1] = 1;
  next[1 * kHeadings + 1] = 2;
  next[1 * kHeadings + 0] = 0;
  next[2 * kHeadings + 3] = 1;
  const Roadmap roads = make_roadmap(std::move(next));
  CHECK(seen(roads, {{0, 1, 1}, {1, 0, 0}}) == 1);
  CHECK(seen(roads, {{0, 1, 1}, {1, 2, 1}}) == 0);
  CHECK(seen(roads, {{1, 2, 1}, {2, 1, 3}}) == 1);
}

// Makes a state that no run comes to: changes the first of the world's parts of type T.
template <class T>
void forge(World& w, auto change) {
  bool done = false;
  const auto one = [&](auto& part) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(part)>, T>) {
      if (!done) change(part);
      done = true;
    }
  };
  const auto visit = [&](auto&... parts) { (one(parts), ...); };
  w.fields(visit);
  REQUIRE(done);
}

TEST_CASE("collisions: a world in steps sees two robots at a place, however they came there") {
  Model m = drawn({"0.1.", "...."});
  m.warm_up = 2_s;
  World w(finished(std::move(m)));
  const auto step = [&] {
    REQUIRE(w.advance(w.now() + 1_s));
    w.act({moves("RW"), {}, {}});
    REQUIRE(!w.advance(w.now() + 1_s));
  };
  step();
  CHECK(w.kpis().collisions == 0);
  forge<std::vector<uint32_t>>(w, [](auto& vertex) { vertex[1] = vertex[0]; });
  CHECK(!w.consistent());
  step();
  CHECK(w.kpis().collisions == 1);  // not forgotten with the warm-up
  step();
  CHECK(w.kpis().collisions == 2);
}

TEST_CASE("collisions: a world in drive motion sees a robot enter what is taken") {
  Model m = drawn({"01..", "...."});
  m.motion = Motion::drive;
  m.plan_period = 100_ms;
  add_line(m, {at(m, 0, 3)});
  World w(finished(std::move(m)));
  REQUIRE(w.advance(w.now()));
  forge<DriveState>(w, [](DriveState& s) { s.robots[1].down = 1; });  // it will not leave
  w.act({moves("FF"), {{0, Order::Kind::task, 0}}, {}});
  REQUIRE(!w.last().move);
  World wrong = w;
  forge<DriveState>(wrong, [](DriveState& s) { s.robots[0].granted = 1; });
  for (World* floor : {&w, &wrong}) {
    for (int i = 0; i < 30; ++i) {
      REQUIRE(floor->advance(Time{} + 1_h));
      floor->act({});
    }
  }
  CHECK(w.kpis().collisions == 0);
  CHECK(wrong.kpis().collisions == 1);
}

}  // namespace
}  // namespace dure::floor
