// Figures openb-fgd, place-260k and copy (the fleet's part).
#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "worlds/fleet/kind.h"
#include "worlds/fleet/openb_replay.h"
#include "worlds/fleet/perf_fleet.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

using Figures = std::vector<Figure>;

// --- openb-fgd -----------------------------------------------------------------------------------

Result<Figures> openb_fgd(const BenchContext& ctx) {
  const std::string folder = ctx.data_folder + "/fleet/openb";
  if (!exists(folder))
    return Error{.message = "needs the reference data, see `dure verify --list`", .file = folder};
  DURE_TRY(const Openb openb, open_openb(folder, "default"));
  DURE_TRY(Model model,
           openb_model(openb, own_order(openb, 1), own_ranks(openb.trace.nodes.size(), 1)));
  const auto shared = std::make_shared<const Model>(std::move(model));
  Figure f{.what = "FGD on all of openb, 130 % demand",
           .unit = "CPU-s",
           .goal = 1,
           .higher_is_better = false};
  f.value = best_cpu_s(ctx.smoke ? 1 : 5, [&] {
    World world(shared);
    run(world, Rules(Order::loss, Scored(Score::fgd)), Time::never());
    keep(world.kpis().used_gpu_milli);
  });
  f.note = std::to_string(shared->nodes()) + " nodes, " + std::to_string(shared->jobs.size()) +
           " pods; a plain C++ replay took 8.5 s, the authors' simulator about 25 CPU-min with "
           "Kubernetes machinery and reports (both measured apart)";
  return Figures{f};
}

// --- place-260k ----------------------------------------------------------------------------------

constexpr uint32_t kNodes = 32'500;

struct Gang {
  uint32_t gpus;  // per task
  uint32_t tasks;
};

// The same list as bench/peers/gang_mix.py JOBS SEED: exact shares, shuffled.
std::vector<Gang> gang_mix(uint32_t jobs, uint64_t seed) {
  struct Share {
    uint32_t per_mille;
    Gang gang;
  };
  static constexpr Share kMix[] = {{600, {1, 1}}, {150, {2, 1}}, {100, {4, 1}}, {80, {8, 1}},
                                   {40, {8, 4}},  {20, {8, 16}}, {9, {8, 64}},  {1, {8, 512}}};
  std::vector<uint32_t> count, order;
  uint32_t given = 0;
  for (uint32_t k = 0; k < std::size(kMix); ++k) {
    count.push_back(jobs * kMix[k].per_mille / 1000);
    given += count.back();
    order.push_back(k);
  }
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return jobs * kMix[a].per_mille % 1000 > jobs * kMix[b].per_mille % 1000;
  });
  for (uint32_t i = 0; given < jobs; ++i, ++given) ++count[order[i]];
  std::vector<Gang> out;
  for (uint32_t k = 0; k < std::size(kMix); ++k) out.insert(out.end(), count[k], kMix[k].gang);
  uint64_t state = seed;
  for (size_t i = out.size() - 1; i > 0; --i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::swap(out[i], out[(state >> 32) * (i + 1) >> 32]);
  }
  return out;
}

void add_job(Model& m, Gang gang, Time submit, Duration duration) {
  perf::add_job(m, gang.gpus, gang.tasks, submit, duration);
}

