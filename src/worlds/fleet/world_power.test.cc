#include <doctest/doctest.h>

#include "worlds/fleet/report_power.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::gpu_s;
using test::job;
using test::run;

// Nodes of 4 GPUs: 400 W idle, 100 W more for each GPU that computes.
Model powered(uint32_t nodes) {
  NodeType type = test::node(4);
  type.idle_w = 400;
  type.busy_w = 800;
  return test::cluster({{type, nodes}});
}

TEST_CASE("power: nodes draw in proportion to the GPU time that computes") {
  Model m = powered(2);
  m.start = at(0);
  Job half = job(0, 0, 3600, 4);
  half.busy_milli = 500;
  m.jobs = {half, job(1, 1800, 1800, 2)};
  SitePower site{.pue_milli = 1500};
  site.carbon_g_kwh.fill(100);
  site.carbon_g_kwh[1] = 1000;
  site.price_kwh.fill(2);
  m.site_power = {site};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(7200));
  // Two idle nodes for 2 h, 4 GPUs at half for 1 h, 2 GPUs for half an hour.
  const double first_kwh = 0.8 + 4 * 0.1 * 0.5 + 2 * 0.1 * 0.5, second_kwh = 0.8;
  const Electricity e = electricity_of(w, 0);
  CHECK(e.it_kwh == doctest::Approx(first_kwh + second_kwh).epsilon(1e-12));
  CHECK(e.kwh == doctest::Approx(1.5 * (first_kwh + second_kwh)).epsilon(1e-12));
  CHECK(e.carbon_kg == doctest::Approx(1.5 * (0.1 * first_kwh + second_kwh)).epsilon(1e-12));
  CHECK(e.cost == doctest::Approx(2 * e.kwh).epsilon(1e-12));
  CHECK(e.peak_mw == doctest::Approx(1.5 * (0.8 + 0.2 + 0.2) * 1e-3));
}

TEST_CASE("power: under a cap jobs wait until others end") {
  Model m = powered(2);
  m.jobs = {job(0, 0, 100, 4), job(1, 0, 100, 4)};
  m.power_caps = {{at(0), 0, 1'200'000 + 399'999}};  // the second would make 1,600 W
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(50));
  CHECK(w.queue_length(0) == 1);
  CHECK(w.power_left(0) == 399'999);
  run(w, rules, at(150));
  CHECK(w.queue_length(0) == 0);
  CHECK(w.kpis().owners[0].ended == 1);
}

TEST_CASE("power: a job runs at a lower clock until power becomes free") {
  Model m = powered(2);
  m.jobs = {job(0, 0, 100, 4), job(1, 0, 100, 4)};
  m.power_caps = {{at(0), 0, 1'400'000}};  // 800 W idle, 400 and 200 for the jobs
  m.clocks = {{.pace_milli = 800, .power_milli = 600}, {.pace_milli = 600, .power_milli = 500}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(50));
  CHECK(w.power_left(0) == 0);
  CHECK(w.slot(1).clock == 2);
  run(w, rules, at(1000));
  // At 100 s it has done 60 of 100 s, and goes on at the highest clock.
  CHECK(w.kpis().owners[0].ended == 2);
  CHECK(w.kpis().pools[0].clocked == 1);
  CHECK(gpu_s(w, Use::productive) == doctest::Approx(4 * 200.0));
  CHECK(gpu_s(w, Use::slowed) == doctest::Approx(4 * 40.0));
  CHECK(w.ledger_of(0).held_time.gpu_hours() * 3600 == doctest::Approx(4 * 240.0));
  CHECK(w.kpis().pools[0].power.over_cap == 0_s);
}

TEST_CASE("power: where a cap falls the last to start run slower, then are stopped") {
  Model m = powered(3);
  m.jobs = {job(0, 0, 1000, 4), job(1, 1, 1000, 4), job(2, 2, 1000, 4)};
  m.clocks = {{.pace_milli = 800, .power_milli = 500}};
  m.power_caps = {{at(100), 0, 2'000'000}, {at(200), 0, 1'650'000}, {at(300), 0, 9'000'000}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(99));
  CHECK(w.power_left(0) == kNoLimit);
  run(w, rules, at(150));  // 1,200 W idle; 400, 200 and 200 W
  CHECK(w.slot(0).clock == 0);
  CHECK(w.slot(1).clock == 1);
  CHECK(w.slot(2).clock == 1);
  run(w, rules, at(250));  // two at the lower clock; the third waits again
  CHECK(w.slot(0).clock == 1);
  CHECK(w.slot(1).clock == 1);
  CHECK(w.slot(2).state == JobSlot::State::waiting);
  CHECK(w.kpis().pools[0].power_stops == 1);
  run(w, rules, at(350));
  for (uint32_t i = 0; i < 3; ++i) CHECK(w.slot(i).clock == 0);
  run(w, rules, at(5000));
  CHECK(w.kpis().owners[0].ended == 3);
  // The first lost 20 s of 100 at the lower clock, the second 40 of 200, the third had 20 of 100.
  CHECK(gpu_s(w, Use::slowed) == doctest::Approx(4 * (20.0 + 40.0 + 20.0)));
}

TEST_CASE("power: what cannot be slowed or stopped is over the cap, and counted") {
  Model m = powered(1);
  m.kinds = {{.preemptible = false, .clockable = false}};
  m.jobs = {job(0, 0, 100, 4)};
  m.clocks = {{.pace_milli = 800, .power_milli = 500}};
  m.power_caps = {{at(40), 0, 500'000}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(200));
  CHECK(w.kpis().owners[0].ended == 1);
  CHECK(w.kpis().pools[0].power.over_cap == 60_s);
}

TEST_CASE("power: a job that draws nothing is not slowed for others") {
  Model m = powered(1);
  m.kinds = {{.preemptible = false, .clockable = false}, {}};
  m.jobs = {job(0, 0, 100, 4), job(1, 0, 100, 0)};
  m.jobs[1].kind = 1;
  m.clocks = {{.pace_milli = 500, .power_milli = 500}};
  m.power_caps = {{at(40), 0, 500'000}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(100));
  CHECK(w.kpis().pools[0].clocked == 0);
  CHECK(w.kpis().owners[0].ended == 2);
}

TEST_CASE("power: above the cap a job that draws nothing starts nevertheless") {
  Model m = powered(1);
  m.jobs = {job(0, 0, 100, 4), job(1, 0, 100, 0)};
  m.queues.push_back({"other", 0});
  m.jobs[1].queue = 1;
  m.power_caps = {{at(0), 0, 300'000}};  // less than the idle node draws
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(200));
  CHECK(w.queue_length(0) == 1);
  CHECK(w.kpis().owners[0].ended == 1);
}

}  // namespace
}  // namespace dure::fleet
