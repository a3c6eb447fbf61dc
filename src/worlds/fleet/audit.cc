#include "worlds/fleet/audit.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

namespace dure::fleet {
namespace {

using Wide = unsigned __int128;

constexpr size_t kMostComplaints = 1000;

Wide wide(uint64_t milli, Duration d) { return Wide{milli} * static_cast<uint64_t>(d.ns); }

}  // namespace

Auditor::Auditor(const World& world)
    : last_(world.now()),
      pools_(world.model().pools.size()),
      uses_(world.model().accounts.size()),
      used_(world.model().accounts.size()),
      at_period_(world.model().accounts.size()),
      held_(world.model().accounts.size()),
      borrowed_(world.model().accounts.size()),
      borrows_(world.model().accounts.size()) {
  for (const Job& job : world.model().jobs) asked_for_[job.number] = job.tasks;
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
    p.energy += wide(p.mw, d);
    if (p.cap_mw != kNoLimit && static_cast<int64_t>(p.mw) > p.cap_mw) p.over_cap += d;
  }
  const Model& m = world.model();
  for (uint32_t a = 0; a < held_.size(); ++a) {
    for (uint32_t up = a; up != kNoAccount; up = m.accounts[up].parent) {
      used_[up] += wide(held_[a], d);
    }
    borrowed_[a] += wide(borrows_[a], d);
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
  check_power(world);
  check_elastic_and_services(world);
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
      s.left_over = elapsed;
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
  add(Use::waiting, wide(milli, s.waiting));
  add(Use::slowed, wide(milli, s.slowed));
  add(preempted ? Use::lost_stop : Use::lost_fault, wide(milli, s.lost));
}

// Which attempts have gone since the last look, which have come, and what everybody holds.
void Auditor::follow(const World& world, const World::Action* action) {
  slowest_write_ = Duration{0};
  follow_replicas(world, action);
  follow_stops(world, action);
  follow_starts(world, action);
  check_calls(world);
  note_levels(world);
}

// A service may withdraw a replica that waits.
void Auditor::follow_replicas(const World& world, const World::Action* action) {
  const bool drop = action != nullptr && action->kind == World::Action::Kind::drop;
  for (const auto& [i, number] : stopped_replicas_) {
    const JobSlot& s = world.slot(i);
    const bool is_there = s.state != JobSlot::State::free && s.job.number == number;
    withdrawn_ += !is_there && !(drop && action->slot == i);
  }
  stopped_replicas_.clear();
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state == JobSlot::State::waiting && s.service != kNoService && s.attempts > 0)
      stopped_replicas_.emplace(i, s.job.number);
  }
}

void Auditor::follow_stops(const World& world, const World::Action* action) {
  const Model& m = world.model();
  for (auto it = runs_.begin(); it != runs_.end();) {
    const uint32_t i = it->first;
    const Run& r = it->second;
    const JobSlot& s = world.slot(i);
    const bool victim =
        action != nullptr && action->kind == World::Action::Kind::start &&
        std::find(action->victims.begin(), action->victims.end(), i) != action->victims.end();
    const bool resized =
        action != nullptr && action->kind == World::Action::Kind::resize && action->slot == i;
    if (s.state == JobSlot::State::running && s.run == r.run) {
      if (victim || resized) complain(world, fmt::format("victim {} runs on", r.job.number));
      note_progress(world, i, it->second);
      ++it;
      continue;
    }
    // A job that waits again was stopped; its slot serves no other at this instant but after an
    // end.
    const bool stopped = s.state != JobSlot::State::free && s.job.number == r.job.number;
    const JobKind& kind = m.kinds[r.job.kind];
    Split split = split_of(world, r);
    bool preempted = action != nullptr;
    if (preempted && (!stopped || !(resized || (victim && kind.preemptible))))
      complain(world, fmt::format("job {} was stopped by an answer that may not", r.job.number));
    if (stopped) {
      ++stops_;
      // A window begins now, or a cap on power falls, or nodes come that draw some.
      for (const Window& w : m.windows) preempted |= w.from == last_ && !w.drains;
      for (const PowerCap& c : m.power_caps) preempted |= c.pool == r.pool && c.time == last_;
      for (const Delivery& d : m.deliveries)
        preempted |=
            !m.power_caps.empty() && d.time == last_ && m.node_pool[d.first_node] == r.pool;
      const Duration unsaved =
          r.plan.interval > 0_s ? std::min(split.lost, r.plan.interval) : split.lost;
      if (preempted && kind.checkpoint_every > 0_s && kind.checkpoint <= m.grace && unsaved > 0_s) {
        split.saved += unsaved;
        split.lost -= unsaved;
        slowest_write_ = std::max(slowest_write_, kind.checkpoint);
      }
      // In the time of the job with all its tasks.
      const auto saved = static_cast<Wide>(split.saved.ns) * r.job.tasks / r.most_tasks;
      safe_[r.job.number] += Duration{static_cast<int64_t>(saved)};
    } else {
      if (r.service == kNoService && (split.lost > 0_s || split.saved != r.plan.work))
        complain(world, fmt::format("job {} ended before its work was done", r.job.number));
      safe_.erase(r.job.number);
    }
    charge(r, split, preempted);
    it = runs_.erase(it);
  }
}

