// The world as a value: copies, snapshots, its books, the film; a day in which everything happens.
#include <cmath>

#include "kernel/archive.h"
#include "kernel/session.h"
#include "kernel/test_state.h"
#include "worlds/floor/echo_world.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;
using doctest::Approx;

Time at_s(double s) { return Time{} + from_seconds(s); }

// Orders of all kinds, at random and now and then wrong, and greedy moves. Keeps the random numbers
// by step, as a policy has no memory.
struct Whims {
  uint64_t seed = 1;
  World::Action decide(const World& w, const World::Request& request) const {
    Random random{seed, request.step};
    World::Action out;
    out.moves = Greedy::moves_for(w.fleet());
    for (uint32_t r = 0; r < w.robots(); ++r) {
      const bool free = w.task_of(r) == kNone && w.station_of(r) == kNone;
      if (!random.chance(free ? 0.3 : 0.01)) continue;
      if (random.chance(0.15) && !w.model().stations.empty()) {
        out.orders.push_back(
            {r, Order::Kind::go, static_cast<uint32_t>(random.below(w.model().stations.size()))});
      } else if (random.chance(0.1)) {
        out.orders.push_back({r, Order::Kind::none, 0});
      } else if (!w.pool().empty()) {
        const uint32_t slot = w.pool()[random.below(w.pool().size())];
        out.orders.push_back({r, Order::Kind::task, w.task(slot).id});
      }
    }
    if (random.chance(0.3)) out.notes.assign(w.robots(), static_cast<uint32_t>(request.step));
    if (random.chance(0.01)) out.moves[random.below(w.robots())] = Move::forward;
    return out;
  }
};

Model small(Motion motion) {
  Model m = drawn({"0..1...", ".......", "..#.#..", "2......", "...3..."});
  const uint32_t a = add_station(m, "a", {at(m, 0, 6), at(m, 1, 6)});
  const uint32_t b = add_station(m, "b", {at(m, 4, 0), at(m, 4, 1)});
  add_station(m, "park", {at(m, 4, 6), at(m, 4, 5)}, Station::park);
  add_line(m, {at(m, 1, 1), at(m, 3, 3), at(m, 3, 3)}, at_s(3));
  add_line(m, {at(m, 2, 3)}, at_s(50));
  Source s;
  s.name = "s";
  s.chain = {{a, b}, {b}};
  s.gap = Distribution::exponential(25);
  s.due = 60_s;
  s.priority = 2;
  m.sources.push_back(s);
  m.motion = motion;
  m.jam_after = 20_s;
  m.film.interval = 5_s;
  m.film.frames = 64;
  m.warm_up = 100_s;
  if (motion == Motion::steps) {
    m.delays.events = Delays::Events::poisson;
    m.delays.chance = 0.01;
    m.delays.max = 5;
    return m;
  }
  m.stations[a].service = Distribution::exponential(4);
  m.stations[b].service = Distribution::uniform(1, 3);
  m.stations[2].kinds |= Station::charge;
  RobotType& t = m.types[0];
  t.battery_wh = 30;
  t.drive_wh_per_m = 0.1;
  t.loaded_wh_per_m = 0.2;
  t.idle_w = 30;
  t.charge_w = 800;
  t.tow = 40_s;
  t.mtbf = Distribution::exponential(700);
  t.mttr = Distribution::exponential(30);
  t.turn = 1500_ms;
  m.types.push_back(t);
  m.types[1].speed_mps = 1.7;
  m.robots[2].type = 1;
  m.closures.push_back({at(m, 1, 3), at_s(100), at_s(200)});
  m.closures.push_back({at(m, 1, 3), at_s(150), at_s(300)});
  m.closures.push_back({at(m, 3, 2), at_s(400), at_s(900)});
  return m;
}

