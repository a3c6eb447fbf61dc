#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::gpu_s;
using test::job;
using test::run;

Job elastic(uint64_t number, int64_t submit_s, int64_t duration_s, uint32_t fewest, uint32_t most) {
  Job j = job(number, submit_s, duration_s, 1, most);
  j.min_tasks = fewest;
  return j;
}

Rules easy(Duration grow_after) {
  return Rules(RuleOptions{.placement = FirstFit{}, .grow_after = grow_after});
}

TEST_CASE("elastic: a job starts with what fits, and takes longer in proportion") {
  Model m = test::cluster({{test::node(8), 1}});
  m.jobs = {job(0, 0, 1000, 1, 6), elastic(1, 0, 300, 1, 6)};
  World w(test::finished(m));
  Rules rules = easy(1_h);
  run(w, rules, at(1));
  CHECK(w.slot(1).job.tasks == 2);
  CHECK(w.shrunk(0) == std::vector<uint32_t>{1});
  run(w, rules, at(899));
  CHECK(w.kpis().owners[0].ended == 0);
  run(w, rules, at(900));
  CHECK(w.kpis().owners[0].ended == 1);
  CHECK(w.shrunk(0).empty());
}

TEST_CASE("elastic: a job grows when nobody waits and it has run for a while") {
  Model m = test::cluster({{test::node(8), 1}});
  m.kinds = {{.checkpoint_every = 100_s, .checkpoint = 1_s}};
  m.jobs = {job(0, 0, 100, 1, 6), elastic(1, 0, 600, 2, 8)};
  World w(test::finished(m));
  Rules rules = easy(150_s);
  run(w, rules, at(149));
  CHECK(w.slot(1).job.tasks == 2);
  run(w, rules, at(150));  // 100 s at a quarter are safe, 49 s are lost
  CHECK(w.slot(1).job.tasks == 8);
  CHECK(w.slot(1).done == 25_s);
  CHECK(w.kpis().owners[0].resized == 1);
  CHECK(w.kpis().owners[0].preempted == 0);
  run(w, rules, at(150 + 579));
  CHECK(w.kpis().owners[0].ended == 1);
  run(w, rules, at(150 + 580));
  CHECK(w.kpis().owners[0].ended == 2);
  CHECK(test::all_uses(w) == w.ledger_of(0).held_time);
  CHECK(gpu_s(w, Use::lost_stop) == doctest::Approx(2 * 49));
}

TEST_CASE("elastic: it does not grow where others wait, or where the new start costs more") {
  Model m = test::cluster({{test::node(8), 1}});
  m.kinds = {{}, {.startup = 500_s}};
  m.jobs = {job(0, 0, 100, 1, 6), elastic(1, 0, 200, 2, 4)};
  m.jobs[1].kind = 1;
  World costly(test::finished(m));
  Rules rules = easy(0_s);
  run(costly, rules, at(200));
  CHECK(costly.slot(1).job.tasks == 2);

  m.kinds[1].startup = 0_s;
  m.jobs.push_back(job(2, 0, 5000, 4, 2));  // it needs the whole node
  World busy(test::finished(m));
  Rules others = easy(0_s);
  run(busy, others, at(399));
  CHECK(busy.slot(1).job.tasks == 2);
  CHECK(busy.kpis().owners[0].resized == 0);
}

TEST_CASE("elastic: after a fault it goes on with the nodes that are left") {
  NodeType type = test::node(4);
  type.faults_per_day = 2;
  type.repair = *Distribution::parse("constant(6h)");
  Model m = test::cluster({{type, 4}});
  m.end = at(20 * 86400);
  m.kinds = {{.startup = 60_s, .checkpoint_every = 600_s, .checkpoint = 5_s}};
  m.jobs = {elastic(0, 0, 5 * 86400, 1, 16)};
  World w(test::finished(m));
  Rules rules = easy(1_h);
  run(w, rules, at(20 * 86400));
  const OwnerKpis& k = w.kpis().owners[0];
  CHECK(k.ended == 1);
  CHECK(k.faulted > 10);
  CHECK(k.resized > 5);
  CHECK(test::all_uses(w) == w.ledger_of(0).held_time);
  // The work, 16 GPUs for 5 days, is done whatever the sizes, but for rounding of attempts to ns.
  CHECK(gpu_s(w, Use::productive) == doctest::Approx(16 * 120 * 3600.0).epsilon(1e-9));
}

