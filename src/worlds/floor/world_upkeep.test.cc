// Stops and docks, batteries, failures, closures, stale commands.
#include <cmath>

#include "kernel/archive.h"
#include "worlds/floor/echo_world.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;
using doctest::Approx;

Time at_s(double s) { return Time{} + from_seconds(s); }
double in(const World& w, RobotState s) { return w.state_s()[static_cast<size_t>(s)]; }

Model driven(const std::vector<std::string>& rows) {
  Model m = drawn(rows);
  m.motion = Motion::drive;
  m.plan_period = 100_ms;
  m.types[0].accel_mps2 = INFINITY;
  m.types[0].turn = 1_s;
  return m;
}
Source& add_source(Model& m, std::vector<std::vector<uint32_t>> chain, Distribution gap,
                   uint64_t count = ~uint64_t{0}) {
  Source s;
  s.name = "s";
  s.chain = std::move(chain);
  s.gap = std::move(gap);
  s.count = count;
  m.sources.push_back(s);
  return m.sources.back();
}

// A policy that gives these orders in turn, one a question, and moves greedily.
struct Scripted {
  std::vector<std::vector<Order>> orders;
  size_t next = 0;
  World::Action decide(const World& w, const World::Request&) {
    World::Action out;
    out.moves = Greedy::moves_for(w.fleet());
    if (next < orders.size()) out.orders = orders[next++];
    return out;
  }
};

TEST_CASE("a robot stands at a stop for as long as the service takes") {
  Model m = driven({"0...", "...."});
  const uint32_t a = add_station(m, "a", {at(m, 0, 2)});
  m.stations[a].service = Distribution::constant(7);
  const uint32_t b = add_station(m, "b", {at(m, 0, 3)});
  m.stations[b].service = Distribution::constant(5);
  add_source(m, {{a}, {b}}, Distribution::constant(10), 1).due = 20_s;
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(10 + 0.1 + 2 + 1));
  CHECK(w.state(0) == RobotState::service);
  CHECK(w.held(0));
  CHECK(!w.carrying(0));
  run(w, policy, at_s(100));
  REQUIRE(w.kpis().done == 1);
  // Given at 10 s, told at 10.1 s; 2 m, 7 s, 1 m, 5 s; the second way is told with the next answer
  // after 19.1 s.
  CHECK(Duration{w.kpis().completion.max()}.seconds() == Approx(0.1 + 2 + 7 + 1 + 5).epsilon(0.01));
  CHECK(Duration{w.kpis().pickup.max()}.seconds() == Approx(2.1));
  CHECK(in(w, RobotState::service) == Approx(12));
  CHECK(w.kpis().loaded_m == Approx(1));
  CHECK(w.kpis().empty_m == Approx(2));
  CHECK(w.kpis().on_time == 1);
  CHECK(w.kpis().tardiness.max() == 0);
}

TEST_CASE("robots take the dock with the fewest robots, their own first") {
  Model m = driven({"0123", "....", "...."});
  const uint32_t a = add_station(m, "a", {at(m, 2, 0), at(m, 0, 2), at(m, 2, 1)});
  m.stations[a].service = Distribution::constant(1000);
  for (int i = 0; i < 4; ++i) add_source(m, {{a}}, Distribution::constant(0), 1);
  World w(finished(std::move(m)));
  const auto given = [&](std::vector<Order> orders) {
    REQUIRE(w.advance(w.now() + 1_s));
    w.act({{}, std::move(orders), {}});
    CHECK(!w.last().order);
  };
  constexpr auto task = Order::Kind::task;
  given({{0, task, 0}});
  CHECK(w.goal_of(0) == at(w.model(), 2, 0));  // robot 2 stands on the second
  given({{1, task, 1}});
  CHECK(w.goal_of(1) == at(w.model(), 2, 1));
  given({{2, task, 2}});
  CHECK(w.goal_of(2) == at(w.model(), 0, 2));  // its own
  CHECK(w.state(2) == RobotState::service);
  given({{3, task, 3}});
  CHECK(w.goal_of(3) == at(w.model(), 2, 0));  // all have one: the first
  // Robot 2 is at work: its task stays. The others may be exchanged; 0 leaves its dock.
  given({{0, Order::Kind::none, 0}});
  CHECK(w.goal_of(0) == kNoVertex);
  REQUIRE(w.advance(w.now() + 1_s));
  w.act({{}, {{2, Order::Kind::none, 0}}, {}});
  CHECK(w.last().order.kind == Fault::Kind::opened);
  CHECK(w.consistent());
}

