// Cases for the search for victims, and the truth about them: all sets of victims, tried one by one
// with books of their own. For the test and the oracle of reclaim.h.
#pragma once

#include <algorithm>
#include <optional>

#include "worlds/fleet/reclaim.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet::test {

// What a world would be without some of its running jobs, counted anew from the model.
class Books {
 public:
  Books(const World& world, uint32_t gpu_model) : w_(world), m_(world.model()), g_(gpu_model) {
    limits_.resize(m_.accounts.size());
    for (const QuotaStep& q : m_.quotas) {
      if (q.time <= w_.now() && q.gpu_model == g_) limits_[q.account] = q.limits;
    }
  }

  // GPU milli of the model that count in quotas.
  int64_t held(uint32_t slot) const {
    const JobSlot& s = w_.slot(slot);
    if (s.job.gpus == 0 || m_.type_of(w_.places(s)[0].node).gpu_model != g_) return 0;
    return static_cast<int64_t>(s.job.total_gpu_milli());
  }
  void count(const std::vector<uint32_t>& stopped) {
    direct_.assign(m_.accounts.size(), 0);
    for (uint32_t i = 0; i < w_.slots(); ++i) {
      if (w_.slot(i).state != JobSlot::State::running) continue;
      if (std::find(stopped.begin(), stopped.end(), i) != stopped.end()) continue;
      direct_[w_.slot(i).job.account] += held(i);
    }
  }
  void give(uint32_t account, int64_t milli) { direct_[account] += milli; }

  // As KEP-79 (hierarchical cohorts) defines them.
  int64_t own(uint32_t a) const {
    int64_t sum = limits_[a].nominal;
    for (uint32_t c = 0; c < m_.accounts.size(); ++c) {
      if (m_.accounts[c].parent == a) sum += std::min(own(c), limits_[c].lending);
    }
    return sum;
  }
  int64_t kept(uint32_t a) const { return std::max<int64_t>(0, own(a) - limits_[a].lending); }
  int64_t used(uint32_t a) const {
    int64_t sum = direct_[a];
    for (uint32_t c = 0; c < m_.accounts.size(); ++c) {
      if (m_.accounts[c].parent == a) sum += std::max<int64_t>(0, used(c) - kept(c));
    }
    return sum;
  }
  int64_t borrowed(uint32_t a) const { return std::max<int64_t>(0, used(a) - own(a)); }
  double share(uint32_t a) const {
    return borrowed(a) == 0 ? 0 : static_cast<double>(borrowed(a)) / m_.accounts[a].weight;
  }
  int64_t available(uint32_t a) const {
    if (m_.accounts[a].parent == kNoAccount) return own(a) - used(a);
    int64_t from_above = available(m_.accounts[a].parent);
    const int64_t shared = std::max<int64_t>(0, used(a) - kept(a));
    if (limits_[a].borrowing < kNoLimit) {
      from_above = std::min(from_above, own(a) - kept(a) + limits_[a].borrowing - shared);
    }
    return std::max<int64_t>(0, kept(a) - used(a)) + from_above;
  }

  // The common account of two, and the child of it above `a`; nothing if either is the common one.
  std::optional<uint32_t> branch(uint32_t a, uint32_t other) const {
    if (m_.is_under(a, other) || m_.is_under(other, a)) return std::nullopt;
    for (; m_.accounts[a].parent != kNoAccount; a = m_.accounts[a].parent) {
      if (m_.is_under(other, m_.accounts[a].parent)) return a;
    }
    return std::nullopt;
  }
  bool borrows_up_to(uint32_t a, uint32_t branch) const {
    for (;; a = m_.accounts[a].parent) {
      if (borrowed(a) == 0) return false;
      if (a == branch) return true;
    }
  }

 private:
  const World& w_;
  const Model& m_;
  uint32_t g_;
  std::vector<QuotaLimits> limits_;
  std::vector<int64_t> direct_;
};

