// States that were damaged or forged are refused, or run on without harm.
#include <cmath>

#include <doctest/doctest.h>

#include "kernel/snapshot.h"
#include "kernel/test_state.h"
#include "worlds/fleet/random_operations.h"

namespace dure::fleet {
namespace {

// Calls change(part) for the parts of type T of the world's state.
template <class T, class Change>
void change_parts(World& world, Change&& change) {
  const auto visit = [&](auto&... parts) {
    const auto one = [&](auto& part) {
      if constexpr (std::is_same_v<std::decay_t<decltype(part)>, T>) change(part);
    };
    (one(parts), ...);
  };
  world.fields(visit);
}

template <class Policy>
void run(World& world, Policy& policy, Time until) {
  while (const auto request = world.advance(until)) world.act(policy.decide(world, *request));
}

// A world with jobs that wait and jobs that run, some stopped before, nodes that are down.
World lively(const std::shared_ptr<const Model>& model, uint64_t seed) {
  World world(model);
  Rules rules(random_rules(Order::easy, seed));
  for (int s = 200; s < 600; s += 5) {
    run(world, rules, model->start + s * 1_s);
    uint32_t waiting = 0, running = 0, down = 0;
    for (uint32_t i = 0; i < world.slots(); ++i) {
      waiting += world.slot(i).state == JobSlot::State::waiting;
      running += world.slot(i).state == JobSlot::State::running;
    }
    for (uint32_t n = 0; n < model->nodes(); ++n) down += world.node_status(n) == NodeState::down;
    if (waiting > 2 && running > 2 && down > 0) break;
  }
  return world;
}

TEST_CASE("fleet state: every state of a run is consistent, also read back") {
  for (uint64_t seed = 20'000; seed < 20'030; ++seed) {
    const auto model = random_operations(seed, 100);
    World world(model);
    AnyStart any(seed);
    Rules rules(random_rules(static_cast<Order>(seed % 4), seed));
    CAPTURE(seed);
    uint64_t looks = 0;
    while (world.next_event_time() <= model->start + 900_s) {
      const Time next = world.next_event_time();
      if (seed % 2 == 0) {
        run(world, rules, next);
      } else {
        run(world, any, next);
      }
      REQUIRE(world.consistent());
      if (++looks % 16 > 0) continue;
      StateWriter out;
      out(world);
      World back(model);
      StateReader in(out.bytes());
      in(back);
      REQUIRE(in.finished());
      REQUIRE(back.consistent());
    }
    CHECK(looks > 100);
  }
}

// Bytes and words changed anywhere, under a checksum that is right.
TEST_CASE("fleet state: what is forged is refused or runs on") {
  uint64_t refused = 0, went_on = 0;
  for (uint64_t seed = 21'000; seed < 21'030; ++seed) {
    const auto model = random_operations(seed, 120);
    const World world = lively(model, seed);
    REQUIRE(world.consistent());
    StateWriter saved;
    saved(world);
    Random random{seed, 11, 0};
    for (int i = 0; i < 200; ++i) {
      std::string bytes = saved.bytes();
      for (uint64_t k = 1 + random.below(2); k > 0; --k) {
        const size_t at = random.below(bytes.size() - 8);
        const uint64_t small[] = {0, 1, 2, 3, 7, 255, 0x7FFFFFFF, 0xFFFFFFFF, ~uint64_t{0}};
        switch (random.below(4)) {
          case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
            break;
          case 1:
            std::memcpy(bytes.data() + at / 4 * 4, &small[random.below(9)], 4);
            break;
          case 2:
            std::memcpy(bytes.data() + at / 8 * 8, &small[random.below(9)], 8);
            break;
          default:  // a word from elsewhere
            std::memcpy(bytes.data() + at / 4 * 4,
                        saved.bytes().data() + random.below(bytes.size() / 4) * 4, 4);
        }
      }
      const auto read =
          decode_snapshot(encode_snapshot({"fleet", model->digest(), bytes}), "forged");
      REQUIRE(read.ok());
      World forged(model);
      StateReader in(read->state);
      in(forged);
      if (!in.finished() || !forged.consistent()) {
        ++refused;
        continue;
      }
      ++went_on;
      Rules rules(random_rules(static_cast<Order>(i % 4), seed));
      run(forged, rules,
          std::max(forged.now(), std::min(forged.now() + 100_s, model->start + 900_s)));
    }
  }
  CHECK(refused > 2'000);
  CHECK(went_on > 100);
}

TEST_CASE("fleet state: each thing that does not fit the others is found") {
  const auto model = random_operations(21'003, 120);
  const World world = lively(model, 21'003);
  REQUIRE(world.consistent());
  uint32_t waits = kNoSlot, runs = kNoSlot;
  for (uint32_t i = 0; i < world.slots(); ++i) {
    if (world.slot(i).state == JobSlot::State::waiting) waits = i;
    if (world.slot(i).state == JobSlot::State::running && world.slot(i).job.gpus > 0) runs = i;
  }
  REQUIRE(waits != kNoSlot);
  REQUIRE(runs != kNoSlot);

  using Slots = std::vector<JobSlot>;
  const auto with_slot = [&](uint32_t i, auto&& change) {
    World w = world;
    change_parts<Slots>(w, [&](Slots& slots) { change(slots[i]); });
    return w.consistent();
  };
  CHECK(with_slot(waits, [](JobSlot&) {}));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.job.queue = 99; }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.job.tasks = 100'000; }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.job.number ^= 1; }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { ++s.attempts; }));
  CHECK_FALSE(with_slot(waits, [&](JobSlot& s) { s.next = waits; }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.previous = 1 << 20; }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.state = JobSlot::State::free; }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.state = static_cast<JobSlot::State>(3); }));
  CHECK_FALSE(with_slot(waits, [](JobSlot& s) { s.done = Duration{-1}; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.places += 1; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.pool += 1; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.run += 1; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.start += 1_s; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.plan.work += 1_s; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.plan.handover = 10_d; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.job.limit += 1_s; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.job.cpu_milli += 1; }));
  CHECK_FALSE(with_slot(runs, [](JobSlot& s) { s.job.priority = -1; }));

