#include "worlds/fleet/reclaim.h"

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>

#include "worlds/fleet/kueue_10815.h"
#include "worlds/fleet/reclaim_cases.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

// No account holds more than it may: what is left of quotas, from their definition, is not below 0.
void check_quotas(const World& w) {
  if (!w.model().has_quotas()) return;
  for (uint32_t g = 0; g < w.model().gpu_models.size(); ++g) {
    test::Books books(w, g);
    books.count({});
    for (uint32_t a = 0; a < w.model().accounts.size(); ++a) {
      CHECK(books.available(a) >= 0);
      CHECK(books.available(a) == w.quota_left(a, g));
    }
  }
}

TEST_CASE("fleet: victims cost the least of all sets that make room and quota") {
  int with_victims = 0, without = 0, impossible = 0, several = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    const auto m = seed % 3 == 0 ? test::tangled_case(seed) : test::small_case(seed);
    test::ask_all(
        m,
        [&](const World& w, const test::Truth& truth, const Reclaim& reclaim, bool found,
            const Action& a) {
          CHECK(reclaim.proven());
          CHECK(found == truth.least.has_value());
          if (found && truth.least) CHECK((reclaim.cost().exact() == *truth.least));
          GpuTime cost;
          for (const uint32_t v : a.victims) cost += w.cost_of_stopping(v);
          if (found) CHECK(cost == reclaim.cost());
          impossible += !found;
          without += found && a.victims.empty();
          with_victims += found && !a.victims.empty();
          several += found && !a.victims.empty() && truth.sets > 1;
        },
        [&](const World& w, const Action& a) {
          const Job& j = w.slot(a.slot).job;
          CHECK(w.slot(a.slot).state == JobSlot::State::running);
          for (const uint32_t v : a.victims) CHECK(w.slot(v).state == JobSlot::State::waiting);
          const Model::Group group = m->group_of(a.places[0].node, m->kinds[j.kind].required);
          for (const Place& p : a.places) CHECK(p.node - group.first < group.nodes);
          check_quotas(w);
        });
  }
  CHECK(with_victims > 1000);
  CHECK(several > 500);
  CHECK(without > 1000);
  CHECK(impossible > 1000);
}

// One pool of `nodes` nodes of 4 GPUs, two in a domain; accounts a, b, c under a root with so many
// GPUs of their own; a job of 4 GPUs a task is `on` each of the nodes named.
struct Cluster {
  Model m;
  std::vector<std::vector<uint32_t>> on;