// Whether the gang fits one group of its level in the pool without the stopped jobs, on nodes of
// one GPU model.
inline bool fits_without(const World& w, const Job& job, uint32_t pool, uint32_t gpu_model,
                         const std::vector<uint32_t>& stopped) {
  const Model& m = w.model();
  const Pool& p = m.pools[pool];
  const uint32_t size = p.group_size(m.kinds[job.kind].required);
  for (uint32_t first = 0; first < p.nodes; first += size) {
    uint32_t tasks = 0;
    for (uint32_t i = first; i < std::min(p.nodes, first + size); ++i) {
      const uint32_t n = p.first_node + i;
      if (!w.in_service(n) || !w.open_to(n, job)) continue;
      const uint32_t gpus = m.type_of(n).gpus;
      if (job.gpus > 0 && m.type_of(n).gpu_model != gpu_model) continue;
      std::vector<uint32_t> left(w.gpu_left(n), w.gpu_left(n) + gpus);
      uint64_t cpu = w.cpu_left(n), memory = w.memory_left(n);
      for (const uint32_t v : stopped) {
        const JobSlot& s = w.slot(v);
        for (uint32_t t = 0; t < s.job.tasks; ++t) {
          const Place& x = w.places(s)[t];
          if (x.node != n) continue;
          cpu += s.job.cpu_milli;
          memory += s.job.memory_mib;
          for (uint32_t g = 0; g < gpus; ++g) left[g] += (x.gpus >> g & 1) * s.job.gpu_milli;
        }
      }
      uint32_t free = 0;
      for (const uint32_t x : left) free += x >= job.gpu_milli;
      while (tasks < job.tasks && free >= job.gpus && cpu >= job.cpu_milli &&
             memory >= job.memory_mib) {
        ++tasks;
        free -= job.gpus;
        cpu -= job.cpu_milli;
        memory -= job.memory_mib;
      }
    }
    if (tasks >= job.tasks) return true;
  }
  return false;
}

// The least cost over all sets of victims that the rules of victims.h allow, in any order. Too many
// running jobs to try: no answer.
struct Truth {
  bool answered = true;
  std::optional<unsigned __int128> least;
  uint64_t sets = 0;  // allowed, of victims that make room and quota
};

inline Truth best_by_force(const World& w, uint32_t slot, uint32_t pool,
                           const ReclaimOptions& options, uint32_t most = 10) {
  const Model& m = w.model();
  const Job& job = w.slot(slot).job;
  std::vector<uint32_t> jobs;  // that may be stopped at all
  for (uint32_t i = 0; i < w.slots(); ++i) {
    if (w.slot(i).state == JobSlot::State::running && w.preemptible(i)) jobs.push_back(i);
  }
  Truth truth;
  truth.answered = jobs.size() <= most;
  if (!truth.answered || !w.in_budget(job.account)) return truth;
  for (uint32_t g = 0; g < std::max<size_t>(1, m.gpu_models.size()); ++g) {
    if (job.gpus > 0 && job.gpu_models != 0 && !(job.gpu_models >> g & 1)) continue;
    const bool quotas = m.has_quotas() && job.gpus > 0;
    const auto need = static_cast<int64_t>(job.total_gpu_milli());
    Books books(w, g);
    const auto own = [&](uint32_t v) { return w.slot(v).job.account == job.account; };
    const auto lower = [&](uint32_t v) { return w.slot(v).job.priority < job.priority; };
    std::vector<uint8_t> in_order(size_t{1} << jobs.size(), 0);
    in_order[0] = 1;
    for (uint32_t set = 0; set < in_order.size(); ++set) {
      std::vector<uint32_t> stopped;
      for (uint32_t k = 0; k < jobs.size(); ++k) {
        if (set >> k & 1) stopped.push_back(jobs[k]);
      }
      for (uint32_t k = 0; k < jobs.size() && !in_order[set]; ++k) {  // jobs[k] is the last
        if (!(set >> k & 1) || !in_order[set ^ 1u << k]) continue;
        const uint32_t v = jobs[k], account = w.slot(v).job.account;
        if (own(v)) {
          in_order[set] = options.own_account && lower(v);
          continue;
        }
        if (!quotas || books.held(v) == 0) continue;
        const auto branch = books.branch(account, job.account);
        std::vector<uint32_t> before = stopped;
        before.erase(std::find(before.begin(), before.end(), v));
        books.count(before);
        in_order[set] = branch && books.borrows_up_to(account, *branch);
      }
      if (!in_order[set]) continue;
      books.count(stopped);
      if (quotas && books.available(job.account) < need) continue;
      books.give(job.account, quotas ? need : 0);
      bool allowed = true;
      for (const uint32_t v : stopped) {
        if (own(v)) continue;
        const uint32_t mine = *books.branch(job.account, w.slot(v).job.account);
        const uint32_t theirs = *books.branch(w.slot(v).job.account, job.account);
        const bool reclaims =
            options.cohort == ReclaimOptions::Within::any ||
            (options.cohort == ReclaimOptions::Within::lower_priority && lower(v));
        allowed &= (reclaims && books.borrowed(mine) == 0) ||
                   (options.fair_sharing && books.share(theirs) >= books.share(mine));
      }
      if (!allowed || !fits_without(w, job, pool, g, stopped)) continue;
      ++truth.sets;
      unsigned __int128 cost = 0;
      for (const uint32_t v : stopped) cost += w.cost_of_stopping(v).exact();
      if (!truth.least || cost < *truth.least) truth.least = cost;
    }
    if (job.gpus == 0) break;
  }
  return truth;
}

