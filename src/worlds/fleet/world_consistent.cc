// Whether a state that was read can be one of this model's: everything that the world would else
// rely on without a further look is reckoned anew, in one pass over the state.
#include <algorithm>
#include <bit>
#include <cmath>

#include "kernel/pending_events.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

using Wide = unsigned __int128;

constexpr uint64_t kMostIntervals = 1024;       // of a series
constexpr size_t kMostBuckets = 56 * 64 + 128;  // of quantiles of 63 bits

}  // namespace

struct World::Consistency {
  const World& w;
  const Model& m;
  std::vector<uint32_t> running{};  // slots
  std::vector<uint32_t> absent{};   // [nodes] deliveries that are to come
  std::vector<uint32_t> reasons{};  // [nodes] to be down, whose end is among the events
  std::vector<uint8_t> stepped{};   // [quotas] 1: not yet
  std::vector<uint8_t> to_fall{};   // [power_caps] 1: not yet in force

  explicit Consistency(const World& world) : w(world), m(*world.model_) {}

  bool all() {
    return sizes() && times() && jobs() && blocks() && events() && nodes() && queues() && ends() &&
           accounts() && owners() && pools() && elastic() && services() && resources() && power();
  }

  bool between(Time t) const { return m.start <= t && t <= w.now_; }

  bool sizes() const {
    const auto is = [](const auto& v, size_t n) { return v.size() == n; };
    return is(w.state_, m.nodes()) && is(w.down_reasons_, m.nodes()) &&
           is(w.node_faults_, m.nodes()) && is(w.first_task_, m.nodes()) &&
           is(w.spares_, m.pools.size()) && is(w.outage_count_, m.outage_first.back()) &&
           is(w.links_, w.places_.size()) && is(w.cpu_left_, m.nodes()) &&
           is(w.memory_left_, m.nodes()) && is(w.gpu_left_, m.total_gpus()) &&
           is(w.free_gpus_, m.nodes()) && is(w.gpu_milli_left_, m.nodes()) &&
           is(w.tasks_on_, m.nodes()) && is(w.node_state_, m.nodes()) &&
           is(w.shrunk_, m.queues.size()) && is(w.services_, m.services.size()) &&
           is(w.resources_, m.resources.size()) && is(w.clocked_, m.pools.size()) &&
           is(w.power_changed_, m.pools.size()) && is(w.kpis_.services, m.services.size()) &&
           is(w.kpis_.resources, m.resources.size()) && is(w.queues_, m.queues.size()) &&
           is(w.changed_, (m.queues.size() + 63) / 64) && is(w.running_, m.pools.size()) &&
           is(w.changes_, m.pools.size()) && is(w.source_count_, m.sources.size()) &&
           is(w.kpis_.owners, m.owners.size()) && is(w.kpis_.pools, m.pools.size()) &&
           is(w.kpis_.accounts, m.accounts.size()) && is(w.accounts_, m.accounts.size()) &&
           w.next_job_ <= m.jobs.size() && w.slots_.size() < kNoSlot;
  }

  // What is asked about, and when samples are taken. A world that waits for an answer is not saved.
  bool times() const {
    if (w.asked_ != kNone || w.now_ < m.start || w.now_ == Time::never()) return false;
    const size_t rest = m.queues.size() % 64;
    if (rest > 0 && w.changed_.back() >> rest != 0) return false;
    if (m.target.empty() ? w.next_sample_ < Time::never() : w.next_sample_ < w.now_) return false;
    return between(w.usage_tick_) && is_series(w.kpis_.fragmentation);
  }

  // ---- jobs ----

