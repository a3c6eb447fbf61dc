#include <map>

#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::run;

struct Start {
  Time time;
  std::vector<Place> places;
};

std::vector<uint32_t> nodes_of(const Start& s) {
  std::vector<uint32_t> out;
  for (const Place& p : s.places) out.push_back(p.node);
  std::sort(out.begin(), out.end());
  return out;
}

// forgetful: each question is answered by new rules, as after a snapshot.
std::map<uint64_t, Start> starts_of(World& w, Rules& rules, bool forgetful = false) {
  std::map<uint64_t, Start> out;
  const Rules unused = rules;
  while (const auto request = w.advance(Time::never())) {
    if (forgetful) rules = unused;
    const World::Action& a = rules.decide(w, *request);
    if (a.kind == World::Action::Kind::start)
      out.try_emplace(w.slot(a.slot).job.number, Start{w.now(), a.places});
    w.act(a);
  }
  return out;
}

// The model with a record of those starts.
Model recorded(const Model& m, const std::map<uint64_t, Start>& starts, Time until) {
  Model out = m;
  uint64_t numbers = 0;
  for (const Job& j : m.jobs) numbers = std::max(numbers, j.number + 1);
  out.recorded.resize(numbers);
  out.as_recorded_until = until;
  for (const auto& [number, start] : starts) {
    Recorded& r = out.recorded[number];
    r.start = start.time;
    for (const Place& p : start.places) r.nodes.push_back(p.node);
  }
  return out;
}

TEST_CASE("recorded: another policy's starts are repeated, then the policy goes on its own way") {
  uint64_t repeated = 0, differ = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    // Where a record is all there is to know: whole GPUs, and no job that is over at once.
    Model whole = *test::random_model(seed);
    for (Job& j : whole.jobs) {
      j.gpu_milli = kWholeGpu;
      j.duration = std::max(j.duration, 1_s);
    }
    const auto model = test::finished(whole);
    World original(model);
    Rules easy(Order::easy, RandomFit{});
    const auto truth = starts_of(original, easy);
    Time last{0};
    for (const auto& [number, start] : truth) last = std::max(last, start.time);

    for (const Time until : {last + 1_ns, Time{last.ns / 2}}) {
      World again(test::finished(recorded(*model, truth, until)));
      Rules fifo(Order::fifo, FirstFit{});
      const auto starts = starts_of(again, fifo, seed % 2 == 0);
      uint64_t on_record = 0;
      for (const auto& [number, start] : truth) {
        const auto found = starts.find(number);
        if (start.time >= until) {
          CHECK((found == starts.end() || found->second.time >= until));
          differ += found == starts.end() || found->second.time != start.time;
          continue;
        }
        ++on_record;
        REQUIRE(found != starts.end());
        CHECK(found->second.time == start.time);
        CHECK(nodes_of(found->second) == nodes_of(start));
      }
      repeated += on_record;
      uint64_t counted = 0, otherwise = 0;
      for (const OwnerKpis& k : again.kpis().owners) {
        counted += k.as_recorded;
        otherwise += k.not_as_recorded;
      }
      CHECK(counted == on_record);
      CHECK(otherwise == 0);
    }
  }
  CHECK(repeated > 5000);
  CHECK(differ > 500);
}

TEST_CASE("recorded: nothing without a record starts before, and nothing fails") {
  NodeType type = test::node(8);
  type.faults_per_day = 50;
  type.repair = *Distribution::parse("constant(1h)");
  Model m = test::cluster({{type, 4}});
  m.kinds = {{.faults_per_day = 50}};
  m.end = at(4 * 86400);
  for (uint64_t n = 0; n < 4; ++n) m.jobs.push_back(job(n, 0, 3 * 86400, 8));
  m.recorded = {{at(10), {2}}, {at(20), {}}, {at(86400), {3}}};
  m.as_recorded_until = at(86400);
  World w(test::finished(m));
  Rules rules(Order::easy, FirstFit{});
  run(w, rules, at(86399));
  CHECK(w.slot(0).state == JobSlot::State::running);
  CHECK(w.slot(0).start == at(10));
  CHECK(w.places(w.slot(0))[0].node == 2);
  CHECK(w.slot(1).start == at(20));
  CHECK(w.slot(2).state == JobSlot::State::waiting);  // its start is as the policy finds it
  CHECK(w.slot(3).state == JobSlot::State::waiting);
  CHECK(w.kpis().pools[0].node_faults == 0);
  CHECK(w.kpis().owners[0].crashed == 0);
  run(w, rules, at(86400));
  CHECK(w.slot(2).state == JobSlot::State::running);
  CHECK(w.slot(3).state == JobSlot::State::running);
  CHECK(w.kpis().owners[0].as_recorded == 2);
  run(w, rules, at(2 * 86400));
  CHECK(w.kpis().pools[0].node_faults > 10);
  CHECK(w.kpis().owners[0].crashed > 10);
}

