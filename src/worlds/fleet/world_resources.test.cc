#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::gpu_s;
using test::job;
using test::run;

// Jobs of one GPU that call one QPU.
Model hybrid(uint32_t calls, int64_t call_s) {
  Model m = test::cluster({{test::node(8), 1}});
  m.resources = {{.name = "QPU"}};
  m.kinds = {{.resource = 0, .calls = calls, .call_time = call_s * 1_s}};
  return m;
}

TEST_CASE("resources: a call stands between two parts of a job's work") {
  Model m = hybrid(3, 10);
  m.jobs = {job(0, 0, 100, 1)};  // calls after 25, 50 and 75 s of work
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(30));
  CHECK(w.slot(0).phase == JobSlot::Phase::calls);
  CHECK(w.resources()[0].busy == 1);
  run(w, rules, at(129));
  CHECK(w.kpis().owners[0].ended == 0);
  run(w, rules, at(130));
  CHECK(w.kpis().owners[0].ended == 1);
  CHECK(w.kpis().resources[0].calls == 3);
  CHECK(gpu_s(w, Use::waiting) == doctest::Approx(30));
  CHECK(gpu_s(w, Use::productive) == doctest::Approx(100));
}

TEST_CASE("resources: calls wait in one line, and for calibrations") {
  Model m = hybrid(1, 10);
  m.jobs = {job(0, 0, 100, 1), job(1, 0, 100, 1), job(2, 0, 104, 1)};
  m.resources[0].calibrate_every = 75_s;  // from 75 s and 150 s on
  m.resources[0].calibration = 20_s;
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(61));
  CHECK(w.slot(0).phase == JobSlot::Phase::works);  // 50 to 60 s
  CHECK(w.slot(1).phase == JobSlot::Phase::calls);
  CHECK(w.slot(2).phase == JobSlot::Phase::in_line);
  run(w, rules, at(80));
  CHECK(w.slot(1).phase == JobSlot::Phase::works);
  CHECK(w.slot(2).phase == JobSlot::Phase::in_line);  // 5 s before the calibration are too few
  run(w, rules, at(1000));
  CHECK(w.kpis().owners[0].ended == 3);
  CHECK(w.kpis().resources[0].wait.max() == (43_s).ns);  // from 52 to 95 s
  CHECK(w.kpis().resources[0].busy.integral(w.now()) == doctest::Approx(30));
  CHECK(w.ledger_of(0).held_time.gpu_hours() * 3600 == doctest::Approx(110 + 120 + 157));
}

TEST_CASE("resources: a job that stops leaves the line, and repeats what no checkpoint holds") {
  Model m = hybrid(1, 50);
  m.kinds[0].faults_per_day = 86400 / 60.0;  // one a minute in the mean
  m.kinds[0].checkpoint_every = 10_s;
  for (uint64_t i = 0; i < 20; ++i) m.jobs.push_back(job(i, 0, 60, 1));
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(100'000));
  const OwnerKpis& k = w.kpis().owners[0];
  CHECK(k.ended == 20);
  CHECK(k.crashed > 10);
  CHECK(w.kpis().resources[0].calls >= 20);
  CHECK(w.resources()[0].busy == 0);
  CHECK(w.resources()[0].line.empty());
  CHECK(test::all_uses(w) == w.ledger_of(0).held_time);
  CHECK(gpu_s(w, Use::productive) == doctest::Approx(20 * 60));
}

TEST_CASE("resources: more units let more calls run; a call takes several") {
  Model m = hybrid(1, 30);
  m.resources[0].units = 5;
  m.kinds[0].units = 2;
  for (uint64_t i = 0; i < 4; ++i) m.jobs.push_back(job(i, 0, 20, 1));
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(11));
  CHECK(w.resources()[0].busy == 4);
  CHECK(w.resources()[0].line.size() == 2);
  run(w, rules, at(80));
  CHECK(w.kpis().owners[0].ended == 4);
}

TEST_CASE("resources: a job that is stopped in a call starts anew before that would have ended") {
  Model m = hybrid(1, 50);
  m.jobs = {job(0, 0, 60, 1)};  // calls from 30 to 80 s
  m.jobs[0].limit = 30_s;       // so that it may start before the maintenance
  m.windows = {{"maintenance", at(40), at(41), 0, 1}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(45));
  CHECK(w.slot(0).state == JobSlot::State::running);
  CHECK(w.slot(0).attempts == 2);
  CHECK(w.consistent());
}

}  // namespace
}  // namespace dure::fleet