Result<Figures> place_260k(const BenchContext& ctx) {
  Figures out;
  {
    // A steady stream: more jobs wait than fit, so the fleet stays full; jobs end one by one. The
    // measure starts when the fleet has filled up.
    Model m = perf::empty_fleet(kNodes);
    const uint32_t jobs = ctx.smoke ? 30'000 : 200'000;
    uint64_t i = 0;
    for (const Gang gang : gang_mix(jobs, 1)) {
      add_job(m, gang, Time{0},
              100_s + Duration{static_cast<int64_t>(i * 7919 % jobs) * 1'000'000});
      ++i;
    }
    DURE_CHECK(m.finish());
    World world(std::make_shared<const Model>(std::move(m)));
    Rules rules(Order::fifo, BestFit{});
    run(world, rules, Time{0} + 99_s);
    const double full =
        world.kpis().pools[0].allocated.value() / world.kpis().pools[0].installed.value();
    uint64_t tasks = 0;
    const double start = user_cpu_s();
    while (world.queue_length(0) > jobs / 20) {  // while the queue is long, the fleet is full
      auto request = world.advance(Time::never());
      const World::Action& a = rules.decide(world, *request);
      if (a.kind == World::Action::Kind::start) tasks += a.places.size();
      world.act(a);
    }
    const double cpu = user_cpu_s() - start;
    Figure f{
        .what = "task placements, 260,000 GPUs, best-fit", .unit = "placements/s", .goal = 100'000};
    f.value = static_cast<double>(tasks) / cpu;
    f.note = std::to_string(kNodes) + " nodes x 8 GPUs, " +
             shortest(static_cast<int64_t>(full * 1000) / 10.0) +
             " % full, mixed gangs, FIFO; ends and bookkeeping of each job included";
    out.push_back(f);
  }
  {
    // The same work as the Slurm peer: 95 % full of 32 large jobs, then 300 jobs of the mix start.
    constexpr uint32_t kJobs = 300;
    Model m = perf::empty_fleet(kNodes);
    for (int i = 0; i < 32; ++i) add_job(m, {8, kNodes * 95 / 100 / 32}, Time{0}, Duration::max());
    uint64_t gpus = 0;
    uint32_t starts = 0;
    for (const Gang gang : gang_mix(kJobs, 1)) {
      gpus += uint64_t{gang.gpus} * gang.tasks;
      if (gpus > uint64_t{kNodes} * 8 * 5 / 100 * 95 / 100) break;
      add_job(m, gang, Time{0} + 1_s, Duration::max());
      ++starts;
    }
    DURE_CHECK(m.finish());
    World filled(std::make_shared<const Model>(std::move(m)));
    run(filled, Rules(Order::fifo, BestFit{}), Time{0});
    World world = filled;
    double cpu = 0;
    const int repeats = ctx.smoke ? 3 : 300;
    for (int r = 0; r < repeats; ++r) {
      world = filled;
      const double start = user_cpu_s();
      run(world, Rules(Order::fifo, BestFit{}), Time{0} + 1_s);
      cpu += user_cpu_s() - start;
    }
    DURE_ASSERT(world.queue_length(0) == 0, "a job of the Slurm comparison did not fit");
    Figure f{.what = "job starts, same jobs as Slurm", .unit = "starts/s"};
    f.value = starts * repeats / std::max(cpu, 1e-9);
    f.note = std::to_string(starts) + " jobs of the same list";
    if (!ctx.smoke) {
      if (auto peer = run_peer(
              {"/usr/bin/python3", ctx.peers_source + "/slurm_place.py", "32500", "300"})) {
        f.peer = PeerResult{"slurmctld " + peer->version, peer->rate_per_s, 0};
        f.note +=
            "; slurmctld also authenticates, keeps state on disk and talks to clients; its "
            "submissions are not counted";
      }
    }
    out.push_back(f);
  }
  return out;
}

// --- copy ----------------------------------------------------------------------------------------

Result<Figures> copy_fleet(const BenchContext& ctx) {
  Model m = perf::empty_fleet(kNodes);
  for (const Gang gang : gang_mix(10'000, 1)) add_job(m, gang, Time{0}, 1000_h);
  DURE_CHECK(m.finish());
  World world(std::make_shared<const Model>(std::move(m)));
  run(world, Rules(Order::fifo, BestFit{}), Time{0} + 1_s);
  World branch = world;
  const int copies = ctx.smoke ? 3 : 200;
  Figure f{
      .what = "copy of a 32,500-node fleet", .unit = "ms", .goal = 2, .higher_is_better = false};
  f.value = best_cpu_s(ctx.smoke ? 1 : 5,
                       [&] {
                         for (int i = 0; i < copies; ++i) {
                           branch = world;
                           keep(branch);
                         }
                       }) /
            copies * 1000;
  f.note = std::to_string(world.running(0).size()) + " running jobs, into a warm world";
  return Figures{f};
}

DURE_BENCH("openb-fgd", "placing all pods of a real trace by fragmentation gradient descent",
           openb_fgd);
DURE_BENCH("place-260k", "placing gangs on a full fleet of 260,000 GPUs, and Slurm on the same",
           place_260k);
DURE_BENCH("copy", "copying the state of a large fleet", copy_fleet);

}  // namespace
}  // namespace dure::fleet
