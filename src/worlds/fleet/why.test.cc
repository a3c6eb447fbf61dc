#include "worlds/fleet/why.h"

#include <doctest/doctest.h>

#include "kernel/world.h"
#include "worlds/fleet/names.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Kind = Obstacle::Kind;

World run_to(Model m, Time end, const RuleOptions& rules = {}) {
  World w(test::finished(std::move(m)));
  run(w, Rules(rules), end);
  return w;
}

Why ask(const World& w, uint64_t number, const RuleOptions& rules = {}) {
  const auto answer = why(w, rules, number);
  REQUIRE(answer.ok());
  return *answer;
}

const Obstacle* find(const Why& w, Kind kind) {
  for (const Obstacle& o : w.obstacles) {
    if (o.kind == kind) return &o;
  }
  return nullptr;
}

bool says(const Why& w, Kind kind, const std::string& words) {
  const Obstacle* o = find(w, kind);
  CAPTURE((o == nullptr ? std::string("no such obstacle") : o->text));
  const bool found = o != nullptr && o->text.find(words) != std::string::npos;
  CHECK(found);
  return found;
}

TEST_CASE("fleet why: of a job that waits for GPUs, where it stands and when it starts") {
  Model m = test::cluster({{node(8), 2}});
  m.jobs = {job(0, 0, 1000, 8), job(1, 0, 3000, 8), job(2, 10, 500, 8, 2), job(3, 20, 400, 8, 2),
            job(4, 1500, 60'000, 8)};
  m.job_name = {"one", "two", "three", "four", "five"};
  const RuleOptions fifo{.order = Order::fifo};
  const World w = run_to(m, at(100), fifo);
  const Why three = ask(w, 2, fifo), four = ask(w, 3, fifo);
  CHECK(three.state == Why::State::waiting);
  CHECK(three.name == "three");
  CHECK(three.place == 1);
  CHECK(three.waiting == 2);
  CHECK(three.obstacles.size() == 1);
  says(three, Kind::gpus, "0 GPUs of 16 GPUs in service are free, the job needs 16 GPUs");
  CHECK(three.alone.end == Forecast::End::starts);
  CHECK(three.alone.at == at(3000));
  CHECK(four.place == 2);
  CHECK(four.gpus_ahead == 16'000);
  CHECK(four.alone.at == at(3500));
  REQUIRE(four.with_rest);
  CHECK(four.with_rest->at == at(3500));  // behind it nobody passes
  CHECK(find_job(w, "four") == 3);
  CHECK(find_job(w, "3") == 3);
  CHECK_FALSE(find_job(w, "six"));
  CHECK_FALSE(find_job(w, "5"));
}

TEST_CASE("fleet why: jobs that come later may pass, in the forecast that knows them") {
  Model m = test::cluster({{node(8), 1}});
  m.jobs = {job(0, 0, 1000, 8), job(1, 10, 500, 8), job(2, 20, 100, 8)};
  m.jobs[2].priority = 5;
  RuleOptions rules{.order = Order::fifo};
  rules.rank.rank = Rank::priority;
  const World w = run_to(m, at(15), rules);
  const Why one = ask(w, 1, rules);
  CHECK(one.alone.at == at(1000));
  REQUIRE(one.with_rest);
  CHECK(one.with_rest->at == at(1100));
  CHECK(ask(w, 2, rules).state == Why::State::unsubmitted);
}

TEST_CASE("fleet why: sources send nothing more in the forecast without arrivals") {
  Model m = test::cluster({{node(8), 4}});
  m.end = m.start + 20_d;
  Source s;
  s.name = "training";
  s.load = 1.4;
  s.gpus = *Distribution::parse("uniform(1, 16)");
  s.duration = *Distribution::parse("4h");
  m.sources = {s};
  RuleOptions rules;
  rules.rank.rank = Rank::shortest;  // later and smaller jobs pass
  const World w = run_to(m, m.start + 5_d, rules);
  REQUIRE(w.queue_length(0) > 10);
  const std::vector<uint32_t> slots = in_order(w, rules.rank, 0);
  CHECK(slots.size() == w.queue_length(0));
  const Job& last = w.slot(slots.back()).job;
  const Why answer = ask(w, last.number, rules);
  CHECK(answer.place == slots.size());
  CHECK(answer.alone.end == Forecast::End::starts);
  // All that are before it take at least so long.
  CHECK(answer.alone.at >=
        w.now() + from_seconds(static_cast<double>(answer.gpus_ahead) / 32'000 * 4 * 3600) - 4_h);
  REQUIRE(answer.with_rest);
  CHECK(answer.with_rest->at > answer.alone.at);

  const std::string name = job_name(w.model(), last.number);
  CHECK(name.starts_with("owner/training#"));
  CHECK(find_job(w, name) == last.number);
  // What really becomes of it is the second forecast.
  World later = w;
  run(later, Rules(rules), answer.with_rest->at);
  CHECK(ask(later, last.number, rules).start == answer.with_rest->at);
}

TEST_CASE("fleet why: quotas, who borrows, and budgets") {
  Model m = test::cluster({{node(8), 4}});
  m.accounts = {{"all", kNoAccount, 0}, {"a", 0, 0}, {"b", 0, 0}};
  m.quotas = {{m.start, 1, 0, {.nominal = 16'000, .borrowing = 4'000}},
              {m.start, 2, 0, {.nominal = 16'000}}};
  m.jobs = {job(0, 0, 1000, 8), job(1, 0, 2000, 8), job(2, 10, 500, 8), job(3, 20, 300, 8, 4)};
  for (Job& j : m.jobs) j.account = 1;
  World w = run_to(m, at(100));
  Why two = ask(w, 2);
  CHECK(two.obstacles.size() == 1);
  says(two, Kind::quota, "\"all/a\" may take 4 GPUs more and the job needs 8 GPUs");
  says(two, Kind::quota, "\"all/a\" may borrow 4 GPUs beyond its 16 GPUs, and holds 16 GPUs");
  CHECK(two.alone.at == at(1000));
  CHECK(ask(w, 3).alone.end == Forecast::End::nothing_left);

  // b has borrowed what a is entitled to.
  m.quotas[0].limits.borrowing = kNoLimit;
  m.jobs = {job(0, 0, 1000, 8, 3), job(1, 10, 500, 8, 2)};
  m.jobs[0].account = 2;
  m.jobs[1].account = 1;
  w = run_to(m, at(100));
  const Why one = ask(w, 1);
  says(one, Kind::quota, "\"all\" has a quota of 32 GPUs, of which 24 GPUs are held");
  says(one, Kind::quota, "\"all/b\" borrows 8 GPUs; the job is within its own quota");
  says(one, Kind::quota, "policy.reclaim");
  CHECK(find(one, Kind::gpus) != nullptr);

  m.quotas.clear();
  m.accounts[2].budget_gpu_h = 5;
  m.budget_period = 1_d;
  m.jobs = {job(0, 0, 1000, 8, 3), job(1, 10, 500, 8, 1)};
  m.jobs[0].account = m.jobs[1].account = 2;
  w = run_to(m, at(2000));
  CHECK(ask(w, 1).state == Why::State::gone);  // there was some budget left
  m.jobs[1].submit = at(1500);
  w = run_to(m, at(2000));
  const Why held = ask(w, 1);
  CHECK(held.obstacles.size() == 1);
  says(held, Kind::budget, "\"all/b\" has used 6 of its 5 GPU-h");
  says(held, Kind::budget, to_string(m.start + 1_d));
  CHECK(held.alone.at == m.start + 1_d);
}

TEST_CASE("fleet why: topology, fragments, CPU, windows and the order") {
  Model m = test::cluster({{node(8), 4}});
  m.pools[0].nodes_per_domain = m.pools[0].nodes_per_rack = 2;
  m.kinds = {{.name = "any"}, {.name = "tight", .required = Level::domain}};
  m.jobs = {job(0, 0, 1000, 8), job(1, 0, 3000, 8), job(2, 0, 500, 8), job(3, 0, 400, 8),
            job(4, 600, 100, 8, 2)};
  m.jobs[4].kind = 1;
  // First fit: nodes 0 to 3 run jobs 0 to 3, and 2 and 3 are free from 500 s on.
  const RuleOptions rules{.order = Order::fifo, .placement = FirstFit{}};
  m.jobs[2].duration = m.jobs[2].limit = 2000_s;
  m.jobs[0].duration = m.jobs[0].limit = 500_s;  // nodes 0 and 3 are free then
  World w = run_to(m, at(700), rules);
  Why tight = ask(w, 4, rules);
  CHECK(tight.obstacles.size() == 1);
  says(tight, Kind::topology, "all 2 tasks of 8 GPUs have to be in one domain (2 nodes)");
  says(tight, Kind::topology, "has it for 1, though there is room for 2 in all");
  CHECK(tight.alone.at == at(2000));

  m = test::cluster({{node(8, 64), 2}});
  m.jobs = {job(0, 0, 1000, 5), job(1, 0, 2000, 5), job(2, 5, 100, 6), job(3, 6, 100, 2)};
  m.jobs[3].cpu_milli = 60'000;
  m.jobs[0].cpu_milli = m.jobs[1].cpu_milli = 10'000;
  w = run_to(m, at(10), rules);
  says(ask(w, 2, rules), Kind::scattered, "6 GPUs of 16 GPUs in service are free, but in pieces");
  says(ask(w, 3, rules), Kind::cpu_memory,
       "CPU and memory (60 cores and 0 GiB for a task) for none");
  m.jobs[3].cpu_milli = 0;
  w = run_to(m, at(10), rules);
  const Why behind = ask(w, 3, rules);
  CHECK(behind.obstacles.size() == 1);
  says(behind, Kind::order, "1 job is before it, and none may pass");
  CHECK(ask(w, 0, rules).state == Why::State::running);
  CHECK(ask(w, 0, rules).end == at(1000));
  CHECK(ask(w, 0, rules).nodes == std::vector<uint32_t>{0});

  m.jobs = {job(0, 0, 1000, 8)};
  m.windows = {{"service", at(500), at(900), 0, 2, kNoAccount}};
  w = run_to(m, at(10), rules);
  const Why kept = ask(w, 0, rules);
  says(kept, Kind::window, "window \"service\" keeps nodes free from");
  CHECK(kept.alone.at == at(900));
}

TEST_CASE("fleet why: a replica that is withdrawn before it would start") {
  Model m = test::cluster({{node(4), 1}});
  m.end = at(86'400);
  Service s;
  s.name = "chat";
  s.replicas = 6;
  s.by_hour.fill(0.5);
  s.by_hour[1] = 1;  // six of one GPU at 1 h, three from 2 h on
  s.every = 1_h;
  m.services = {s};
  const World w = run_to(std::move(m), at(3600));
  REQUIRE(w.queue_length(0) == 2);
  const uint64_t number = w.slot(w.queue_head(0)).job.number;
  const Why why = ask(w, number);
  CHECK(why.name == "owner/chat#" + std::to_string(number & 0xFFFF));
  CHECK(find_job(w, why.name) == number);
  CHECK(why.alone.end == Forecast::End::withdrawn);
  CHECK(why.alone.at == at(7200));
}

TEST_CASE("fleet why: jobs that ended, were rejected or cannot be") {
  Model m = test::cluster({{node(8), 1}});
  m.jobs = {job(0, 0, 10, 8), job(1, 0, 10, 8, 3)};
  const World w = run_to(m, at(100));
  CHECK(ask(w, 0).state == Why::State::gone);
  CHECK(ask(w, 1).state == Why::State::rejected);
  CHECK_FALSE(why(w, {}, 7).ok());
}

}  // namespace
}  // namespace dure::fleet
