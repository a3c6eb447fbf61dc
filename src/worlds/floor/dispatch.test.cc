#include "worlds/floor/dispatch.h"

#include <algorithm>
#include <numeric>

#include "worlds/floor/guidance.h"
#include "worlds/floor/plan_pibt.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

constexpr auto kTask = Order::Kind::task;
constexpr auto kGo = Order::Kind::go;
constexpr auto kNothing = Order::Kind::none;
constexpr AssignmentKind kAll[] = {AssignmentKind::nearest, AssignmentKind::matching,
                                   AssignmentKind::congestion};

Time at_s(double s) { return Time{} + from_seconds(s); }

PolicyKeys keys(AssignmentKind assignment) {
  PolicyKeys k;
  k.assignment = assignment;
  return k;
}

std::vector<Order> decide(const World& w, const PolicyKeys& k) {
  Distances distances(w.model().roads, plain_costs());
  Dispatcher d(w.model(), distances, k);
  std::vector<Order> orders;
  d.decide(w, orders);
  return orders;
}
std::vector<Order> decide(const World& w, AssignmentKind a) { return decide(w, keys(a)); }

// The next question, answered with orders alone.
void give(World& w, std::vector<Order> orders) {
  REQUIRE(w.advance(w.now() + w.model().tick + w.model().plan_period));
  w.act({{}, std::move(orders), {}});
  REQUIRE(!w.last().order);
}
// Until the next question, after which the world may be looked at.
void ask(World& w) { REQUIRE(w.advance(Time::never())); }

const Order* order_of(const std::vector<Order>& orders, uint32_t robot) {
  for (const Order& o : orders) {
    if (o.robot == robot) return &o;
  }
  return nullptr;
}
bool is(const Order* o, Order::Kind kind, uint32_t what = 0) {
  return o != nullptr && o->kind == kind && o->what == what;
}

uint32_t way(Distances& d, const World& w, uint32_t robot, uint32_t to) {
  return d.at(to, w.fleet().vertex[robot], w.fleet().heading[robot]);
}

TEST_CASE("dispatch: matching is the best of all assignments, nearest is not always") {
  uint32_t worse = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random{seed, 7, 0};
    const auto robots = 1 + static_cast<uint32_t>(random.below(5));
    const auto tasks = 1 + static_cast<uint32_t>(random.below(5));
    Model m = drawn({".........", ".##.#.##.", ".........", ".#..##.#.", "........."});
    std::vector<uint32_t> places(m.vertices());
    std::iota(places.begin(), places.end(), 0);
    random.shuffle(std::span(places));
    for (uint32_t r = 0; r < robots; ++r)
      m.robots.push_back({places[r], static_cast<uint32_t>(random.below(4)), 0, 1});
    for (uint32_t t = 0; t < tasks; ++t)
      add_line(m, {places[random.below(places.size())], places[random.below(places.size())]});
    World w(finished(std::move(m)));
    ask(w);
    Distances d(w.model().roads, plain_costs());
    const auto total = [&](const std::vector<Order>& orders) {
      uint32_t sum = 0;
      CHECK(orders.size() == std::min(robots, tasks));
      for (const Order& o : orders) {
        REQUIRE(o.kind == kTask);
        sum += way(d, w, o.robot, w.stop_vertex(w.task(w.find_task(o.what)), 0));
      }
      return sum;
    };
    // Every choice of tasks for robots (or robots for tasks), in every order.
    std::vector<uint32_t> larger(std::max(robots, tasks));
    std::iota(larger.begin(), larger.end(), 0);
    uint32_t best = ~0u;
    do {
      uint32_t sum = 0;
      for (uint32_t i = 0; i < std::min(robots, tasks); ++i) {
        const uint32_t r = robots < tasks ? i : larger[i], t = robots < tasks ? larger[i] : i;
        sum += way(d, w, r, w.stop_vertex(w.task(w.find_task(t)), 0));
      }
      best = std::min(best, sum);
    } while (std::next_permutation(larger.begin(), larger.end()));
    CHECK(total(decide(w, AssignmentKind::matching)) == best);
    const uint32_t greedy = total(decide(w, AssignmentKind::nearest));
    CHECK(greedy >= best);
    worse += greedy > best;
  }
  CHECK(worse > 3);
}

