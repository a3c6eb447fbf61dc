#include "worlds/fleet/sources.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/math.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::node;

// One source on `nodes` nodes of 8 GPUs, from Monday 2026-01-05.
Model one_source(uint32_t nodes, const char* gpus, const char* duration, double load, double days) {
  Model m = test::cluster({{node(8), nodes}});
  m.start = *from_civil(2026, 1, 5);
  m.end = m.start + from_seconds(days * 86400);
  Source s;
  s.name = "source";
  s.load = load;
  s.gpus = *Distribution::parse(gpus);
  s.duration = *Distribution::parse(duration);
  s.largest_share = 1;
  m.sources.push_back(s);
  return m;
}

// Every arrival of a source, with its time.
std::vector<Job> arrivals(const Model& m, uint32_t source, double installed) {
  std::vector<Job> out;
  Time now = m.start;
  for (uint64_t count = 0;; ++count) {
    const auto next = next_arrival(m, source, count, now);
    if (!next) return out;
    REQUIRE(*next >= now);
    REQUIRE(*next < m.end);
    now = *next;
    out.push_back(draw_job(m, source, count, installed));
    out.back().submit = now;
  }
}

double offered_gpu_s(const std::vector<Job>& jobs) {
  double sum = 0;
  for (const Job& j : jobs)
    sum += static_cast<double>(j.total_gpu_milli()) / kWholeGpu * j.duration.seconds();
  return sum;
}

TEST_CASE("sources: the offered load is the stated share, sizes as they are rounded and cut") {
  struct Case {
    const char* gpus;
    const char* duration;
    double largest_share;
  };
  for (const Case& c :
       {Case{"constant(1)", "exponential(mean=1h)", 1},
        {"empirical(0.25:0.3, 0.5:0.2, 1:0.3, 4:0.2)", "lognormal(median=30m, sigma=1)", 1},
        {"empirical(12:1)", "constant(1h)", 1},  // 2 nodes: 16 GPUs
        {"uniform(lo=1, hi=40)", "exponential(mean=20m)", 1},
        {"lognormal(median=8, sigma=1.5)", "exponential(mean=10m)", 0.1},  // cut to 80 GPUs
        {"exponential(mean=0.3)", "constant(10m)", 1},
        {"constant(1)", "exponential(mean=1s)", 1}}) {  // half of them below 1 s
    CAPTURE(c.gpus);
    CAPTURE(c.duration);
    Model m = one_source(100, c.gpus, c.duration, 0.6,
                         std::string(c.duration) == "exponential(mean=1s)" ? 0.01 : 12);
    m.sources[0].largest_share = c.largest_share;
    const auto model = test::finished(std::move(m));
    const auto jobs = arrivals(*model, 0, 800);
    REQUIRE(jobs.size() > 300);
    const double seconds = (model->end - model->start).seconds();
    // A compound Poisson sum: its variance is the sum of squares' mean. 4.5 sigma, and half a
    // percent for the strata of the mean.
    double squares = 0;
    for (const Job& j : jobs)
      squares +=
          std::pow(static_cast<double>(j.total_gpu_milli()) / 1000 * j.duration.seconds(), 2);
    const double expected = 0.6 * 800 * seconds;
    CHECK(std::abs(offered_gpu_s(jobs) - expected) < 4.5 * std::sqrt(squares) + 0.005 * expected);
  }
}

TEST_CASE("sources: the load follows deliveries") {
  Model m = one_source(10, "constant(1)", "constant(10m)", 0.5, 30);
  m.deliveries.push_back({m.start + 10_d, 10, 30});  // 80 GPUs, then 320
  m.add_nodes(0, 30);
  m.deliveries.push_back({m.start - 5_d, 40, 10});  // there from the start: 160, then 400
  m.add_nodes(0, 10);
  const auto model = test::finished(std::move(m));
  double before = 0, after = 0;
  for (const Job& j : arrivals(*model, 0, 400))
    (j.submit < model->start + 10_d ? before : after) += 1;
  const double expected_before = 0.5 * 160 * 10 * 144, expected_after = 0.5 * 400 * 20 * 144;
  CHECK(std::abs(before - expected_before) < 4.5 * std::sqrt(expected_before));
  CHECK(std::abs(after - expected_after) < 4.5 * std::sqrt(expected_after));
}

