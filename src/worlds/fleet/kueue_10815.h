// The case of kubernetes-sigs/kueue issue 10815, for the test and the oracle of reclaim.h.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "worlds/fleet/test_models.h"

namespace dure::fleet::test {

// Two ClusterQueues of one cohort share ten NVL72 racks of 18 nodes with 4 GPUs, two of the 180
// nodes out of order; quotas of 432 and 288 GPUs, fair sharing, reclaimWithinCohort: Any. The first
// borrows far beyond its own. The second, within its own, asks for 16 nodes of one rack. What runs
// where, the issue does not tell: here, jobs of one to three nodes in every rack, three gangs over
// two racks each, some of the second's own, and a third queue's, which has no quota.
struct Kueue10815 {
  static constexpr uint32_t kUnified = 1, kGec = 2, kOther = 3;
  static constexpr uint64_t kRequest = 10'000;  // number
  std::shared_ptr<const Model> model;
  std::vector<std::vector<uint32_t>> nodes;  // [jobs] that run

  explicit Kueue10815(uint64_t seed) {
    Random r{seed, 9, 0};
    Model m;
    m.seed = seed;
    m.owners = {"cluster"};
    m.gpu_models = {"GB200"};
    m.node_types = {{"p6e-gb200.36xlarge", 0, 4, 144'000, 960'000}};
    m.pools = {{.name = "gb200", .nodes_per_rack = 18, .nodes_per_domain = 18}};
    m.add_nodes(0, 180);
    m.queues = {{"all", 0}};
    m.accounts = {{.name = "cohort"},
                  {.name = "unified-queue", .parent = 0},
                  {.name = "gec-kueue", .parent = 0},
                  {.name = "third-queue", .parent = 0}};
    m.quotas = {{at(0), kUnified, 0, {.nominal = 432'000}}, {at(0), kGec, 0, {.nominal = 288'000}}};
    m.windows = {{"bad", at(0), Time::never(), 7, 1, kNoAccount},
                 {"bad", at(0), Time::never(), 100, 1, kNoAccount}};
    m.kinds = {{.name = "batch", .startup = 120_s},
               {.name = "trains", .startup = 300_s, .checkpoint_every = 1800_s, .checkpoint = 60_s},
               {.name = "in one rack", .required = Level::domain, .preferred = Level::domain}};
    const auto run = [&](std::vector<uint32_t> on, uint32_t account, uint32_t kind) {
      Job j = job(m.jobs.size(), static_cast<int64_t>(r.below(7000)), 1'000'000, 4,
                  static_cast<uint32_t>(on.size()));
      j.account = account;
      j.kind = kind;
      m.jobs.push_back(j);
      nodes.push_back(std::move(on));
    };
    std::vector<std::vector<uint32_t>> racks(10);
    for (uint32_t n = 0; n < 180; ++n) {
      if (n != 7 && n != 100) racks[n / 18].push_back(n);
    }
    for (uint32_t g = 0; g < 3; ++g) {  // gangs over two racks each
      std::vector<uint32_t> on;
      for (uint32_t k = 0; k < 4; ++k) {
        auto& rack = racks[3 * g + k / 2];
        on.push_back(rack.back());
        rack.pop_back();
      }
      run(on, kUnified, 1);
    }
    uint32_t gec = 0;
    for (auto& rack : racks) {
      while (!rack.empty()) {
        std::vector<uint32_t> on;
        for (uint64_t k = 1 + r.below(3); k > 0 && !rack.empty(); --k) {
          on.push_back(rack.back());
          rack.pop_back();
        }
        if (r.chance(0.04)) continue;  // free
        const bool mine = gec < 16 && r.chance(0.25);
        if (mine) gec += static_cast<uint32_t>(on.size());
        const uint32_t account = mine ? kGec : r.chance(0.1) ? kOther : kUnified;
        run(on, account, static_cast<uint32_t>(r.below(2)));
      }
    }
    Job request = job(kRequest, 7200, 86'400, 4, 16);
    request.account = kGec;
    request.kind = 2;
    request.priority = 100;
    m.jobs.push_back(request);
    model = finished(std::move(m));
  }

  // The world at the moment of the request, with all else running where it should; and its slot.
  std::pair<World, uint32_t> world() const {
    World w(model);
    while (const auto request = w.advance(at(7200))) {
      World::Action a;
      const uint32_t head = w.queue_head(request->queue);
      const Job& j = w.slot(head).job;
      if (j.number == kRequest) return {w, head};
      a.kind = World::Action::Kind::start;
      a.slot = head;
      for (const uint32_t n : nodes[j.number]) a.places.push_back({n, 15});
      w.act(a);
    }
    DURE_ASSERT(false, "the request never came");
    return {w, 0};
  }

  // GPUs that an account holds, without some jobs.
  static int64_t held(const World& w, uint32_t account, const std::vector<uint32_t>& without = {}) {
    int64_t gpus = 0;
    for (uint32_t i = 0; i < w.slots(); ++i) {
      const JobSlot& s = w.slot(i);
      if (s.state != JobSlot::State::running || s.job.account != account) continue;
      if (std::find(without.begin(), without.end(), i) == without.end()) gpus += 4 * s.job.tasks;
    }
    return gpus;
  }
  // Nodes of a rack that are free, or become so.
  static uint32_t room(const World& w, uint32_t rack, const std::vector<uint32_t>& without) {
    uint32_t nodes = 0;
    for (uint32_t n = 18 * rack; n < 18 * rack + 18; ++n) {
      bool free = w.in_service(n);
      w.for_tasks_on(n, [&](uint32_t i) {
        free &= std::find(without.begin(), without.end(), i) != without.end();
      });
      nodes += free;
    }
    return nodes;
  }
  // Borrowers' jobs, the cheapest per GPU first, until 64 GPUs are free and within quota: what a
  // choice by quota alone comes to.
  static std::vector<uint32_t> blind_victims(const World& w) {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < w.slots(); ++i) {
      const JobSlot& s = w.slot(i);
      if (s.state == JobSlot::State::running && s.job.account != kGec) order.push_back(i);
    }
    const auto price = [&](uint32_t i) {
      return w.cost_of_stopping(i).exact() / w.slot(i).job.tasks;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return price(a) < price(b); });
    std::vector<uint32_t> victims;
    for (const uint32_t i : order) {
      uint32_t free = 0;
      for (uint32_t rack = 0; rack < 10; ++rack) free += room(w, rack, victims);
      if (free >= 16) break;
      const uint32_t account = w.slot(i).job.account;
      if (held(w, account, victims) > (account == kUnified ? 432 : 0)) victims.push_back(i);
    }
    return victims;
  }
  // The least that any set of jobs of one rack costs. (Jobs elsewhere are of no use: whenever 16
  // nodes of a rack are free, 64 GPUs of quota are.) All sets are tried.
  static std::optional<unsigned __int128> least_by_force(const World& w) {
    std::optional<unsigned __int128> least;
    for (uint32_t rack = 0; rack < 10; ++rack) {
      std::vector<uint32_t> jobs;
      for (uint32_t n = 18 * rack; n < 18 * rack + 18; ++n) {
        w.for_tasks_on(n, [&](uint32_t i) {
          if (std::find(jobs.begin(), jobs.end(), i) == jobs.end()) jobs.push_back(i);
        });
      }
      std::vector<uint32_t> nodes;  // [jobs] in the rack
      std::vector<unsigned __int128> costs;
      for (const uint32_t i : jobs) {
        nodes.push_back(room(w, rack, {i}) - room(w, rack, {}));
        costs.push_back(w.cost_of_stopping(i).exact());
      }
      const uint32_t free = room(w, rack, {});
      const int64_t borrowed[] = {held(w, kUnified) - 432, held(w, kOther)};
      for (uint32_t set = 0; set < 1u << jobs.size(); ++set) {
        uint32_t room = free;
        unsigned __int128 cost = 0;
        int64_t stopped[2] = {}, largest[2] = {};
        for (uint32_t k = 0; k < jobs.size(); ++k) {
          if (!(set >> k & 1)) continue;
          room += nodes[k];
          cost += costs[k];
          const Job& j = w.slot(jobs[k]).job;
          if (j.account == kGec) continue;  // of lower priority than the request
          const int64_t gpus = 4 * int64_t{j.tasks};
          stopped[j.account == kOther] += gpus;
          largest[j.account == kOther] = std::max(largest[j.account == kOther], gpus);
        }
        bool allowed = room >= 16;  // and each account borrows when its last victim's turn comes
        for (int a = 0; a < 2; ++a) {
          allowed &= stopped[a] == 0 || stopped[a] - largest[a] < borrowed[a];
        }
        if (allowed && (!least || cost < *least)) least = cost;
      }
    }
    return least;
  }
};

}  // namespace dure::fleet::test
