// Nodes of the fleet: deliveries, faults and repairs, spares, outages of groups, windows.
//
// Fault times depend on the seed and the node, repair times too: two policies face the same.
#include <algorithm>

#include "base/random.h"
#include "worlds/fleet/streams.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

constexpr double kDay_s = 86400;
constexpr double kLongest_s = 9e9;  // 285 years: within Time

Duration seconds_of(double s) { return from_seconds(std::clamp(s, 0.0, kLongest_s)); }

}  // namespace

void World::start_nodes() {
  const Model& m = *model_;
  state_.assign(m.nodes(), NodeState::absent);
  down_reasons_.assign(m.nodes(), 0);
  node_faults_.assign(m.nodes(), 0);
  cpu_left_.assign(m.nodes(), 0);
  memory_left_.assign(m.nodes(), 0);
  gpu_left_.assign(m.total_gpus(), 0);
  free_gpus_.assign(m.nodes(), 0);
  gpu_milli_left_.assign(m.nodes(), 0);
  tasks_on_.assign(m.nodes(), 0);
  first_task_.assign(m.nodes(), kNoSlot);
  node_state_.assign(m.nodes(), 0);
  spares_.assign(m.pools.size(), 0);
  outage_count_.assign(m.outage_first.back(), 0);

  std::vector<uint8_t> comes_later(m.nodes(), 0);
  for (uint32_t d = 0; d < m.deliveries.size(); ++d) {
    const Delivery& x = m.deliveries[d];
    for (uint32_t n = x.first_node; n < x.first_node + x.nodes; ++n) comes_later[n] = 1;
    events_.push({std::max(now_, x.time), Event::Kind::delivery, d, 0});
  }
  // The last ones become spares.
  for (uint32_t n = m.nodes(); n-- > 0;) {
    if (!comes_later[n]) deliver(n);
  }
  for (uint32_t g = 0; g < m.outage_first.back(); ++g) schedule_outage(g);
  for (uint32_t w = 0; w < m.windows.size(); ++w) {
    const Window& x = m.windows[w];
    if (x.until <= now_) continue;
    events_.push({std::max(now_, x.from), Event::Kind::window_begins, w, 0});
    if (x.until < Time::never()) events_.push({x.until, Event::Kind::window_ends, w, 0});
  }
}

void World::deliver(uint32_t n) {
  const NodeType& type = model_->type_of(n);
  const uint32_t pool = model_->node_pool[n];
  cpu_left_[n] = type.cpu_milli;
  memory_left_[n] = type.memory_mib;
  std::fill_n(gpu_left_.begin() + model_->gpu_offset[n], type.gpus, uint16_t{kWholeGpu});
  free_gpus_[n] = type.gpus;
  gpu_milli_left_[n] = type.gpus * kWholeGpu;
  PoolKpis& k = kpis_.pools[pool];
  k.installed.add(now_, type.gpus * kWholeGpu);
  k.installed_over_time.set(now_, k.installed.value());
  k.ledger.settle(now_);
  k.ledger.installed += type.gpus * kWholeGpu;
  pool_power(pool, uint64_t{1000} * type.idle_w, 0);
  schedule_node_fault(n);
  if (down_reasons_[n] > 0) {  // an outage or a window was there first
    state_[n] = NodeState::down;
    k.ledger.down += type.gpus * kWholeGpu;
    node_changed(n);
    return;
  }
  put_in_service(n);
}

// Or lets it stand by, where spares are missing.
void World::put_in_service(uint32_t n) {
  const uint32_t pool = model_->node_pool[n];
  if (spares_[pool] < model_->pools[pool].spares) {
    state_[n] = NodeState::spare;
    ++spares_[pool];
    kpis_.pools[pool].ledger.settle(now_);
    kpis_.pools[pool].ledger.spare += model_->type_of(n).gpus * kWholeGpu;
  } else {
    state_[n] = NodeState::up;
  }
  node_changed(n);
}