void Auditor::follow_starts(const World& world, const World::Action* action) {
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state != JobSlot::State::running || runs_.count(i) > 0) continue;
    ++starts_;
    Run& r = runs_[i];
    r = Run{s.run, s.job, s.start, s.plan, s.pool, s.most_tasks, s.service};
    r.since = last_;
    r.clock = s.clock;
    r.next_call = s.next_call;
    for (uint32_t t = 0; t < s.job.tasks; ++t) {
      const NodeType& type = world.model().type_of(world.places(s)[t].node);
      if (s.job.gpus > 0)
        r.full_mw += uint64_t{s.job.gpus} * s.job.gpu_milli * s.job.busy_milli *
                     (uint64_t{1000} * (type.busy_w - type.idle_w) / type.gpus) / 1'000'000;
    }
    const bool asked = action != nullptr && action->kind != World::Action::Kind::wait &&
                       action->kind != World::Action::Kind::drop && action->slot == i;
    if (s.start != last_ || !asked)
      complain(world, fmt::format("job {} started unseen", s.job.number));
    check_plan(world, s);
    check_start(world, s);
    check_power_at_start(world, r);
  }
}

// What pools and accounts have, hold and borrow from now on.
void Auditor::note_levels(const World& world) {
  const Model& m = world.model();
  for (uint32_t p = 0; p < pools_.size(); ++p) {
    PoolSum& sum = pools_[p];
    sum.installed = sum.held = sum.lent = sum.spare = sum.down = sum.mw = 0;
    for (const PowerCap& c : m.power_caps) {
      if (c.pool == p && c.time <= std::max(last_, m.start))
        sum.cap_mw = static_cast<int64_t>(Wide{c.mw} * 1000 / m.site_power[p].pue_milli);
    }
    for (uint32_t n = m.pools[p].first_node; n < m.pools[p].first_node + m.pools[p].nodes; ++n) {
      const uint64_t milli = m.type_of(n).gpus * kWholeGpu;
      const NodeState state = world.node_status(n);
      if (state != NodeState::absent) sum.installed += milli;
      if (state != NodeState::absent) sum.mw += uint64_t{1000} * m.type_of(n).idle_w;
      if (state == NodeState::spare) sum.spare += milli;
      if (state == NodeState::down) sum.down += milli;
    }
  }
  std::fill(held_.begin(), held_.end(), 0);
  for (const auto& [slot, r] : runs_) {
    const uint64_t milli = r.job.total_gpu_milli();
    pools_[r.pool].held += milli;
    pools_[r.pool].mw += draw_of(world, r, r.clock);
    if (m.pools[r.pool].owner != r.job.owner) pools_[r.pool].lent += milli;
    held_[r.job.account] += milli;
  }
  std::fill(borrows_.begin(), borrows_.end(), 0);
  for (uint32_t g = 0; m.has_quotas() && g < m.gpu_models.size(); ++g) {
    const Shares s = shares(world, g);
    for (uint32_t a = 0; a < borrows_.size(); ++a) {
      if (s.used[a] > s.own[a]) borrows_[a] += static_cast<uint64_t>(s.used[a] - s.own[a]);
    }
  }
}

