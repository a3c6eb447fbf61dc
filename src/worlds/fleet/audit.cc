#include "worlds/fleet/audit.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace dure::fleet {
namespace {

using Wide = unsigned __int128;

constexpr size_t kMostComplaints = 20;

Wide wide(uint64_t milli, Duration d) { return Wide{milli} * static_cast<uint64_t>(d.ns); }

}  // namespace

Auditor::Auditor(const World& world)
    : last_(world.now()),
      pools_(world.model().pools.size()),
      uses_(world.model().accounts.size()),
      used_(world.model().accounts.size()),
      at_period_(world.model().accounts.size()),
      held_(world.model().accounts.size()) {
  look(world);
}

void Auditor::complain(const World& world, std::string what) {
  if (complaints_.size() < kMostComplaints)
    complaints_.push_back(fmt::format("{} ns: {}", world.now().ns, what));
}

// From the last look until now everything was as it was found then.
void Auditor::integrate(const World& world) {
  const Duration d = world.now() - last_;
  for (PoolSum& p : pools_) {
    p.installed_time += wide(p.installed, d);
    p.held_time += wide(p.held, d);
    p.lent_time += wide(p.lent, d);
    p.spare_time += wide(p.spare, d);
    p.down_time += wide(p.down, d);
  }
  const Model& m = world.model();
  for (uint32_t a = 0; a < held_.size(); ++a) {
    for (uint32_t up = a; up != kNoAccount; up = m.accounts[up].parent) {
      used_[up] += wide(held_[a], d);
    }
  }
  if (m.budget_period > 0_s && d > 0_s &&
      (world.now() - m.start) / m.budget_period != (last_ - m.start) / m.budget_period) {
    at_period_ = used_;
  }
  last_ = world.now();
}

void Auditor::look(const World& world) {
  integrate(world);
  follow(world, nullptr);
  check_capacity(world);
}

void Auditor::before(const World& world) { integrate(world); }

void Auditor::after(const World& world, const World::Action& action) {
  follow(world, &action);
  check_capacity(world);
}

// Step by step, as the model tells it.
Auditor::Split Auditor::walk(const AttemptPlan& plan, Duration elapsed) {
  Split s;
  const auto spend = [&](Duration& on, Duration most) {
    const Duration d = std::min(elapsed, most);
    on += d;
    elapsed -= d;
    return d == most;
  };
  if (!spend(s.handover, plan.handover) || !spend(s.startup, plan.startup)) return s;
  Duration left = plan.work;
  while (elapsed > 0_s || left == 0_s) {
    const bool last = plan.interval == 0_s || left <= plan.interval;
    Duration stretch{0};
    if (!spend(stretch, last ? left : plan.interval)) {
      s.lost = stretch;
      return s;
    }
    if (last) {
      s.saved += stretch;
      return s;
    }
    Duration writing{0};
    if (!spend(writing, plan.checkpoint)) {
      s.lost = stretch + writing;
      return s;
    }
    s.saved += stretch;
    s.checkpoint += writing;
    left -= stretch;
  }
  return s;
}

void Auditor::charge(const Run& r, Split s, bool preempted) {
  const uint64_t milli = r.job.total_gpu_milli();
  auto& u = uses_[r.job.account];
  const auto add = [&](Use use, Wide x) { u[static_cast<size_t>(use)] += x; };
  const Wide work = wide(milli, s.saved), busy = work * r.job.busy_milli / 1000;
  add(Use::productive, busy);
  add(Use::idle, work - busy);
  add(Use::handover, wide(milli, s.handover));
  add(Use::startup, wide(milli, s.startup));
  add(Use::checkpoint, wide(milli, s.checkpoint));
  add(preempted ? Use::lost_stop : Use::lost_fault, wide(milli, s.lost));
}