  bool jobs() {
    for (uint32_t i = 0; i < w.slots_.size(); ++i) {
      const JobSlot& s = w.slots_[i];
      if (s.state > JobSlot::State::running) return false;
      if (s.state == JobSlot::State::free) continue;
      const Job& job = s.job;
      if (m.what_is_wrong_with(job) != nullptr || !m.can_ever_fit(job) || job.submit > w.now_ ||
          job.priority < w.lowest_priority_)
        return false;
      if (s.done < 0_s || s.done > job.duration || s.most_tasks < job.tasks ||
          (s.most_tasks > job.tasks && job.min_tasks == 0) ||
          (s.service != kNoService && s.service >= m.services.size()))
        return false;
      if (s.state == JobSlot::State::waiting) {
        if (s.most_tasks != job.tasks) return false;
        continue;
      }
      if (!is_attempt(s)) return false;
      running.push_back(i);
    }
    std::vector<uint8_t> listed(w.slots_.size(), 0);
    size_t free = 0;
    for (const JobSlot& s : w.slots_) free += s.state == JobSlot::State::free;
    for (const uint32_t i : w.free_slots_) {
      if (i >= w.slots_.size() || w.slots_[i].state != JobSlot::State::free || listed[i]++)
        return false;
    }
    return free == w.free_slots_.size();
  }

  // On nodes that are up, of one pool that its queue may use.
  bool is_attempt(const JobSlot& s) const {
    if (s.attempts == 0 || s.run == 0 || s.run > w.runs_ || !between(s.start) ||
        s.start < s.job.submit || s.pool >= m.pools.size())
      return false;
    bool may_use = false;
    m.for_pools_of(s.job.queue, [&](uint32_t p) { may_use |= p == s.pool; });
    if (!may_use || s.job.tasks > w.places_.size() || s.places > w.places_.size() - s.job.tasks)
      return false;
    for (uint32_t t = 0; t < s.job.tasks; ++t) {
      const Place& p = w.places(s)[t];
      if (p.node >= m.nodes() || m.node_pool[p.node] != s.pool ||
          w.state_[p.node] != NodeState::up ||
          static_cast<uint32_t>(std::popcount(p.gpus)) != s.job.gpus ||
          uint64_t{p.gpus} >> m.type_of(p.node).gpus != 0)
        return false;
    }
    if (s.plan.handover < 0_s || s.plan.handover > m.grace) return false;
    const AttemptPlan plan = w.plan_of(s, s.plan.handover);
    return plan.startup == s.plan.startup && plan.work == s.plan.work &&
           plan.interval == s.plan.interval && plan.checkpoint == s.plan.checkpoint &&
           is_under_way(s);
  }

  // How far it has come.
  bool is_under_way(const JobSlot& s) const {
    const JobKind& kind = m.kinds[s.job.kind];
    if (s.phase > JobSlot::Phase::starts || s.clock > m.clocks.size() || s.stamp > w.runs_ ||
        s.run >= s.stamp || s.next_call > kind.calls || s.next_call < w.first_call(s) ||
        s.crash < w.now_)
      return false;
    if (!between(s.since) || s.since < s.start || s.progress < 0_s || s.stood < 0_s ||
        s.progress > s.plan.length() || s.stood > s.since - s.start ||
        s.progress > s.since - s.start - s.stood)
      return false;
    if (const Duration at = w.call_at(s); s.progress > at) return false;
    if (!s.moves() && (kind.resource == kNoResource || s.next_call == kind.calls)) return false;
    const Duration lead = s.plan.handover + s.plan.startup;
    if (s.phase == JobSlot::Phase::starts && (s.service == kNoService || s.progress > lead))
      return false;
    if (s.service != kNoService && s.phase == JobSlot::Phase::works && s.progress < lead)
      return false;
    if (s.phase == JobSlot::Phase::calls ? s.answer < w.now_ : s.answer > w.now_) return false;
    return true;
  }

  // Every place is one job's or free, and links lead through the tasks of each node.
  bool blocks() const {
    std::vector<std::pair<uint32_t, uint32_t>> taken;
    for (const uint32_t i : running) taken.emplace_back(w.slots_[i].places, w.slots_[i].job.tasks);
    if (!w.places_.consistent(taken)) return false;
    uint64_t tasks = 0, seen = 0;
    for (const uint32_t i : running) tasks += w.slots_[i].job.tasks;
    for (uint32_t n = 0; n < m.nodes(); ++n) {
      uint32_t previous = kNoSlot, on_node = 0;
      for (uint32_t p = w.first_task_[n]; p != kNoSlot; p = w.links_[p].next) {
        if (p >= w.links_.size() || seen++ == tasks || w.links_[p].previous != previous)
          return false;
        const uint32_t i = w.links_[p].slot;
        if (i >= w.slots_.size() || w.slots_[i].state != JobSlot::State::running) return false;
        const JobSlot& s = w.slots_[i];
        if (p < s.places || p - s.places >= s.job.tasks || w.places_.data(p)->node != n)
          return false;
        previous = p;
        ++on_node;
      }
      if (on_node != w.tasks_on_[n]) return false;
    }
    return seen == tasks;
  }

