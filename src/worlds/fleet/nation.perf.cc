// Figures nation-full, pass-260k and fleet-scaling, of the scenario `nation` with all that it sets,
// and nation: its jobs alone.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/file.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "worlds/fleet/kind.h"
#include "worlds/fleet/ports.h"
#include "worlds/fleet/scenario.h"
#include "worlds/fleet/sources.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

using Figures = std::vector<Figure>;

Result<Config> nation_config(const BenchContext& ctx) {
  const std::string path = ctx.peers_source + "/../../scenarios/nation.toml";
  DURE_TRY(const std::string text, read_file(path));
  return Config::parse(text, path);
}

// --- nation-full ---------------------------------------------------------------------------------

Result<Figures> nation_full(const BenchContext& ctx) {
  DURE_TRY(Config config, nation_config(ctx));
  if (ctx.smoke) DURE_CHECK(config.set("end", "2026-02-01"));
  DURE_TRY(auto session, kind().open(config, "."));
  const double start = user_cpu_s();
  session->advance(session->end(), nullptr);
  const double cpu = user_cpu_s() - start;
  double arrived = 0;
  for (const Kpi& k : session->report().kpis) {
    if (k.group == "All" && k.key == "jobs_arrived") arrived = k.value.value_or(0);
  }
  Figure jobs{.what = "nation, 2026-2030: jobs", .unit = "jobs", .value = arrived};
  Figure time{.what = "nation, 2026-2030: time",
              .unit = "CPU-s",
              .value = cpu,
              .goal = 300,
              .higher_is_better = false};
  time.note = to_si(static_cast<double>(session->events_handled()) / cpu) + " events/s";
  Figure memory{.what = "nation, 2026-2030: peak memory",
                .unit = "MiB",
                .value = peak_memory_mib(),
                .goal = 3072,
                .higher_is_better = false};
  memory.note = "of the whole process, benchmarks run before it included";
  if (!ctx.smoke) jobs.goal = 5e6;
  return Figures{jobs, time, memory};
}

// --- nation --------------------------------------------------------------------------------------

// Each owner by itself: no quotas, reclaim, faults, topology, services, other resources and caps.
Result<Figures> nation(const BenchContext& ctx) {
  DURE_TRY(Config config, nation_config(ctx));
  if (ctx.smoke) DURE_CHECK(config.set("end", "2026-03-01"));
  DURE_TRY(Scenario scenario, read_scenario(config, "."));
  Model m = *scenario.model;
  m.quotas.clear();
  m.services.clear();
  m.resources.clear();
  m.outages.clear();
  m.power_caps.clear();
  m.usage_period = Duration{0};
  for (JobKind& k : m.kinds) k = {};
  for (NodeType& t : m.node_types) t.faults_per_day = 0;
  for (Pool& p : m.pools) p.spares = 0;
  for (Queue& q : m.queues) q.others.clear();
  for (Source& s : m.sources) s.min_share = 1;
  DURE_CHECK(m.finish());
  RuleOptions rules = scenario.rules;
  rules.reclaim = rules.reclaim_by_period = false;
  World world(std::make_shared<const Model>(std::move(m)));
  const double start = user_cpu_s();
  run(world, Rules(rules), world.model().end);
  Figure time{.what = "nation 2026-2030, jobs alone",
              .unit = "CPU-s",
              .value = user_cpu_s() - start,
              .goal = 120,
              .higher_is_better = false};
  uint64_t jobs = 0;
  for (const OwnerKpis& k : world.kpis().owners) jobs += k.arrived;
  time.note = with_commas(static_cast<int64_t>(jobs)) + " jobs, " +
              to_si(static_cast<double>(world.events_handled()) / time.value) +
              " events/s; goal for at least 5,000,000 jobs; without quotas, faults, power and all "
              "else that nation-full has";
  if (!ctx.smoke && jobs < 5'000'000) time.value = 1e9;
  Figure memory{.what = "nation 2026-2030, jobs alone: peak memory",
                .unit = "MiB",
                .value = peak_memory_mib(),
                .goal = 2048,
                .higher_is_better = false};
  memory.note = "of the whole process, benchmarks run before it included";
  return Figures{time, memory};
}

// --- the fleet of 2030, or one of another size ---------------------------------------------------

