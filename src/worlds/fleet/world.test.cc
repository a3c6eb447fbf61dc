#include "worlds/fleet/world.h"

#include <algorithm>
#include <bit>
#include <map>

#include <doctest/doctest.h>

#include "kernel/archive.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

// REQUIRE for the millions.
#define HOLDS(...)                          \
  do {                                      \
    if (!(__VA_ARGS__)) FAIL(#__VA_ARGS__); \
  } while (false)

// The books against a recount from the running jobs.
void check_books(const World& w) {
  const Model& m = w.model();
  std::vector<uint32_t> cpu(m.nodes()), tasks(m.nodes());
  std::vector<uint64_t> memory(m.nodes());
  std::vector<std::vector<uint32_t>> gpu(m.nodes());
  for (uint32_t n = 0; n < m.nodes(); ++n) gpu[n].resize(m.type_of(n).gpus);
  std::vector<double> allocated(m.owners.size()), waiting(m.owners.size()),
      pool_allocated(m.pools.size());
  std::vector<uint32_t> waiting_jobs(m.owners.size());
  std::vector<size_t> running(m.pools.size());
  uint64_t used_milli = 0;
  std::vector<uint32_t> queue_length(m.queues.size());
  for (uint32_t i = 0; i < w.slots(); ++i) {
    const JobSlot& s = w.slot(i);
    const auto milli = static_cast<double>(s.job.total_gpu_milli());
    if (s.state == JobSlot::State::waiting) {
      ++queue_length[s.job.queue];
      ++waiting_jobs[s.job.owner];
      waiting[s.job.owner] += milli;
    }
    if (s.state != JobSlot::State::running) continue;
    allocated[s.job.owner] += milli;
    pool_allocated[m.queues[s.job.queue].pool] += milli;
    ++running[m.queues[s.job.queue].pool];
    used_milli += s.job.total_gpu_milli();
    for (uint32_t t = 0; t < s.job.tasks; ++t) {
      const Place& p = w.places(s)[t];
      cpu[p.node] += s.job.cpu_milli;
      memory[p.node] += s.job.memory_mib;
      ++tasks[p.node];
      HOLDS(static_cast<uint32_t>(std::popcount(p.gpus)) == s.job.gpus);
      for (uint32_t g = 0; g < 32; ++g) {
        if (p.gpus >> g & 1) gpu[p.node].at(g) += s.job.gpu_milli;
      }
    }
  }
  uint64_t gpus_on_used = 0;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> counts;  // (class, free GPUs)
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    const NodeType& type = m.type_of(n);
    const bool there = w.in_service(n);
    HOLDS(w.cpu_left(n) == (there ? type.cpu_milli - cpu[n] : 0));
    HOLDS(w.memory_left(n) == (there ? type.memory_mib - memory[n] : 0));
    HOLDS(w.tasks_on(n) == tasks[n]);
    uint32_t free = 0, left = 0, share = 0;
    for (uint32_t g = 0; g < type.gpus; ++g) {
      HOLDS(gpu[n][g] <= kWholeGpu);
      HOLDS(w.gpu_left(n)[g] == (there ? kWholeGpu - gpu[n][g] : 0));
      free += there && gpu[n][g] == 0;
      left += w.gpu_left(n)[g];
      if (w.gpu_left(n)[g] < kWholeGpu) share = std::max<uint32_t>(share, w.gpu_left(n)[g]);
    }
    HOLDS(w.free_gpus(n) == free);
    HOLDS(w.gpu_milli_left(n) == left);
    if (tasks[n] > 0) gpus_on_used += type.gpus;
    const uint32_t c = m.node_class[n], position = m.node_position[n];
    if (there) ++counts[{c, free}];
    for (uint32_t f = 0; f <= type.gpus; ++f) {
      HOLDS((w.free().next_free(c, f, position) == position) == (there && f == free));
    }
    for (uint32_t level = 0; level < FreeIndex::kShareLevels; ++level) {
      HOLDS((w.free().next_share(c, level, position) == position) ==
            (share > 0 && share * FreeIndex::kShareLevels / kWholeGpu == level));
    }
  }
  for (uint32_t c = 0; c < m.classes.size(); ++c) {
    for (uint32_t f = 0; f <= m.node_types[m.classes[c].type].gpus; ++f) {
      HOLDS(w.free().count(c, f) == (counts.contains({c, f}) ? counts[{c, f}] : 0));
    }
  }
  HOLDS(w.kpis().used_gpu_milli == used_milli);
  HOLDS(w.kpis().gpus_on_used_nodes == gpus_on_used);
  for (uint32_t o = 0; o < m.owners.size(); ++o) {
    const OwnerKpis& k = w.kpis().owners[o];
    HOLDS(k.allocated.value() == allocated[o]);
    HOLDS(k.waiting.value() == waiting[o]);
    HOLDS(k.waiting_jobs.value() == waiting_jobs[o]);
    HOLDS(k.allocated_over_time.value() == allocated[o]);
    HOLDS(k.arrived == k.started + waiting_jobs[o] + k.dropped + k.rejected);
  }
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    HOLDS(w.kpis().pools[p].allocated.value() == pool_allocated[p]);
    HOLDS(w.running(p).size() == running[p]);
    Time before = w.model().start;
    w.running(p).each([&](const RunEnd& x, const auto&) {
      HOLDS(before <= x.end);
      before = x.end;
      return true;
    });
  }
  // A queue's list, both ways.
  for (uint32_t q = 0; q < m.queues.size(); ++q) {
    uint32_t n = 0, previous = kNoSlot;
    for (uint32_t i = w.queue_head(q); i != kNoSlot; i = w.slot(i).next, ++n) {
      HOLDS(w.slot(i).state == JobSlot::State::waiting);
      HOLDS(w.slot(i).job.queue == q);
      HOLDS(w.slot(i).previous == previous);
      previous = i;
    }
    HOLDS(n == w.queue_length(q));
    HOLDS(n == queue_length[q]);
  }
}