// Which attempts have gone since the last look, which have come, and what everybody holds.
void Auditor::follow(const World& world, const World::Action* action) {
  const Model& m = world.model();
  for (auto it = runs_.begin(); it != runs_.end();) {
    const uint32_t i = it->first;
    const Run& r = it->second;
    const JobSlot& s = world.slot(i);
    if (s.state == JobSlot::State::running && s.run == r.run) {
      ++it;
      continue;
    }
    // A job that waits again was stopped; its slot serves no other at this instant but after an
    // end.
    const bool stopped = s.state != JobSlot::State::free && s.job.number == r.job.number;
    Split split = walk(r.plan, last_ - r.start);
    bool preempted = action != nullptr;
    if (stopped) {
      ++stops_;
      for (const Window& w : m.windows) preempted |= w.from == last_;  // begins now
      const JobKind& kind = m.kinds[r.job.kind];
      const Duration unsaved =
          r.plan.interval > 0_s ? std::min(split.lost, r.plan.interval) : split.lost;
      if (preempted && kind.checkpoint_every > 0_s && kind.checkpoint <= m.grace) {
        split.saved += unsaved;
        split.lost -= unsaved;
      }
    } else if (split.lost > 0_s || split.saved != r.plan.work) {
      complain(world, fmt::format("job {} ended before its work was done", r.job.number));
    }
    charge(r, split, preempted);
    it = runs_.erase(it);
  }
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state != JobSlot::State::running || runs_.count(i) > 0) continue;
    ++starts_;
    runs_.emplace(i, Run{s.run, s.job, s.start, s.plan, s.pool});
    if (s.start != last_) complain(world, fmt::format("job {} started unseen", s.job.number));
    const JobKind& kind = m.kinds[s.job.kind];
    if (s.plan.startup != kind.startup || s.plan.checkpoint != kind.checkpoint ||
        (kind.checkpoint_every != Duration::max() && s.plan.interval != kind.checkpoint_every)) {
      complain(world, fmt::format("job {} runs by another plan than its kind's", s.job.number));
    }
    check_start(world, s);
  }

  for (uint32_t p = 0; p < pools_.size(); ++p) {
    PoolSum& sum = pools_[p];
    sum.installed = sum.held = sum.lent = sum.spare = sum.down = 0;
    for (uint32_t n = m.pools[p].first_node; n < m.pools[p].first_node + m.pools[p].nodes; ++n) {
      const uint64_t milli = m.type_of(n).gpus * kWholeGpu;
      const NodeState state = world.node_status(n);
      if (state != NodeState::absent) sum.installed += milli;
      if (state == NodeState::spare) sum.spare += milli;
      if (state == NodeState::down) sum.down += milli;
    }
  }
  std::fill(held_.begin(), held_.end(), 0);
  for (const auto& [slot, r] : runs_) {
    const uint64_t milli = r.job.total_gpu_milli();
    pools_[r.pool].held += milli;
    if (m.pools[r.pool].owner != r.job.owner) pools_[r.pool].lent += milli;
    held_[r.job.account] += milli;
  }
}

void Auditor::check_capacity(const World& world) {
  const Model& m = world.model();
  std::vector<uint32_t> gpu(m.total_gpus()), cpu(m.nodes());
  std::vector<uint64_t> memory(m.nodes());
  for (const auto& [slot, r] : runs_) {
    const JobSlot& s = world.slot(slot);
    for (uint32_t t = 0; t < r.job.tasks; ++t) {
      const Place& p = world.places(s)[t];
      if (world.node_status(p.node) != NodeState::up || m.node_pool[p.node] != r.pool)
        complain(world, fmt::format("job {} runs where it cannot", r.job.number));
      if (static_cast<uint32_t>(std::popcount(p.gpus)) != r.job.gpus)
        complain(world, fmt::format("job {} has too few or too many GPUs", r.job.number));
      for (uint32_t bits = p.gpus; bits != 0; bits &= bits - 1) {
        gpu[m.gpu_offset[p.node] + static_cast<uint32_t>(std::countr_zero(bits))] +=
            r.job.gpu_milli;
      }
      cpu[p.node] += r.job.cpu_milli;
      memory[p.node] += r.job.memory_mib;
    }
  }
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    const NodeType& type = m.type_of(n);
    bool over = cpu[n] > type.cpu_milli || memory[n] > type.memory_mib;
    for (uint32_t g = m.gpu_offset[n]; g < m.gpu_offset[n + 1]; ++g) over |= gpu[g] > kWholeGpu;
    if (over) complain(world, fmt::format("node {} is given twice", n));
  }
}

void Auditor::check_start(const World& world, const JobSlot& s) {
  const Model& m = world.model();
  const Job& job = s.job;
  const Place* places = world.places(s);
  bool may_use = m.queues[job.queue].pool == s.pool;
  for (const uint32_t p : m.queues[job.queue].others) may_use |= p == s.pool;
  if (!may_use) complain(world, fmt::format("job {} is in a pool it cannot use", job.number));

  const Pool& pool = m.pools[s.pool];
  const uint32_t size = pool.group_size(m.kinds[job.kind].required);
  const uint32_t group = (places[0].node - pool.first_node) / size;
  for (uint32_t t = 0; t < job.tasks; ++t) {
    const uint32_t n = places[t].node;
    if ((n - pool.first_node) / size != group)
      complain(world, fmt::format("job {} is spread over two groups", job.number));
    if (job.gpus > 0 && job.gpu_models != 0 && !(job.gpu_models >> m.type_of(n).gpu_model & 1))
      complain(world, fmt::format("job {} has GPUs of a wrong model", job.number));
    for (const Window& w : m.windows) {
      if (n < w.first_node || n >= w.first_node + w.nodes) continue;
      bool mine = false;
      for (uint32_t a = job.account; a != kNoAccount; a = m.accounts[a].parent)
        mine |= a == w.account;
      const bool meets = w.until > last_ && (w.from <= last_ || job.limit > w.from - last_);
      if (meets && !mine) complain(world, fmt::format("job {} runs into a window", job.number));
    }
  }
  for (uint32_t a = job.account; a != kNoAccount; a = m.accounts[a].parent) {
    const double budget = m.accounts[a].budget_gpu_h;
    if (budget >= 0 && static_cast<double>(used_[a] - at_period_[a]) / 3600e12 * 1e-3 >= budget)
      complain(world,
               fmt::format("job {} is over the budget of {}", job.number, m.accounts[a].name));
  }
  if (m.has_quotas() && job.gpus > 0) check_quota(world, job, m.type_of(places[0].node).gpu_model);
}

