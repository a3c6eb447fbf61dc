#include "worlds/fleet/reclaim.h"

#include <algorithm>

#include <doctest/doctest.h>

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
  int with_victims = 0, without = 0, impossible = 0, skipped = 0, several = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const auto settings = test::reclaim_settings();
    const auto m = test::small_case(seed);
    World w(m);
    Random r{seed, 8, 0};
    int budget = 60;
    while (const auto request = w.advance(Time::never())) {
      if (budget-- == 0) break;
      Action a;
      for (uint32_t i = w.queue_head(request->queue); i != kNoSlot; i = w.slot(i).next) {
        const Job& j = w.slot(i).job;
        m->for_pools_of(j.queue, [&](uint32_t pool) {
          if (a.kind == Action::Kind::start) return;
          const ReclaimOptions options = settings[r.below(settings.size())];
          const test::Truth truth = test::best_by_force(w, i, pool, options);
          std::vector<Place> places;
          std::vector<uint32_t> victims;
          Reclaim reclaim(options);
          const bool found = reclaim.find(w, i, pool, places, victims);
          if (!truth.answered) {
            ++skipped;
          } else {
            CHECK(reclaim.proven());
            CHECK(found == truth.least.has_value());
            if (found && truth.least) CHECK((reclaim.cost().exact() == *truth.least));
            if (!found) ++impossible;
            if (found && victims.empty()) ++without;
            if (found && !victims.empty()) ++with_victims, several += truth.sets > 1;
          }
          if (!found || !(victims.empty() || r.chance(0.4))) return;
          // What the world charges is what was foreseen, and the rules held.
          GpuTime cost;
          for (const uint32_t v : victims) cost += w.cost_of_stopping(v);
          CHECK(cost == reclaim.cost());
          a.kind = Action::Kind::start;
          a.slot = i;
          a.places = places;
          a.victims = victims;
        });
        if (a.kind == Action::Kind::start) break;
      }
      w.act(a);
      if (a.kind != Action::Kind::start) continue;
      const Job& j = w.slot(a.slot).job;
      CHECK(w.slot(a.slot).state == JobSlot::State::running);
      for (const uint32_t v : a.victims) CHECK(w.slot(v).state == JobSlot::State::waiting);
      const Model::Group group = m->group_of(a.places[0].node, m->kinds[j.kind].required);
      for (const Place& p : a.places) CHECK(p.node - group.first < group.nodes);
      check_quotas(w);
    }
  }
  MESSAGE(with_victims << " " << several << " " << without << " " << impossible << " " << skipped);
  CHECK(with_victims > 300);
  CHECK(several > 200);
  CHECK(without > 300);
  CHECK(impossible > 300);
}

}  // namespace
}  // namespace dure::fleet