// One more reason for the node to be down. What runs there is stopped; a spare stands in.
void World::take_down(uint32_t n, Stop why) {
  if (down_reasons_[n]++ > 0 || state_[n] == NodeState::absent) return;
  const uint32_t pool = model_->node_pool[n];
  PoolLedger& ledger = kpis_.pools[pool].ledger;
  stop_tasks_on(n, why);
  ledger.settle(now_);
  const bool was_spare = state_[n] == NodeState::spare;
  state_[n] = NodeState::down;
  ledger.down += model_->type_of(n).gpus * kWholeGpu;
  node_changed(n);
  changed(pool, mix(changes_[pool], n));
  if (was_spare) {
    --spares_[pool];
    ledger.spare -= model_->type_of(n).gpus * kWholeGpu;
    return;
  }
  if (spares_[pool] == 0) return;
  uint32_t spare = model_->pools[pool].first_node;
  while (state_[spare] != NodeState::spare) ++spare;
  state_[spare] = NodeState::up;
  --spares_[pool];
  ledger.spare -= model_->type_of(spare).gpus * kWholeGpu;
  node_changed(spare);
  pool_freed(pool, spare);
}

void World::bring_back(uint32_t n) {
  if (--down_reasons_[n] > 0 || state_[n] == NodeState::absent) return;
  PoolLedger& ledger = kpis_.pools[model_->node_pool[n]].ledger;
  ledger.settle(now_);
  ledger.down -= model_->type_of(n).gpus * kWholeGpu;
  put_in_service(n);
  pool_freed(model_->node_pool[n], n);
}

// Stops what runs on a node, but for the jobs of one account and those below it.
void World::stop_tasks_on(uint32_t n, Stop why, uint32_t spare_account) {
  for (uint32_t i = first_task_[n]; i != kNoSlot;) {
    const uint32_t slot = links_[i].slot;
    if (spare_account != kNoAccount && model_->is_under(slots_[slot].job.account, spare_account)) {
      i = links_[i].next;
      continue;
    }
    OwnerKpis& owner = kpis_.owners[slots_[slot].job.owner];
    ++(why == Stop::fault ? owner.faulted : owner.preempted);
    stop(slot, why);
    i = first_task_[n];
  }
}

// ---- faults ----

void World::schedule_node_fault(uint32_t n) {
  const double per_day = model_->type_of(n).faults_per_day;
  if (per_day <= 0 || !goes_on()) return;
  Random random{model_->seed, stream_id(kNodeFault, n), node_faults_[n]};
  const Duration gap = seconds_of(random.exponential(kDay_s / per_day));
  const Time from = faults_from();
  if (gap < Time::never() - from) events_.push({from + gap, Event::Kind::node_fault, n, 0});
}

// Rates are of nodes that are up: one that is down already has none.
void World::node_fault(uint32_t n) {
  if (down_reasons_[n] == 0) {
    ++kpis_.pools[model_->node_pool[n]].node_faults;
    Random random{model_->seed, stream_id(kNodeRepair, n), node_faults_[n]};
    const Duration repair = seconds_of(model_->type_of(n).repair.sample(random));
    take_down(n, Stop::fault);
    if (repair < Time::never() - now_) {
      events_.push({now_ + repair, Event::Kind::node_repaired, n, 0});
    }
  }
  ++node_faults_[n];
  schedule_node_fault(n);
}

void World::schedule_outage(uint32_t g) {
  const Model& m = *model_;
  const auto o = std::upper_bound(m.outage_first.begin(), m.outage_first.end(), g) -
                 m.outage_first.begin() - 1;
  const double per_day = m.outages[static_cast<size_t>(o)].per_day;
  if (per_day <= 0 || !goes_on()) return;
  Random random{m.seed, stream_id(kOutage, g), outage_count_[g]};
  const Duration gap = seconds_of(random.exponential(kDay_s / per_day));
  const Time from = faults_from();
  if (gap < Time::never() - from) events_.push({from + gap, Event::Kind::outage, g, 0});
}