TEST_CASE("what is too heavy is refused") {
  Model m = driven({"01.."});
  m.types.push_back(m.types[0]);
  m.types[0].payload_kg = 10;
  m.types[1].payload_kg = 100;
  m.robots[1].type = 1;
  add_line(m, {at(m, 0, 3)});
  m.lines[0].payload_kg = 50;
  World w(finished(std::move(m)));
  REQUIRE(w.advance({}));
  w.act({{}, {{0, Order::Kind::task, 0}}, {}});
  CHECK(w.last().order.kind == Fault::Kind::too_heavy);
  REQUIRE(w.advance(at_s(1)));
  w.act({{}, {{1, Order::Kind::task, 0}}, {}});
  CHECK(!w.last().order);
}

TEST_CASE("batteries drain with way, load and time, and are charged") {
  Model m = driven({"0....."});
  RobotType& t = m.types[0];
  t.battery_wh = 100;
  t.drive_wh_per_m = 2;
  t.loaded_wh_per_m = 6;
  t.payload_kg = 10;
  t.idle_w = 36;  // 0.01 Wh a second
  t.charge_w = 3600;
  add_line(m, {at(m, 0, 1), at(m, 0, 3)});
  m.lines[0].payload_kg = 5;
  World w(finished(std::move(m)));
  Scripted policy{{{{0, Order::Kind::task, 0}}}};
  run(w, policy, at_s(20));
  REQUIRE(w.kpis().done == 1);
  CHECK(w.battery(0) * 100 == Approx(100 - 2 - 2 * 4 - 20 * 0.01));
  CHECK(w.energy_wh() == Approx(10 + 20 * 0.01));
  run(w, policy, at_s(100));
  CHECK(w.energy_wh() == Approx(10 + 100 * 0.01));
  CHECK(w.charged_wh() == 0);
  CHECK(w.battery(0) * 100 == Approx(100 - 10 - 100 * 0.01));
}

TEST_CASE("a robot is charged until it is full, then free") {
  Model m = driven({"0....."});
  RobotType& t = m.types[0];
  t.battery_wh = 100;
  t.drive_wh_per_m = 2;
  t.charge_w = 3600;
  m.robots[0].battery = 0.5;
  const uint32_t charger = add_station(m, "charger", {at(m, 0, 5)}, Station::charge);
  World w(finished(std::move(m)));
  Scripted policy{{{{0, Order::Kind::go, charger}}}};
  run(w, policy, at_s(30));
  CHECK(w.state(0) == RobotState::charge);
  CHECK(w.held(0));
  CHECK(w.battery(0) * 100 == Approx(40 + 30 - 5.1));
  CHECK(w.charged_wh() == Approx(30 - 5.1));
  CHECK(w.energy_wh() == Approx(10));
  run(w, policy, at_s(200));
  CHECK(w.battery(0) == 1);
  CHECK(w.state(0) == RobotState::idle);
  CHECK(w.station_of(0) == kNone);
  CHECK(in(w, RobotState::charge) == Approx(60));
  CHECK(w.kpis().charged_wh == Approx(60));
  CHECK(w.kpis().energy_wh == Approx(10));
}

TEST_CASE("a robot whose battery is empty stands until it is towed") {
  Model m = driven({"0....................."});
  RobotType& t = m.types[0];
  t.battery_wh = 10;
  t.drive_wh_per_m = 1;
  t.charge_w = 1;
  t.tow = 100_s;
  t.towed_share = 0.5;
  add_line(m, {at(m, 0, 20)});
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(50));
  CHECK(w.state(0) == RobotState::down);
  CHECK(w.battery(0) == 0);
  CHECK(w.vertex(0) == at(w.model(), 0, 10));
  CHECK(w.kpis().towed == 1);
  run(w, policy, at_s(1000));
  CHECK(w.kpis().towed == 3);  // after 10, 15 and 20 m
  CHECK(in(w, RobotState::down) == Approx(300));
  CHECK(w.kpis().energy_wh == Approx(20));

  Model idle = driven({"0."});
  idle.types[0].battery_wh = 1;
  idle.types[0].idle_w = 10;
  idle.types[0].tow = 1_h;
  World v(finished(std::move(idle)));
  run(v, policy, at_s(7 * 60));
  CHECK(v.state(0) == RobotState::down);  // empty after 6 min
}

