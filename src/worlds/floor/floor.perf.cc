// Figure floor-speed: a floor of 10,000 robots in steps, and copies of it.
//
// The floor is as large as the contest's warehouse (40,000 cells; the pool keeps 15,000 tasks). The
// robots go round loops of 40 cells, ten on each, so that their moves cost nothing to work out and
// are valid; tasks have eight errands on one loop. What is measured is the world: checks, moves,
// errands, assignments, KPIs.
#include <algorithm>

#include "kernel/bench.h"
#include "kernel/pool.h"
#include "worlds/floor/world.h"

namespace dure::floor {
namespace {

constexpr uint32_t kSide = 200, kLength = 20, kPerLoop = 10;
constexpr uint32_t kLoops = kSide / 2 * (kSide / kLength);
constexpr uint32_t kErrands = 8;

// Place k of loop l, clockwise.
uint32_t place(uint32_t loop, uint32_t k) {
  const uint32_t row = loop / (kSide / kLength) * 2, column = loop % (kSide / kLength) * kLength;
  k %= 2 * kLength;
  return k < kLength ? row * kSide + column + k : (row + 1) * kSide + column + 2 * kLength - 1 - k;
}

std::shared_ptr<const Model> loops() {
  Model m;
  set_grid(m, make_grid(kSide, kSide, std::vector<uint8_t>(kSide * kSide, 1)));
  for (uint32_t l = 0; l < kLoops; ++l) {
    for (uint32_t i = 0; i < kPerLoop; ++i) {
      const uint32_t k = i * 2 * kLength / kPerLoop;
      m.robots.push_back({place(l, k), k < kLength ? 0u : 2u, 0, 1});
    }
  }
  for (uint32_t line = 0; line < 5 * kLoops; ++line) {
    m.lines.push_back({static_cast<uint32_t>(m.stops.size()), kErrands, 0, {}, {-1}, 0});
    for (uint32_t e = 0; e < kErrands; ++e)
      m.stops.push_back({place(line % kLoops, 7 * line / kLoops + 11 * e), kNone});
  }
  m.pool = 15 * kLoops;
  const auto good = m.finish();
  DURE_ASSERT(good, "the benchmark's floor");
  return std::make_shared<const Model>(std::move(m));
}

// Round and round; the next task of its loop for everybody who has none.
struct RoundAndRound {
  explicit RoundAndRound(const Model& m) : heading(m.vertices()), tasks(kLoops) {
    for (uint32_t l = 0; l < kLoops; ++l) {
      for (uint32_t k = 0; k < 2 * kLength; ++k)
        heading[place(l, k)] = k + 1 == 2 * kLength ? 3
                               : k + 1 == kLength   ? 1
                               : k < kLength        ? 0
                                                    : 2;
    }
  }

  const World::Action& decide(const World& w, const World::Request& request) {
    const Fleet f = w.fleet();
    action.moves.resize(f.robots());
    for (uint32_t r = 0; r < f.robots(); ++r)
      action.moves[r] = heading[f.vertex[r]] == f.heading[r] ? Move::forward : Move::right;
    for (uint32_t i = 0; i < w.last().revealed; ++i) {
      const uint32_t id = w.last().first_revealed + i;
      tasks[w.task(w.find_task(id)).number % kLoops].push_back(id);
    }
    action.orders.clear();
    const auto give = [&](uint32_t r) {
      auto& mine = tasks[r / kPerLoop];
      if (mine.empty()) return;
      action.orders.push_back({r, Order::Kind::task, mine.back()});
      mine.pop_back();
    };
    if (request.step == 0) {
      for (uint32_t r = 0; r < f.robots(); ++r) give(r);
    } else {
      for (const auto& e : w.last().errands) {
        if (e.finished) give(e.robot);
      }
    }
    return action;
  }

  std::vector<uint8_t> heading;
  std::vector<std::vector<uint32_t>> tasks;  // [loops] to be given
  World::Action action;
};

Result<std::vector<Figure>> speed(const BenchContext& ctx) {
  const auto model = loops();
  const int64_t steps = ctx.smoke ? 3 : 1000;
  std::vector<Figure> out;
  World warm(model);
  const double cpu = best_cpu_s(ctx.smoke ? 1 : 3, [&] {
    World world(model);
    run(world, RoundAndRound(*model), model->start + steps * model->tick);
    warm = world;
  });
  const Kpis& k = warm.kpis();
  DURE_ASSERT(k.move_faults == 0 && k.order_faults == 0, "the benchmark's moves are valid");
  const double robot_steps = static_cast<double>(steps) * warm.robots();
  out.push_back({.what = "steps, 10,000 robots",
                 .unit = "M robot-steps/s",
                 .value = robot_steps / cpu / 1e6,
                 .goal = 20,
                 .note = std::to_string(k.done) + " tasks, " + std::to_string(k.errands) +
                         " errands done in " + std::to_string(steps) + " steps"});
  WorldPool<World> pool;
  { const auto first = pool.branch(warm); }
  const int copies = ctx.smoke ? 2 : 2000;
  const double copy_cpu = best_cpu_s(ctx.smoke ? 1 : 3, [&] {
    for (int i = 0; i < copies; ++i) {
      auto branch = pool.branch(warm);
      keep(*branch);
    }
  });
  out.push_back({.what = "copy of it",
                 .unit = "us",
                 .value = copy_cpu / copies * 1e6,
                 .goal = 300,
                 .higher_is_better = false,
                 .note = "into memory that a branch has used before"});
  return out;
}

DURE_BENCH("floor-speed", "a floor in steps without planning, and copying it", speed);

}  // namespace
}  // namespace dure::floor