  bool queues() const {
    std::vector<uint8_t> seen(w.slots_.size(), 0);
    for (uint32_t q = 0; q < w.queues_.size(); ++q) {
      const QueueState& queue = w.queues_[q];
      uint64_t length = 0, members = 0;
      uint32_t previous = kNoSlot;
      for (uint32_t i = queue.head; i != kNoSlot; i = w.slots_[i].next) {
        if (i >= w.slots_.size() || seen[i]++ > 0) return false;
        const JobSlot& s = w.slots_[i];
        if (s.state != JobSlot::State::waiting || s.job.queue != q || s.previous != previous)
          return false;
        ++length;
        members += World::member(i, s.job.number, s.attempts);
        previous = i;
      }
      if (queue.tail != previous || queue.length != length || queue.members != members)
        return false;
    }
    for (uint32_t i = 0; i < w.slots_.size(); ++i) {
      if ((w.slots_[i].state == JobSlot::State::waiting) != (seen[i] == 1)) return false;
    }
    return true;
  }

  // Every running job once, in order.
  bool ends() const {
    size_t listed = 0;
    bool good = true;
    for (uint32_t p = 0; good && p < w.running_.size(); ++p) {
      std::optional<RunEnd> before;
      w.running_[p].each([&](const RunEnd& run, const auto&) {
        good = run.slot < w.slots_.size() && (!before || *before < run);
        if (!good) return false;
        const JobSlot& s = w.slots_[run.slot];
        good = s.state == JobSlot::State::running && s.pool == p && run.end == s.expected_end();
        before = run;
        ++listed;
        return good;
      });
    }
    return good && listed == running.size();
  }

  // ---- events ----

  bool events() {
    const PendingEvents<Event> pending(w.events_);
    if (pending.last > w.now_.ns) return false;
    using Kind = Event::Kind;
    const auto what = [&](Kind kind) -> size_t {
      switch (kind) {
        case Kind::trace:
        case Kind::budget_period:
        case Kind::usage_tick:
          return 1;
        case Kind::source:
          return m.sources.size();
        case Kind::end:
        case Kind::fault:
        case Kind::call:
        case Kind::answer:
        case Kind::ready:
          return w.slots_.size();
        case Kind::delivery:
          return m.deliveries.size();
        case Kind::wake:
          return m.queues.size();
        case Kind::node_fault:
        case Kind::node_repaired:
          return m.nodes();
        case Kind::outage:
        case Kind::outage_over:
          return m.outage_first.back();
        case Kind::window_begins:
        case Kind::window_ends:
          return m.windows.size();
        case Kind::quota_step:
          return m.quotas.size();
        case Kind::calibrated:
          return m.resources.size();
        case Kind::service:
          return m.services.size();
        case Kind::power_cap:
          return m.power_caps.size();
      }
      return 0;
    };
    std::array<std::vector<uint8_t>, 21> seen;  // [kinds][of what]
    const auto seen_of = [&](Kind kind) -> std::vector<uint8_t>& {
      return seen[static_cast<size_t>(kind)];
    };
    for (uint32_t k = 0; k < seen.size(); ++k) seen[k].assign(what(static_cast<Kind>(k)), 0);
    Time trace = Time::never();
    std::vector<uint8_t> woken(m.queues.size(), 0);
    for (const Event& e : pending.events) {
      if (e.time < w.now_ || e.index >= what(e.kind) || !expected(e)) return false;
      if (e.kind == Kind::trace) trace = e.time;
      if (e.kind == Kind::wake) {  // some may have been overtaken
        woken[e.index] |= e.time == w.queues_[e.index].wake;
        continue;
      }
      // So may those of earlier attempts.
      if (is_of_attempt(e.kind) && !w.is_under_way(e)) continue;
      if (seen_of(e.kind)[e.index]++ > 0) return false;
    }
    if (w.next_job_ < m.jobs.size() && trace != m.jobs[w.next_job_].submit) return false;
    for (uint32_t q = 0; q < woken.size(); ++q) {
      if (w.queues_[q].wake < Time::never() && !woken[q]) return false;
    }
    for (const uint32_t i : running) {  // expected() knows which, and when
      const int next = seen_of(Kind::end)[i] + seen_of(Kind::fault)[i] + seen_of(Kind::call)[i] +
                       seen_of(Kind::answer)[i] + seen_of(Kind::ready)[i];
      if (next != (w.next_of(w.slots_[i]).time < Time::never())) return false;
    }
    for (uint32_t r = 0; r < m.resources.size(); ++r) {
      const Time wake = w.resources_[r].wake;
      if (wake < w.now_ || (wake < Time::never()) != (seen_of(Kind::calibrated)[r] == 1))
        return false;
    }
    count_reasons(seen_of(Kind::delivery), seen_of(Kind::node_repaired), seen_of(Kind::outage_over),
                  seen_of(Kind::window_begins), seen_of(Kind::window_ends));
    stepped = seen_of(Kind::quota_step);
    to_fall = seen_of(Kind::power_cap);
    return true;
  }