TEST_CASE("recorded: tasks are spread over the nodes in turn, and wait where there is no room") {
  Model m = test::cluster({{test::node(8), 3}});
  m.jobs = {job(0, 0, 100, 2, 5), job(1, 0, 100, 8), job(2, 5, 100, 8)};
  m.recorded = {{at(0), {0, 1}}, {at(5), {2}}, {at(5), {2}}};
  m.as_recorded_until = at(1000);
  World w(test::finished(m));
  Rules rules(Order::fifo, BestFit{});
  run(w, rules, at(50));
  std::vector<uint32_t> nodes;
  for (uint32_t t = 0; t < 5; ++t) nodes.push_back(w.places(w.slot(0))[t].node);
  CHECK(nodes == std::vector<uint32_t>{0, 0, 0, 1, 1});
  CHECK(w.slot(2).state == JobSlot::State::waiting);
  run(w, rules, at(101));  // on a node that is not the recorded one
  CHECK(w.slot(2).start == at(100));
  CHECK(w.kpis().owners[0].as_recorded == 2);
  CHECK(w.kpis().owners[0].not_as_recorded == 1);
}

TEST_CASE("recorded: quotas and budgets that hold from then on change nothing before") {
  Model m = test::cluster({{test::node(8), 2}});
  m.accounts = {{.name = "owner"}};
  m.quotas = {{at(0), 0, 0, {.nominal = 8'000}}};
  m.accounts[0].budget_gpu_h = 0;
  m.jobs = {job(0, 0, 100, 8), job(1, 0, 2000, 8), job(2, 0, 100, 1)};
  m.recorded = {{at(0), {0}}, {at(0), {1}}};
  m.as_recorded_until = at(1000);
  World w(test::finished(m));
  Rules rules(Order::fifo, BestFit{});
  run(w, rules, at(50));
  CHECK(w.account(0).held == 16'000);
  CHECK(w.quota_left(0, 0) == -8'000);
  CHECK(w.consistent());
  run(w, rules, at(5000));
  CHECK(w.kpis().owners[0].as_recorded == 2);
  CHECK(w.kpis().owners[0].ended == 2);
  CHECK(w.slot(2).state == JobSlot::State::waiting);  // there is no budget left
}

TEST_CASE("recorded: times of a record have start-up and checkpoints in them") {
  Model m = test::cluster({{test::node(8), 1}});
  m.kinds = {{.startup = 50_s, .checkpoint_every = 100_s, .checkpoint = 10_s}};
  m.jobs = {job(0, 0, 1000, 8), job(1, 0, 1000, 8), job(2, 0, 100, 8)};
  m.recorded = {{at(0), {0}}, {at(1000), {0}}};
  m.as_recorded_until = at(1001);
  m.windows = {{.name = "w", .from = at(1550), .until = at(1600), .nodes = 1}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(1549));
  CHECK(w.kpis().owners[0].as_recorded == 2);
  CHECK(w.earliest_end(w.slot(1)) == at(2000));
  run(w, rules, at(1600));
  CHECK(w.slot(1).done == 500_s);  // safe by checkpoints all the same
  CHECK(w.consistent());
  run(w, rules, at(1600 + 50 + 500 + 4 * 10 - 1));
  CHECK(w.kpis().owners[0].ended == 1);
  run(w, rules, at(1600 + 50 + 500 + 4 * 10));
  CHECK(w.kpis().owners[0].ended == 2);
}

TEST_CASE("recorded: a window that begins when a job may still run keeps it from no node") {
  Model m = test::cluster({{test::node(8), 2}});
  for (const bool drains : {false, true}) {
    CAPTURE(drains);
    m.windows = {{.name = "down",
                  .from = at(1000),
                  .until = at(5000),
                  .first_node = 0,
                  .nodes = 1,
                  .drains = drains}};
    m.jobs = {job(0, 0, 100, 8), job(1, 0, 3000, 8), job(2, 900, 100, 8), job(3, 1500, 100, 8)};
    m.jobs[0].limit = 2000_s;
    m.recorded = {{at(0), {0}}, {at(100), {0}}, {at(900), {1}}};
    m.as_recorded_until = at(1000);
    World w(test::finished(m));
    Rules rules(Order::easy, FirstFit{});
    run(w, rules, at(999));
    CHECK(w.places(w.slot(1))[0].node == 0);
    CHECK(w.kpis().owners[0].as_recorded == 3);
    run(w, rules, at(1000));  // drained, it runs on; else it goes on elsewhere
    const JobSlot& s = w.slot(1);
    CHECK(s.state == JobSlot::State::running);
    CHECK(w.places(s)[0].node == (drains ? 0 : 1));
    CHECK(w.consistent());
    run(w, rules, at(9000));
    CHECK(w.kpis().owners[0].ended == 4);
    CHECK(w.kpis().owners[0].preempted == (drains ? 0 : 1));
  }
}

}  // namespace
}  // namespace dure::fleet