  // Parts by their types: several are of some, and each alone is changed.
  const auto found = [&]<class T>(T*, auto&& change) {
    size_t parts = 0;
    World probe = world;
    change_parts<T>(probe, [&](T&) { ++parts; });
    for (size_t k = 0; k < parts; ++k) {
      World w = world;
      size_t i = 0;
      change_parts<T>(w, [&](T& part) {
        if (i++ == k) change(part);
      });
      CAPTURE(k);
      CHECK_FALSE(w.consistent());
    }
    return parts;
  };
  const auto longer = [](auto& v) { v.push_back({}); };
  CHECK(found(static_cast<Slots*>(nullptr), longer) == 1);
  CHECK(found(static_cast<std::vector<NodeState>*>(nullptr), longer) == 1);
  CHECK(found(static_cast<std::vector<uint64_t>*>(nullptr), longer) >= 4);
  CHECK(found(static_cast<std::vector<uint32_t>*>(nullptr), longer) >= 6);
  CHECK(found(static_cast<std::vector<TaskLink>*>(nullptr), longer) == 1);
  CHECK(found(static_cast<std::vector<AccountState>*>(nullptr), longer) == 1);
  CHECK(found(static_cast<std::vector<NodeState>*>(nullptr), [](auto& v) {
          for (NodeState& s : v) s = s == NodeState::down ? NodeState::up : s;
        }) == 1);
  CHECK(found(static_cast<std::vector<uint16_t>*>(nullptr), [](auto& v) { v[0] ^= 256; }) >= 1);
  CHECK(found(static_cast<std::vector<AccountState>*>(nullptr), [](auto& v) { v[0].held += 1; }) ==
        1);
  CHECK(found(static_cast<std::vector<RunEnds>*>(nullptr), [](auto& v) {
          for (RunEnds& list : v) list = {};
        }) == 1);
  CHECK(found(static_cast<BlockPool<Place>*>(nullptr), [](auto& p) { p.take(1); }) == 1);
  CHECK(found(static_cast<BlockPool<Place>*>(nullptr), [](auto& p) {
          for (size_t i = 0; i < p.size(); ++i) p.data(0)[i].node ^= 1;
        }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr), [](Kpis& k) { ++k.used_gpu_milli; }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr), [](Kpis& k) { ++k.gpus_on_used_nodes; }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr), [](Kpis& k) { ++k.owners[0].arrived; }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr),
              [&](Kpis& k) { k.owners[0].busy.add(world.now() + 1_s, 0); }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr),
              [&](Kpis& k) { k.pools[0].installed.add(world.now(), 1000); }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr),
              [&](Kpis& k) { k.fragmentation = Series(world.now() + 1_s, 1_s, 2); }) == 1);
  CHECK(found(static_cast<Kpis*>(nullptr), [](Kpis& k) { ++k.pools[0].ledger.held; }) == 1);
  CHECK(found(static_cast<FreeIndex*>(nullptr), [&](FreeIndex& f) {
          f.place(*model, 0, FreeIndex::kNone, 0);
          f.place(*model, 1, FreeIndex::kNone, 0);
          f.place(*model, 2, FreeIndex::kNone, 0);
        }) == 1);
  if (model->has_quotas())
    CHECK(found(static_cast<QuotaTree*>(nullptr),
                [&](QuotaTree& q) { q.take(model->account_parent, 0, 0, 1); }) == 1);
}

