// What the auditor checks of each start: room on the nodes, the plan of the attempt, quotas.
#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "worlds/fleet/audit.h"
#include "worlds/fleet/checkpoint.h"

namespace dure::fleet {
namespace {

using Wide = unsigned __int128;

}  // namespace

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
      const bool might = !w.drains && job.limit > w.from - last_;
      const bool meets = w.until > last_ && (w.from <= last_ || might);
      if (meets && !mine) complain(world, fmt::format("job {} runs into a window", job.number));
    }
  }
  for (uint32_t a = job.account; a != kNoAccount; a = m.accounts[a].parent) {
    const double budget = m.accounts[a].budget_gpu_h;
    if (budget >= 0 && GpuTime(used_[a] - at_period_[a]).gpu_hours() >= budget)
      complain(world,
               fmt::format("job {} is over the budget of {}", job.number, m.accounts[a].name));
  }
  if (m.has_quotas() && job.gpus > 0) check_quota(world, job, m.type_of(places[0].node).gpu_model);
}

void Auditor::check_plan(const World& world, const JobSlot& s) {
  const Model& m = world.model();
  const JobKind& kind = m.kinds[s.job.kind];
  const auto safe = safe_.find(s.job.number);
  const Duration done = safe == safe_.end() ? Duration{0} : safe->second;
  Duration left = s.job.duration;
  if (left < Duration::max()) {  // rounded up
    const auto ns = static_cast<Wide>((left - done).ns) * s.most_tasks;
    left = Duration{static_cast<int64_t>((ns + s.job.tasks - 1) / s.job.tasks)};
  }
  if (s.plan.work != left || s.done != done)
    complain(world, fmt::format("job {} is to work for {} ns with {} ns done, and should for {}",
                                s.job.number, s.plan.work.ns, s.done.ns, left.ns));
  if (s.plan.handover != slowest_write_)
    complain(world, fmt::format("job {} waits {} ns for its victims, and should {}", s.job.number,
                                s.plan.handover.ns, slowest_write_.ns));
  Duration interval = kind.checkpoint_every;
  if (interval == Duration::max()) {
    // Everything that may stop it: itself, each of its nodes, each group that has one of them.
    double per_day = kind.faults_per_day + kind.faults_per_gpu_day *
                                               static_cast<double>(s.job.total_gpu_milli()) /
                                               kWholeGpu;
    std::set<uint32_t> nodes;
    for (uint32_t t = 0; t < s.job.tasks; ++t) nodes.insert(world.places(s)[t].node);
    for (const uint32_t n : nodes) per_day += m.type_of(n).faults_per_day;
    for (const Outage& o : m.outages) {
      std::set<uint32_t> groups;
      for (const uint32_t n : nodes) {
        if (o.pool == s.pool) groups.insert(m.group_of(n, o.level).first);
      }
      per_day += o.per_day * static_cast<double>(groups.size());
    }
    interval = per_day > 0 ? young_daly(kind.checkpoint, from_seconds(86400 / per_day)) : 0_s;
    // Sums of rates differ in their last bits by the order of their parts.
    if (std::abs(interval.ns - s.plan.interval.ns) <= interval.ns / 1'000'000'000 + 1)
      interval = s.plan.interval;
  }
  if (s.plan.startup != kind.startup || s.plan.checkpoint != kind.checkpoint ||
      s.plan.interval != interval)
    complain(world, fmt::format("job {} runs by another plan than its kind's", s.job.number));
}

// What everybody may have by definition, from the bottom of the tree up.
Auditor::Shares Auditor::shares(const World& world, uint32_t g) const {
  const Model& m = world.model();
  const size_t n = m.accounts.size();
  Shares s{std::vector<QuotaLimits>(n), std::vector<int64_t>(n), std::vector<int64_t>(n)};
  for (const QuotaStep& q : m.quotas) {
    if (q.time <= std::max(last_, m.start) && q.gpu_model == g) s.limits[q.account] = q.limits;
  }
  std::vector<std::vector<uint32_t>> children(n);
  for (uint32_t a = 0; a < n; ++a) {
    if (m.accounts[a].parent != kNoAccount) children[m.accounts[a].parent].push_back(a);
  }
  for (const auto& [slot, r] : runs_) {
    if (r.job.gpus > 0 && m.type_of(world.places(world.slot(slot))[0].node).gpu_model == g)
      s.used[r.job.account] += static_cast<int64_t>(r.job.total_gpu_milli());
  }
  const auto gather = [&](const auto& self, uint32_t a) -> void {
    s.own[a] = s.limits[a].nominal;
    for (const uint32_t c : children[a]) {
      self(self, c);
      s.own[a] += std::min(s.own[c], s.limits[c].lending);
      s.used[a] += std::max<int64_t>(0, s.used[c] - s.kept(c));
    }
  };
  for (uint32_t a = 0; a < n; ++a) {
    if (m.accounts[a].parent == kNoAccount) gather(gather, a);
  }
  return s;
}

void Auditor::check_quota(const World& world, const Job& job, uint32_t g) {
  const Model& m = world.model();
  const Shares s = shares(world, g);
  // What an account has for itself is nobody else's business.
  for (uint32_t a = job.account;; a = m.accounts[a].parent) {
    const bool root = m.accounts[a].parent == kNoAccount;
    if (root && s.used[a] > s.own[a])
      complain(world,
               fmt::format("job {} exceeds all quota of {}", job.number, m.accounts[a].name));
    if (!root && s.limits[a].borrowing < kNoLimit && s.used[a] > s.own[a] + s.limits[a].borrowing)
      complain(world,
               fmt::format("job {} exceeds what {} may borrow", job.number, m.accounts[a].name));
    if (root || s.used[a] <= s.kept(a)) break;
  }
}

}  // namespace dure::fleet