TEST_CASE("dispatch: nearest gives tasks out in turn, each to the nearest robot") {
  Model m = drawn({"0......1..", ".........."});
  add_line(m, {at(m, 0, 6)});
  add_line(m, {at(m, 0, 8)});
  World w(finished(std::move(m)));
  ask(w);
  // Robot 1 turns round for task 0, and robot 0 has far to go; the other way is 4 steps less.
  const auto nearest = decide(w, AssignmentKind::nearest);
  CHECK(is(order_of(nearest, 1), kTask, 0));
  CHECK(is(order_of(nearest, 0), kTask, 1));
  const auto matching = decide(w, AssignmentKind::matching);
  CHECK(is(order_of(matching, 0), kTask, 0));
  CHECK(is(order_of(matching, 1), kTask, 1));
}

TEST_CASE("dispatch: tasks that are not begun change hands when that saves way") {
  Model m = drawn({"0......1..", ".........."});
  add_line(m, {at(m, 0, 9), at(m, 1, 0)});
  add_line(m, {at(m, 0, 2), at(m, 1, 0)});
  World w(finished(std::move(m)));
  give(w, {{0, kTask, 0}, {1, kTask, 1}});
  ask(w);
  for (const AssignmentKind a : kAll) {
    const auto orders = decide(w, a);
    REQUIRE(orders.size() == 2);
    CHECK(is(order_of(orders, 0), kTask, 1));
    CHECK(is(order_of(orders, 1), kTask, 0));
    PolicyKeys fixed = keys(a);
    fixed.reassign = false;
    CHECK(decide(w, fixed).empty());
  }
  give(w, {{0, kTask, 1}, {1, kTask, 0}});
  ask(w);
  for (const AssignmentKind a : kAll) CHECK(decide(w, a).empty());  // all is well
}

TEST_CASE("dispatch: a task that is begun stays, and so does its robot") {
  Model m = drawn({"0.1.......", ".........."});
  add_line(m, {at(m, 0, 1), at(m, 0, 3)});
  add_line(m, {at(m, 0, 0)}, at_s(3));
  World w(finished(std::move(m)));
  give(w, {{0, kTask, 0}});
  ask(w);
  std::vector<Move> go = moves("FW");
  w.act({go, {}, {}});
  ask(w);
  REQUIRE(w.task(w.find_task(0)).opened());
  for (const AssignmentKind a : kAll) CHECK(decide(w, a).empty());
  give(w, {});
  give(w, {});
  ask(w);
  REQUIRE(w.find_task(1) != kNone);
  // Robot 0 is right beside it, robot 1 gets it.
  for (const AssignmentKind a : kAll) {
    const auto orders = decide(w, a);
    REQUIRE(orders.size() == 1);
    CHECK(is(&orders[0], kTask, 1));
    CHECK(orders[0].robot == 1);
  }
}

TEST_CASE("dispatch: nobody gets what it cannot carry") {
  for (const double payload : {5.0, 50.0}) {
    Model m = drawn({"0........1", ".........."});
    m.types.push_back(m.types[0]);
    m.types[0].payload_kg = 10;
    m.types[1].payload_kg = 100;
    m.robots[1].type = 1;
    add_line(m, {at(m, 0, 2)});
    m.lines[0].payload_kg = payload;
    World w(finished(std::move(m)));
    ask(w);
    for (const AssignmentKind a : kAll) {
      const auto orders = decide(w, a);
      REQUIRE(orders.size() == 1);
      CHECK(orders[0].robot == (payload > 10 ? 1 : 0));
    }
  }
}