// `nation` in January 2030 with all GPUs from the start, their number cut or grown to `gpus` for
// every owner alike, and caps on power with it. Load is per GPU, so that it stays.
Result<Scenario> nation_of(const BenchContext& ctx, uint32_t gpus, std::string_view end,
                           uint32_t seed = 1) {
  DURE_TRY(Config config, nation_config(ctx));
  DURE_CHECK(config.set("seed", std::to_string(seed)));
  DURE_CHECK(config.set("start", "2030-01-01"));
  DURE_CHECK(config.set("end", end));
  DURE_TRY(const Scenario whole, read_scenario(config, "."));
  const Model& m = *whole.model;
  for (uint32_t o = 0; o < m.owners.size(); ++o) {
    uint64_t own = 0;
    for (const Pool& p : m.pools) {
      if (p.owner == o) own += m.gpu_offset[p.first_node + p.nodes] - m.gpu_offset[p.first_node];
    }
    if (own == 0) continue;
    const std::string owner = "owner.\"" + m.owners[o] + "\".";
    const uint64_t scaled = (own * gpus + m.total_gpus() / 2) / m.total_gpus() / 8 * 8;
    DURE_CHECK(config.set(owner + "gpus", std::to_string(scaled)));
    DURE_CHECK(config.set(owner + "delivery", "[]"));
  }
  // All caps are of the past, so they stand in the file's order.
  for (size_t i = 0; i < m.power_caps.size(); ++i) {
    const double megawatts = static_cast<double>(m.power_caps[i].mw) * 1e-9;
    DURE_CHECK(config.set("power_cap." + std::to_string(i) + ".megawatts",
                          shortest(megawatts * gpus / m.total_gpus())));
  }
  return read_scenario(config, ".");
}

// Advances to `end` and times each pass: from the world's first question at an instant until every
// queue that it asked about was answered with "wait". What the world does between is not counted.
class Passes {
 public:
  void run(World& world, Rules& rules, Time end) {
    while (const auto request = world.advance(end)) {
      if (times_.empty() || world.now() != at_) {
        at_ = world.now();
        times_.push_back(0);
      }
      const double start = thread_cpu_s();
      const World::Action& action = rules.decide(world, *request);
      times_.back() += thread_cpu_s() - start;
      world.act(action);
    }
  }
  size_t count() const { return times_.size(); }
  void clear() { times_.clear(); }
  double quantile(double q) {
    if (times_.empty()) return 0;
    std::sort(times_.begin(), times_.end());
    return times_[static_cast<size_t>(q * static_cast<double>(times_.size() - 1))];
  }

 private:
  Time at_ = Time::never();
  std::vector<double> times_;
};

// Keeps so many jobs waiting: as soon as fewer do, more of the scenario's own jobs are sent, one
// each nanosecond, from each source by its rate.
class Backlog {
 public:
  Backlog(const Model& m, uint32_t jobs) : model_(m), jobs_(jobs), credit_(m.sources.size(), 0) {}

  bool fill(World& world, Passes& passes, Rules& rules) {
    bool sent = false;
    uint64_t waiting = 0;
    for (uint32_t q = 0; q < model_.queues.size(); ++q) waiting += world.queue_length(q);
    for (; waiting < jobs_ && world.next_event_time() > world.now() + 1_ns; sent = true) {
      Job job = next();
      job.submit = world.now() + 1_ns;
      const uint32_t before = world.queue_length(job.queue);
      world.receive(make_message(job.submit, submit_in, job));
      passes.run(world, rules, world.now());
      waiting += world.queue_length(job.queue);
      waiting -= before;
    }
    return sent;
  }

 private:
  Job next() {
    double all = 0;
    uint32_t best = 0;
    for (uint32_t s = 0; s < credit_.size(); ++s) {
      const double rate = model_.source_rate[s].back().rate_hz;
      all += rate;
      credit_[s] += rate;
      if (credit_[s] > credit_[best]) best = s;
    }
    credit_[best] -= all;
    // Behind all numbers that the source itself comes to.
    return draw_job(model_, best, (uint64_t{1} << 30) + count_++, model_.total_gpus() / 5.0);
  }

  const Model& model_;
  uint32_t jobs_;
  std::vector<double> credit_;
  uint64_t count_ = 0;
};

// --- pass-260k -----------------------------------------------------------------------------------

