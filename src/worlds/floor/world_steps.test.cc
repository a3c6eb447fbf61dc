// Motion in steps against the rules: what is refused, what is done, in which order.
#include <algorithm>
#include <map>

#include "kernel/archive.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;
using Kind = Fault::Kind;

Time at_s(int64_t s) { return Time{s * 1'000'000'000}; }

// One step with these moves and orders.
void step(World& w, std::string_view letters, std::vector<Order> orders = {}) {
  const Time next = w.now() + w.model().tick;
  REQUIRE(w.advance(next));
  w.act({moves(letters), std::move(orders), {}});
  REQUIRE(!w.advance(next));
  CHECK(w.now() == next);
}

bool is(const Fault& f, Kind kind, uint32_t robot, uint32_t other = kNone) {
  return f.kind == kind && f.robot == robot && f.other == other;
}

TEST_CASE("robots turn and go where they look") {
  World w(finished(drawn({"0..", "..."})));
  step(w, "F");
  CHECK(w.vertex(0) == at(w.model(), 0, 1));
  step(w, "R");
  CHECK(w.heading(0) == 1);
  step(w, "F");
  CHECK(w.vertex(0) == at(w.model(), 1, 1));
  step(w, "R");
  step(w, "F");
  CHECK(w.vertex(0) == at(w.model(), 1, 0));
  step(w, "C");
  CHECK(w.heading(0) == 1);
  CHECK(w.kpis().moves == 3);
  CHECK(w.kpis().turns == 3);
  CHECK(w.kpis().move_faults == 0);
}

TEST_CASE("one invalid move makes the whole team wait") {
  World w(finished(drawn({"0..1", "2#.."})));
  SUBCASE("off the map: the turn of another is not made either") {
    step(w, "RFR");
    CHECK(is(w.last().move, Kind::unallowed, 1));
    CHECK(w.heading(0) == 0);
  }
  SUBCASE("into a wall") {
    step(w, "RWF");
    CHECK(is(w.last().move, Kind::unallowed, 2));
  }
  SUBCASE("into a place that is kept") {
    step(w, "WCW");
    step(w, "WCW");  // 1 looks west
    step(w, "FFW");
    CHECK(is(w.last().move, Kind::vertex, 1, 0) == false);  // they stand next to each other
    CHECK(!w.last().move);
    step(w, "FWW");
    CHECK(is(w.last().move, Kind::vertex, 1, 0));
    step(w, "WFW");
    CHECK(is(w.last().move, Kind::vertex, 1, 0));
    step(w, "FFW");
    CHECK(is(w.last().move, Kind::edge, 1, 0));
    CHECK(w.kpis().move_faults == 3);
  }
  SUBCASE("the wrong number of moves") {
    step(w, "FF");
    CHECK(w.last().move.kind == Kind::size);
    CHECK(w.vertex(0) == at(w.model(), 0, 0));
    step(w, "");
    CHECK(!w.last().move);
  }
}

TEST_CASE("robots follow each other and go round rings") {
  Model m = drawn({"01", "32"});
  m.robots[0].heading = 0;
  m.robots[1].heading = 1;
  m.robots[2].heading = 2;
  m.robots[3].heading = 3;
  World w(finished(std::move(m)));
  step(w, "FFFF");
  CHECK(!w.last().move);
  CHECK(w.vertex(0) == at(w.model(), 0, 1));
  CHECK(w.vertex(3) == at(w.model(), 0, 0));
}

TEST_CASE("an assignment takes effect before errands are done, one errand a step") {
  Model m = drawn({"0..1"});
  const uint32_t a = at(m, 0, 0), b = at(m, 0, 1);
  add_line(m, {a, a, b});
  add_line(m, {b});
  m.pool = 2;
  World w(finished(std::move(m)));
  CHECK(w.pool().size() == 2);
  step(w, "WW", {{0, Order::Kind::task, 0}});
  REQUIRE(w.last().errands.size() == 1);
  CHECK(w.last().errands[0].errand == 1);
  CHECK(w.carrying(0));
  step(w, "WW");
  REQUIRE(w.last().errands.size() == 1);
  CHECK(w.last().errands[0].errand == 2);
  CHECK(w.goal_of(0) == b);
  CHECK(w.last().revealed == 0);
  step(w, "FW");
  REQUIRE(w.last().errands.size() == 1);
  CHECK(w.last().errands[0].finished == 1);
  CHECK(w.task_of(0) == kNone);
  CHECK(w.last().first_revealed == 2);
  CHECK(w.last().revealed == 1);
  CHECK(w.find_task(0) == kNone);
  CHECK(w.task(w.find_task(2)).number == 0);  // the lines go round
  CHECK(w.task(w.find_task(2)).released == at_s(3));
  CHECK(w.kpis().done == 1);
  CHECK(w.kpis().errands == 3);
  CHECK(w.kpis().completion.max() == (3_s).ns);
  CHECK(w.kpis().pickup.max() == (1_s).ns);
}

TEST_CASE("errands are done though the moves are refused") {
  Model m = drawn({"0."});
  add_line(m, {at(m, 0, 0)});
  m.pool = 1;
  World w(finished(std::move(m)));
  step(w, "C");
  step(w, "F", {{0, Order::Kind::task, 0}});
  CHECK(is(w.last().move, Kind::unallowed, 0));
  CHECK(w.last().errands.size() == 1);
}

TEST_CASE("the first thing that is wrong with an assignment refuses all of it") {
  Model m = drawn({"0123", "...."});
  for (uint32_t c = 0; c < 4; ++c) add_line(m, {at(m, 1, c), at(m, 0, c)});
  add_line(m, {at(m, 0, 0), at(m, 1, 0)});
  m.pool = 5;
  World w(finished(std::move(m)));
  constexpr auto task = Order::Kind::task;
  step(w, "WWWW", {{0, task, 4}, {2, task, 1}});  // 0 stands on its first errand
  REQUIRE(w.last().errands.size() == 1);

  const auto refused = [&](std::vector<Order> orders) {
    const uint64_t before = w.kpis().order_faults;
    const auto robots = std::array{w.task_of(0), w.task_of(1), w.task_of(2), w.task_of(3)};
    step(w, "WWWW", std::move(orders));
    CHECK(w.kpis().order_faults == before + 1);
    CHECK((robots == std::array{w.task_of(0), w.task_of(1), w.task_of(2), w.task_of(3)}));
    return w.last().order;
  };
  CHECK(is(refused({{1, task, 0}, {3, task, 9}}), Kind::finished, 3));
  CHECK(is(refused({{1, task, 0}, {3, task, 0}}), Kind::taken, 3, 1));
  CHECK(is(refused({{1, task, 1}}), Kind::taken, 2, 1));  // 2 keeps it and comes later
  CHECK(is(refused({{3, task, 1}}), Kind::taken, 3, 2));
  CHECK(is(refused({{1, task, 4}}), Kind::taken, 1, 0));
  CHECK(is(refused({{0, task, 0}}), Kind::opened, 0, 0));
  CHECK(is(refused({{0, Order::Kind::none, 0}}), Kind::opened, 0, 0));
  CHECK(is(refused({{0, task, 99}, {1, task, 98}}), Kind::finished, 0));
  CHECK(is(refused({{1, task, 1}, {2, Order::Kind::none, 0}, {3, task, 1}}), Kind::taken, 3, 1));
  CHECK(is(refused({{2, Order::Kind::go, 0}}), Kind::no_station, 2));
  CHECK(is(refused({{2, task, 0}, {1, task, 1}}), Kind::size, 1));
  CHECK(is(refused({{4, task, 0}}), Kind::size, 4));

  // Not opened: swapped, dropped, and given again, at will.
  step(w, "WWWW", {{1, task, 1}, {2, task, 0}});
  CHECK(!w.last().order);
  CHECK(w.task(w.task_of(1)).id == 1);
  CHECK(w.task(w.task_of(2)).id == 0);
  step(w, "WWWW", {{0, task, 4}, {1, Order::Kind::none, 0}, {3, task, 1}});
  CHECK(!w.last().order);
  CHECK(w.task_of(1) == kNone);
  CHECK(w.goal_of(1) == kNoVertex);
  CHECK(w.goal_of(3) == at(w.model(), 1, 1));
}

// The rules once more, word for word, on cells.
class Naive {
 public:
  struct Task {
    std::vector<uint32_t> cells;
    size_t done = 0;
  };
  explicit Naive(const Model& m) : model_(m) {
    for (const Robot& r : m.robots) {
      cell.push_back(m.cell_of[r.vertex]);
      heading.push_back(r.heading);
      task.push_back(-1);
    }
    reveal();
  }

  void step(const std::vector<Move>& moves, const std::vector<int64_t>& proposed) {
    const size_t n = cell.size();
    auto to = cell;
    auto turned = heading;
    for (size_t i = 0; i < n; ++i) {
      if (moves[i] == Move::right) turned[i] = (heading[i] + 1) % 4;
      if (moves[i] == Move::left) turned[i] = (heading[i] + 3) % 4;
      if (moves[i] != Move::forward) continue;
      const uint32_t row = cell[i] / model_.width, column = cell[i] % model_.width;
      const int64_t dr[] = {0, 1, 0, -1}, dc[] = {1, 0, -1, 0};
      const int64_t r = row + dr[heading[i]], c = column + dc[heading[i]];
      const bool inside = r >= 0 && c >= 0 && r < model_.height && c < model_.width;
      to[i] = inside ? static_cast<uint32_t>(r * model_.width + c) : ~0u;
    }
    move_fault = {};
    for (uint32_t i = 0; i < n && !move_fault; ++i) {
      const bool free =
          std::find(model_.cell_of.begin(), model_.cell_of.end(), to[i]) != model_.cell_of.end();
      if (!free) move_fault = {Kind::unallowed, i};
      for (uint32_t j = 0; j < i && !move_fault; ++j) {
        if (to[i] == to[j]) move_fault = {Kind::vertex, i, j};
      }
      for (uint32_t j = 0; j < i && !move_fault; ++j) {
        if (to[i] == cell[j] && to[j] == cell[i]) move_fault = {Kind::edge, i, j};
      }
    }
    if (!move_fault) {
      cell = to;
      heading = turned;
    }
    order_fault = {};
    for (uint32_t i = 0; i < n && !order_fault; ++i) {
      const int64_t id = proposed[i];
      if (id != -1 && pool.count(id) == 0) order_fault = {Kind::finished, i};
      for (uint32_t j = 0; j < i && !order_fault; ++j) {
        if (id != -1 && id == proposed[j]) order_fault = {Kind::taken, i, j};
      }
      if (!order_fault && task[i] != -1 && pool.at(task[i]).done > 0 && id != task[i])
        order_fault = {Kind::opened, i, i};
    }
    if (!order_fault) task = proposed;
    for (size_t i = 0; i < n; ++i) {
      if (task[i] == -1) continue;
      Task& t = pool.at(task[i]);
      if (t.cells[t.done] != cell[i]) continue;
      if (++t.done < t.cells.size()) continue;
      pool.erase(task[i]);
      task[i] = -1;
      ++finished;
    }
    reveal();
  }

  std::vector<uint32_t> cell, heading;
  std::vector<int64_t> task;
  std::map<int64_t, Task> pool;
  Fault move_fault, order_fault;
  uint64_t finished = 0;

 private:
  void reveal() {
    for (; pool.size() < model_.pool; ++next_) {
      const TaskLine& line = model_.lines[static_cast<size_t>(next_) % model_.lines.size()];
      Task& t = pool[next_];
      for (uint32_t k = 0; k < line.stops; ++k)
        t.cells.push_back(model_.cell_of[model_.stops[line.first + k].vertex]);
    }
  }
  const Model& model_;
  int64_t next_ = 0;
};

bool same(const Fault& a, const Fault& b) {
  return a.kind == b.kind && a.robot == b.robot && a.other == b.other;
}

TEST_CASE("random moves and assignments, valid or not, come out as by the rules") {
  uint64_t faults[16] = {}, finished_tasks = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random{seed, 7};
    Model m = drawn({"0.1.2", ".#...", "3..#4", "....."});
    for (int i = 0; i < 7; ++i) {
      std::vector<uint32_t> stops(1 + random.below(3));
      for (uint32_t& s : stops) s = static_cast<uint32_t>(random.below(m.vertices()));
      add_line(m, stops);
    }
    m.pool = 1 + static_cast<uint32_t>(random.below(8));
    const auto model = finished(std::move(m));
    World w(model);
    Naive naive(*model);
    for (int t = 0; t < 120; ++t) {
      // Mostly the greedy's moves, so that something happens; sometimes anything.
      auto next = random.chance(0.7) ? Greedy::moves_for(w.fleet()) : moves("WWWWW");
      for (Move& move : next) {
        if (random.chance(0.15)) move = static_cast<Move>(random.below(4));
        if (random.chance(0.2)) move = Move::forward;
      }
      std::vector<int64_t> proposed = naive.task;
      World::Action action{next, {}, {}};
      for (uint32_t r = 0; r < w.robots(); ++r) {
        if (!random.chance(0.25)) continue;
        const int64_t id = static_cast<int64_t>(random.below(w.released() + 1)) - 1;
        proposed[r] = id;
        action.orders.push_back({r, id < 0 ? Order::Kind::none : Order::Kind::task,
                                 static_cast<uint32_t>(std::max<int64_t>(id, 0))});
      }
      REQUIRE(w.advance(w.now() + 1_s));
      w.act(action);
      REQUIRE(!w.advance(w.now() + 1_s));
      naive.step(next, proposed);
      ++faults[static_cast<size_t>(naive.move_fault.kind)];
      ++faults[static_cast<size_t>(naive.order_fault.kind)];
      if (!same(w.last().move, naive.move_fault)) FAIL("moves at step " << t << " of " << seed);
      if (!same(w.last().order, naive.order_fault)) FAIL("orders at step " << t << " of " << seed);
      REQUIRE(w.pool().size() == naive.pool.size());
      size_t i = 0;
      for (const auto& entry : naive.pool) {
        const Task& task = w.task(w.pool()[i++]);
        REQUIRE(task.id == entry.first);
        REQUIRE(task.done == entry.second.done);
      }
      for (uint32_t r = 0; r < w.robots(); ++r) {
        REQUIRE(model->cell_of[w.vertex(r)] == naive.cell[r]);
        REQUIRE(w.heading(r) == naive.heading[r]);
        const uint32_t slot = w.task_of(r);
        REQUIRE((slot == kNone ? -1 : static_cast<int64_t>(w.task(slot).id)) == naive.task[r]);
      }
      REQUIRE(w.consistent());
    }
    CHECK(w.kpis().done == naive.finished);
    finished_tasks += naive.finished;
  }
  for (const Kind k : {Kind::unallowed, Kind::vertex, Kind::edge, Kind::finished, Kind::taken,
                       Kind::opened, Kind::none})
    CHECK(faults[static_cast<size_t>(k)] > 20);
  CHECK(finished_tasks > 100);
}

TEST_CASE("who follows a delayed robot waits, all others go") {
  Model m = drawn({"0123....", "456....."});
  m.delays.events = Delays::Events::bernoulli;
  m.delays.chance = 0.2;
  m.delays.seed = 5;
  World w(finished(std::move(m)));
  bool some = false, behind = false;
  for (int t = 0; t < 4; ++t) {
    std::vector<uint32_t> before;
    for (uint32_t r = 0; r < w.robots(); ++r) before.push_back(w.vertex(r));
    step(w, "FFFFFFF");
    REQUIRE(!w.last().move);
    const auto& left = w.delay_trace().left();
    // Rows are lines of robots without gaps between those still together.
    for (uint32_t r = 0; r < w.robots(); ++r) {
      const bool last_of_row = r == 3 || r == 6;
      const bool blocked =
          !last_of_row && before[r + 1] == before[r] + 1 && w.vertex(r + 1) == before[r + 1];
      CHECK((w.vertex(r) == before[r]) == (left[r] > 0 || blocked));
      some = some || left[r] > 0;
      behind = behind || (blocked && left[r] == 0);
    }
    CHECK(w.consistent());
  }
  CHECK(some);
  CHECK(behind);
}

TEST_CASE("robots that wait too long count as one deadlock each time") {
  Model m = drawn({"0.1"});
  m.robots[1].heading = 2;
  add_line(m, {at(m, 0, 2)});
  add_line(m, {at(m, 0, 0)});
  m.pool = 2;
  m.jam_after = 5_s;
  World w(finished(std::move(m)));
  step(w, "WW", {{0, Order::Kind::task, 0}, {1, Order::Kind::task, 1}});
  for (int t = 0; t < 20; ++t) step(w, "WW");
  CHECK(w.kpis().deadlocks == 2);
  step(w, "FW");
  for (int t = 0; t < 20; ++t) step(w, "WW");
  CHECK(w.kpis().deadlocks == 3);
  CHECK(w.kpis().waited[at(w.model(), 0, 2)] == 41);
}

TEST_CASE("to move to and fro is a deadlock too, a long way round is none") {
  Model m = drawn({"0........", "########.", "........."});
  add_line(m, {at(m, 2, 0)});
  m.jam_after = 15_s;  // less than the way round takes
  const auto model = finished(std::move(m));
  World there(model);
  step(there, "W", {{0, Order::Kind::task, 0}});
  for (const char c : std::string("FFFFFFFFRFFRFFFFFFFF")) step(there, {&c, 1});
  CHECK(there.kpis().done == 1);
  CHECK(there.kpis().deadlocks == 0);

  World idle(model);
  for (int i = 0; i < 5; ++i) {
    for (const char c : std::string("FRRFRR")) step(idle, {&c, 1});
  }
  CHECK(idle.kpis().deadlocks == 0);
  World busy(model);
  step(busy, "W", {{0, Order::Kind::task, 0}});
  for (int i = 0; i < 5; ++i) {
    for (const char c : std::string("FRRFRR")) step(busy, {&c, 1});
  }
  CHECK(busy.kpis().deadlocks == 1);
  CHECK(busy.kpis().move_faults == 0);
}

TEST_CASE("commands are always fresh, and what comes is ignored") {
  World w(finished(drawn({"0.1"})));
  w.outbox().open(sensor_frame_out.number);
  step(w, "FW");
  CHECK(w.outbox().messages().empty());
  World other = w;
  other.receive(make_message(other.now(), command_in, Command{0, other.now(), 1, 0}));
  CHECK(digest_of(other) == digest_of(w));
}

TEST_CASE("robot-seconds, metres and visits add up, without the warm-up") {
  Model m = drawn({"0...1", ".....", ".....", "....."});
  for (uint32_t c = 0; c < 5; ++c) add_line(m, {at(m, 3, c), at(m, 0, 4 - c)});
  m.pool = 3;
  m.cell_m = 1.5;
  m.warm_up = 10_s;
  World w(finished(std::move(m)));
  run(w, Greedy(), at_s(10));
  CHECK(w.kpis().since == at_s(10));
  CHECK(w.kpis().moves == 0);
  run(w, Greedy(), at_s(110));
  double total = 0;
  for (const double s : w.state_s()) total += s;
  CHECK(total == doctest::Approx(200));
  uint64_t visits = 0;
  for (const uint32_t v : w.kpis().visits) visits += v;
  CHECK(visits == w.kpis().moves);
  CHECK(w.kpis().empty_m + w.kpis().loaded_m == doctest::Approx(1.5 * static_cast<double>(visits)));
  CHECK(w.kpis().done > 10);
  uint64_t counted = 0;
  for (const uint32_t c : w.kpis().done_over_time.counts()) counted += c;
  CHECK(counted >= w.kpis().done);
}

TEST_CASE("tasks with times are released at them, and from sources at random") {
  Model m = drawn({"0...", "...."});
  add_line(m, {at(m, 0, 1)}, at_s(5));
  add_line(m, {at(m, 0, 2)}, at_s(2));
  const uint32_t a = add_station(m, "a", {at(m, 1, 0), at(m, 1, 1)});
  const uint32_t b = add_station(m, "b", {at(m, 1, 3)});
  Source s;
  s.name = "s";
  s.chain = {{a, b}, {b}};
  s.gap = Distribution::exponential(7);
  s.due = 20_s;
  m.sources.push_back(s);
  World w(finished(std::move(m)));
  run(w, Greedy(), at_s(4));
  REQUIRE(w.find_task(w.released() - 1) != kNone);
  const World before = w;
  run(w, Greedy(), at_s(400));
  CHECK(w.kpis().done > 20);
  CHECK(w.kpis().with_due + 2 == w.kpis().done);
  CHECK(w.kpis().on_time <= w.kpis().with_due);
  CHECK(w.kpis().tardiness.count() == w.kpis().with_due);
  CHECK(before.kpis().done < w.kpis().done);
}

}  // namespace
}  // namespace dure::floor