TEST_CASE("dispatch: priorities first, whatever the way; a matching, then the age") {
  Model m = drawn({"0..........................", "..........................."});
  add_line(m, {at(m, 0, 20)});
  add_line(m, {at(m, 0, 2)});
  add_line(m, {at(m, 0, 1)}, at_s(60));
  const auto chosen = [&](double s, AssignmentKind a) {
    World w(finished(m));
    while (w.now() < at_s(s)) give(w, {});
    ask(w);
    const auto orders = decide(w, a);
    REQUIRE(orders.size() == 1);
    return orders[0].what;
  };
  CHECK(chosen(0, AssignmentKind::nearest) == 0);    // the first
  CHECK(chosen(0, AssignmentKind::matching) == 1);   // the nearest
  CHECK(chosen(61, AssignmentKind::matching) == 1);  // a minute is worth more than a step
  m.lines[0].priority = 1;
  for (const AssignmentKind a : kAll) CHECK(chosen(61, a) == 0);
  m.lines[2].priority = 2;
  for (const AssignmentKind a : kAll) CHECK(chosen(61, a) == 2);
  m.lines[0].priority = m.lines[2].priority = 0;
  m.lines[2].due = 20_s;  // in a hurry
  CHECK(chosen(61, AssignmentKind::matching) == 2);
}

TEST_CASE("dispatch: congestion counts crowded places as farther, matching does not") {
  Model m = drawn({"........123.....0................", "........456......................",
                   "................................."});
  m.types.push_back(m.types[0]);
  m.types[1].payload_kg = 1;
  for (uint32_t r = 1; r < 7; ++r) m.robots[r].type = 1;  // in the way, and of no use
  add_line(m, {at(m, 0, 13)});
  add_line(m, {at(m, 0, 24)});
  for (TaskLine& line : m.lines) line.payload_kg = 10;
  World w(finished(std::move(m)));
  ask(w);
  const auto matching = decide(w, AssignmentKind::matching);
  const auto congestion = decide(w, AssignmentKind::congestion);
  REQUIRE(matching.size() == 1);
  REQUIRE(congestion.size() == 1);
  CHECK(is(order_of(matching, 0), kTask, 0));
  CHECK(is(order_of(congestion, 0), kTask, 1));
}