// Ways to set up reclaim, the default first.
inline std::vector<ReclaimOptions> reclaim_settings() {
  using Within = ReclaimOptions::Within;
  return {{},
          {.fair_sharing = true},
          {.cohort = Within::never, .fair_sharing = true},
          {.cohort = Within::lower_priority, .own_account = false},
          {.cohort = Within::never},
          {.cohort = Within::lower_priority, .fair_sharing = true}};
}

// A few nodes of one or two pools, a tree of accounts that borrow from each other, and jobs of many
// kinds that come one by one and stay.
inline std::shared_ptr<const Model> small_case(uint64_t seed) {
  Random r{seed, 7, 0};
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(r.below(n)); };
  Model m;
  m.seed = seed;
  m.grace = r.chance(0.5) ? 60_s : 0_s;
  m.owners = {"o"};
  m.gpu_models = {"x", "y"};
  m.node_types = {{"x4", 0, 4, 16'000, 160}, {"y4", 1, 4, 16'000, 160}};
  const bool two_models = r.chance(0.3);
  for (uint32_t p = 0; p < 1 + below(2); ++p) {
    m.pools.push_back({.name = "p" + std::to_string(p)});
    const uint32_t nodes = p == 0 ? 3 + below(5) : 2;
    for (uint32_t i = 0; i < nodes; ++i) m.add_nodes(two_models ? below(2) : 0, 1);
    m.pools[p].nodes_per_domain = 1 + below(2);
    m.pools[p].nodes_per_rack = m.pools[p].nodes_per_domain * (1 + below(2));
    m.pools[p].racks_per_pod = 1 + below(2);
    m.queues.push_back({"q" + std::to_string(p), p});
  }
  m.queues[0].others.assign(m.pools.size() > 1, 1);
  if (r.chance(0.2)) m.windows = {{"kept", at(50), at(400), below(3), 1, kNoAccount}};
  // Accounts: a root, two branches, leaves; or all leaves under the root.
  m.accounts = {{.name = "root"}};
  const uint32_t branches = 1 + below(3);
  for (uint32_t a = 0; a < branches; ++a) {
    m.accounts.push_back({.name = "b", .parent = 0, .weight = 1.0 + below(3)});
    const uint32_t leaves = below(3);
    const auto above = static_cast<uint32_t>(m.accounts.size() - 1);
    for (uint32_t l = 0; l < leaves; ++l) {
      m.accounts.push_back({.name = "l", .parent = above, .weight = 1.0 + below(3)});
    }
  }
  if (r.chance(0.1)) m.accounts.push_back({.name = "elsewhere"});
  // Often one account owns most and comes late: there is much to take back.
  const auto late = static_cast<uint32_t>(m.accounts.size() - 1);
  const bool lent = r.chance(0.6);
  if (r.chance(0.95)) {
    for (uint32_t a = 0; a < m.accounts.size(); ++a) {
      for (uint32_t g = 0; g < 2; ++g) {
        QuotaLimits q{.nominal = int64_t{1000} * below(a == 0 ? 9 : 10)};
        if (lent) q.nominal = int64_t{1000} * (a == late ? 8 + below(16) : below(4));
        if (r.chance(0.2)) q.borrowing = int64_t{1000} * below(12);
        if (r.chance(0.2)) q.lending = int64_t{1000} * below(8);
        m.quotas.push_back({at(0), a, g, q});
      }
    }
  }
  for (uint32_t k = 0; k < 6; ++k) {
    JobKind kind{.name = "k"};
    kind.required = static_cast<Level>(below(kLevels));
    kind.preferred = static_cast<Level>(below(kLevels));
    kind.preemptible = k != 5;
    kind.startup = below(3) * 5_s;
    kind.checkpoint_every = below(3) * 40_s;
    kind.checkpoint = below(5) * 30_s;
    m.kinds.push_back(kind);
  }
  const uint32_t jobs = 8 + below(12);
  const bool small = r.chance(0.4);
  for (uint32_t i = 0; i < jobs; ++i) {
    Job j = job(i, 10 * i + below(9), 400 + below(400), 1 + below(4), 1 + below(small ? 2 : 4));
    j.queue = below(static_cast<uint32_t>(m.queues.size()));
    j.account = below(static_cast<uint32_t>(m.accounts.size()));
    if (lent && r.chance(0.9)) j.account = 3 * i > 2 * jobs ? late : below(late);
    j.kind = below(6);
    j.priority = static_cast<int32_t>(below(3));
    j.cpu_milli = 1000 * below(4);
    j.memory_mib = 10 * below(4);
    j.gpu_models = two_models ? below(4) : 0;
    if (r.chance(0.1)) {
      j.tasks = 1, j.gpus = 1, j.gpu_milli = 100 + 100 * below(9);
    } else if (r.chance(0.05)) {
      j.gpus = 0, j.cpu_milli = 4000;
    }
    m.jobs.push_back(j);
  }
  return finished(std::move(m));
}