struct Case {
  Order order;
  Placement placement;
};
std::vector<Case> cases() {
  std::vector<Case> out;
  for (const Order order : {Order::fifo, Order::easy, Order::loss}) {
    for (Placement& p : test::placements()) out.push_back({order, std::move(p)});
  }
  return out;
}
Rules rules_of(const Case& c) { return Rules(c.order, c.placement, {.depth = 7}); }

TEST_CASE(
    "fleet: the books are right after every event, and the integrals are those of a recount") {
  uint64_t seed = 1;
  for (const Case& c : cases()) {
    const auto model = test::random_model(seed++, 150);
    World w(model);
    Rules rules = rules_of(c);
    std::vector<double> allocated(2), busy(2), waiting(2), waiting_jobs(2), installed(2);
    uint64_t handled = 0;
    for (;;) {
      const Time next = w.next_event_time();
      if (next == Time::never()) break;
      // What has stood since the last event, times how long.
      const double seconds = (next - w.now()).seconds();
      if (seconds > 0) {
        for (uint32_t i = 0; i < w.slots(); ++i) {
          const JobSlot& s = w.slot(i);
          const double x = seconds * static_cast<double>(s.job.total_gpu_milli());
          if (s.state == JobSlot::State::running) {
            allocated[s.job.owner] += x;
            busy[s.job.owner] += x * s.job.busy_milli / 1000;
          } else if (s.state == JobSlot::State::waiting) {
            waiting[s.job.owner] += x;
            waiting_jobs[s.job.owner] += seconds;
          }
        }
        for (uint32_t n = 0; n < model->nodes(); ++n) {
          if (w.in_service(n))
            installed[model->node_pool[n]] += seconds * model->type_of(n).gpus * kWholeGpu;
        }
      }
      if (const auto request = w.advance(next)) {
        check_books(w);
        w.act(rules.decide(w, *request));
      }
      check_books(w);
      REQUIRE(w.events_handled() >= handled);
      handled = w.events_handled();
    }
    const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-9); };
    uint64_t arrived = 0;
    for (uint32_t o = 0; o < 2; ++o) {
      const OwnerKpis& k = w.kpis().owners[o];
      CHECK(k.allocated.integral(w.now()) == near(allocated[o]));
      CHECK(k.busy.integral(w.now()) == near(busy[o]));
      CHECK(k.waiting.integral(w.now()) == near(waiting[o]));
      CHECK(k.waiting_jobs.integral(w.now()) == near(waiting_jobs[o]));
      CHECK(w.kpis().pools[o].installed.integral(w.now()) == near(installed[o]));
      arrived += k.arrived;
    }
    CHECK(arrived == model->jobs.size());
  }
}