  static bool is_of_attempt(Event::Kind kind) {
    using Kind = Event::Kind;
    return kind == Kind::end || kind == Kind::fault || kind == Kind::call || kind == Kind::answer ||
           kind == Kind::ready;
  }

  // The state is one in which the event may come, at its time.
  bool expected(const Event& e) const {
    using Kind = Event::Kind;
    switch (e.kind) {
      case Kind::end:
      case Kind::fault:
      case Kind::call:
      case Kind::answer:
      case Kind::ready: {
        if (e.number > w.runs_) return false;
        if (!w.is_under_way(e)) return true;
        const Next next = w.next_of(w.slots_[e.index]);
        return e.kind == next.kind && e.time == next.time;
      }
      case Kind::calibrated:
        return e.time == w.resources_[e.index].wake;
      case Kind::power_cap:
        return e.time == m.power_caps[e.index].time;
      case Kind::delivery:
        return e.time == std::max(m.start, m.deliveries[e.index].time);
      case Kind::window_begins:
        return e.time == std::max(m.start, m.windows[e.index].from);
      case Kind::window_ends:
        return e.time == m.windows[e.index].until;
      case Kind::quota_step:
        return e.time == m.quotas[e.index].time;
      case Kind::budget_period:
        return m.budget_period > 0_s;
      case Kind::usage_tick:
        return m.usage_period > 0_s;
      default:
        return true;
    }
  }

  void count_reasons(const std::vector<uint8_t>& delivery, const std::vector<uint8_t>& repaired,
                     const std::vector<uint8_t>& over, const std::vector<uint8_t>& begins,
                     const std::vector<uint8_t>& ends) {
    absent.assign(m.nodes(), 0);
    reasons.assign(m.nodes(), 0);
    for (uint32_t d = 0; d < delivery.size(); ++d) {
      const Delivery& x = m.deliveries[d];
      for (uint32_t n = x.first_node; n < x.first_node + x.nodes; ++n) absent[n] += delivery[d];
    }
    for (uint32_t n = 0; n < m.nodes(); ++n) reasons[n] += repaired[n];
    for (uint32_t o = 0; o < m.outages.size(); ++o) {
      const Pool& pool = m.pools[m.outages[o].pool];
      const uint32_t size = pool.group_size(m.outages[o].level);
      for (uint32_t i = 0; i < pool.nodes; ++i)
        reasons[pool.first_node + i] += over[m.outage_first[o] + i / size];
    }
    for (uint32_t i = 0; i < m.windows.size(); ++i) {
      const Window& x = m.windows[i];
      const bool begun = !begins[i] && (ends[i] || x.until == Time::never());
      if (x.account != kNoAccount || !begun) continue;
      for (uint32_t n = x.first_node; n < x.first_node + x.nodes; ++n) ++reasons[n];
    }
  }