// What everybody may have by definition, from the bottom of the tree up.
void Auditor::check_quota(const World& world, const Job& job, uint32_t g) {
  const Model& m = world.model();
  const size_t n = m.accounts.size();
  std::vector<QuotaLimits> limits(n);
  for (const QuotaStep& q : m.quotas) {
    if (q.time <= std::max(last_, m.start) && q.gpu_model == g) limits[q.account] = q.limits;
  }
  std::vector<int64_t> own(n), used(n);
  std::vector<std::vector<uint32_t>> children(n);
  std::vector<uint32_t> roots;
  for (uint32_t a = 0; a < n; ++a) {
    if (m.accounts[a].parent == kNoAccount) {
      roots.push_back(a);
    } else {
      children[m.accounts[a].parent].push_back(a);
    }
  }
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state != JobSlot::State::running) continue;
    if (m.type_of(world.places(s)[0].node).gpu_model == g)
      used[s.job.account] += static_cast<int64_t>(s.job.total_gpu_milli());
  }
  const auto kept = [&](uint32_t a) { return std::max<int64_t>(0, own[a] - limits[a].lending); };
  const auto gather = [&](const auto& self, uint32_t a) -> void {
    own[a] = limits[a].nominal;
    for (const uint32_t c : children[a]) {
      self(self, c);
      own[a] += std::min(own[c], limits[c].lending);
      used[a] += std::max<int64_t>(0, used[c] - kept(c));
    }
  };
  for (const uint32_t r : roots) gather(gather, r);
  // What an account has for itself is nobody else's business.
  for (uint32_t a = job.account;; a = m.accounts[a].parent) {
    const bool root = m.accounts[a].parent == kNoAccount;
    if (root && used[a] > own[a])
      complain(world,
               fmt::format("job {} exceeds all quota of {}", job.number, m.accounts[a].name));
    if (!root && limits[a].borrowing < kNoLimit && used[a] > own[a] + limits[a].borrowing)
      complain(world,
               fmt::format("job {} exceeds what {} may borrow", job.number, m.accounts[a].name));
    if (root || used[a] <= kept(a)) break;
  }
}

void Auditor::finish(const World& world) {
  integrate(world);
  for (const auto& [slot, r] : runs_) {
    Split s = walk(r.plan, last_ - r.start);
    s.saved += s.lost;
    s.lost = Duration{0};
    charge(r, s, false);
  }
  const Model& m = world.model();
  const std::vector<Uses> uses = world.uses();
  Wide by_accounts = 0, by_pools = 0;
  for (uint32_t a = 0; a < uses_.size(); ++a) {
    for (size_t u = 0; u < kUses; ++u) {
      by_accounts += uses[a][u].exact();
      if (uses[a][u].exact() != uses_[a][u]) {
        complain(world, fmt::format("{}: {} is {} GPU-h, and should be {}", m.accounts[a].name,
                                    name_of(static_cast<Use>(u)), uses[a][u].gpu_hours(),
                                    GpuTime(uses_[a][u]).gpu_hours()));
      }
    }
  }
  for (uint32_t p = 0; p < pools_.size(); ++p) {
    const PoolSum& sum = pools_[p];
    const PoolLedger l = world.ledger_of(p);
    by_pools += l.held_time.exact();
    if (l.installed_time.exact() != sum.installed_time || l.held_time.exact() != sum.held_time ||
        l.lent_time.exact() != sum.lent_time || l.spare_time.exact() != sum.spare_time ||
        l.down_time.exact() != sum.down_time)
      complain(world, fmt::format(
                          "pool {}: the ledger has {}, {}, {}, {}, {} GPU-h installed, held, "
                          "lent, spare and down, and should have {}, {}, {}, {}, {}",
                          m.pools[p].name, l.installed_time.gpu_hours(), l.held_time.gpu_hours(),
                          l.lent_time.gpu_hours(), l.spare_time.gpu_hours(),
                          l.down_time.gpu_hours(), GpuTime(sum.installed_time).gpu_hours(),
                          GpuTime(sum.held_time).gpu_hours(), GpuTime(sum.lent_time).gpu_hours(),
                          GpuTime(sum.spare_time).gpu_hours(), GpuTime(sum.down_time).gpu_hours()));
    if (l.fragmented_time.exact() > l.idle_time().exact() ||
        sum.held_time + sum.spare_time + sum.down_time > sum.installed_time)
      complain(world, fmt::format("pool {}: more than all of its time is used", m.pools[p].name));
  }
  if (by_accounts != by_pools) complain(world, "what jobs used is not what pools gave");
}

}  // namespace dure::fleet
