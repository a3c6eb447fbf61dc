// What running jobs leave of nodes, and what accounts, owners and pools hold.
#include <algorithm>
#include <bit>
#include <cmath>

#include "worlds/fleet/world_consistency.h"

namespace dure::fleet {
namespace {

using Wide = unsigned __int128;

}  // namespace

bool World::Consistency::nodes() const {
  World derived = w;
  derived.free_ = FreeIndex(m);
  derived.groups_ = GroupIndex(m);
  derived.node_state_.assign(m.nodes(), 0);
  std::vector<uint32_t> spares(m.pools.size(), 0);
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    const NodeType& type = m.type_of(n);
    const NodeState state = w.state_[n];
    const bool there = state != NodeState::absent;
    if (state > NodeState::down || there == (absent[n] > 0)) return false;
    // A repair may take for ever: then there is no event of its end.
    const uint32_t why_down = w.down_reasons_[n];
    if (why_down < reasons[n] || (there && (state == NodeState::down) != (why_down > 0)))
      return false;
    spares[m.node_pool[n]] += state == NodeState::spare;
    derived.cpu_left_[n] = there ? type.cpu_milli : 0;
    derived.memory_left_[n] = there ? type.memory_mib : 0;
    std::fill_n(derived.gpu_left_.begin() + m.gpu_offset[n], type.gpus,
                static_cast<uint16_t>(there ? kWholeGpu : 0));
  }
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    if (spares[p] != w.spares_[p] || spares[p] > m.pools[p].spares) return false;
  }
  for (const uint32_t i : running) {
    const JobSlot& s = w.slots_[i];
    for (uint32_t t = 0; t < s.job.tasks; ++t) {
      if (!give(derived, w.places(s)[t], s.job)) return false;
    }
  }
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    derived.free_gpus_[n] = derived.gpu_milli_left_[n] = 0;
    for (uint32_t g = m.gpu_offset[n]; g < m.gpu_offset[n + 1]; ++g) {
      derived.free_gpus_[n] += derived.gpu_left_[g] == kWholeGpu;
      derived.gpu_milli_left_[n] += derived.gpu_left_[g];
    }
    if (w.state_[n] != NodeState::absent) derived.node_changed(n);
  }
  return derived.cpu_left_ == w.cpu_left_ && derived.memory_left_ == w.memory_left_ &&
         derived.gpu_left_ == w.gpu_left_ && derived.free_gpus_ == w.free_gpus_ &&
         derived.gpu_milli_left_ == w.gpu_milli_left_ && derived.node_state_ == w.node_state_ &&
         derived.free_ == w.free_ && derived.groups_ == w.groups_;
}

bool World::Consistency::give(World& to, const Place& p, const Job& job) const {
  if (to.cpu_left_[p.node] < job.cpu_milli || to.memory_left_[p.node] < job.memory_mib)
    return false;
  to.cpu_left_[p.node] -= job.cpu_milli;
  to.memory_left_[p.node] -= job.memory_mib;
  for (uint32_t bits = p.gpus; bits != 0; bits &= bits - 1) {
    uint16_t& left =
        to.gpu_left_[m.gpu_offset[p.node] + static_cast<uint32_t>(std::countr_zero(bits))];
    if (left < job.gpu_milli) return false;
    left = static_cast<uint16_t>(left - job.gpu_milli);
  }
  return true;
}

bool World::Consistency::accounts() const {
  QuotaTree quota;
  if (m.has_quotas())
    quota = QuotaTree(m.account_parent, static_cast<uint32_t>(m.gpu_models.size()));
  for (size_t i = 0; i < m.quotas.size(); ++i) {
    const QuotaStep& q = m.quotas[i];
    if (stepped[i] || q.time > w.now_) continue;
    quota.set(m.account_parent, q.account, q.gpu_model, q.limits);
  }
  std::vector<uint64_t> held(m.accounts.size(), 0);
  for (const uint32_t i : running) {
    const JobSlot& s = w.slots_[i];
    const uint64_t milli = s.job.total_gpu_milli();
    for (uint32_t a = s.job.account; a != kNoAccount; a = m.account_parent[a]) held[a] += milli;
    if (m.has_quotas())
      quota.take(m.account_parent, s.job.account, m.type_of(w.places(s)[0].node).gpu_model,
                 static_cast<int64_t>(milli));
  }
  const Wide most = Wide{m.total_gpus()} * kWholeGpu * static_cast<uint64_t>((w.now_ - m.start).ns);
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    const AccountState& x = w.accounts_[a];
    if (x.held != held[a] || !between(x.since) || !std::isfinite(x.decayed_gpu_s) ||
        x.decayed_gpu_s < 0 || x.used.exact() > most || x.used_at_tick.exact() > x.used.exact() ||
        x.used_at_budget.exact() > x.used.exact())
      return false;
    if (m.is_compared[a] && !is_series(w.kpis_.accounts[a].held_over_time)) return false;
  }
  return quota == w.quota_;
}