  // ---- nodes ----

  // As the running jobs leave them.
  bool nodes() const {
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

  bool give(World& to, const Place& p, const Job& job) const {
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

  // ---- accounts, owners, pools ----

  bool accounts() const {
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
    const Wide most =
        Wide{m.total_gpus()} * kWholeGpu * static_cast<uint64_t>((w.now_ - m.start).ns);
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

  bool owners() const {
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

  bool pools() const {
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
    const Wide most =
        Wide{m.total_gpus()} * kWholeGpu * static_cast<uint64_t>((w.now_ - m.start).ns);
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

  // ---- elastic jobs, services, other resources, power ----

  bool elastic() const {
    size_t listed = 0, shrunk = 0;
    std::vector<uint8_t> seen(w.slots_.size(), 0);
    for (uint32_t q = 0; q < w.shrunk_.size(); ++q) {
      for (const uint32_t i : w.shrunk_[q]) {
        if (!is_listed(i, seen) || w.slots_[i].job.queue != q) return false;
        if (w.slots_[i].job.tasks == w.slots_[i].most_tasks) return false;
        ++listed;
      }
    }
    for (const uint32_t i : running) shrunk += w.slots_[i].job.tasks < w.slots_[i].most_tasks;
    return listed == shrunk;
  }

  // A running job that no list before names.
  bool is_listed(uint32_t i, std::vector<uint8_t>& seen) const {
    return i < w.slots_.size() && w.slots_[i].state == JobSlot::State::running && seen[i]++ == 0;
  }

  bool services() const {
    size_t listed = 0, replicas = 0;
    std::vector<uint8_t> seen(w.slots_.size(), 0);
    for (uint32_t k = 0; k < w.services_.size(); ++k) {
      const ServiceState& x = w.services_[k];
      uint32_t serving = 0;
      for (const uint32_t i : x.replicas) {
        if (i >= w.slots_.size() || w.slots_[i].state == JobSlot::State::free || seen[i]++ > 0 ||
            w.slots_[i].service != k || w.slots_[i].job.duration != Duration::max())
          return false;
        serving += w.slots_[i].state == JobSlot::State::running &&
                   w.slots_[i].phase != JobSlot::Phase::starts;
      }
      listed += x.replicas.size();
      if (serving != x.serving || !std::isfinite(x.load) || x.load < 0) return false;
      const ServiceKpis& kpis = w.kpis_.services[k];
      if (!is_level(kpis.serving, serving) && !x.replicas.empty()) return false;
      if (!is_series(kpis.load_over_time) || !is_series(kpis.serving_over_time)) return false;
    }
    for (const JobSlot& s : w.slots_)
      replicas += s.state != JobSlot::State::free && s.service != kNoService;
    return listed == replicas;
  }

  bool resources() const {
    std::vector<uint64_t> busy(m.resources.size(), 0), line(m.resources.size(), 0);
    for (const uint32_t i : running) {
      const JobSlot& s = w.slots_[i];
      const JobKind& kind = m.kinds[s.job.kind];
      if (s.phase == JobSlot::Phase::calls) busy[kind.resource] += kind.units;
      if (s.phase == JobSlot::Phase::in_line) ++line[kind.resource];
    }
    std::vector<uint8_t> seen(w.slots_.size(), 0);
    for (uint32_t r = 0; r < m.resources.size(); ++r) {
      const ResourceState& x = w.resources_[r];
      for (const uint32_t i : x.line) {
        if (!is_listed(i, seen) || w.slots_[i].phase != JobSlot::Phase::in_line ||
            m.kinds[w.slots_[i].job.kind].resource != r)
          return false;
      }
      const ResourceKpis& k = w.kpis_.resources[r];
      if (x.busy != busy[r] || x.busy > m.resources[r].units || x.line.size() != line[r] ||
          !is_level(k.busy, x.busy) || !is_level(k.line, line[r]) || !is_quantiles(k.wait))
        return false;
    }
    return true;
  }

  bool power() const {
    std::vector<uint64_t> idle(m.pools.size(), 0), busy(m.pools.size(), 0);
    for (uint32_t n = 0; n < m.nodes(); ++n) {
      if (w.state_[n] != NodeState::absent)
        idle[m.node_pool[n]] += uint64_t{1000} * m.type_of(n).idle_w;
    }
    size_t listed = 0, slow = 0;
    std::vector<uint8_t> seen(w.slots_.size(), 0);
    for (const uint32_t i : running) {
      const JobSlot& s = w.slots_[i];
      uint64_t mw = 0;
      for (uint32_t t = 0; t < s.job.tasks; ++t)
        mw += task_mw(s.job, m.type_of(w.places(s)[t].node).gpu_mw());
      if (mw != s.full_mw) return false;
      busy[s.pool] += w.power_of(s);
      slow += s.clock > 0;
    }
    std::vector<int64_t> caps(m.pools.size(), kNoLimit);
    for (size_t c = 0; c < m.power_caps.size(); ++c) {
      const PowerCap& cap = m.power_caps[c];
      if (!to_fall[c] && cap.time <= w.now_) caps[cap.pool] = w.it_mw(cap);
    }
    for (uint32_t p = 0; p < m.pools.size(); ++p) {
      const PowerMeter& x = w.kpis_.pools[p].power;
      if (x.idle_mw != idle[p] || x.busy_mw != busy[p] || !between(x.since) || x.over_cap < 0_s ||
          x.cap_mw != caps[p] || !is_series(w.kpis_.pools[p].power_over_time))
        return false;
      for (const uint32_t i : w.clocked_[p]) {
        if (!is_listed(i, seen) || w.slots_[i].clock == 0 || w.slots_[i].pool != p) return false;
      }
      listed += w.clocked_[p].size();
    }
    return listed == slow;
  }

  // ---- figures ----

  // Levels are sums of whole numbers, so exact. Without `value`: any.
  bool is_level(const TimeWeighted& t, std::optional<uint64_t> value) const {
    struct {
      Time start, since;
      double value = 0, max = 0, integral = 0;
      void operator()(bool, Time a, Time b, double c, double d, double e) {
        start = a, since = b, value = c, max = d, integral = e;
      }
    } x;
    TimeWeighted(t).fields(x);
    return between(x.since) && between(x.start) && x.start <= x.since && std::isfinite(x.value) &&
           std::isfinite(x.max) && std::isfinite(x.integral) &&
           (!value || x.value == static_cast<double>(*value));
  }

  bool is_series(const Series& s) const {
    struct {
      Time start, since;
      Duration interval;
      uint64_t capacity = 0, values = 0;
      void operator()(Time a, Time b, Duration c, uint64_t d, double,
                      const std::vector<double>& v) {
        start = a, since = b, interval = c, capacity = d, values = v.size();
      }
    } x;
    Series(s).fields(x);
    return x.start == m.start && between(x.since) && x.interval > 0_s && x.capacity >= 2 &&
           x.capacity <= kMostIntervals && x.capacity % 2 == 0 && x.values <= x.capacity;
  }

  static bool is_quantiles(const Quantiles& q) {
    struct {
      uint64_t in_buckets = 0, count = 0;
      size_t buckets = 0;
      int64_t min = 0, max = 0;
      void operator()(const std::vector<uint64_t>& counts, uint64_t n, int64_t a, int64_t b,
                      double) {
        for (const uint64_t c : counts) in_buckets += c;
        buckets = counts.size(), count = n, min = a, max = b;
      }
    } x;
    Quantiles(q).fields(x);
    return x.buckets <= kMostBuckets && x.in_buckets == x.count && 0 <= x.min && x.min <= x.max;
  }
};

bool World::consistent() const { return Consistency(*this).all(); }

}  // namespace dure::fleet