Result<Figures> pass_260k(const BenchContext& ctx) {
  constexpr uint32_t kPending = 10'000;
  DURE_TRY(Scenario scenario, nation_of(ctx, ctx.smoke ? 26'000 : 260'000, "2031-01-01"));
  const Model& m = *scenario.model;
  World world(scenario.model);
  Rules rules(std::move(scenario.rules));
  Passes passes;
  Backlog backlog(m, ctx.smoke ? kPending / 10 : kPending);
  const auto go_to = [&](Time end, size_t count) {
    while (world.now() < end && passes.count() < count) {
      backlog.fill(world, passes, rules);
      passes.run(world, rules, std::min(end, world.next_event_time()));
    }
  };
  go_to(m.start + (ctx.smoke ? 1_h : 24_h), ~size_t{0});  // until the fleet is full
  passes.clear();
  go_to(m.end, ctx.smoke ? 500 : 50'000);
  double held = 0, installed = 0;
  for (const PoolKpis& k : world.kpis().pools) {
    held += k.allocated.value();
    installed += k.installed.value();
  }
  const auto count = static_cast<int64_t>(passes.count());
  const auto ms = [&](double q) { return shortest(std::round(passes.quantile(q) * 1e6) / 1e3); };
  Figure f{.what = "a scheduling pass, 260,000 GPUs, 10,000 pending: p99",
           .unit = "ms",
           .value = passes.quantile(0.99) * 1000,
           .goal = 10,
           .higher_is_better = false};
  f.note =
      "a pass: all decisions at one instant, from the first question until every queue asked "
      "waits; " +
      with_commas(count) + " passes of `nation` in 2030, " +
      shortest(std::round(held / installed * 1000) / 10) + " % of GPUs held; median " + ms(0.5) +
      " ms, longest " + ms(1) + " ms";
  return Figures{f};
}

// --- fleet-scaling -------------------------------------------------------------------------------

Result<Figures> fleet_scaling(const BenchContext& ctx) {
  Figures out;
  double n_sum = 0, x_sum = 0, y_sum = 0, xx_sum = 0, xy_sum = 0;
  const std::vector<uint32_t> sizes = {26'000, 65'000, 130'000, 260'000, 520'000};
  for (const uint32_t gpus : sizes) {
    // How often large gangs wait, which is what costs, differs from seed to seed.
    const uint32_t seeds = ctx.smoke ? 1 : 5;
    uint64_t jobs = 0;
    std::vector<double> each;
    for (uint32_t seed = 1; seed <= seeds; ++seed) {
      DURE_TRY(Scenario scenario,
               nation_of(ctx, gpus, ctx.smoke ? "2030-01-01T01:00:00Z" : "2030-02-01", seed));
      const double start = user_cpu_s();
      World world(scenario.model);
      run(world, Rules(scenario.rules), scenario.model->end);
      each.push_back(user_cpu_s() - start);
      for (const OwnerKpis& k : world.kpis().owners) jobs += k.arrived;
    }
    const double cpu = std::max(1e-6, std::accumulate(each.begin(), each.end(), 0.0) / seeds);
    Figure f{.what = "January 2030 with " + with_commas(gpus) + " GPUs",
             .unit = "CPU-s",
             .value = cpu,
             .higher_is_better = false};
    const auto hundredths = [](double x) { return shortest(std::round(x * 100) / 100); };
    f.note = with_commas(static_cast<int64_t>(jobs / seeds)) + " jobs; mean of " +
             std::to_string(seeds) + (seeds == 1 ? " seed" : " seeds") + ", " +
             hundredths(*std::min_element(each.begin(), each.end())) + " to " +
             hundredths(*std::max_element(each.begin(), each.end()));
    out.push_back(f);
    const double x = std::log(gpus), y = std::log(cpu);
    n_sum += 1;
    x_sum += x;
    y_sum += y;
    xx_sum += x * x;
    xy_sum += x * y;
  }
  const double first = sizes.front(), last = sizes.back();
  Figure growth{.what = "growth of that",
                .unit = "exponent",
                .value = (n_sum * xy_sum - x_sum * y_sum) / (n_sum * xx_sum - x_sum * x_sum),
                .higher_is_better = false};
  if (!ctx.smoke)
    growth.goal =
        std::log(last * std::log(last) / (first * std::log(first))) / std::log(last / first);
  growth.note =
      "b of the best fit of cost = a GPUs^b to these means, the same load for each GPU; the goal "
      "is that "
      "of n log n between the ends";
  out.push_back(growth);
  return out;
}

DURE_BENCH("nation", "five years of the national fleet's jobs alone", nation);
DURE_BENCH("nation-full", "five years of the national fleet with all that the scenario sets",
           nation_full);
DURE_BENCH("pass-260k", "how long a scheduling pass takes when 10,000 jobs wait", pass_260k);
DURE_BENCH("fleet-scaling", "a month of the national fleet at five sizes", fleet_scaling);

}  // namespace
}  // namespace dure::fleet