TEST_CASE("elastic: quota cuts the size") {
  Model m = test::cluster({{test::node(8), 2}});
  m.accounts = {{.name = "owner"}};
  m.quotas = {{at(0), 0, 0, {.nominal = 5'000}}};
  m.jobs = {elastic(0, 0, 100, 1, 12)};
  World w(test::finished(m));
  Rules rules = easy(1_h);
  run(w, rules, at(10));
  CHECK(w.slot(0).job.tasks == 5);
}

TEST_CASE("elastic: reclaim takes back as much of its own as it can have") {
  Model m = test::cluster({{test::node(8), 2}});
  m.accounts = {{.name = "all"}, {.name = "a", .parent = 0}, {.name = "b", .parent = 0}};
  for (const uint32_t a : {1u, 2u}) m.quotas.push_back({at(0), a, 0, {.nominal = 8'000}});
  m.jobs = {job(0, 0, 1000, 1, 3), job(1, 0, 1000, 1, 5)};
  for (uint64_t n = 2; n < 10; ++n) m.jobs.push_back(job(n, 0, 1000, 1));
  for (Job& j : m.jobs) j.account = 1;
  m.jobs.push_back(elastic(10, 50, 100, 3, 12));  // more than its quota, if it had all
  m.jobs.back().account = 2;
  RuleOptions options{.placement = FirstFit{}, .reclaim = true};
  World w(test::finished(m));
  Rules rules(options);
  run(w, rules, at(49));
  CHECK(w.account(1).held == 16'000);
  run(w, rules, at(50));
  CHECK(w.account(1).held == 8'000);
  CHECK(w.account(2).held == 8'000);

  // Others hold their own: three it may have, were it not for what it needs at least.
  m.jobs.back().min_tasks = 9;
  World over(test::finished(m));
  Rules again(options);
  run(over, again, at(50));
  CHECK(over.account(2).held == 0);
  CHECK(over.kpis().owners[0].preempted == 0);
}

TEST_CASE("elastic: it does not grow for the little that is left of it") {
  Model m = test::cluster({{test::node(8), 1}});
  m.kinds = {{}, {.startup = 100_s, .checkpoint_every = 10_s}};
  m.jobs = {job(0, 0, 900, 1, 6), elastic(1, 0, 250, 2, 8)};  // 1000 s with two tasks
  m.jobs[1].kind = 1;
  World w(test::finished(m));
  Rules rules = easy(0_s);
  run(w, rules, at(1099));
  CHECK(w.kpis().owners[0].resized == 0);
  run(w, rules, at(1100));
  CHECK(w.kpis().owners[0].ended == 2);
}

TEST_CASE("elastic: it grows only if all its tasks together keep to the cap") {
  NodeType type = test::node(8);
  type.busy_w =
      802;  // 100,250 mW for each GPU; at the lower clock 66,766 for two, 133,533 for four
  Model m = test::cluster({{type, 1}});
  m.clocks = {{.pace_milli = 500, .power_milli = 333}};
  m.power_caps = {{at(0), 0, 66'766}, {at(50), 0, 133'532}, {at(60), 0, 133'533}};
  m.jobs = {elastic(0, 0, 1000, 2, 4)};
  World w(test::finished(m));
  Rules rules = easy(0_s);
  run(w, rules, at(55));
  CHECK(w.slot(0).job.tasks == 2);
  run(w, rules, at(65));
  CHECK(w.slot(0).job.tasks == 4);
}

TEST_CASE("elastic: its wait counts among jobs of the size that it asked for") {
  Model m = test::cluster({{test::node(8), 1}});
  m.jobs = {job(0, 0, 100, 1, 6), elastic(1, 0, 600, 2, 8)};
  World w(test::finished(m));
  Rules rules = easy(1_h);
  run(w, rules, at(10'000));
  const JobStats& stats = w.kpis().owners[0].by_size[size_class(w.model().jobs[1])];
  CHECK(stats.wait.count() == 1);
  CHECK(stats.completion.count() == 1);
}

TEST_CASE("elastic: what delays the first job with a longer limit may not with a shorter one") {
  Model m = test::cluster({{test::node(8), 1}});
  m.jobs = {job(0, 0, 100, 2), job(1, 0, 100, 8), elastic(2, 0, 1000, 3, 6),
            elastic(3, 0, 90, 3, 6)};
  World w(test::finished(m));
  Rules rules = easy(1_h);
  run(w, rules, at(1));
  CHECK(w.slot(2).state == JobSlot::State::waiting);
  CHECK(w.slot(3).state == JobSlot::State::running);
}

TEST_CASE("elastic: the first job is promised what it can run with, whoever else is promised") {
  Model m = test::cluster({{test::node(8), 1}});
  m.queues.push_back({"other", 0});
  m.jobs = {job(0, 0, 100, 4), job(1, 0, 200, 3), elastic(2, 1, 500, 5, 8), job(3, 2, 100, 8),
            job(4, 10, 150, 1)};
  m.jobs[3].queue = 1;
  World w(test::finished(m));
  Rules rules = easy(1_h);
  run(w, rules, at(50));
  CHECK(w.slot(4).state == JobSlot::State::waiting);  // it would delay the third from 100 s on
}

TEST_CASE("elastic: new rules decide alike") {
  for (const Order order : {Order::fifo, Order::easy, Order::conservative}) {
    for (uint64_t seed = 0; seed < 8; ++seed) {
      Model m = *test::random_model(seed, 150);
      Random r{seed, 2, 0};
      for (Job& j : m.jobs) {
        if (j.gpus == 0 || j.gpu_milli < kWholeGpu || j.tasks > 100 || r.chance(0.5)) continue;
        j.tasks = 2 + static_cast<uint32_t>(r.below(8));
        j.min_tasks = 1 + static_cast<uint32_t>(r.below(j.tasks));
      }
      World w(test::finished(m));
      const RuleOptions options{.order = order, .placement = FirstFit{}, .grow_after = 5_s};
      Rules kept(options);
      while (const auto request = w.advance(at(2000))) {
        Rules fresh(options);
        const World::Action& a = kept.decide(w, *request);
        const World::Action& b = fresh.decide(w, *request);
        CAPTURE(seed);
        REQUIRE(a.kind == b.kind);
        if (a.kind != World::Action::Kind::wait) {
          REQUIRE(a.slot == b.slot);
          REQUIRE(a.places == b.places);
        }
        w.act(a);
      }
    }
  }
}

}  // namespace
}  // namespace dure::fleet