TEST_CASE("a robot that fails stops as soon as it can, and blocks until it is repaired") {
  Model m = driven({"0............................."});
  m.types[0].accel_mps2 = 0.25;  // from 1 m/s it needs 2 m to stop
  m.max_pending = 16;
  m.types[0].mtbf = Distribution::constant(12.5);
  m.types[0].mttr = Distribution::constant(30);
  m.plan_period = 10_ms;
  add_line(m, {at(m, 0, 25)});
  World w(finished(std::move(m)));
  Greedy policy;
  // Told from 0.01 s on: 2 m in 4 s, then 1 m/s: at 12.5 s it is at 10.49 m, and decides at 11 m.
  run(w, policy, at_s(12.6));
  CHECK(w.state(0) == RobotState::drive_empty);
  run(w, policy, at_s(18));
  CHECK(w.state(0) == RobotState::down);
  CHECK(w.vertex(0) == at(w.model(), 0, 13));
  CHECK(w.kpis().failures == 1);
  run(w, policy, at_s(46));
  CHECK(w.state(0) == RobotState::down);
  run(w, policy, at_s(48));  // down since 0.01 + 13 + 4 s
  CHECK(w.state(0) == RobotState::drive_empty);
  run(w, policy, at_s(200));
  CHECK(w.kpis().done == 1);
}

TEST_CASE("a failure at a stop interrupts the service") {
  Model m = driven({"0."});
  const uint32_t a = add_station(m, "a", {at(m, 0, 0)});
  m.stations[a].service = Distribution::constant(100);
  m.types[0].mtbf = Distribution::constant(40);
  m.types[0].mttr = Distribution::constant(7);
  add_source(m, {{a}}, Distribution::constant(0), 1);
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(500));
  CHECK(Duration{w.kpis().completion.max()}.seconds() == Approx(114));  // failed at 40 and 87
}

TEST_CASE("two policies meet the same failures, tasks and services") {
  Model m = driven({"01..", "....", "...."});
  const uint32_t a = add_station(m, "a", {at(m, 2, 0), at(m, 2, 1)});
  const uint32_t b = add_station(m, "b", {at(m, 2, 3)});
  m.stations[a].service = Distribution::exponential(5);
  m.types[0].mtbf = Distribution::exponential(200);
  m.types[0].mttr = Distribution::exponential(20);
  add_source(m, {{a, b}}, Distribution::exponential(30));
  const auto model = finished(std::move(m));
  World w(model), v(model);
  Greedy greedy;
  struct Nothing {
    World::Action decide(const World&, const World::Request&) { return {}; }
  } nothing;
  run(w, greedy, at_s(3000));
  run(v, nothing, at_s(3000));
  CHECK(w.kpis().done > 10);
  CHECK(v.kpis().done == 0);
  CHECK(w.kpis().released == v.kpis().released);
  CHECK(w.kpis().failures > 10);
  for (const uint32_t slot : w.pool()) {
    const Task& t = w.task(slot);
    const uint32_t other = v.find_task(t.id);
    REQUIRE(other != kNone);
    CHECK(v.task(other).released == t.released);
    CHECK(w.stop(t, 0).station == v.stop(v.task(other), 0).station);
  }
}

TEST_CASE("nobody enters a closed place, and those who wait go on when it opens") {
  Model m = driven({"0....."});
  m.max_pending = 16;
  const uint32_t gate = at(m, 0, 3);
  m.closures.push_back({gate, at_s(1), at_s(40)});
  m.closures.push_back({gate, at_s(30), at_s(50)});
  add_line(m, {at(m, 0, 5)});
  World w(finished(std::move(m)));
  Greedy policy;
  run(w, policy, at_s(20));
  CHECK(w.vertex(0) == at(w.model(), 0, 2));
  CHECK(w.state(0) == RobotState::wait);
  CHECK(w.closed()[gate] == 1);
  CHECK(w.waited()[at(w.model(), 0, 2)] == 1790);  // since 2.1 s, in units of 10 ms
  CHECK(w.consistent());
  run(w, policy, at_s(49));
  CHECK(w.vertex(0) == at(w.model(), 0, 2));
  run(w, policy, at_s(60));
  CHECK(w.closed()[gate] == 0);
  CHECK(w.waited()[at(w.model(), 0, 2)] == 4790);
  CHECK(w.kpis().waited == w.waited());
  CHECK(w.kpis().done == 1);
  CHECK(Duration{w.kpis().completion.max()}.seconds() == Approx(53));
}

