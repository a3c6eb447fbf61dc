// Oracle queueing: lines that are queues with a closed form, made of ordinary tool groups and
// routes, and Little's law in the areas of whole fabs.
//
// Lots are of one wafer, without load or transport; releases are Poisson, since their gaps are
// exponential. The time of one service is an hour on average. Each figure is the mean of
// independent replications, each after a warm-up; it passes when the closed form lies within their
// 99 % confidence interval and that is narrower than 2 % to either side.
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "kernel/confidence.h"
#include "kernel/parallel.h"
#include "kernel/verify.h"
#include "worlds/fab/queueing_formulas.h"
#include "worlds/fab/shipped.h"
#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

constexpr size_t kReplications = 25;
constexpr double kLevel = 0.99, kWidest = 0.02;

Duration hours(double h) { return from_seconds(3600 * h); }
DurationLaw exponential(double mean_h) { return DurationLaw::exponential(hours(mean_h)); }

struct Figure {
  std::string what;
  double exact;
  std::function<double(const World&)> measure;
};
struct Queue {
  Model model;
  double services;  // hours of simulated time per replication, a tenth more for the warm-up
  std::vector<Figure> figures;
};

// Lots that wait or are processed, on average. Each tool group is an area of its own.
Figure lots_at(std::string what, uint32_t group, double exact) {
  return {std::move(what), exact,
          [group](const World& w) { return w.kpis().areas[group].lots.mean(w.now()); }};
}
// From release to the end, in hours.
Figure cycle_time(std::string what, uint32_t stream, double exact) {
  return {std::move(what), exact,
          [stream](const World& w) { return w.kpis().classes[stream].cycle_time.mean() / 3600; }};
}

// Tool groups with so many tools each, and no routes yet.
Model stations(const std::vector<uint32_t>& tools) {
  Model m;
  for (uint32_t i = 0; i < tools.size(); ++i) {
    m.groups.push_back(test::tools(std::string(1, static_cast<char>('A' + i)), tools[i]));
    m.groups.back().area = i;
    m.groups.back().ranking = {Rank::priority, Rank::fifo};
    m.areas.push_back(m.groups.back().name);
  }
  return m;
}
Step service(uint32_t group, DurationLaw law) {
  Step s = test::step(std::string(1, static_cast<char>('A' + group)), group, {});
  s.process = std::move(law);
  return s;
}
// `rate` lots an hour.
Stream& poisson(Model& m, double rate, uint32_t product = 0, int32_t priority = 0) {
  Stream& s = test::add_stream(m, "lots", exponential(1 / rate), ~uint64_t{0}, product);
  s.wafers = 1;
  s.priority = priority;
  return s;
}
// One tool group and one step.
Model one_station(double rate, DurationLaw law, uint32_t tools = 1) {
  Model m = stations({tools});
  test::add_product(m, "product", {service(0, std::move(law))});
  poisson(m, rate);
  return m;
}

Queue mm1() {
  return {one_station(0.7, exponential(1)), 120e3, {lots_at("M/M/1", 0, mmc_lots(0.7, 1, 1))}};
}
Queue mg1_uniform() {
  return {one_station(0.8, DurationLaw::uniform(hours(1), hours(0.9))),
          120e3,
          {lots_at("M/G/1, uniform", 0, mg1_lots(0.8, 1, 1 + 0.9 * 0.9 / 3))}};
}
Queue mg1_lognormal() {
  const double sigma = 0.9;
  const double median_s = 3600 * std::exp(-sigma * sigma / 2);
  return {one_station(0.6, DurationLaw::of(Distribution::lognormal(median_s, sigma))),
          160e3,
          {lots_at("M/G/1, lognormal", 0, mg1_lots(0.6, 1, std::exp(sigma * sigma)))}};
}
Queue mm3() {
  return {one_station(2.4, exponential(1), 3), 60e3, {lots_at("M/M/3", 0, mmc_lots(2.4, 1, 3))}};
}

Queue tandem() {
  Model m = stations({1, 1});
  test::add_product(m, "product", {service(0, exponential(1)), service(1, exponential(0.8))});
  poisson(m, 0.7);
  return {std::move(m),
          140e3,
          {lots_at("tandem of M/M/1, first", 0, mmc_lots(0.7, 1, 1)),
           lots_at("tandem of M/M/1, second", 1, mmc_lots(0.7, 0.8, 1))}};
}

// Two products on three stations. P: A, B, C, and from C a quarter comes back to A; Q: B, A, B.
Queue jackson() {
  constexpr double p = 0.3, q = 0.2, again = 0.25, visits = 1 / (1 - again);
  Model m = stations({1, 2, 1});
  const DurationLaw a = exponential(0.9), b = exponential(1.6), c = exponential(1.2);
  std::vector<Step> first = {service(0, a), service(1, b), service(2, c)};
  first[2].rework_to = 0;
  first[2].rework_chance = again;
  test::add_product(m, "P", first);
  test::add_product(m, "Q", {service(1, b), service(0, a), service(1, b)});
  poisson(m, p, 0);
  poisson(m, q, 1);
  const double at_a = p * visits + q, at_b = p * visits + 2 * q, at_c = p * visits;
  return {std::move(m),
          150e3,
          {lots_at("Jackson network, A (M/M/1)", 0, mmc_lots(at_a, 0.9, 1)),
           lots_at("Jackson network, B (M/M/2)", 1, mmc_lots(at_b, 1.6, 2)),
           lots_at("Jackson network, C (M/M/1)", 2, mmc_lots(at_c, 1.2, 1))}};
}

