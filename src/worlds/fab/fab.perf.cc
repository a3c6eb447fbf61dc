// Figures fab-speed and fab-copy: SMT2020's HVLM fab.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/file.h"
#include "kernel/bench.h"
#include "kernel/pool.h"
#include "worlds/fab/read_autosched.h"
#include "worlds/fab/rules.h"
#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

using Figures = std::vector<Figure>;

// The fab `size` times as large: tools, lots in the line and releases, on the same routes.
Result<std::shared_ptr<const Model>> hvlm(const BenchContext& ctx, double size) {
  const std::string folder = ctx.data_folder + "/smt2020/hvlm";
  if (!exists(folder))
    return Error{.message = "needs the reference data, see `dure verify --list`", .file = folder};
  DURE_TRY(Model m, read_autosched(folder));
  for (ToolGroup& g : m.groups)
    g.tools = std::max(1u, static_cast<uint32_t>(std::lround(g.tools * size)));
  for (Stream& s : m.streams)
    s.gap = DurationLaw::constant(Duration{static_cast<int64_t>(s.gap.mean_ns() / size)});
  std::vector<InitialLot> wip;
  for (size_t i = 0; i < m.wip.size(); ++i) {
    const auto upto = [&](size_t n) { return static_cast<int>(static_cast<double>(n) * size); };
    for (int k = upto(i); k < upto(i + 1); ++k) wip.push_back(m.wip[i]);
  }
  m.wip = std::move(wip);
  m.end = m.start + 730_d;
  DURE_CHECK(m.finish());
  return std::make_shared<const Model>(std::move(m));
}

std::string text_of(const char* format, double x) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, x);
  return buffer;
}

Result<Figures> speed(const BenchContext& ctx) {
  const double days = ctx.smoke ? 2 : 200;
  Figures out;
  std::string growth;
  double moves_per_s[2] = {};  // of the smallest and the largest
  for (const double size : {1.0, 0.5, 2.0, 4.0}) {
    DURE_TRY(const auto model, hvlm(ctx, size));
    uint64_t events = 0, moves = 0;
    const Time until = model->start + from_seconds(days / size * 86'400);
    const double cpu = best_cpu_s(ctx.smoke ? 1 : 3, [&] {
      World world(model);
      Rules rules;
      run(world, rules, until);
      events = world.events_handled();
      moves = world.kpis().moves;
    });
    const double rate = static_cast<double>(moves) / cpu;
    growth += (growth.empty() ? "" : ", ") + text_of("%g x: ", size) +
              text_of("%.2f M moves/s", rate / 1e6);
    if (size == 0.5) moves_per_s[0] = rate;
    if (size == 4.0) moves_per_s[1] = rate;
    if (size != 1) continue;
    out.push_back({.what = "HVLM, simulated days per CPU-s",
                   .unit = "days/s",
                   .value = days / cpu,
                   .goal = 60,
                   .note = text_of("%.0f days from the start, testbed rules", days)});
    out.push_back({.what = "HVLM, events",
                   .unit = "M events/s",
                   .value = static_cast<double>(events) / cpu / 1e6,
                   .note = std::to_string(model->tools) + " tools, " +
                           std::to_string(model->wip.size()) + " lots at the start"});
    out.push_back({.what = "HVLM, peak memory of the process",
                   .unit = "MiB",
                   .value = peak_memory_mib(),
                   .goal = 64,
                   .higher_is_better = false,
                   .note = "when run alone: `dure bench fab-speed`"});
  }
  out.push_back({.what = "cost of a move, four fabs over half a fab",
                 .unit = "x",
                 .value = moves_per_s[0] / moves_per_s[1],
                 .goal = 2,
                 .higher_is_better = false,
                 .note = growth});
  return out;
}

Result<Figures> copy(const BenchContext& ctx) {
  DURE_TRY(const auto model, hvlm(ctx, 1));
  World world(model);
  Rules rules;
  run(world, rules, model->start + (ctx.smoke ? 1_d : 60_d));
  World warm = world;
  constexpr int kCopies = 200;
  const double copies = best_cpu_s(ctx.smoke ? 1 : 5, [&] {
    for (int i = 0; i < kCopies; ++i) {
      warm = world;
      keep(warm);
    }
  });
  const int branches = ctx.smoke ? 10 : 1000;
  WorldPool<World> pool;
  const double rollouts = best_cpu_s(ctx.smoke ? 1 : 3, [&] {
    for (int i = 0; i < branches; ++i) {
      auto branch = pool.branch(world);
      branch->reseed(static_cast<uint64_t>(i));
      run(*branch, rules, world.now() + 1_h);
      keep(branch->kpis().moves);
    }
  });
  return Figures{{.what = "copy of a warmed-up HVLM world into a warm one",
                  .unit = "ms",
                  .value = copies / kCopies * 1e3,
                  .goal = 1,
                  .higher_is_better = false,
                  .note = std::to_string(world.wip()) + " lots in the line"},
                 {.what = std::to_string(branches) + " branches of one simulated hour",
                  .unit = "CPU-s",
                  .value = rollouts,
                  .goal = 5,
                  .higher_is_better = false,
                  .note = "each copied, reseeded and run by the testbed rules"}};
}

DURE_BENCH("fab-speed", "SMT2020 HVLM: simulated days per second, memory, growth", speed);
DURE_BENCH("fab-copy", "SMT2020 HVLM: copying a fab, and short branches of it", copy);

}  // namespace
}  // namespace dure::fab