TEST_CASE("frames go out staggered and come back as commands; nothing is sent without a link") {
  Model m = driven({"0.1"});
  m.frame_period = 100_ms;
  const auto model = finished(std::move(m));
  World alone(model);
  Greedy policy;
  run(alone, policy, at_s(1));
  CHECK(alone.outbox().messages().empty());

  World linked(model);
  linked.outbox().open(sensor_frame_out.number);
  run(linked, policy, at_s(0.999));
  const auto& sent = linked.outbox().messages();
  REQUIRE(sent.size() == 20);
  CHECK(sent[0].time == at_s(0));
  CHECK(sent[1].time == at_s(0.05));
  CHECK(sent[3].as(sensor_frame_out).robot == 1);
  CHECK(sent[3].as(sensor_frame_out).frame == 1);
  CHECK(sent[3].as(sensor_frame_out).sensed == at_s(0.15));
}

TEST_CASE("a robot stops when its command is too old and goes on with a fresh one") {
  Model m = driven({"0..............................."});
  m.types[0].accel_mps2 = 0.5;  // 1 m to stop
  m.max_pending = 16;
  m.plan_period = 10_ms;
  m.command_deadline = 5_s;
  add_line(m, {at(m, 0, 30)});
  World w(finished(std::move(m)));
  w.outbox().open(sensor_frame_out.number);
  Greedy policy;
  // 1 m in 2 s, then 1 m/s: at 5.01 s it passes 4 m and knows that its command is too old.
  run(w, policy, at_s(20));
  CHECK(w.vertex(0) == at(w.model(), 0, 5));
  CHECK(w.state(0) == RobotState::stale);
  CHECK(w.kpis().safety_stops == 1);
  const auto command = [&](double sensed) {
    w.receive(make_message(w.now(), command_in, Command{0, at_s(sensed), 0, 0}));
  };
  command(14);  // too old as well
  CHECK(w.state(0) == RobotState::stale);
  CHECK(w.kpis().safety_stops == 1);
  command(13);
  CHECK(w.kpis().old_commands == 1);
  command(18);
  CHECK(w.state(0) == RobotState::drive_empty);
  run(w, policy, at_s(40));
  CHECK(w.kpis().safety_stops == 2);
  CHECK(w.state(0) == RobotState::stale);
  CHECK(w.consistent());
}

TEST_CASE("commands that are late but in time change nothing, later ones stop the floor") {
  Model m = driven({"0...", "....", "...1"});
  const uint32_t a = add_station(m, "a", {at(m, 0, 3), at(m, 2, 0)});
  m.stations[a].service = Distribution::constant(1);
  const uint32_t b = add_station(m, "b", {at(m, 1, 1), at(m, 1, 2)});
  add_source(m, {{a}, {b}}, Distribution::exponential(12));
  m.frame_period = 100_ms;
  m.command_deadline = 500_ms;
  const auto model = finished(std::move(m));
  World alone(model);
  run(alone, Greedy(), at_s(600));
  CHECK(alone.kpis().done > 20);
  const auto delayed = [&](Duration delay) {
    auto pair = with_delay(World(model), delay);
    OnFloor<Greedy> policy;
    run(pair, policy, at_s(600));
    return pair.world<0>();
  };
  const World fine = delayed(390_ms);
  CHECK(fine.kpis().done == alone.kpis().done);
  CHECK(fine.kpis().completion.sum() == alone.kpis().completion.sum());
  CHECK(fine.kpis().safety_stops == 0);
  const World slow = delayed(470_ms);
  CHECK(slow.kpis().safety_stops > 10);
  CHECK(slow.kpis().completion.mean() > alone.kpis().completion.mean());
  CHECK(in(slow, RobotState::stale) > 1);
  const World stuck = delayed(600_ms);
  CHECK(stuck.kpis().done == 0);
  CHECK(stuck.kpis().safety_stops == 2);
}

}  // namespace
}  // namespace dure::floor
