// Oracle floor-closed: motion with kinematics against closed forms.
//
// A robot's round trip: trapezoids of speed, and turns. A one-way loop: a robot takes up the vertex
// it leaves and the one it enters until it is there, so of r robots on n vertices at most
// min(r, n - r) move at a time, each for a lane's length over the speed when it needs no time to
// speed up; with acceleration a, full speed v needs v^2 / 2a of free way ahead. Robots that stand
// at the docks of one station are the servers of an M/M/c queue. And commands of a growing age:
// the floor slows down when they may become older than the deadline, and comes to rest when they
// always are.
#include <cmath>

#include <fmt/format.h>

#include "kernel/confidence.h"
#include "kernel/parallel.h"
#include "kernel/verify.h"
#include "worlds/floor/echo_world.h"
#include "worlds/floor/test_policies.h"

namespace dure::floor {
namespace {

using Checks = std::vector<Check>;

Result<std::shared_ptr<const Model>> finished(Model m) {
  m.motion = Motion::drive;
  DURE_CHECK(m.finish());
  return std::make_shared<const Model>(std::move(m));
}

// ---- round trip ----

// From standing to standing.
double straight_s(double metres, double speed, double accel) {
  const double full = speed * speed / accel;  // to speed up and to brake
  return metres >= full ? metres / speed + speed / accel : 2 * std::sqrt(metres / accel);
}

// An L: `east` cells, a turn, `south` cells; and back, after turning round.
Result<Check> round_trip(uint32_t east, uint32_t south, double cell, double speed, double accel,
                         Duration turn) {
  std::vector<uint8_t> free((east + 1) * (south + 1), 0);
  for (uint32_t c = 0; c <= east; ++c) free[c] = 1;
  for (uint32_t r = 0; r <= south; ++r) free[r * (east + 1) + east] = 1;
  Model m;
  set_grid(m, make_grid(east + 1, south + 1, free));
  m.cell_m = cell;
  m.types[0].speed_mps = speed;
  m.types[0].accel_mps2 = accel;
  m.types[0].turn = turn;
  m.plan_period = 1_us;  // so that the questions take no time
  m.max_pending = 255;
  m.robots = {Robot{}};
  m.stops = {{m.vertices() - 1, kNone}, {0, kNone}};
  m.lines = {{0, 2, 0, {}, {-1}, 0}};
  DURE_TRY(const auto model, finished(std::move(m)));
  World w(model);
  run(w, test::Greedy(), Time{} + 1_h);
  const double exact =
      2 * (straight_s(east * cell, speed, accel) + straight_s(south * cell, speed, accel)) +
      4 * turn.seconds();
  const double ours = Duration{w.kpis().completion.max()}.seconds();
  return Check{fmt::format("round trip, {} + {} cells at {} m/s, {} m/s2, turns of {} s", east,
                           south, speed, accel, turn.seconds()),
               fmt::format("{:.6f} s", exact), fmt::format("{:.6f} s", ours), "1e-6",
               w.kpis().done == 1 && std::fabs(ours / exact - 1) < 1e-6};
}

// ---- a loop ----

// Lanes all of heading 0, so that nobody has to turn. The last vertex is out of reach: the goal of
// those who go round for ever.
Model ring(uint32_t vertices, uint32_t robots, double speed, double accel) {
  Model m;
  std::vector<uint32_t> next((vertices + size_t{1}) * kHeadings, kNoVertex);
  for (uint32_t v = 0; v < vertices; ++v) next[v * kHeadings] = (v + 1) % vertices;
  m.roads = make_roadmap(std::move(next));
  m.cell_m = 1.25;
  m.types[0].speed_mps = speed;
  m.types[0].accel_mps2 = accel;
  m.plan_period = 20_ms;
  m.max_pending = 16;
  for (uint32_t r = 0; r < robots; ++r) m.robots.push_back({r * vertices / robots, 0, 0, 1});
  m.stops = {{vertices, kNone}};
  m.lines.assign(robots, {0, 1, 0, {}, {-1}, 0});
  return m;
}

// On, whenever the place ahead will be free.
struct OnAndOn {
  World::Action decide(const World& w, const World::Request& request) const {
    World::Action out;
    const Fleet f = w.fleet();
    out.moves.assign(f.robots(), Move::wait);
    std::vector<uint8_t> taken(f.roads->vertices(), 0);
    for (const uint32_t v : f.vertex) taken[v] = 1;
    for (uint32_t r = 0; r < f.robots(); ++r) {
      const uint32_t to = f.roads->to(f.vertex[r], 0);
      if (f.held[r] || taken[to]) continue;
      taken[to] = 1;
      out.moves[r] = Move::forward;
    }
    if (request.step == 0) {
      for (uint32_t r = 0; r < f.robots(); ++r) out.orders.push_back({r, Order::Kind::task, r});
    }
    return out;
  }
};

// Robots past a vertex in an hour, after a while.
Result<double> loop_flow(Model m) {
  const double lane_s = m.cell_m / m.types[0].speed_mps;
  const uint32_t n = m.vertices() - 1;
  DURE_TRY(const auto model, finished(std::move(m)));
  World w(model);
  OnAndOn policy;
  const Time warm = Time{} + from_seconds(lane_s * n * 20);
  const Duration length = from_seconds(lane_s * 4000);
  run(w, policy, warm);
  const uint64_t before = w.kpis().moves;
  run(w, policy, warm + length);
  return static_cast<double>(w.kpis().moves - before) / n / length.seconds() * 3600;
}

Result<void> loops(Checks& out) {
  for (const auto& [n, speed] : {std::pair{12u, 1.0}, {25u, 2.0}}) {
    double largest = 0, most = 0;
    uint32_t best = 0;
    for (uint32_t r = 1; r < n; ++r) {
      DURE_TRY(const double flow, loop_flow(ring(n, r, speed, INFINITY)));
      const double exact = std::min(r, n - r) * speed / 1.25 / n * 3600;
      largest = std::max(largest, std::fabs(flow / exact - 1));
      if (flow > most * 1.001) {
        most = flow;
        best = r;
      }
    }
    out.push_back({fmt::format("loop of {} places, 1 to {} robots at {} m/s: robots per hour", n,
                               n - 1, speed),
                   "min(r, n - r) v / (n s)", fmt::format("at most {:.3f} % off", 100 * largest),
                   "0.5 %", largest < 0.005});
    out.push_back({fmt::format("loop of {} places: most flow with", n), fmt::format("{}", n / 2),
                   fmt::format("{} robots", best), "exact", best == n / 2});
  }
  // Full speed needs so many places free ahead, and one more for the lane and the robot each.
  for (const double accel : {0.5, 1.0, 3.0}) {
    const double speed = 1.8;
    const auto gap = 2 + static_cast<uint32_t>(std::ceil(speed * speed / (2 * accel) / 1.25));
    DURE_TRY(const double wide, loop_flow(ring(6 * gap, 6, speed, accel)));
    DURE_TRY(const double narrow, loop_flow(ring(6 * (gap - 1), 6, speed, accel)));
    const double exact = speed / 1.25 / gap * 3600;
    out.push_back(
        {fmt::format("loop, {} m/s2: full speed with a robot every {} places", accel, gap),
         fmt::format("{:.1f} per hour", exact), fmt::format("{:.1f} per hour", wide), "0.5 %",
         std::fabs(wide / exact - 1) < 0.005});
    const double share = narrow * 1.25 * (gap - 1) / 3600 / speed;
    out.push_back({fmt::format("loop, {} m/s2: speed with a robot every {} places", accel, gap - 1),
                   "below full speed", fmt::format("{:.1f} %", 100 * share), "below 99.9 %",
                   share < 0.999});
  }
  return {};
}

// ---- a station ----

double erlang_c(double load, uint32_t c) {
  double b = 1;  // Erlang B, by recursion
  for (uint32_t k = 1; k <= c; ++k) b = load * b / (k + load * b);
  return b / (1 - load / c * (1 - b));
}

// Orders alone.
struct Assign {
  World::Action decide(const World& w, const World::Request&) const {
    return {{}, test::FirstFree()(w), {}};
  }
};

Result<Check> station(uint32_t c, double utilisation) {
  constexpr size_t kReplications = 25;
  constexpr double kService = 100;
  const double rate = utilisation * c / kService;
  Model m;
  set_grid(m, make_grid(c, 1, std::vector<uint8_t>(c, 1)));
  Station s;
  s.name = "station";
  s.service = Distribution::exponential(kService);
  for (uint32_t i = 0; i < c; ++i) {
    s.docks.push_back(i);
    m.robots.push_back({i, 0, 0, 1});
  }
  m.stations.push_back(s);
  Source source;
  source.name = "tasks";
  source.chain = {{0}};
  source.gap = Distribution::exponential(1 / rate);
  m.sources.push_back(source);
  m.plan_period = 1_ms;
  const double length = 60'000 / rate / (1 - utilisation) * 0.3;
  m.warm_up = from_seconds(length / 10);
  std::vector<double> waits(kReplications);
  std::vector<std::shared_ptr<const Model>> models;
  for (size_t i = 0; i < kReplications; ++i) {
    m.seed = i + 1;
    DURE_TRY(models.emplace_back(), finished(m));
  }
  for_each_index(
      kReplications, useful_threads(8),
      [&](size_t i, unsigned) {
        World w(models[i]);
        run(w, Assign(), Time{} + from_seconds(1.1 * length));
        waits[i] = w.kpis().pickup.mean() * 1e-9;
      },
      [](size_t) {});
  const Confidence ours = confidence(waits, 0.99);
  const double exact = erlang_c(rate * kService, c) * kService / (c * (1 - utilisation));
  return Check{
      fmt::format("M/M/{} at {:.0f} %: mean wait", c, 100 * utilisation),
      fmt::format("{:.3f} s", exact),
      fmt::format("{:.3f} s +- {:.1f} %", ours.mean, 100 * ours.half_width / ours.mean),
      "within the 99 % interval",
      std::fabs(ours.mean - exact) <= ours.half_width && ours.half_width < 0.05 * ours.mean};
}

// ---- late commands ----

// Robots go round a loop, to four stations on it.
Result<std::shared_ptr<const Model>> round_about(uint64_t seed) {
  Model m = ring(40, 8, 1.5, 1);
  m.lines.clear();
  m.stops.clear();
  for (uint32_t i = 0; i < 4; ++i) {
    m.stations.push_back({std::string(1, static_cast<char>('a' + i)),
                          Station::pick | Station::drop,
                          {10 * i},
                          Distribution::exponential(2)});
  }
  for (uint32_t from = 0; from < 4; ++from) {
    for (uint32_t to = 0; to < 4; ++to) {
      if (to == from) continue;
      m.lines.push_back({static_cast<uint32_t>(m.stops.size()), 2, 0, {}, {-1}, 0});
      m.stops.push_back({kNoVertex, from});
      m.stops.push_back({kNoVertex, to});
    }
  }
  m.pool = 16;
  m.plan_period = 250_ms;
  m.frame_period = 200_ms;
  m.command_deadline = 500_ms;
  m.warm_up = 10_s;  // robots are switched on with a fresh command
  m.seed = seed;
  return finished(std::move(m));
}
struct RoundAbout {
  World::Action decide(const World& w, const World::Request& request) const {
    World::Action a = OnAndOn().decide(w, request);
    a.orders = test::FirstFree()(w);
    return a;
  }
};

Result<void> late_commands(Checks& out) {
  constexpr uint64_t kSeeds = 4;
  const Time end = Time{} + 2_h;
  struct Row {
    Duration delay;
    uint64_t done = 0, stops = 0;
    double completion = 0;
    void add(const Kpis& k) {
      done += k.done;
      stops += k.safety_stops;
      completion += k.completion.sum();
    }
  };
  Row alone;
  std::vector<Row> rows;
  for (const Duration delay : {0_ms, 100_ms, 200_ms, 300_ms, 340_ms, 380_ms, 420_ms, 460_ms, 480_ms,
                               499_ms, 500_ms, 501_ms, 600_ms, 2000_ms})
    rows.push_back({delay});
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    DURE_TRY(const auto model, round_about(seed));
    World w(model);
    run(w, RoundAbout(), end);
    alone.add(w.kpis());
    for_each_index(
        rows.size(), useful_threads(8),
        [&](size_t i, unsigned) {
          auto pair = with_delay(World(model), rows[i].delay);
          run(pair, OnFloor<RoundAbout>(), end);
          rows[i].add(pair.world<0>().kpis());
        },
        [](size_t) {});
  }
  std::string grid;
  bool same = alone.done > 1000, falls = true, rest = true, counted = true;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& r = rows[i];
    grid += fmt::format("{}{} ms: {}", i ? ", " : "", r.delay.ns / 1'000'000, r.done);
    if (r.delay <= 300_ms) {  // with the frame period: the deadline
      same = same && r.done == alone.done && r.stops == 0 && r.completion == alone.completion;
    } else {
      counted = counted && (r.stops > 0 || r.delay >= 500_ms);  // those stop in the warm-up
      falls = falls && (r.done < rows[i - 1].done || rows[i - 1].done == 0);
    }
    if (r.delay >= 500_ms) rest = rest && r.done == 0;
  }
  out.push_back({"commands at most as old as the deadline: tasks in 8 h",
                 std::to_string(alone.done), std::to_string(rows[3].done), "the very same runs",
                 same});
  out.push_back({"older ones now and then", "fewer and fewer", grid, "falls at each", falls});
  out.push_back(
      {"older ones always", "0 tasks", fmt::format("{} tasks", rows.back().done), "exact", rest});
  out.push_back({"older ones: safety stops", "some", fmt::format("{} at 460 ms", rows[7].stops),
                 "above 0 at each of them", counted});
  return {};
}

Result<Checks> closed(const std::string&) {
  Checks out;
  DURE_TRY(out.emplace_back(), round_trip(20, 7, 1, 1.5, 0.8, 2_s));
  DURE_TRY(out.emplace_back(), round_trip(3, 2, 1.2, 2, 0.5, 3.5_s));  // never at full speed
  DURE_TRY(out.emplace_back(), round_trip(30, 1, 0.6, 1, 1.5, 0_s));
  DURE_TRY(out.emplace_back(), round_trip(12, 9, 1.4, 3, 1, 1.25_s));
  DURE_CHECK(loops(out));
  for (const auto& [c, load] : {std::pair{1u, 0.7}, {2u, 0.5}, {3u, 0.8}, {8u, 0.8}, {8u, 0.9}}) {
    DURE_TRY(out.emplace_back(), station(c, load));
  }
  DURE_CHECK(late_commands(out));
  return out;
}

DURE_VERIFY("floor-closed", "kinematics; a loop's law of flow; Erlang 1917 (M/M/c)", "", closed);

}  // namespace
}  // namespace dure::floor