  Cluster(uint32_t nodes, int64_t a, int64_t b, int64_t c) {
    m.owners = {"o"};
    m.gpu_models = {"x"};
    m.node_types = {{"x4", 0, 4, 16'000, 160}};
    m.pools = {{.name = "p", .nodes_per_rack = 2, .nodes_per_domain = 2}};
    m.add_nodes(0, nodes);
    m.queues = {{"q", 0}};
    m.accounts = {{.name = "root"},
                  {.name = "a", .parent = 0},
                  {.name = "b", .parent = 0},
                  {.name = "c", .parent = 0}};
    uint32_t account = 1;
    for (const int64_t gpus : {a, b, c}) {
      m.quotas.push_back({at(0), account++, 0, {.nominal = 1000 * gpus}});
    }
    m.kinds = {{.name = "any"}, {.name = "one domain", .required = Level::domain}};
  }
  Job& runs(std::vector<uint32_t> nodes, uint32_t account, int64_t since) {
    Job j = job(m.jobs.size(), since, 100'000, 4, static_cast<uint32_t>(nodes.size()));
    j.account = account;
    m.jobs.push_back(j);
    on.push_back(std::move(nodes));
    return m.jobs.back();
  }
  // At 1000 s the job comes. Who is stopped for it (by number), or nothing when it must wait.
  std::optional<std::vector<uint64_t>> victims(uint32_t account, uint32_t tasks, uint32_t kind,
                                               ReclaimOptions options = {}, int32_t priority = 0) {
    Job j = job(99, 1000, 10, 4, tasks);
    j.account = account;
    j.kind = kind;
    j.priority = priority;
    m.jobs.push_back(j);
    World w(test::finished(m));
    while (w.advance(at(1000))) {
      Action a;
      a.slot = w.queue_head(0);
      const Job& head = w.slot(a.slot).job;
      a.kind = Action::Kind::start;
      if (head.number == 99) {
        if (!Reclaim(options).find(w, head, 0, a.places, a.victims)) return std::nullopt;
        std::vector<uint64_t> numbers;
        for (const uint32_t v : a.victims) numbers.push_back(w.slot(v).job.number);
        std::sort(numbers.begin(), numbers.end());
        w.act(a);
        check_quotas(w);
        for (const uint32_t v : a.victims) CHECK(w.slot(v).state == JobSlot::State::waiting);
        return numbers;
      }
      for (const uint32_t n : on[head.number]) {
        a.places.push_back({n, head.gpus == 0 ? 0 : (1u << head.gpus) - 1});
      }
      w.act(a);
    }
    return std::nullopt;
  }
};

using Numbers = std::vector<uint64_t>;

TEST_CASE("fleet: an account gets its own back, and no other is pushed below its own") {
  // b has 8 of its own and holds 16, c has 8 and holds 8; a's 8 are lent.
  Cluster x(6, 8, 8, 8);
  for (uint32_t n = 0; n < 4; ++n) x.runs({n}, 2, 100 * n);
  x.runs({4}, 3, 900);  // would cost less, but c keeps to its own
  x.runs({5}, 3, 900);
  CHECK(Cluster(x).victims(1, 1, 0) == Numbers{3});
  CHECK(Cluster(x).victims(1, 2, 1) == Numbers{2, 3});
  CHECK(Cluster(x).victims(1, 2, 0) == Numbers{2, 3});
  CHECK_FALSE(Cluster(x).victims(1, 3, 0));  // a would borrow itself
  CHECK_FALSE(Cluster(x).victims(3, 1, 0));
  CHECK_FALSE(Cluster(x).victims(1, 1, 0, {.cohort = ReclaimOptions::Within::never}));
  CHECK_FALSE(Cluster(x).victims(1, 1, 0, {.cohort = ReclaimOptions::Within::lower_priority}));
  CHECK(Cluster(x).victims(1, 1, 0, {.cohort = ReclaimOptions::Within::lower_priority}, 1) ==
        Numbers{3});
}

TEST_CASE("fleet: a victim counts with all of its nodes, and may be stopped for one of them") {
  Cluster x(6, 16, 0, 8);
  x.runs({0, 2, 4}, 2, 900);  // 12 GPUs x 100 s, two domains more than are of use
  x.runs({1}, 3, 100);        // c's own
  x.runs({3}, 3, 100);
  x.runs({5}, 2, 750);  // 4 GPUs x 250 s
  CHECK(Cluster(x).victims(1, 1, 0) == Numbers{3});
  x.m.jobs[3].submit = at(650);
  CHECK(Cluster(x).victims(1, 1, 0) == Numbers{0});
  CHECK(Cluster(x).victims(1, 2, 1) == Numbers{0, 3});
}

TEST_CASE("fleet: lower priority in the job's own account, though it holds no GPU") {
  // As Kueue issue 10497: what blocks the node is partly a job without GPUs.
  Cluster x(1, 4, 0, 0);
  x.runs({0}, 1, 100).gpus = 3;
  Job& cpu = x.runs({0}, 1, 100);
  cpu.gpus = 0;
  cpu.cpu_milli = 16'000;
  CHECK_FALSE(Cluster(x).victims(1, 1, 0));
  CHECK(Cluster(x).victims(1, 1, 0, {}, 1) == Numbers{0});
  x.m.node_types[0].cpu_milli = 20'000;
  Cluster y = x;
  y.m.kinds.push_back({.name = "stays", .preemptible = false});
  y.m.jobs[0].kind = 2;
  CHECK_FALSE(y.victims(1, 1, 0, {}, 1));
  CHECK_FALSE(Cluster(x).victims(1, 1, 0, {.own_account = false}, 1));
}

TEST_CASE("fleet: fair sharing takes from those who stay above") {
  // Nobody has anything but the root's 32 GPUs; b holds 20, c 12.
  Cluster x(8, 0, 0, 0);
  x.m.quotas.push_back({at(0), 0, 0, {.nominal = 32'000}});
  for (uint32_t n = 0; n < 8; ++n) x.runs({n}, n < 5 ? 2 : 3, 100 * n);
  CHECK_FALSE(Cluster(x).victims(1, 1, 0));
  const ReclaimOptions fair{.fair_sharing = true};
  CHECK(Cluster(x).victims(1, 1, 0, fair) == Numbers{7});  // c is left with 8 against 4
  CHECK(Cluster(x).victims(1, 2, 0, fair) ==
        Numbers{4, 7});  // without 6 too, c would be left with 4 against 8
  CHECK(Cluster(x).victims(1, 3, 0, fair) == std::nullopt);
  x.m.accounts[3].weight = 0.5;
  CHECK(Cluster(x).victims(1, 2, 0, fair) == Numbers{6, 7});
}

TEST_CASE("fleet: with few steps the search still ends, with victims that will do") {
  const test::Kueue10815 kase(1);
  const auto [w, slot] = kase.world();
  std::vector<Place> places;
  std::vector<uint32_t> victims;
  Reclaim all, few({.max_steps = 10});
  REQUIRE(all.find(w, w.slot(slot).job, 0, places, victims));
  CHECK(all.proven());
  REQUIRE(few.find(w, w.slot(slot).job, 0, places, victims));
  CHECK_FALSE(few.proven());
  CHECK(few.cost().exact() >= all.cost().exact());
  CHECK(places.size() == 16);
}

}  // namespace
}  // namespace dure::fleet