// Each vertex is taken up by at most one robot, and the states add up.
void check_books(const World& w) {
  std::vector<uint32_t> by(w.model().vertices(), kNone);
  const auto take = [&](uint32_t v, uint32_t r) {
    if (by[v] != kNone) FAIL("robots " << by[v] << " and " << r << " at " << w.now().seconds());
    by[v] = r;
  };
  for (uint32_t r = 0; r < w.robots(); ++r) {
    take(w.vertex(r), r);
    if (w.driving(r)) take(w.model().roads.to(w.vertex(r), w.heading(r)), r);
    const double share = w.battery(r);
    if (!(share >= 0 && share <= 1)) FAIL("a battery of " << share);
  }
  double total = 0;
  for (const double s : w.state_s()) total += s;
  double lasted = (w.now() - w.kpis().since).seconds();
  if (w.model().motion == Motion::steps) lasted = std::floor(lasted);  // ticks of a second
  if (std::fabs(total - lasted * w.robots()) > 1e-6 * (1 + total)) FAIL("robot-seconds " << total);
}

TEST_CASE("a day in which everything happens: the books hold at every event") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    uint64_t done = 0, failures = 0, towed = 0, faults = 0, charged = 0, deadlocks = 0;
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      Model m = small(motion);
      m.seed = seed;
      const auto model = finished(std::move(m));
      World w(model);
      const Whims whims{seed};
      for (;;) {
        const Time next = w.next_event_time();
        if (next > at_s(3000)) break;
        while (auto request = w.advance(next)) w.act(whims.decide(w, *request));
        check_books(w);
        if (w.events_handled() % 16 == 0) REQUIRE(w.consistent());
      }
      REQUIRE(w.consistent());
      done += w.kpis().done;
      failures += w.kpis().failures;
      towed += w.kpis().towed;
      faults += w.kpis().move_faults + w.kpis().order_faults;
      charged += w.kpis().charged_wh > 0;
      deadlocks += w.kpis().deadlocks;
      CHECK(w.kpis().on_time <= w.kpis().with_due);
      CHECK(w.kpis().film.spots.size() % w.robots() == 0);
      CHECK(w.kpis().film.spots.size() / w.robots() >= 32);
      CHECK(w.kpis().film.interval > 5_s);
    }
    CHECK(done > 100);
    CHECK(faults > 20);
    CHECK(deadlocks > 0);
    if (motion == Motion::steps) continue;
    CHECK(failures > 20);
    CHECK(towed > 5);
    CHECK(charged > 4);
  }
}

TEST_CASE("copied, cut and resumed runs are the straight run") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    const auto model = finished(small(motion));
    World straight(model);
    run(straight, Whims(), at_s(1000));

    World cut(model);
    for (double s = 0; s <= 1000; s += 12.8) run(cut, Whims(), at_s(s));
    run(cut, Whims(), at_s(1000));
    CHECK(digest_of(cut) == digest_of(straight));

    World first(model);
    run(first, Whims(), at_s(333.3));
    World copy = first;
    StateWriter saved;
    saved(first);
    World restored(model);
    StateReader r(saved.bytes());
    r(restored);
    REQUIRE(r.finished());
    REQUIRE(restored.consistent());
    run(first, Whims{7}, at_s(900));
    CHECK(digest_of(first) != digest_of(straight));
    run(copy, Whims(), at_s(1000));
    run(restored, Whims(), at_s(1000));
    CHECK(digest_of(copy) == digest_of(straight));
    CHECK(digest_of(restored) == digest_of(straight));
  }
}

TEST_CASE("a floor that starts on a date is consistent from the first event on") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    Model m = small(motion);
    m.sources.resize(std::min<size_t>(1, m.sources.size()));
    const Duration later = 20'000_d;
    m.start += later;
    if (m.end < Time::never()) m.end += later;
    for (TaskLine& line : m.lines) line.release += later;
    for (Closure& c : m.closures) {
      c.from += later;
      if (c.until < Time::never()) c.until += later;
    }
    World w(finished(std::move(m)));
    REQUIRE(w.consistent());
    for (int i = 0; i < 300; ++i) {
      auto request = w.advance(w.next_event_time());
      REQUIRE(w.consistent());
      if (request) w.act(Whims().decide(w, *request));
      REQUIRE(w.consistent());
    }
  }
}