// Asks about small worlds: as they go on, the first few jobs of each queue that is
// asked about, in each pool, by each setting in turn. Calls visit(world, truth, reclaim, found,
// action) where all sets could be tried. What was found is then done, always if nobody is stopped,
// else every third time, and started(world, action) called.
template <class F, class G>
void ask_all(const std::shared_ptr<const Model>& m, F&& visit, G&& started) {
  World w(m);
  const auto settings = reclaim_settings();
  size_t asked = m->seed;
  RandomFit anywhere;
  for (int budget = 80; budget > 0; --budget) {
    const auto request = w.advance(Time::never());
    if (!request) return;
    World::Action start;
    int line = 4;
    for (uint32_t i = w.queue_head(request->queue); i != kNoSlot && line-- > 0;
         i = w.slot(i).next) {
      m->for_pools_of(w.slot(i).job.queue, [&](uint32_t pool) {
        if (start.kind == World::Action::Kind::start) return;
        const ReclaimOptions& options = settings[asked++ % settings.size()];
        const Truth truth = best_by_force(w, i, pool, options);
        World::Action a;
        a.kind = World::Action::Kind::start;
        a.slot = i;
        Reclaim reclaim(options);
        const bool found = reclaim.find(w, w.slot(i).job, pool, a.places, a.victims);
        if (truth.answered) visit(w, truth, reclaim, found, a);
        if (!found || (!a.victims.empty() && asked % 3 != 0)) return;
        // Tasks anywhere that they fit, where nobody has to be stopped: so that they lie crosswise.
        if (a.victims.empty() && m->kinds[w.slot(i).job.kind].required == Level::pool &&
            m->gpu_models.size() == 1 && !anywhere.place(w, w.slot(i).job, pool, a.places)) {
          return;
        }
        start = a;
      });
      if (start.kind == World::Action::Kind::start) break;
    }
    w.act(start);
    if (start.kind == World::Action::Kind::start) started(w, start);
  }
}

// Two or three domains of four to six nodes, filled with gangs that lie across each other's nodes,
// and gangs of higher priority, of the same account or of one whose GPUs these have borrowed.
inline std::shared_ptr<const Model> tangled_case(uint64_t seed) {
  Random r{seed, 10, 0};
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(r.below(n)); };
  Model m;
  m.seed = seed;
  m.owners = {"o"};
  m.gpu_models = {"x"};
  m.node_types = {{"x4", 0, 4, 16'000, 160}};
  const uint32_t domain = 4 + below(3), domains = 2 + below(2);
  m.pools = {{.name = "p", .nodes_per_rack = domain, .nodes_per_domain = domain}};
  m.add_nodes(0, domain * domains);
  m.queues = {{"q", 0}};
  m.accounts = {{.name = "root"},
                {.name = "a", .parent = 0},
                {.name = "b", .parent = 0},
                {.name = "c", .parent = 0}};
  const bool quotas = r.chance(0.6);
  for (uint32_t a = 1; a < 4 && quotas; ++a) {
    m.quotas.push_back({at(0), a, 0, {.nominal = int64_t{1000} * (a == 1 ? 24 : 4 * below(8))}});
  }
  m.kinds = {{.name = "any"}, {.name = "one domain", .required = Level::domain}};
  for (uint32_t i = 0; i < 14; ++i) {
    const uint32_t gpus = 1 + below(4);
    Job j = job(i, below(900), 10'000, gpus, 1 + below(12 / gpus));
    j.account = quotas ? 2 + below(2) : 1;
    m.jobs.push_back(j);
  }
  for (uint32_t i = 0; i < 6; ++i) {
    const uint32_t gpus = 1 + below(4);
    Job j = job(100 + i, 1000 + i, 10'000, gpus, 2 + below(16 / gpus));
    j.account = 1;
    j.priority = 1;
    j.kind = below(2);
    m.jobs.push_back(j);
  }
  return finished(std::move(m));
}

}  // namespace dure::fleet::test