TEST_CASE("sources: day and night, and the mean over the week") {
  Model m = one_source(20, "constant(1)", "constant(10m)", 0.5, 28);
  m.sources[0].day_night_ratio = 4;
  const auto model = test::finished(std::move(m));
  double busy = 0, quiet = 0;
  for (const Job& j : arrivals(*model, 0, 160)) {
    const int hour = hour_of_week(j.submit);
    (hour / 24 < 5 && hour % 24 >= 9 && hour % 24 < 18 ? busy : quiet) += 1;
  }
  const double ratio = (busy / 45) / (quiet / 123);
  CHECK(std::abs(ratio - 4) < 4.5 * 4 * std::sqrt(1 / busy + 1 / quiet));
  const double all = 0.5 * 160 * 28 * 144;
  CHECK(std::abs(busy + quiet - all) < 4.5 * std::sqrt(all));
}

TEST_CASE("sources: gaps at a constant rate are exponential") {
  const auto model = test::finished(one_source(20, "constant(1)", "constant(10m)", 0.5, 30));
  const auto jobs = arrivals(*model, 0, 160);
  const double rate = 0.5 * 160 / 600;
  std::vector<double> bins(10);
  for (size_t i = 1; i < jobs.size(); ++i) {
    const double u = -math::expm1(-rate * (jobs[i].submit - jobs[i - 1].submit).seconds());
    bins[std::min<size_t>(9, static_cast<size_t>(u * 10))] += 1;
  }
  const double expected = static_cast<double>(jobs.size() - 1) / 10;
  double chi = 0;
  for (const double b : bins) chi += (b - expected) * (b - expected) / expected;
  CHECK(chi < 33.7);  // 9 degrees of freedom, p = 1e-4
}

TEST_CASE("sources: sizes become tasks") {
  const auto is = [](JobSize s, uint32_t tasks, uint32_t gpus, uint32_t milli) {
    return s.tasks == tasks && s.gpus == gpus && s.gpu_milli == milli;
  };
  CHECK(is(size_of(0.25, 8), 1, 1, 250));
  CHECK(is(size_of(0.9999, 8), 1, 1, 1000));
  CHECK(is(size_of(-3, 8), 1, 1, 1));
  CHECK(is(size_of(0, 8), 1, 1, 1));
  CHECK(is(size_of(1, 8), 1, 1, 1000));
  CHECK(is(size_of(2.4, 8), 1, 2, 1000));
  CHECK(is(size_of(2.6, 8), 1, 3, 1000));
  CHECK(is(size_of(8.4, 8), 1, 8, 1000));
  CHECK(is(size_of(8.6, 8), 2, 8, 1000));
  CHECK(is(size_of(64, 8), 8, 8, 1000));
  CHECK(is(size_of(65, 8), 9, 8, 1000));
}

TEST_CASE("sources: limits are never below durations, CPU and memory follow the share") {
  Model m =
      one_source(20, "empirical(0.5:1, 2:1, 16:1)", "lognormal(median=40d, sigma=2)", 0.5, 30);
  m.sources[0].cpu_milli_per_gpu = 8000;
  m.sources[0].memory_mib_per_gpu = 1000;
  for (const double factor : {1.0, 3.0}) {
    m.sources[0].limit_factor_max = factor;
    const auto model = test::finished(m);
    for (uint64_t i = 0; i < 3000; ++i) {
      const Job j = draw_job(*model, 0, i, 160);
      REQUIRE(j.limit >= j.duration);
      REQUIRE(j.limit.seconds() <= j.duration.seconds() * factor * (1 + 1e-12) + 1e-9);
      REQUIRE(model->what_is_wrong_with(Job(j)) != nullptr);  // not submitted yet: submit is 0
      REQUIRE(j.cpu_milli == 8 * j.total_gpu_milli() / j.tasks);
      REQUIRE(j.memory_mib == j.total_gpu_milli() / j.tasks);
    }
  }
}