TEST_CASE("states that are forged or of another floor are refused") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    const auto model = finished(small(motion));
    World w(model);
    run(w, Whims(), at_s(500));
    StateWriter saved;
    saved(w);

    Model larger = small(motion);
    larger.robots.push_back({at(larger, 2, 0), 0, 0, 1});
    World other(finished(std::move(larger)));
    StateReader into_other(saved.bytes());
    into_other(other);
    CHECK(!other.consistent());

    // One byte wrong anywhere, most of them in figures that may be anything; among the first are
    // the events. Read without harm, and what is not refused can go on.
    StateWriter head;
    const auto first_parts = [&](auto&... parts) {
      size_t i = 0;
      const auto one = [&](auto& part) {
        if (i++ < 6) head(part);
      };
      (one(parts), ...);
    };
    World(w).fields(first_parts);
    Random random{3, 3};
    int refused = 0, refused_events = 0;
    for (int i = 0; i < 4500; ++i) {
      std::string bytes = saved.bytes();
      const bool event = i % 3 == 0;
      bytes[random.below(event ? head.bytes().size() : bytes.size())] ^=
          static_cast<char>(1 + random.below(255));
      World forged(model);
      StateReader r(bytes);
      r(forged);
      const bool bad = !r.finished() || !forged.consistent();
      (event ? refused_events : refused) += bad;
      if (!bad && forged.now() < at_s(1000)) run(forged, Whims(), forged.now() + 30_s);
    }
    CHECK(refused > 30);
    CHECK(refused_events > 300);
  }
}

TEST_CASE("a state with the events of another is refused") {
  for (const Motion motion : {Motion::drive, Motion::steps}) {
    const auto model = finished(small(motion));
    World w(model);
    run(w, Whims(), at_s(300));
    World later = w;
    run(later, Whims(), at_s(320));
    constexpr size_t kEvents = 5;  // of fields()
    CHECK(consistent_with<kEvents>(w, w));
    CHECK(consistent_with<kEvents>(later, later));
    CHECK(!consistent_with<kEvents>(later, w));
    CHECK(!consistent_with<kEvents>(w, later));
  }
}

TEST_CASE("a session saves, restores and replays the floor") {
  const auto model = finished(small(Motion::drive));
  const auto report = [](const World&) { return Report{}; };
  const auto open = [&] {
    return SessionOf<World, Whims>("floor", World(model), Whims(), "whims", Time{}, at_s(600),
                                   report);
  };
  auto a = open();
  a.advance(at_s(200), nullptr);
  const Snapshot s = a.snapshot();
  a.advance(at_s(600), nullptr);
  auto b = open();
  REQUIRE(b.restore(s, "x.snap"));
  b.advance(at_s(600), nullptr);
  CHECK(a.digest() == b.digest());
}

TEST_CASE("a film shows all robots at equal intervals, however long the run") {
  Model m = drawn({"0.1", "..."});
  m.film.interval = 1_s;
  m.film.frames = 8;
  m.cell_m = 2;
  World w(finished(std::move(m)));
  run(w, Greedy(), at_s(7));
  CHECK(w.kpis().film.spots.size() == 8 * 2);
  CHECK(w.kpis().film.spots[1].x_mm == 5000);
  CHECK(w.kpis().film.spots[1].y_mm == 1000);
  run(w, Greedy(), at_s(8));
  CHECK(w.kpis().film.interval == 2_s);
  CHECK(w.kpis().film.spots.size() == 5 * 2);  // 0, 2, 4, 6, 8 s
  run(w, Greedy(), at_s(100));
  CHECK(w.kpis().film.interval == 16_s);
  CHECK(w.kpis().film.spots.size() == 7 * 2);
}

TEST_CASE("a film has as many frames as fit, and of ticks no more than there are") {
  Model m;
  constexpr uint32_t kSide = 60;
  set_grid(m, make_grid(kSide, kSide, std::vector<uint8_t>(kSide * kSide, 1)));
  for (uint32_t r = 0; r < 3000; ++r) m.robots.push_back({r, 0, 0, 1});
  m.film.interval = 1_s;
  m.film.frames = 600;
  CHECK(World(finished(m)).kpis().film.capacity == (1u << 20) / 3000 / 2 * 2);
  m.film.frames = 100;
  CHECK(World(finished(m)).kpis().film.capacity == 100);

  Model ticks = drawn({"0.1"});
  ticks.tick = 500_ms;
  for (const auto& [asked, made] : {std::pair{100_ms, 500_ms}, {500_ms, 500_ms}, {700_ms, 1_s}}) {
    ticks.film.interval = asked;
    World w(finished(ticks));
    run(w, Greedy(), at_s(3));
    CHECK(w.kpis().film.interval == made);
    CHECK(w.kpis().film.spots.size() == 2 * (1 + static_cast<size_t>(3_s / made)));
    CHECK(w.consistent());
  }
}