// Of elastic jobs, calls, replicas and power: a state that has them, with one thing changed.
TEST_CASE("fleet state: sizes, calls, replicas and clocks that do not fit are found") {
  using Slots = std::vector<JobSlot>;
  uint64_t shrunk = 0, calling = 0, in_line = 0, clocked = 0, replicas = 0, standing_up = 0;
  for (uint64_t seed = 23'000; seed < 23'040; ++seed) {
    const auto model = random_operations(seed, 120);
    World world(model);
    AnyStart any(seed);
    Rules rules(random_rules(Order::easy, seed));
    for (int s = 50; s < 550; s += 50) {
      if (seed % 2 == 0) {
        run(world, rules, model->start + s * 1_s);
      } else {
        run(world, any, model->start + s * 1_s);
      }
      REQUIRE(world.consistent());
      CAPTURE(seed);
      CAPTURE(s);
      for (uint32_t i = 0; i < world.slots(); ++i) {
        const JobSlot& slot = world.slot(i);
        if (slot.state == JobSlot::State::free) continue;
        const auto with = [&](auto&& change) {
          World w = world;
          change_parts<Slots>(w, [&](Slots& slots) { change(slots[i]); });
          return w.consistent();
        };
        // With nothing to do, any size takes as long.
        if (slot.job.duration > 0_s) CHECK_FALSE(with([](JobSlot& x) { --x.most_tasks; }));
        CHECK_FALSE(with([](JobSlot& x) { x.service = 99; }));
        if (slot.service != kNoService) {
          ++replicas;
          CHECK_FALSE(with([](JobSlot& x) { x.service = kNoService; }));
          CHECK_FALSE(with([](JobSlot& x) { x.job.duration = 1_h; }));
        }
        if (slot.state != JobSlot::State::running) continue;
        ++standing_up;
        CHECK_FALSE(with([](JobSlot& x) { ++x.full_mw; }));
        CHECK_FALSE(with([](JobSlot& x) { x.clock = 1000; }));
        CHECK_FALSE(with([](JobSlot& x) { x.phase = static_cast<JobSlot::Phase>(4); }));
        CHECK_FALSE(with([](JobSlot& x) { x.stamp = ~uint64_t{0}; }));
        CHECK_FALSE(with([](JobSlot& x) { x.stamp = x.run; }));
        CHECK_FALSE(with([](JobSlot& x) { x.next_call = 1000; }));
        CHECK_FALSE(with([](JobSlot& x) { x.progress = Duration{-1}; }));
        CHECK_FALSE(with([](JobSlot& x) { x.progress = 100_d; }));
        CHECK_FALSE(with([](JobSlot& x) { x.stood = Duration{-1}; }));
        CHECK_FALSE(with([](JobSlot& x) { x.stood = 100_d; }));
        CHECK_FALSE(with([](JobSlot& x) { x.since = x.start - 1_ns; }));
        CHECK_FALSE(with([&](JobSlot& x) { x.since = world.now() + 1_ns; }));
        if (slot.job.tasks < slot.most_tasks) {
          ++shrunk;
          CHECK_FALSE(with([](JobSlot& x) { ++x.job.tasks; }));
          CHECK_FALSE(with([](JobSlot& x) { x.most_tasks = x.job.tasks; }));
        }
        if (slot.clock > 0) {
          ++clocked;
          CHECK_FALSE(with([](JobSlot& x) { x.clock = 0; }));
        }
        if (slot.phase == JobSlot::Phase::calls) {
          ++calling;
          if (slot.answer < slot.crash)  // else it comes to nothing
            CHECK_FALSE(with([](JobSlot& x) { x.answer += 1_ns; }));
          CHECK_FALSE(with([](JobSlot& x) { x.phase = JobSlot::Phase::in_line; }));
        }
        if (slot.phase == JobSlot::Phase::in_line) {
          ++in_line;
          CHECK_FALSE(with([&](JobSlot& x) { x.answer = world.now() + 1_ns; }));
          CHECK_FALSE(with([](JobSlot& x) { x.phase = JobSlot::Phase::works; }));
        }
      }
      const auto other = [&]<class T>(T*, auto&& change) {
        World w = world;
        change_parts<T>(w, change);
        return w.consistent();
      };
      const auto resources = static_cast<std::vector<ResourceState>*>(nullptr);
      for (size_t r = 0; r < model->resources.size(); ++r) {
        CHECK_FALSE(other(resources, [&](auto& v) { ++v[r].busy; }));
        CHECK_FALSE(other(resources, [&](auto& v) { v[r].line.push_back(0); }));
        CHECK_FALSE(other(resources, [&](auto& v) { v[r].wake = world.now() + 77_ns; }));
        if (world.resources()[r].line.empty()) continue;
        CHECK_FALSE(other(resources, [&](auto& v) { v[r].line.pop_back(); }));
        CHECK_FALSE(other(resources, [&](auto& v) { v[r].line.push_back(v[r].line[0]); }));
      }
      const auto services = static_cast<std::vector<ServiceState>*>(nullptr);
      for (size_t k = 0; k < model->services.size(); ++k) {
        CHECK_FALSE(other(services, [&](auto& v) { ++v[k].serving; }));
        CHECK_FALSE(other(services, [&](auto& v) { v[k].load = std::nan(""); }));
        CHECK_FALSE(other(services, [&](auto& v) { v[k].replicas.push_back(kNoSlot); }));
        if (!world.services()[k].replicas.empty())
          CHECK_FALSE(other(services, [&](auto& v) { v[k].replicas.pop_back(); }));
      }
      const auto kpis = static_cast<Kpis*>(nullptr);
      for (size_t p = 0; p < model->pools.size(); ++p) {
        CHECK_FALSE(other(kpis, [&](Kpis& k) { ++k.pools[p].power.idle_mw; }));
        CHECK_FALSE(other(kpis, [&](Kpis& k) { ++k.pools[p].power.busy_mw; }));
        CHECK_FALSE(other(kpis, [&](Kpis& k) { k.pools[p].power.cap_mw ^= 1; }));
        CHECK_FALSE(other(kpis, [&](Kpis& k) { k.pools[p].power.over_cap = Duration{-1}; }));
        CHECK_FALSE(other(kpis, [&](Kpis& k) { k.pools[p].power.since = Time::never(); }));
      }
    }
  }
  CHECK(standing_up > 500);
  CHECK(shrunk > 50);
  CHECK(calling > 50);
  CHECK(in_line > 50);
  CHECK(clocked > 50);
  CHECK(replicas > 50);
}

TEST_CASE("fleet state: with the events of another moment, or none, it is refused") {
  const auto model = random_operations(21'003, 120);
  const World world = lively(model, 21'003);
  World later = world;
  Rules rules(random_rules(Order::easy, 21'003));
  run(later, rules, world.now() + 30_s);
  constexpr size_t kEvents = 5;  // of fields()
  CHECK(consistent_with<kEvents>(world, world));
  CHECK(consistent_with<kEvents>(later, later));
  CHECK_FALSE(consistent_with<kEvents>(world, later));
  CHECK_FALSE(consistent_with<kEvents>(later, world));
  CHECK_FALSE(consistent_with<kEvents>(world, World(random_operations(21'004, 1))));
}

}  // namespace
}  // namespace dure::fleet
