// The auditor objects to nothing in random fleets, and to every falsified world.
#include "worlds/fleet/audit.h"

#include <tuple>

#include <doctest/doctest.h>

#include "kernel/archive.h"
#include "worlds/fleet/random_operations.h"

namespace dure::fleet {
namespace {

std::string first_complaint(const Auditor& a) {
  return a.complaints().empty() ? "" : a.complaints()[0];
}

TEST_CASE("fleet audit: nothing to object to in random fleets, whatever the rules") {
  uint64_t starts = 0, stops = 0;
  for (uint64_t i = 0; i < 120; ++i) {
    const auto model = random_operations(10'000 + i);
    World world(model);
    CAPTURE(i);
    if (i % 5 == 4) {
      AnyStart any(i);
      const Auditor a = audited(world, any, model->start + 900_s);
      CHECK(first_complaint(a) == "");
      continue;
    }
    Rules rules(random_rules(static_cast<Order>(i % 5), i));
    const Auditor a = audited(world, rules, model->start + 900_s);
    CHECK(first_complaint(a) == "");
    starts += a.starts();
    stops += a.stops();
  }
  CHECK(starts > 10'000);
  CHECK(stops > 2'000);
}

// With fair sharing two jobs, and a third of one's account, would stop each other in turn.
TEST_CASE("fleet audit: jobs that could take from each other come to rest") {
  const auto model = random_operations(4100, 200, true);
  World world(model);
  Rules rules(random_rules(Order::conservative, 100));
  CHECK(first_complaint(audited(world, rules, model->start + 900_s)) == "");
}

// Their places come in an order in which a rack comes up twice.
TEST_CASE("fleet audit: a group that may fail counts once for a job") {
  for (const auto& [order, seed, i] :
       {std::tuple{Order::fifo, 2199, 199}, std::tuple{Order::easy, 3262, 262}}) {
    const auto model = random_operations(static_cast<uint64_t>(seed), 200, true);
    World world(model);
    Rules rules(random_rules(order, static_cast<uint64_t>(i)));
    CHECK(first_complaint(audited(world, rules, model->start + 900_s)) == "");
  }
}

// What the auditor says when it takes the run of one model for that of another.
template <class Change>
bool objects(const char* to, Change&& change) {
  for (uint64_t seed = 30'000; seed < 30'020; ++seed) {
    const auto model = random_operations(seed, 100);
    Model other = *model;
    change(other);
    const auto strict = std::make_shared<const Model>(std::move(other));
    const auto seen = [&](const World& world) {
      StateWriter out;
      out(world);
      World view(strict);
      StateReader in(out.bytes());
      in(view);
      return view;
    };
    World world(model);
    AnyStart any(seed);
    Rules rules(random_rules(Order::easy, seed));
    Auditor auditor(seen(world));
    while (world.next_event_time() <= model->start + 400_s) {
      auto request = world.advance(world.next_event_time());
      auditor.look(seen(world));
      while (request) {
        const World::Action action =
            seed % 2 == 0 ? any.decide(world, *request) : rules.decide(world, *request);
        auditor.before(seen(world));
        world.act(action);
        auditor.after(seen(world), action);
        request = world.advance(world.now());
        auditor.look(seen(world));
      }
    }
    for (const std::string& c : auditor.complaints()) {
      if (c.find(to) != std::string::npos) return true;
    }
  }
  return false;
}

TEST_CASE("fleet audit: every rule that a start breaks is found") {
  CHECK_FALSE(objects("", [](Model&) {}));
  CHECK(objects("runs into a window", [](Model& m) {
    m.windows.push_back({"w", m.start + 100_s, m.start + 300_s, 0, m.nodes(), kNoAccount});
  }));
  CHECK(objects("is over the budget of", [](Model& m) {
    for (Account& a : m.accounts) a.budget_gpu_h = 0.01;
  }));
  CHECK(objects("is spread over two groups", [](Model& m) {
    for (JobKind& k : m.kinds) k.required = Level::node;
  }));
  CHECK(objects("is in a pool it cannot use", [](Model& m) {
    for (Queue& q : m.queues) q.others.clear();
  }));
  CHECK(objects("has GPUs of a wrong model",
                [](Model& m) { std::swap(m.node_types[0].gpu_model, m.node_types[1].gpu_model); }));
  CHECK(objects("exceeds all quota of", [](Model& m) {
    for (QuotaStep& q : m.quotas) q.limits.nominal /= 8;
  }));
  CHECK(objects("may borrow", [](Model& m) {
    for (QuotaStep& q : m.quotas) q.limits.borrowing = 0;
  }));
  // What was lent is lent no more.
  CHECK(objects("exceeds all quota of", [](Model& m) {
    for (QuotaStep& q : m.quotas) q.limits.lending = 0;
  }));
  CHECK(objects("is given twice", [](Model& m) { m.node_types[0].cpu_milli = 7'000; }));
  CHECK(objects("is given twice", [](Model& m) { m.node_types[0].memory_mib = 60; }));
  CHECK(objects("runs by another plan", [](Model& m) {
    for (JobKind& k : m.kinds) k.startup += 1_s;
  }));
  CHECK(objects("runs by another plan", [](Model& m) {
    for (NodeType& t : m.node_types) t.faults_per_day += 1;
  }));
  CHECK(objects("was stopped by an answer that may not", [](Model& m) {
    for (JobKind& k : m.kinds) k.preemptible = false;
  }));
  CHECK(objects("ns for its victims", [](Model& m) { m.grace = 1000_s; }));
  CHECK(objects("is to work for", [](Model& m) { m.grace = 1000_s; }));
}

TEST_CASE("fleet audit: every rule of power, calls and sizes that is broken is found") {
  CHECK(objects("exceeds the cap on power of", [](Model& m) {
    for (PowerCap& c : m.power_caps) c.mw /= 2;
  }));
  CHECK(objects("runs on above the cap of", [](Model& m) {
    for (PowerCap& c : m.power_caps) c.mw /= 2;
  }));
  CHECK(objects("starts slower than it must", [](Model& m) {
    for (PowerCap& c : m.power_caps) c.mw *= 2;
  }));
  CHECK(objects("runs at a clock that it should not", [](Model& m) {
    for (JobKind& k : m.kinds) k.clockable = false;
  }));
  CHECK(objects("draws", [](Model& m) { m.node_types[0].busy_w += 8; }));
  CHECK(objects("draws", [](Model& m) { m.node_types[0].idle_w += 1; }));
  CHECK(objects("draws", [](Model& m) {
    for (Clock& c : m.clocks) c.power_milli += 10;
  }));
  CHECK(objects("ended before its work was done", [](Model& m) {
    for (Clock& c : m.clocks) c.pace_milli -= 1;
  }));
  CHECK(objects("works though all its work is done", [](Model& m) {
    for (Clock& c : m.clocks) c.pace_milli += 200;
  }));
  CHECK(objects("calls during a calibration", [](Model& m) {
    for (Resource& r : m.resources) r.calibration += 5_s;
  }));
  CHECK(objects("calls wait though", [](Model& m) {
    for (Resource& r : m.resources) r.calibration = 1_ns;
  }));
  CHECK(objects("units of", [](Model& m) {
    for (Resource& r : m.resources) r.units -= 1;
  }));
  CHECK(objects("had its answer after", [](Model& m) {
    for (JobKind& k : m.kinds) k.call_time += 1_ns;
  }));
  CHECK(objects("makes a call out of turn", [](Model& m) {
    for (JobKind& k : m.kinds) k.calls += 1;
  }));
  CHECK(objects("tasks, and should have", [](Model& m) {
    for (Job& j : m.jobs) j.tasks += 1;
  }));
  CHECK(objects("replicas, of which", [](Model& m) {
    for (Service& s : m.services) s.most = 0;
  }));
}

template <class T, class Change>
World falsified(const World& world, Change&& change) {
  World out = world;
  const auto visit = [&](auto&... parts) {
    const auto one = [&](auto& part) {
      if constexpr (std::is_same_v<std::decay_t<decltype(part)>, T>) change(part);
    };
    (one(parts), ...);
  };
  out.fields(visit);
  return out;
}

// Calls of the first resource that wait: the last to come begins before the others.
TEST_CASE("fleet audit: a call that passes others in the line is found") {
  uint64_t lines = 0;
  for (uint64_t seed = 30'000; seed < 30'040; ++seed) {
    const auto model = random_operations(seed);
    World world(model);
    AnyStart any(seed);
    Auditor auditor(world);
    uint32_t last = kNoSlot;
    while (world.next_event_time() <= model->start + 600_s && last == kNoSlot) {
      auto request = world.advance(world.next_event_time());
      auditor.look(world);
      while (request) {
        const World::Action action = any.decide(world, *request);
        auditor.before(world);
        world.act(action);
        auditor.after(world, action);
        request = world.advance(world.now());
        auditor.look(world);
      }
      for (const ResourceState& r : world.resources()) {
        if (r.line.size() < 2) continue;
        const JobSlot& first = world.slot(r.line.front());
        if (world.slot(r.line.back()).answer > first.answer && world.now() > first.answer)
          last = r.line.back();
      }
    }
    if (last == kNoSlot) continue;
    ++lines;
    REQUIRE(first_complaint(auditor) == "");
    const World passed = falsified<std::vector<JobSlot>>(
        world, [&](auto& slots) { slots[last].phase = JobSlot::Phase::calls; });
    auditor.look(passed);
    bool found = false;
    for (const std::string& c : auditor.complaints())
      found |= c.find("calls out of line") != std::string::npos;
    CHECK(found);
  }
  CHECK(lines > 5);
}

TEST_CASE("fleet audit: every figure that is wrong is found") {
  const auto model = random_operations(30'001);
  World world(model);
  AnyStart any(1);
  const Auditor before = [&] {
    Auditor auditor(world);
    while (world.next_event_time() <= model->start + 300_s) {
      auto request = world.advance(world.next_event_time());
      auditor.look(world);
      while (request) {
        const World::Action action = any.decide(world, *request);
        auditor.before(world);
        world.act(action);
        auditor.after(world, action);
        request = world.advance(world.now());
        auditor.look(world);
      }
    }
    return auditor;
  }();
  const auto found = [&](const World& w, const char* what) {
    Auditor auditor = before;
    auditor.look(w);
    auditor.finish(w);
    for (const std::string& c : auditor.complaints()) {
      if (c.find(what) != std::string::npos) return true;
    }
    return false;
  };
  CHECK_FALSE(found(world, ""));
  const auto with = [&](auto&& change) { return falsified<Kpis>(world, change); };
  for (size_t u = 0; u < kUses; ++u) {
    const World w = with([&](Kpis& k) { k.accounts[0].uses[u] += GpuTime(1); });
    CHECK(found(w, name_of(static_cast<Use>(u))));
    CHECK(found(w, "what jobs used is not what pools gave"));
  }
  CHECK(found(with([](Kpis& k) { k.accounts[0].borrowed += GpuTime(1); }), "borrowed"));
  CHECK(found(with([](Kpis& k) { k.pools[0].ledger.held_time += GpuTime(1); }), "the ledger has"));
  CHECK(found(with([](Kpis& k) { k.pools[0].ledger.lent_time += GpuTime(1); }), "the ledger has"));
  CHECK(found(with([](Kpis& k) { k.pools[0].ledger.down_time += GpuTime(1); }), "the ledger has"));
  CHECK(found(with([](Kpis& k) { k.pools[0].ledger.fragmented_time += GpuTime(~uint64_t{0}); }),
              "more than all"));
  CHECK(found(with([](Kpis& k) { ++k.owners[0].arrived; }), "jobs came"));
  CHECK(found(with([](Kpis& k) { ++k.owners[0].preempted; }), "attempts began"));
  CHECK(found(with([](Kpis& k) { ++k.owners[0].resized; }), "attempts began"));
  CHECK(found(with([](Kpis& k) { ++k.pools[0].power.by_hour[0].low; }), "it has drawn"));
  CHECK(found(with([](Kpis& k) { k.pools[0].power.over_cap += 1_ns; }), "it has drawn"));
  CHECK(found(with([](Kpis& k) { ++k.pools[0].power.busy_mw; }), "draws"));
  CHECK(found(falsified<std::vector<AccountState>>(world, [](auto& v) { v[0].used += GpuTime(1); }),
              "use of its subtree"));
  CHECK(found(falsified<std::vector<NodeState>>(
                  world, [](auto& v) { std::fill(v.begin(), v.end(), NodeState::down); }),
              "runs where it cannot"));
  CHECK(found(falsified<std::vector<JobSlot>>(world,
                                              [](auto& v) {
                                                for (JobSlot& s : v) {
                                                  if (s.state == JobSlot::State::waiting)
                                                    s.state = JobSlot::State::running;
                                                }
                                              }),
              "started unseen"));
  CHECK(found(falsified<std::vector<JobSlot>>(world,
                                              [](auto& v) {
                                                for (JobSlot& s : v) s.state = JobSlot::State::free;
                                              }),
              "ended before its work was done"));
}

}  // namespace
}  // namespace dure::fleet
