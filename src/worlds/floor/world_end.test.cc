// When a floor that names no end is over.
#include "kernel/archive.h"
#include "worlds/floor/echo_world.h"
#include "worlds/floor/rules.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

Time at_s(double s) { return Time{} + from_seconds(s); }

// Seven tasks, the last one released after 600 s; afterwards robots park.
Model seven(Motion motion) {
  Model m = drawn({"0.1.....", "........", "2......."});
  const uint32_t a = add_station(m, "a", {at(m, 0, 6), at(m, 0, 7)});
  add_station(m, "bay", {at(m, 2, 5), at(m, 2, 6), at(m, 2, 7)}, Station::park | Station::charge);
  for (const double s : {3.0, 8.0, 9.0, 600.0}) add_line(m, {at(m, 1, 1), at(m, 0, 3)}, at_s(s));
  Source s;
  s.name = "s";
  s.chain = {{a}};
  s.gap = Distribution::exponential(60);
  s.count = 3;
  m.sources.push_back(s);
  m.motion = motion;
  m.film.interval = 1_s;
  m.end = Time::never();
  if (motion == Motion::steps) return m;
  m.stations[a].service = Distribution::constant(9);
  RobotType& t = m.types[0];
  t.battery_wh = 100;
  t.drive_wh_per_m = 0.1;
  t.idle_w = 100;  // empty after an hour
  t.charge_w = 800;
  t.mtbf = Distribution::exponential(400);
  t.mttr = Distribution::exponential(40);
  m.closures.push_back({at(m, 2, 1), at_s(10), at_s(20)});
  return m;
}

TEST_CASE("without an end a floor is over when nothing is left to do") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    Model m = seven(motion);
    World w(finished(m));
    Rules rules{PolicyKeys{}};
    run(w, rules, at_s(599));
    CHECK(w.next_event_time() < Time::never());
    run(w, rules, at_s(86'400));
    CHECK(w.kpis().done == 7);
    CHECK(w.next_event_time() == Time::never());
    CHECK(w.consistent());
    for (uint32_t r = 0; r < 3 && motion == Motion::steps; ++r)
      CHECK(w.model().station_of[w.vertex(r)] == 1);  // parked
    // However it is cut.
    World cut(w.shared_model());
    Rules again{PolicyKeys{}};
    while (cut.next_event_time() < Time::never()) run(cut, again, cut.next_event_time());
    CHECK(cut.now() < at_s(900));
    run(cut, again, at_s(86'400));
    CHECK(digest_of(cut) == digest_of(w));

    // With one it goes on till then: batteries drain, robots fail, the film shows them.
    m.end = at_s(86'400);
    World on(finished(m));
    run(on, Rules{PolicyKeys{}}, at_s(86'400));
    CHECK(on.next_event_time() < Time::never());
    CHECK(on.kpis().done == 7);
    if (motion == Motion::drive) CHECK(on.kpis().failures > w.kpis().failures + 20);
  }
}

TEST_CASE("without an end a floor is over though its robots keep going to the charger") {
  Model m = seven(Motion::drive);
  m.stations[1] = m.stations[0];
  m.stations[1].name = "charger";
  m.stations[1].docks = {at(m, 2, 7)};
  m.stations[1].kinds = Station::charge;
  m.types[0].battery_wh = 10;
  World w(finished(m));
  run(w, Rules{PolicyKeys{}}, at_s(86'400));
  CHECK(w.kpis().done == 7);
  CHECK(w.next_event_time() == Time::never());
}

TEST_CASE("a floor with nothing to do is over at once, or after its warm-up") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    Model m = seven(motion);
    m.lines.clear();
    m.sources.clear();
    m.stations.pop_back();
    const auto ends = [&] {
      World w(finished(m));
      Rules rules{PolicyKeys{}};
      while (w.next_event_time() < Time::never()) run(w, rules, w.next_event_time());
      CHECK(w.kpis().since == w.model().start + w.model().warm_up);
      return w.now();
    };
    CHECK(ends() <= at_s(1));
    m.jam_after = 60_s;
    m.warm_up = 60_s;
    CHECK(ends() <= at_s(121));
    m.warm_up = 100_s;
    CHECK(ends() >= at_s(100));
    CHECK(ends() <= at_s(161));
  }
}

TEST_CASE("nothing is over while tasks or robots wait for something") {
  Model m = drawn({"0.1"});
  m.motion = Motion::drive;
  m.end = Time::never();
  add_line(m, {at(m, 0, 1)});
  World w(finished(std::move(m)));
  for (int i = 0; i < 500; ++i) {
    REQUIRE(w.advance(Time::never() - 1_s));
    w.act({});
  }
  World linked(finished(seven(Motion::drive)));
  auto pair = with_delay(std::move(linked), 100_ms);
  run(pair, OnFloor<Rules>{Rules{PolicyKeys{}}}, at_s(86'400));
  CHECK(pair.world<0>().kpis().done == 7);
  CHECK(pair.next_event_time() == Time::never());  // no frames either
}

}  // namespace
}  // namespace dure::floor