void World::outage(uint32_t g, bool begins) {
  const Model& m = *model_;
  const auto index =
      static_cast<size_t>(std::upper_bound(m.outage_first.begin(), m.outage_first.end(), g) -
                          m.outage_first.begin() - 1);
  const Outage& o = m.outages[index];
  const Pool& pool = m.pools[o.pool];
  const Model::Group nodes =
      m.group_of(pool.first_node + (g - m.outage_first[index]) * pool.group_size(o.level), o.level);
  for (uint32_t n = nodes.first; n < nodes.first + nodes.nodes; ++n) {
    if (begins) {
      take_down(n, Stop::fault);
    } else {
      bring_back(n);
    }
  }
  if (!begins) return schedule_outage(g);
  ++kpis_.pools[o.pool].outages;
  Random random{m.seed, stream_id(kOutageRepair, g), outage_count_[g]++};
  const Duration repair = seconds_of(o.repair.sample(random));
  if (repair < Time::never() - now_) {
    events_.push({now_ + repair, Event::Kind::outage_over, g, 0});
  }
}

// ---- windows ----

void World::window(uint32_t w, bool begins) {
  const Window& x = model_->windows[w];
  for (uint32_t n = x.first_node; n < x.first_node + x.nodes && !x.drains; ++n) {
    if (x.account != kNoAccount) {
      if (begins) stop_tasks_on(n, Stop::preempted, x.account);
    } else if (begins) {
      take_down(n, Stop::preempted);
    } else {
      bring_back(n);
    }
  }
  ask_all();
}

bool World::open_to(uint32_t node, const Job& job) const {
  for (const Window& w : model_->windows) {
    if (node < w.first_node || node - w.first_node >= w.nodes) continue;
    if (w.account != kNoAccount && model_->is_under(job.account, w.account)) continue;
    if (w.meets(now_, job.limit)) return false;
  }
  return true;
}

// ---- what is derived ----

// Brings what is derived from a node's resources up to date.
void World::node_changed(uint32_t n) {
  const uint32_t gpus = model_->type_of(n).gpus;
  const uint16_t* left = gpu_left(n);
  uint32_t share = 0;
  uint64_t h = mix(mix(model_->node_type[n], cpu_left_[n]), memory_left_[n]);
  if (gpu_milli_left_[n] == free_gpus_[n] * kWholeGpu) {
    // No GPU is shared: which ones are free is one bit each.
    uint64_t bits = 0;
    for (uint32_t g = 0; g < gpus; ++g) bits |= uint64_t{left[g] == kWholeGpu} << g;
    h = mix(h, bits);
  } else {
    for (uint32_t g = 0; g < gpus; ++g) {
      h = mix(h, uint64_t{left[g]} + 1);
      if (left[g] < kWholeGpu && left[g] > share) share = left[g];
    }
  }
  if (state_[n] != NodeState::up) {
    node_state_[n] = ~h;
    free_.place(*model_, n, FreeIndex::kNone, 0);
    groups_.place(*model_, n, GroupIndex::kNone, true);
    return;
  }
  node_state_[n] = h;
  free_.place(*model_, n, free_gpus_[n], share);
  if (!groups_.any()) return;
  const NodeType& type = model_->type_of(n);
  const uint64_t free = free_gpus_[n];
  groups_.place(*model_, n, free_gpus_[n],
                uint64_t{cpu_left_[n]} * gpus >= free * type.cpu_milli &&
                    memory_left_[n] * gpus >= free * type.memory_mib);
}

// Something in the pool has become free: those who may use it are asked about again. Where quotas
// are shared, that may be anybody.
void World::pool_freed(uint32_t pool, uint64_t what, PoolChange change) {
  changed(pool, mix(mix(changes_[pool], ~what), static_cast<uint64_t>(now_.ns)), change);
  if (model_->has_quotas()) return ask_all();
  for (const uint32_t q : model_->pool_queues[pool]) ask_about(q);
}

void World::changed(uint32_t pool, uint64_t after, PoolChange change) {
  change.before = changes_[pool];
  log_[pool].add(change, after);
  changes_[pool] = after;
}

}  // namespace dure::fleet