TEST_CASE("fleet: when all jobs have ended everything is free again") {
  Model m = test::cluster({{node(8), 4}, {node(4), 4}});
  Random r{5, 0, 0};
  for (uint64_t i = 0; i < 500; ++i) {
    Job j = job(i, static_cast<int64_t>(r.below(1000)), static_cast<int64_t>(r.below(30)),
                1 + static_cast<uint32_t>(r.below(8)), 1 + static_cast<uint32_t>(r.below(3)));
    if (r.chance(0.4))
      j.gpus = j.tasks = 1, j.gpu_milli = 100 + static_cast<uint32_t>(r.below(800));
    m.jobs.push_back(j);
  }
  const auto model = test::finished(std::move(m));
  for (const Case& c : cases()) {
    World w(model);
    Rules rules = rules_of(c);
    run(w, rules, Time::never());
    check_books(w);
    CHECK(w.kpis().used_gpu_milli == 0);
    CHECK(w.running(0).empty());
    const OwnerKpis& k = w.kpis().owners[0];
    CHECK(k.ended + k.dropped + k.rejected == 500);
    if (c.order != Order::loss) CHECK(k.dropped == 0);
    // Slots and places are used again.
    CHECK(w.slots() < 500);
  }
}

// A run with stops: at each time the world, and perhaps the rules, are exchanged by `stop`.
template <class Stop>
uint64_t run_with_stops(const std::shared_ptr<const Model>& model, const Case& c,
                        const std::vector<Time>& times, Stop&& stop) {
  World w(model);
  Rules rules = rules_of(c);
  for (const Time t : times) {
    run(w, rules, t);
    stop(w, rules);
  }
  run(w, rules, at(5000));  // beyond the last event
  return digest_of(w);
}