bool World::Consistency::owners() const {
  struct Sum {
    uint64_t present = 0, held = 0, asked = 0, waiting = 0;
  };
  std::vector<Sum> sums(m.owners.size());
  uint64_t held = 0, used_nodes = 0;
  for (const JobSlot& s : w.slots_) {
    if (s.state == JobSlot::State::free) continue;
    Sum& sum = sums[s.job.owner];
    ++sum.present;
    if (s.state == JobSlot::State::running) {
      sum.held += s.job.total_gpu_milli();
      held += s.job.total_gpu_milli();
    } else {
      sum.asked += s.job.total_gpu_milli();
      ++sum.waiting;
    }
  }
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    if (w.tasks_on_[n] > 0) used_nodes += m.type_of(n).gpus;
  }
  if (w.kpis_.used_gpu_milli != held || w.kpis_.gpus_on_used_nodes != used_nodes) return false;
  for (uint32_t o = 0; o < sums.size(); ++o) {
    const OwnerKpis& k = w.kpis_.owners[o];
    if (k.arrived != k.ended + k.dropped + k.rejected + sums[o].present) return false;
    if (!is_level(k.allocated, sums[o].held) || !is_level(k.waiting, sums[o].asked) ||
        !is_level(k.waiting_jobs, sums[o].waiting) || !is_level(k.busy, {}))
      return false;
    if (!is_series(k.allocated_over_time) || !is_series(k.busy_over_time) ||
        !is_series(k.waiting_over_time))
      return false;
    for (const JobStats& s : k.by_size) {
      if (!is_quantiles(s.wait) || !is_quantiles(s.completion) || !is_quantiles(s.slowdown))
        return false;
    }
  }
  return true;
}

bool World::Consistency::pools() const {
  std::vector<PoolLedger> sums(m.pools.size());
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    const uint64_t milli = uint64_t{m.type_of(n).gpus} * kWholeGpu;
    PoolLedger& l = sums[m.node_pool[n]];
    if (w.state_[n] != NodeState::absent) l.installed += milli;
    if (w.state_[n] == NodeState::spare) l.spare += milli;
    if (w.state_[n] == NodeState::down) l.down += milli;
  }
  for (const uint32_t i : running) {
    const JobSlot& s = w.slots_[i];
    sums[s.pool].held += s.job.total_gpu_milli();
    if (m.pools[s.pool].owner != s.job.owner) sums[s.pool].lent += s.job.total_gpu_milli();
  }
  const Wide most = Wide{m.total_gpus()} * kWholeGpu * static_cast<uint64_t>((w.now_ - m.start).ns);
  for (uint32_t p = 0; p < sums.size(); ++p) {
    const PoolKpis& k = w.kpis_.pools[p];
    const PoolLedger& l = k.ledger;
    if (l.installed != sums[p].installed || l.held != sums[p].held || l.lent != sums[p].lent ||
        l.spare != sums[p].spare || l.down != sums[p].down || !between(l.since))
      return false;
    for (const GpuTime t : {l.installed_time, l.held_time, l.lent_time, l.spare_time, l.down_time,
                            l.idle_unseen, l.fragmented_time}) {
      if (t.exact() > most) return false;
    }
    if (!is_level(k.installed, l.installed) || !is_level(k.allocated, l.held) ||
        !is_series(k.installed_over_time) || !is_series(k.allocated_over_time))
      return false;
  }
  for (const Message& x : w.outbox_.messages()) {
    const uint32_t sizes[] = {sizeof(JobStarted), sizeof(JobEnded), sizeof(JobStopped)};
    if (x.port >= std::size(sizes) || x.size != sizes[x.port] || !between(x.time)) return false;
  }
  return true;
}

}  // namespace dure::fleet