TEST_CASE("a film of driving robots shows them between places") {
  Model m = drawn({"0...."});
  m.motion = Motion::drive;
  m.types[0].accel_mps2 = INFINITY;
  m.plan_period = 100_ms;
  m.film.interval = 500_ms;
  add_line(m, {at(m, 0, 4)});
  World w(finished(std::move(m)));
  run(w, Greedy(), at_s(3));
  const auto& spots = w.kpis().film.spots;
  REQUIRE(spots.size() == 7);
  CHECK(spots[0].x_mm == 500);
  CHECK(spots[1].x_mm == 900);  // told at 0.1 s, a metre a second
  CHECK(spots[4].x_mm == 2400);
  CHECK(spots[4].state == static_cast<uint16_t>(RobotState::drive_empty));
}

TEST_CASE("models that cannot be are refused in a sentence") {
  const auto refused = [](auto change, const char* key) {
    Model m = small(Motion::drive);
    change(m);
    const auto r = m.finish();
    REQUIRE(!r);
    CHECK(r.error().key == key);
  };
  refused([](Model& m) { m.robots[1].vertex = m.robots[0].vertex; }, "robot 1");
  refused([](Model& m) { m.robots[3].vertex = 99; }, "robot 3");
  refused([](Model& m) { m.robots.clear(); }, "robots");
  refused([](Model& m) { m.stations[1].docks[0] = m.stations[0].docks[0]; }, "station b");
  refused([](Model& m) { m.stations[1].docks.clear(); }, "station b");
  refused([](Model& m) { m.types[1].speed_mps = 0; }, "robot ");
  refused([](Model& m) { m.types[1].charge_w = 0; }, "robot ");
  refused([](Model& m) { m.lines[1].stops = 0; }, "task 1");
  refused([](Model& m) { m.lines[1].payload_kg = 1e10; }, "task 1");
  refused([](Model& m) { m.stops[0].vertex = 99; }, "task");
  refused([](Model& m) { m.sources[0].chain.clear(); }, "source s");
  refused([](Model& m) { m.sources[0].gap = Distribution(); }, "source s");
  refused([](Model& m) { m.closures[0].until = m.closures[0].from; }, "closure");
  refused([](Model& m) { m.max_pending = 0; }, "max_pending");
  refused([](Model& m) { m.plan_period = 0_s; }, "plan_period");
  refused([](Model& m) { m.film.frames = 7; }, "film");
  refused([](Model& m) { m.cell_m = -1; }, "cell");
  refused([](Model& m) { m.delays.events = Delays::Events::poisson; }, "delays");
  refused([](Model& m) { m.end = m.start; }, "end");
  refused([](Model& m) { m.motion = Motion::steps; }, "station a");
}

TEST_CASE("everything that shapes a run is in the model's digest") {
  const auto digest = [](auto change) {
    Model m = small(Motion::drive);
    change(m);
    REQUIRE(m.finish());
    return m.digest();
  };
  const uint64_t base = digest([](Model&) {});
  CHECK(base == digest([](Model&) {}));
  CHECK(base != digest([](Model& m) { m.seed = 2; }));
  CHECK(base != digest([](Model& m) { m.robots[0].heading = 1; }));
  CHECK(base != digest([](Model& m) { m.types[0].turn = 1_s; }));
  CHECK(base != digest([](Model& m) { m.types[0].mttr = Distribution::constant(9); }));
  CHECK(base != digest([](Model& m) { m.stations[0].service = Distribution::constant(9); }));
  CHECK(base != digest([](Model& m) { m.sources[0].chain[0] = {1}; }));
  CHECK(base != digest([](Model& m) { m.lines[0].priority = 1; }));
  CHECK(base != digest([](Model& m) { m.closures[0].until += 1_s; }));
  CHECK(base != digest([](Model& m) { m.command_deadline += 1_s; }));
  CHECK(base != digest([](Model& m) { m.cell_m = 2; }));
}

}  // namespace
}  // namespace dure::floor