TEST_CASE("dispatch: where a pool ends, what cannot be finished in time comes last") {
  Model m = drawn({"0.............................", ".............................."});
  add_line(m, {at(m, 0, 3), at(m, 0, 29), at(m, 0, 3), at(m, 0, 29)});
  add_line(m, {at(m, 0, 8), at(m, 0, 12)});
  m.pool = 2;
  const auto chosen = [&](double end_s) {
    Model ends = m;
    ends.end = at_s(end_s);
    World w(finished(std::move(ends)));
    ask(w);
    const auto orders = decide(w, AssignmentKind::matching);
    REQUIRE(orders.size() == 1);
    return orders[0].what;
  };
  CHECK(chosen(10'000) == 0);
  CHECK(chosen(60) == 1);
  // In drive motion it depends on how fast robots are, and a tick means nothing.
  m.motion = Motion::drive;
  m.tick = 1_h;
  CHECK(chosen(10'000) == 0);
  CHECK(chosen(150) == 1);
  m.types[0].speed_mps = 5;
  CHECK(chosen(150) == 0);
}

TEST_CASE("dispatch: hundreds of robots and tasks, of which only near pairs are looked at") {
  // Above 40,000 pairs. Everybody has a task beside it, and shall get it.
  constexpr uint32_t kSide = 64, kRobots = 256;
  Model m;
  set_grid(m, make_grid(kSide, kSide, std::vector<uint8_t>(kSide * kSide, 1)));
  for (uint32_t r = 0; r < kRobots; ++r)
    m.robots.push_back({r / 16 * 4 * kSide + r % 16 * 4, 0, 0, 1});
  std::vector<uint32_t> order(kRobots);
  std::iota(order.begin(), order.end(), 0);
  Random{3, 3, 0}.shuffle(std::span(order));
  for (const uint32_t r : order) add_line(m, {m.robots[r].vertex + 1});
  World w(finished(std::move(m)));
  ask(w);
  for (const AssignmentKind a : {AssignmentKind::matching, AssignmentKind::congestion}) {
    const auto orders = decide(w, a);
    REQUIRE(orders.size() == kRobots);
    uint32_t own = 0;
    for (uint32_t i = 0; i < kRobots; ++i) {
      CHECK(orders[i].robot == i);
      own += order[orders[i].what] == i;
    }
    CHECK(own == kRobots);
  }
}

// ---- charging and parking ----

Model driven(const std::vector<std::string>& rows) {
  Model m = drawn(rows);
  m.motion = Motion::drive;
  RobotType& t = m.types[0];
  t.battery_wh = 100;
  t.charge_w = 3600;
  t.idle_w = 0;
  return m;
}

TEST_CASE("dispatch: who is low gives its task back and goes to charge") {
  Model m = driven({"0..1.2....", "..........", ".........."});
  const uint32_t near = add_station(m, "near", {at(m, 2, 0)}, Station::charge);
  const uint32_t far = add_station(m, "far", {at(m, 2, 9)}, Station::charge);
  m.robots[0].battery = m.robots[1].battery = 0.2;
  add_line(m, {at(m, 0, 1)});
  const auto model = finished(std::move(m));
  for (const AssignmentKind a : kAll) {
    World w(model);
    give(w, {{0, kTask, 0}});
    ask(w);
    const auto orders = decide(w, a);
    REQUIRE(orders.size() == 3);
    CHECK(is(order_of(orders, 0), kGo, near));
    CHECK(is(order_of(orders, 1), kGo, far));  // where nobody goes yet
    CHECK(is(order_of(orders, 2), kTask, 0));
    w.act({{}, orders, {}});
    CHECK(!w.last().order);

    PolicyKeys brave = keys(a);
    brave.charge_below = 0.1;
    World other(model);
    ask(other);
    const auto taken = decide(other, brave);
    REQUIRE(taken.size() == 1);
    CHECK(is(order_of(taken, 0), kTask, 0));
  }
}

TEST_CASE("dispatch: at a charger a robot stays until it is nearly full") {
  Model m = driven({"0....", "....."});
  add_station(m, "c", {at(m, 0, 0)}, Station::charge);
  m.robots[0].battery = 0.25;
  add_line(m, {at(m, 1, 3)}, at_s(5));
  World w(finished(std::move(m)));
  // 1 Wh a second: 80 % after 55 s.
  for (int i = 0; i < 200 && w.task_of(0) == kNone; ++i) {
    REQUIRE(w.advance(Time::never()));
    const auto orders = decide(w, AssignmentKind::matching);
    for (const Order& o : orders) {
      if (o.kind == kTask) CHECK(w.battery(0) >= 0.8);
    }
    w.act({{}, orders, {}});
    REQUIRE(!w.last().order);
    if (w.battery(0) >= 0.99) break;
  }
  CHECK(w.battery(0) > 0.79);
  CHECK(w.task_of(0) != kNone);
}

TEST_CASE("dispatch: who has nothing to do goes to park, where there is room") {
  Model m = driven({"0.1.2.....", "..........", ".........."});
  const uint32_t two = add_station(m, "two", {at(m, 2, 0), at(m, 2, 1)}, Station::park);
  const auto model = finished(m);
  for (const AssignmentKind a : kAll) {
    World w(model);
    ask(w);
    const auto orders = decide(w, a);
    REQUIRE(orders.size() == 2);
    for (const Order& o : orders) CHECK(is(&o, kGo, two));
    w.act({{}, orders, {}});
    REQUIRE(!w.last().order);
    CHECK(decide(w, a).empty());  // they are on their way, and it is full
  }
  // A second one, farther off, for the third; and a task comes before.
  const uint32_t more = add_station(m, "more", {at(m, 2, 9)}, Station::park);
  World w(finished(m));
  ask(w);
  const auto orders = decide(w, AssignmentKind::matching);
  REQUIRE(orders.size() == 3);
  CHECK(is(order_of(orders, 2), kGo, more));
  add_line(m, {at(m, 1, 5)});
  World busy(finished(m));
  ask(busy);
  CHECK(is(order_of(decide(busy, AssignmentKind::matching), 2), kTask, 0));
}

// ---- what holds in every decision ----

// The dispatcher and a planner; every decision is looked at.
struct Inspected {
  Distances distances;
  Dispatcher dispatcher;
  PibtPlanner planner;
  Steps steps;
  uint32_t given = 0, gone = 0, taken_back = 0, down = 0, serving = 0, wrong = 0;

  Inspected(const Model& m, const PolicyKeys& k)
      : distances(m.roads, plain_costs()),
        dispatcher(m, distances, k),
        planner(m.roads, distances, {}) {}

  World::Action decide(const World& w, const World::Request&) {
    wrong += static_cast<bool>(w.last().order);
    World::Action out;
    dispatcher.decide(w, out.orders);
    planner.plan(w.fleet(), steps);
    out.moves = steps.moves;
    out.notes = steps.notes;
    for (uint32_t r = 0; r < w.robots(); ++r) {
      down += w.state(r) == RobotState::down;
      serving += w.state(r) == RobotState::service;
    }
    for (size_t i = 0; i < out.orders.size(); ++i) {
      const Order& o = out.orders[i];
      if (i > 0) wrong += out.orders[i - 1].robot >= o.robot;
      const RobotState state = w.state(o.robot);
      wrong += state == RobotState::service;
      wrong += state == RobotState::down && o.kind != kNothing;  // it only gives its task back
      const uint32_t slot = w.task_of(o.robot);
      wrong += slot != kNone && w.task(slot).opened();
      given += o.kind == kTask;
      gone += o.kind == kGo;
      taken_back += slot != kNone;
      if (o.kind == kNothing) wrong += slot == kNone;
      if (o.kind != kTask) continue;
      const uint32_t what = w.find_task(o.what);
      wrong += what == kNone || what == slot || w.task(what).opened();
    }
    return out;
  }
};

TEST_CASE("dispatch: no order to those that are down or at work, and none that is refused") {
  for (const AssignmentKind a : kAll) {
    Model m = driven({"0..1....4.", "..........", ".##.##.##.", "2.........", "....3...5."});
    const uint32_t pick = add_station(m, "pick", {at(m, 0, 9), at(m, 1, 9)});
    const uint32_t drop = add_station(m, "drop", {at(m, 4, 0), at(m, 4, 1)});
    add_station(m, "charge", {at(m, 4, 9), at(m, 3, 9)}, Station::charge);
    m.stations[pick].service = m.stations[drop].service = Distribution::exponential(15);
    RobotType& t = m.types[0];
    t.battery_wh = 20;
    t.drive_wh_per_m = 0.05;
    t.idle_w = 20;
    t.charge_w = 300;
    t.mtbf = Distribution::exponential(600);
    t.mttr = Distribution::exponential(60);
    Source s;
    s.name = "s";
    s.chain = {{pick, drop}, {drop}};
    s.gap = Distribution::exponential(25);
    s.due = 120_s;
    m.sources.push_back(s);
    const auto model = finished(std::move(m));
    World w(model);
    Inspected policy(*model, keys(a));
    run(w, policy, at_s(4 * 3600));
    CHECK(policy.wrong == 0);
    CHECK(policy.given > 100);
    CHECK(policy.gone > 5);
    CHECK(policy.taken_back > 5);
    CHECK(policy.down > 50);
    CHECK(policy.serving > 50);
    CHECK(w.kpis().order_faults == 0);
    CHECK(w.kpis().done > 50);
    CHECK(w.kpis().charged_wh > 0);
  }
}

}  // namespace
}  // namespace dure::floor