void Auditor::finish(const World& world) {
  integrate(world);
  for (const auto& [slot, r] : runs_) {
    Split s = split_of(world, r);
    s.saved += s.lost;
    s.lost = Duration{0};
    charge(r, s, false);
  }
  check_accounts(world);
  check_pools(world);
  check_counts(world);
  Wide by_accounts = 0, by_pools = 0;
  for (const Uses& uses : world.uses()) {
    for (const GpuTime t : uses) by_accounts += t.exact();
  }
  for (uint32_t p = 0; p < pools_.size(); ++p) by_pools += world.ledger_of(p).held_time.exact();
  if (by_accounts != by_pools) complain(world, "what jobs used is not what pools gave");
}

void Auditor::check_accounts(const World& world) {
  const Model& m = world.model();
  const std::vector<Uses> uses = world.uses();
  for (uint32_t a = 0; a < uses_.size(); ++a) {
    const auto check = [&](const char* what, GpuTime found, Wide should_be) {
      if (found.exact() == should_be) return;
      complain(world, fmt::format("{}: {} is {} GPU-h, and should be {}", m.accounts[a].name, what,
                                  found.gpu_hours(), GpuTime(should_be).gpu_hours()));
    };
    for (size_t u = 0; u < kUses; ++u) check(name_of(static_cast<Use>(u)), uses[a][u], uses_[a][u]);
    check("use of its subtree", world.account(a).used_by(last_), used_[a]);
    GpuTime borrowed = world.kpis().accounts[a].borrowed;
    for (uint32_t g = 0; m.has_quotas() && g < m.gpu_models.size(); ++g) {
      borrowed += GpuTime::of(static_cast<uint64_t>(world.quota().borrowed(a, g)),
                              last_ - world.account(a).since);
    }
    check("borrowed", borrowed, borrowed_[a]);
  }
}

void Auditor::check_pools(const World& world) {
  const Model& m = world.model();
  for (uint32_t p = 0; p < pools_.size(); ++p) {
    const PoolSum& sum = pools_[p];
    const PoolLedger l = world.ledger_of(p);
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
    const PowerMeter& meter = world.kpis().pools[p].power;
    Wide energy = wide(meter.mw(), last_ - meter.since);
    for (const Energy& hour : meter.by_hour) energy += hour.exact();
    const Duration over =
        meter.left_mw() < 0 ? meter.over_cap + (last_ - meter.since) : meter.over_cap;
    if (energy != sum.energy || over != sum.over_cap)
      complain(world,
               fmt::format("pool {}: it has drawn {} kWh, {} s above its cap, and should {} "
                           "and {}",
                           m.pools[p].name, static_cast<double>(energy) / 3.6e18, over.seconds(),
                           static_cast<double>(sum.energy) / 3.6e18, sum.over_cap.seconds()));
    if (l.fragmented_time.exact() > l.idle_time().exact() ||
        sum.held_time + sum.spare_time + sum.down_time > sum.installed_time)
      complain(world, fmt::format("pool {}: more than all of its time is used", m.pools[p].name));
  }
}

// Every job that came has gone one way, or is there; every attempt has ended one way, or runs.
void Auditor::check_counts(const World& world) {
  std::vector<uint64_t> present(world.model().owners.size());
  uint64_t begun = 0, stopped = 0;
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state != JobSlot::State::free) ++present[s.job.owner];
  }
  for (uint32_t o = 0; o < present.size(); ++o) {
    const OwnerKpis& k = world.kpis().owners[o];
    if (k.arrived != k.ended + k.dropped + k.rejected + present[o])
      complain(world, fmt::format("{}: {} jobs came, {} ended, {} were turned away, {} are there",
                                  world.model().owners[o], k.arrived, k.ended,
                                  k.dropped + k.rejected, present[o]));
    begun += k.ended;
    stopped += k.faulted + k.crashed + k.preempted + k.resized;
  }
  begun += stopped + runs_.size();
  begun -= withdrawn_;
  if (stopped != stops_ || begun != starts_)
    complain(world, fmt::format("{} attempts began and {} were stopped, and should be {} and {}",
                                begun, stopped, starts_, stops_));
}

}  // namespace dure::fleet