TEST_CASE("sources: two policies meet the same jobs") {
  Model m = one_source(4, "empirical(0.5:1, 1:2, 4:1, 16:1)", "exponential(mean=1h)", 1.5, 10);
  m.sources.push_back(m.sources[0]);
  m.sources[1].load = 0.4;
  m.sources[1].day_night_ratio = 3;
  m.deliveries.push_back({m.start + 5_d, 4, 2});
  m.add_nodes(0, 2);
  const auto model = test::finished(std::move(m));
  // All that arrives, under a policy that drops nothing and under one that drops much.
  const auto met = [&](Order order, Placement placement) {
    World w(model);
    Rules rules(order, placement);
    std::vector<Job> out;
    uint64_t arrived = 0;
    for (;;) {
      const Time next = w.next_event_time();
      if (next == Time::never()) return out;
      const auto request = w.advance(next);
      // New jobs stand at the ends of their queues.
      const uint64_t now_arrived = w.kpis().owners[0].arrived;
      uint32_t i = w.queue_head(0);
      while (i != kNoSlot && w.slot(i).next != kNoSlot) i = w.slot(i).next;
      for (uint64_t k = now_arrived - arrived; k > 0 && i != kNoSlot; --k, i = w.slot(i).previous) {
        out.push_back(w.slot(i).job);
      }
      arrived = now_arrived;
      if (request) w.act(rules.decide(w, *request));
    }
  };
  const auto a = met(Order::easy, BestFit{});
  const auto b = met(Order::loss, Scored(Score::dot));
  const auto c = met(Order::fifo, RandomFit{});
  REQUIRE(a.size() > 1000);
  CHECK(a == b);
  CHECK(a == c);
}

TEST_CASE("sources: models that would not end, or of nothing, are refused") {
  CHECK_FALSE(one_source(100'000, "constant(0.001)", "constant(1s)", 1, 1).finish().ok());
  CHECK_FALSE(one_source(1, "constant(0)", "constant(0s)", 100, 1).finish().ok());
  Model forever = one_source(1, "constant(1)", "constant(1h)", 1, 1);
  forever.end = Time::never();
  CHECK_FALSE(forever.finish().ok());
  Model elsewhere = one_source(1, "constant(1)", "constant(1h)", 1, 1);
  elsewhere.pools.push_back({.name = "empty"});
  elsewhere.queues.push_back({"empty", 1});
  elsewhere.sources[0].queue = 1;
  CHECK_FALSE(elsewhere.finish().ok());
}

TEST_CASE("sources: the target for fragmentation weighs tasks") {
  Model m = one_source(20, "empirical(1:3, 16:1)", "constant(1h)", 0.5, 30);
  m.sources[0].cpu_milli_per_gpu = 1000;
  const auto model = test::finished(std::move(m));
  const TargetWorkload t = target_of_sources(*model);
  REQUIRE(t.shapes().size() == 2);
  double one = 0, eight = 0;
  for (const TargetShape& s : t.shapes()) (s.gpus == 1 ? one : eight) += s.weight;
  CHECK(one == doctest::Approx(0.6).epsilon(0.1));    // 3 tasks of one GPU
  CHECK(eight == doctest::Approx(0.4).epsilon(0.1));  // to 2 of eight
}

TEST_CASE("sources: a pool of one-GPU nodes is M/M/c, whose mean wait is Erlang C's") {
  struct Case {
    uint32_t servers;
    double load;
  };
  for (const Case& c : {Case{1, 0.6}, {8, 0.8}}) {
    Model m = test::cluster({{node(1), c.servers}});
    m.start = Time{0};
    m.end = Time{0} + 4000_h;
    Source s;
    s.name = "source";
    s.load = c.load;
    s.gpus = Distribution::constant(1);
    s.duration = *Distribution::parse("exponential(mean=10m)");
    s.largest_share = 1;
    m.sources.push_back(s);
    // Erlang B by recursion, then C.
    const double a = c.load * c.servers;
    double b = 1;
    for (uint32_t k = 1; k <= c.servers; ++k) b = a * b / (k + a * b);
    const double erlang_c = b / (1 - c.load * (1 - b));
    const double expected = erlang_c * 600 / (c.servers * (1 - c.load));
    // Means of independent runs.
    double sum = 0, squares = 0;
    constexpr int kRuns = 12;
    for (int i = 0; i < kRuns; ++i) {
      m.seed = static_cast<uint64_t>(i + 1);
      World w(test::finished(m));
      Rules rules(Order::fifo, i % 2 == 0 ? Placement(FirstFit{}) : Placement(BestFit{}));
      run(w, rules, Time::never());
      const Quantiles& wait = w.kpis().owners[0].by_size[2].wait;
      REQUIRE(wait.count() == w.kpis().owners[0].arrived);
      const double mean = wait.mean() * 1e-9;
      sum += mean;
      squares += mean * mean;
    }
    const double mean = sum / kRuns;
    const double error = std::sqrt((squares / kRuns - mean * mean) / (kRuns - 1));
    CAPTURE(expected);
    CAPTURE(mean);
    CHECK(std::abs(mean - expected) < 5 * error);  // t with 11 degrees of freedom: p < 0.001
    CHECK(error < 0.05 * expected);
  }
}

}  // namespace
}  // namespace dure::fleet