std::vector<Time> random_times(uint64_t seed) {
  std::vector<Time> out;
  Random r{seed, 9, 0};
  for (int i = 0; i < 12; ++i) {  // whole seconds are when things happen
    out.push_back(r.chance(0.5) ? at(static_cast<int64_t>(r.below(500)))
                                : Time{static_cast<int64_t>(r.below(500'000'000'000))});
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST_CASE("fleet: a paused, a branched and a restored run end as a straight one") {
  uint64_t seed = 100;
  for (const Case& c : cases()) {
    for (int round = 0; round < 3; ++round) {
      const auto model = test::random_model(++seed);
      CAPTURE(seed);
      CAPTURE(static_cast<int>(c.order));
      CAPTURE(c.placement.index());
      const std::vector<Time> times = random_times(seed);
      const uint64_t straight = run_with_stops(model, c, {}, [](World&, Rules&) {});

      CHECK(run_with_stops(model, c, times, [](World&, Rules&) {}) == straight);

      // A branch goes its own way; the run goes on as if there were none. The rules that have seen
      // the branch serve it again.
      CHECK(run_with_stops(model, c, times, [&](World& w, Rules& rules) {
              World branch = w;
              const uint64_t before = digest_of(w);
              Rules other(Order::loss, BestFit{});
              run(branch, other, w.now() + 40_s);
              run(branch, rules, Time::never());
              REQUIRE(digest_of(w) == before);
            }) == straight);

      // Through bytes, and with rules that know nothing of what was before.
      CHECK(run_with_stops(model, c, times, [&](World& w, Rules& rules) {
              StateWriter out;
              out(w);
              World restored(model);
              StateReader in(out.bytes());
              in(restored);
              REQUIRE(in.finished());
              REQUIRE(restored.consistent());
              REQUIRE(digest_of(restored) == digest_of(w));
              w = restored;
              rules = rules_of(c);
            }) == straight);
    }
  }
}

TEST_CASE("fleet: new rules at every question decide alike") {
  for (const Case& c : cases()) {
    for (uint64_t seed = 300; seed < 303; ++seed) {
      const auto model = test::random_model(seed, 150);
      World w(model), other(model);
      Rules rules = rules_of(c);
      run(w, rules, Time::never());
      while (const auto request = other.advance(Time::never())) {
        Rules fresh = rules_of(c);
        other.act(fresh.decide(other, *request));
      }
      CAPTURE(seed);
      CAPTURE(static_cast<int>(c.order));
      CHECK(digest_of(w) == digest_of(other));
    }
  }
}

TEST_CASE("fleet: another model's state is refused") {
  const auto small = test::random_model(1), large = test::finished(test::cluster({{node(8), 50}}));
  StateWriter out;
  out(World(small));
  World w(large);
  StateReader in(out.bytes());
  in(w);
  CHECK_FALSE((in.finished() && w.consistent()));
}

// Starts whatever fits first, and notes when which job started.
struct Log {
  Rules rules{Order::fifo, FirstFit{}};
  std::map<uint64_t, Time> started;
  int questions = 0;

  const Action& decide(const World& w, const World::Request& request) {
    ++questions;
    const Action& a = rules.decide(w, request);
    if (a.kind == Action::Kind::start) started[w.slot(a.slot).job.number] = w.now();
    return a;
  }
};

TEST_CASE("fleet: at one instant ends and deliveries come before decisions, whatever came first") {
  Model m = test::cluster({{node(1), 1}});
  m.deliveries.push_back({at(20), 1, 1});
  m.add_nodes(0, 1);
  m.jobs = {job(1, 0, 10, 1), job(2, 10, 10, 1), job(3, 20, 5, 1), job(4, 20, 5, 1)};
  World w(test::finished(std::move(m)));
  Log log;
  run(w, log, Time::never());
  CHECK(log.started == std::map<uint64_t, Time>{{1, at(0)}, {2, at(10)}, {3, at(20)}, {4, at(20)}});
  CHECK(w.now() == at(25));
}

TEST_CASE("fleet: jobs of no duration start and end, one after another") {
  Model m = test::cluster({{node(1), 1}});
  for (uint64_t i = 0; i < 5; ++i) m.jobs.push_back(job(i, 7, 0, 1));
  World w(test::finished(std::move(m)));
  Log log;
  run(w, log, Time::never());
  CHECK(w.now() == at(7));
  CHECK(w.kpis().owners[0].ended == 5);
  CHECK(w.kpis().owners[0].allocated.integral(w.now()) == 0);
  for (const auto& [number, time] : log.started) CHECK(time == at(7));
}

TEST_CASE("fleet: a job for ever keeps its GPUs, and the run ends") {
  Model m = test::cluster({{node(2), 1}});
  m.jobs = {job(1, 0, 0, 1), job(2, 1, 5, 1), job(3, 2, 5, 2)};
  m.jobs[0].duration = m.jobs[0].limit = Duration::max();
  World w(test::finished(std::move(m)));
  Log log;
  run(w, log, Time::never());
  CHECK(w.now() == at(6));
  CHECK(log.started.size() == 2);
  CHECK(w.next_event_time() == Time::never());
  run(w, log, at(100));
  CHECK(w.now() == at(100));
  CHECK(w.kpis().owners[0].allocated.integral(at(100)) == doctest::Approx(1000.0 * (100 + 5)));
}

TEST_CASE("fleet: what can never run is rejected, what a delivery will allow waits") {
  Model m = test::cluster({{node(4), 2}});
  m.deliveries.push_back({at(50), 2, 1});
  m.add_nodes(0, 1);
  m.jobs = {job(1, 0, 1, 5), job(2, 0, 1, 4, 4), job(3, 0, 1, 1), job(4, 0, 1, 4, 3),
            job(5, 0, 1, 1)};
  m.jobs[2].cpu_milli = 65'000;
  m.jobs[4].gpu_models = 2;  // which no node is of
  World w(test::finished(std::move(m)));
  Log log;
  run(w, log, Time::never());
  CHECK(w.kpis().owners[0].rejected == 4);
  CHECK(log.started == std::map<uint64_t, Time>{{4, at(50)}});
}

TEST_CASE("fleet: samples of fragmentation stay few however short the arrivals and long the jobs") {
  Model m = test::cluster({{node(8), 1}});
  m.jobs = {job(1, 0, 365 * 86400, 1)};
  m.target = typical_shapes({{0, 1000, 4, 0, "", 1}});
  World w(test::finished(std::move(m)));
  Log log;
  run(w, log, Time::never());
  CHECK(w.events_handled() < 50'000);
  CHECK(w.kpis().owners[0].ended == 1);
}

TEST_CASE("fleet: a wish to be woken is kept once, and a drop goes its way") {
  Model m = test::cluster({{node(1), 1}});
  m.jobs = {job(1, 0, 1, 1), job(2, 3, 1, 1)};
  World w(test::finished(std::move(m)));
  std::vector<Time> asked;
  Action wait;
  auto request = w.advance(Time::never());
  REQUIRE(request);
  wait.wake = at(10);
  w.act(wait);
  request = w.advance(Time::never());  // the second arrival
  REQUIRE(request);
  CHECK(w.now() == at(3));
  wait.wake = at(20);  // later than the one that is due: not kept
  w.act(wait);
  request = w.advance(Time::never());
  REQUIRE(request);
  CHECK(w.now() == at(10));
  Action drop;
  drop.kind = Action::Kind::drop;
  drop.slot = w.queue_head(0);
  w.act(drop);
  CHECK(w.queue_length(0) == 1);
  request = w.advance(Time::never());  // at once: asked until the answer is wait
  REQUIRE(request);
  CHECK(w.now() == at(10));
  drop.slot = w.queue_head(0);
  w.act(drop);
  CHECK_FALSE(w.advance(Time::never()));
  CHECK(w.kpis().owners[0].dropped == 2);
  CHECK(w.kpis().owners[0].waiting.value() == 0);
  CHECK(w.now() == at(10));
}

TEST_CASE("fleet: jobs come in and news go out through ports") {
  Model m = test::cluster({{node(1), 1}});
  World w(test::finished(std::move(m)));
  Log log;
  run(w, log, at(5));
  w.receive(make_message(at(5), submit_in, job(77, 2, 10, 1)));
  CHECK(w.next_event_time() == at(5));  // there is a question
  run(w, log, at(6));
  CHECK(w.outbox().messages().empty());  // nobody listens
  w.outbox().open(started_out.number);
  w.outbox().open(ended_out.number);
  w.receive(make_message(at(6), submit_in, job(78, 6, 10, 1)));
  run(w, log, Time::never());
  const auto& out = w.outbox().messages();
  REQUIRE(out.size() == 3);
  CHECK(out[0].time == at(15));
  CHECK(out[0].as(ended_out).number == 77);
  CHECK(out[0].as(ended_out).since_submit == 13_s);
  CHECK(out[1].as(started_out).number == 78);
  CHECK(out[1].as(started_out).waited == 9_s);
  CHECK(out[1].as(started_out).gpu_milli == 1000);
  CHECK(out[2].as(ended_out).number == 78);
  CHECK(w.kpis().owners[0].by_size[2].wait.count() == 2);
}

TEST_CASE("fleet: a model says what is wrong with a job") {
  const auto m = test::finished(test::cluster({{node(8), 1}}));
  const auto wrong = [&](auto&& change) {
    Job j = job(1, 0, 1, 1);
    CHECK(m->what_is_wrong_with(j) == nullptr);
    change(j);
    CHECK(m->what_is_wrong_with(j) != nullptr);
    Model with = *m;
    with.jobs = {j};
    CHECK_FALSE(with.finish().ok());
  };
  wrong([](Job& j) { j.queue = 1; });
  wrong([](Job& j) { j.owner = 1; });
  wrong([](Job& j) { j.tasks = 0; });
  wrong([](Job& j) { j.gpus = 33; });
  wrong([](Job& j) { j.gpu_milli = 0; });
  wrong([](Job& j) { j.gpu_milli = 1001; });
  wrong([](Job& j) { j.gpu_milli = 500, j.gpus = 2; });
  wrong([](Job& j) { j.gpu_milli = 500, j.tasks = 2; });
  wrong([](Job& j) { j.submit = Time{-1}; });
  wrong([](Job& j) { j.duration = Duration{-1}; });
  wrong([](Job& j) { j.limit = Duration{-1}; });
}

}  // namespace
}  // namespace dure::fleet