Queue batches() {
  constexpr uint32_t k = 4;
  Model m = one_station(2.8, exponential(1));
  m.steps[0].per = Per::batch;
  m.steps[0].batch_min = m.steps[0].batch_max = k;
  return {std::move(m), 90e3, {lots_at("batches of four, M/M[4]/1", 0, bulk_lots(2.8, 1, k))}};
}

Queue priorities() {
  Model m = stations({1});
  test::add_product(m, "hot", {service(0, exponential(0.5))});
  test::add_product(m, "other", {service(0, exponential(1.5))});
  poisson(m, 0.6, 0, 1);
  poisson(m, 0.25, 1, 0);
  const auto [hot, other] = cobham_times({0.6, 0.5}, {0.25, 1.5});
  return {std::move(m),
          200e3,
          {cycle_time("two priorities, hot lots (h)", 0, hot),
           cycle_time("two priorities, other lots (h)", 1, other)}};
}

Queue breakdowns() {
  Model m = one_station(0.5, exponential(1));
  Upkeep u = test::breakdown({}, {});
  u.interval = exponential(20);
  u.duration = exponential(5);
  test::attach(m, u, 0, {}).first = u.interval;
  return {std::move(m),
          400e3,
          {lots_at("M/M/1 with breakdowns that interrupt", 0,
                   breakdown_lots(0.5, 1, 1.0 / 20, 1.0 / 5))}};
}

void run_queue(const Queue& q, std::vector<Check>& out) {
  std::vector<std::vector<double>> x(q.figures.size(), std::vector<double>(kReplications));
  for_each_index(
      kReplications, useful_threads(8),
      [&](size_t i, unsigned) {
        Model m = q.model;
        m.seed = i + 1;
        m.warm_up = hours(q.services / 10);
        World w(test::finished(std::move(m)));
        run(w, Rules(), test::at(hours(1.1 * q.services)));
        for (size_t f = 0; f < x.size(); ++f) x[f][i] = q.figures[f].measure(w);
      },
      [](size_t) {});
  for (size_t f = 0; f < x.size(); ++f) {
    const Confidence c = confidence(x[f], kLevel);
    const double exact = q.figures[f].exact;
    out.push_back({q.figures[f].what, fmt::format("{:.4f}", exact),
                   fmt::format("{:.4f} +- {:.2f} %", c.mean, 100 * c.half_width / c.mean),
                   "within the interval",
                   std::fabs(c.mean - exact) <= c.half_width && c.half_width < kWidest * c.mean});
  }
}

// L = lambda W holds for what has happened, not only on average, when both count the same lots:
// the integral of the number there is the sum of the times that each was there.
Result<Check> littles_law(const char* name, Duration length) {
  DURE_TRY(const Scenario s, shipped_scenario(name));
  World w(s.model);
  const Time end = s.model->start + s.model->warm_up + length;
  run(w, Rules(s.policy.rules), end);
  const Model& m = *s.model;
  std::vector<double> present(m.areas.size());
  for (size_t a = 0; a < present.size(); ++a) present[a] = w.kpis().areas[a].present_s;
  for (uint32_t i = 0; i < w.lots(); ++i) {
    const Lot& lot = w.lot(i);
    if (lot.state != Lot::State::waiting && lot.state != Lot::State::in_tool) continue;
    present[m.groups[m.steps[lot.step].group].area] +=
        (w.now() - std::max(lot.since, w.kpis().since)).seconds();
  }
  double largest = 0;
  bool enough = true;
  for (size_t a = 0; a < present.size(); ++a) {
    const AreaKpis& k = w.kpis().areas[a];
    const double lots_s = k.lots.integral(w.now());
    largest = std::max(largest, std::fabs(lots_s - present[a]) / lots_s);
    enough = enough && k.left > 1'000;
  }
  return Check{fmt::format("Little's law, {} areas of {}", present.size(), name), "0",
               fmt::format("{:.1e}", largest), "1e-9 relative", enough && largest < 1e-9};
}

Result<std::vector<Check>> queueing(const std::string&) {
  std::vector<Check> out;
  for (const auto& queue :
       {mm1, mg1_uniform, mg1_lognormal, mm3, tandem, jackson, batches, priorities, breakdowns}) {
    run_queue(queue(), out);
  }
  for (const auto& [name, length] : {std::pair{"minifab", 300_d}, {"fab", 10_d}}) {
    DURE_TRY(out.emplace_back(), littles_law(name, length));
  }
  return out;
}

DURE_VERIFY("queueing",
            "Pollaczek and Khinchine, Erlang, Burke, Jackson, Cobham, Little (Gross and Harris, "
            "\"Fundamentals of Queueing Theory\"); White and Christie 1958",
            "", queueing);

}  // namespace
}  // namespace dure::fab
