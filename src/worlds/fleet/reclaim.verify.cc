// Oracle reclaim: victims that fit the topology, at the least lost work.
#include "worlds/fleet/reclaim.h"

#include <cmath>

#include "base/text.h"
#include "kernel/verify.h"
#include "worlds/fleet/kueue_10815.h"
#include "worlds/fleet/reclaim_cases.h"
#include "worlds/fleet/rules.h"

namespace dure::fleet {
namespace {

using Action = World::Action;
using test::Kueue10815;

std::string count(uint64_t n) { return with_commas(static_cast<int64_t>(n)); }

std::string gpu_hours(GpuTime t) {
  return shortest(std::round(10 * t.gpu_hours()) / 10) + " GPU-h";
}

// What is wrong with the world after a start with victims.
uint64_t wrong_after(const World& w, const Action& action) {
  const Model& m = w.model();
  uint64_t wrong = w.slot(action.slot).state != JobSlot::State::running;
  for (const uint32_t v : action.victims) wrong += w.slot(v).state != JobSlot::State::waiting;
  const Level level = m.kinds[w.slot(action.slot).job.kind].required;
  const Model::Group group = m.group_of(action.places[0].node, level);
  for (const Place& p : action.places) wrong += p.node - group.first >= group.nodes;
  for (uint32_t g = 0; g < m.gpu_models.size() && m.has_quotas(); ++g) {
    test::Books books(w, g);
    books.count({});
    for (uint32_t a = 0; a < m.accounts.size(); ++a) wrong += books.available(a) < 0;
  }
  return wrong;
}

void kueue_10815(std::vector<Check>& out) {
  constexpr uint64_t kVariants = 50;
  uint64_t blind_pending = 0, admitted = 0, least = 0, proven = 0, wrong = 0, by_rules = 0;
  for (uint64_t variant = 1; variant <= kVariants; ++variant) {
    const Kueue10815 kase(variant);
    auto [w, slot] = kase.world();
    const std::vector<uint32_t> blind = Kueue10815::blind_victims(w);
    uint32_t largest = 0;
    for (uint32_t rack = 0; rack < 10; ++rack) {
      largest = std::max(largest, Kueue10815::room(w, rack, blind));
    }
    blind_pending += largest < 16;

    Action action;
    action.kind = Action::Kind::start;
    action.slot = slot;
    Reclaim reclaim;
    const bool found = reclaim.find(w, w.slot(slot).job, 0, action.places, action.victims);
    const auto truth = Kueue10815::least_by_force(w);
    proven += reclaim.proven();
    least += found && truth && reclaim.cost() == GpuTime(*truth);
    if (variant == 1) {
      GpuTime blind_cost;
      for (const uint32_t v : blind) blind_cost += w.cost_of_stopping(v);
      out.push_back({"Kueue 10815, victims by quota alone: nodes of a rack then free",
                     "pending: below 16",
                     std::to_string(largest) + ", for " + std::to_string(blind.size()) +
                         " victims, " + gpu_hours(blind_cost),
                     "exact", largest < 16});
      out.push_back({"Kueue 10815, victims that fit the topology", "admitted",
                     found ? "admitted, for " + std::to_string(action.victims.size()) +
                                 " victims, " + gpu_hours(reclaim.cost())
                           : "pending",
                     "exact", found});
    }
    if (!found) continue;
    World other = w;
    w.act(action);
    wrong += wrong_after(w, action);
    admitted += w.slot(slot).state == JobSlot::State::running;

    Rules rules(RuleOptions{.order = Order::fifo, .reclaim = true});
    const Action& decided = rules.decide(other, {0});
    by_rules += decided.kind == Action::Kind::start && decided.slot == slot &&
                decided.victims == action.victims;
  }
  const std::string of = " of " + count(kVariants);
  const auto row = [&](const char* what, const char* reference, uint64_t n) {
    out.push_back({what, reference, count(n) + of, "exact", n == kVariants});
  };
  row("the same, 50 fillings of the racks: pending by quota alone", "50 of 50", blind_pending);
  row("admitted with victims that fit", "50 of 50", admitted);
  row("lost work is the least of all sets of a rack's jobs", "brute force", least);
  row("and shown to be by the search itself", "50 of 50", proven);
  row("the rules stop the same jobs", "50 of 50", by_rules);
  out.push_back({"quotas kept, victims wait, one rack", "0 wrong", count(wrong) + " wrong", "exact",
                 wrong == 0});
}

Result<std::vector<Check>> reclaim(const std::string&) {
  std::vector<Check> out;
  kueue_10815(out);

  uint64_t asked = 0, with_victims = 0, impossible = 0, chosen = 0, mismatches = 0, wrong = 0;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    test::ask_all(
        seed % 3 == 0 ? test::tangled_case(10'000 + seed) : test::small_case(10'000 + seed),
        [&](const World&, const test::Truth& truth, const Reclaim& reclaim, bool found,
            const Action& a) {
          ++asked;
          mismatches += found != truth.least.has_value() ||
                        (found && reclaim.cost() != GpuTime(*truth.least));
          impossible += !found;
          with_victims += found && !a.victims.empty();
          chosen += found && !a.victims.empty() && truth.sets > 1;
        },
        [&](const World& w, const Action& a) { wrong += wrong_after(w, a); });
  }
  out.push_back({"least lost work in small random worlds: " + count(asked) + " questions, " +
                     count(with_victims) + " with victims (" + count(chosen) +
                     " of them with a choice), " + count(impossible) + " impossible",
                 "brute force over all sets of victims", count(mismatches) + " mismatches", "exact",
                 mismatches == 0 && chosen > 1000 && impossible > 1000});
  out.push_back({"quotas kept, victims wait, one group of the level, after each start", "0 wrong",
                 count(wrong) + " wrong", "exact", wrong == 0});
  return out;
}

DURE_VERIFY("reclaim", "github.com/kubernetes-sigs/kueue/issues/10815, and all sets of victims", "",
            reclaim);

}  // namespace
}  // namespace dure::fleet
