#include "worlds/fleet/world.h"

#include <algorithm>
#include <array>

#include "worlds/fleet/sources.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kSeriesCapacity = 1024;

Duration series_interval(const Model& m) {
  Time last = m.end;
  if (last == Time::never()) last = m.jobs.empty() ? m.start + 1_d : m.jobs.back().submit;
  return std::max(1_ns, (last - m.start) / std::max<int64_t>(1, m.samples));
}

}  // namespace

Time JobSlot::expected_end() const {
  const Duration lead = plan.handover + plan.startup;
  const Duration left = limit_left(job.tasks);
  if (left.ns > Time::never().ns - start.ns - lead.ns) return Time::never();
  return start + lead + left;
}

Duration JobSlot::limit_left(uint32_t tasks) const {
  if (job.limit == Duration::max()) return job.limit;
  const Duration left = std::max(Duration{0}, job.limit - done);
  return tasks == most_tasks ? left : scaled_up(left, most_tasks, tasks);
}

World::World(std::shared_ptr<const Model> model)
    : model_(std::move(model)), free_(*model_), groups_(*model_) {
  const Model& m = *model_;
  now_ = m.start;
  queues_.resize(m.queues.size());
  changed_.assign((m.queues.size() + 63) / 64, 0);
  running_.resize(m.pools.size());
  shrunk_.resize(m.queues.size());
  changes_.assign(m.pools.size(), 0);
  log_.resize(m.pools.size());
  source_count_.assign(m.sources.size(), 0);

  const Series series(m.start, series_interval(m), kSeriesCapacity);
  kpis_.owners.resize(m.owners.size());
  for (OwnerKpis& k : kpis_.owners) {
    k.allocated.set(now_, 0);
    k.busy.set(now_, 0);
    k.waiting.set(now_, 0);
    k.waiting_jobs.set(now_, 0);
    k.allocated_over_time = k.busy_over_time = k.waiting_over_time = series;
  }
  kpis_.pools.resize(m.pools.size());
  for (PoolKpis& k : kpis_.pools) {
    k.installed.set(now_, 0);
    k.allocated.set(now_, 0);
    k.installed_over_time = k.allocated_over_time = series;
    k.ledger.since = now_;
  }
  kpis_.accounts.resize(m.accounts.size());
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    if (m.is_compared[a]) kpis_.accounts[a].held_over_time = series;
  }
  kpis_.fragmentation = series;

  start_accounts();
  start_power();
  start_nodes();
  start_resources();
  start_services();
  if (!m.jobs.empty()) events_.push({m.jobs[0].submit, Event::Kind::trace, 0, 0});
  for (uint32_t s = 0; s < m.sources.size(); ++s) schedule_source(s);
  next_sample_ = m.target.empty() ? Time::never() : now_;
}

bool World::nothing_left() const {
  const Model& m = *model_;
  if (m.end < Time::never() || next_question() != kNone || next_job_ < m.jobs.size()) return false;
  if (slots_.size() == free_slots_.size()) return true;
  for (const auto& running : running_) {
    if (!running.empty()) return false;
  }
  if (m.budget_period > 0_s) return false;
  Time last = m.start;
  const auto dated = [&](Time t) {
    if (t < Time::never()) last = std::max(last, t);
  };
  if (!m.jobs.empty()) dated(m.jobs.back().submit);
  dated(m.as_recorded_until);
  for (const Delivery& d : m.deliveries) dated(d.time);
  for (const QuotaStep& q : m.quotas) dated(q.time);
  for (const PowerCap& c : m.power_caps) dated(c.time);
  for (const Window& w : m.windows) dated(w.until);
  return now_ - last > 30_d;
}

std::optional<World::Request> World::advance(Time until) {
  DURE_ASSERT(asked_ == kNone, "advance() before the last request was answered");
  for (;;) {
    while (events_.next_time() == now_ && !events_.empty()) {
      ++handled_;
      handle(events_.pop());
    }
    if (!model_->power_caps.empty()) review_power();
    asked_ = next_question();
    if (asked_ != kNone) return Request{asked_};
    const Time next = events_.next_time();
    if (next > until || events_.empty()) {
      if (until < Time::never()) move_to(std::max(now_, until));
      return std::nullopt;
    }
    move_to(next);
  }
}

// Nothing changes between events: samples that fall between them are taken on the way.
void World::move_to(Time t) {
  std::optional<double> fragmented;
  while (next_sample_ <= t) {
    if (!fragmented) fragmented = fragmentation();
    kpis_.fragmentation.set(next_sample_, *fragmented);
    sample_ledgers(next_sample_, *fragmented);
    // The series' interval grows with the run, so the samples stay a few thousand.
    const Duration interval = kpis_.fragmentation.interval();
    next_sample_ =
        interval < Time::never() - next_sample_ ? next_sample_ + interval : Time::never();
  }
  now_ = t;
}

// The share of the GPU milli in service that is fragmented. Most nodes are in one of a few states:
// each state is measured once.
double World::fragmentation() const {
  struct Measured {
    uint64_t state = 0;  // none: only nodes that are down have it, if any
    double fragmented = 0;
  };
  std::array<Measured, 512> measured{};  // the newest of those that share a place
  double fragmented = 0, installed = 0;
  for (uint32_t n = 0; n < model_->nodes(); ++n) {
    if (!in_service(n)) continue;
    const NodeType& type = model_->type_of(n);
    installed += type.gpus * kWholeGpu;
    Measured& x = measured[node_state_[n] % measured.size()];
    if (x.state != node_state_[n]) {
      x = {node_state_[n],
           model_->target.fragmented(cpu_left_[n], gpu_left(n), type.gpus, type.gpu_model)};
    }
    fragmented += x.fragmented;
  }
  return installed > 0 ? fragmented / installed : 0;
}

// The fragmented share of what is free is taken to be the same in every pool.
void World::sample_ledgers(Time t, double fragmented) {
  double free = 0, installed = 0;
  for (const PoolKpis& k : kpis_.pools) {
    const PoolLedger& l = k.ledger;
    free += static_cast<double>(l.installed - l.held - l.spare - l.down);
    installed += static_cast<double>(l.installed - l.spare - l.down);
  }
  const double share = free > 0 ? fragmented * installed / free : 0;
  for (PoolKpis& k : kpis_.pools) k.ledger.sample(t, share);
}

uint32_t World::next_question() const {
  for (size_t word = 0; word < changed_.size(); ++word) {
    for (uint64_t bits = changed_[word]; bits != 0; bits &= bits - 1) {
      const auto q = static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      if (queues_[q].head != kNoSlot || !shrunk_[q].empty()) return q;
    }
  }
  return kNone;
}

void World::act(const Action& action) {
  DURE_ASSERT(asked_ != kNone, "act() without a request");
  const uint32_t asked =
      action.kind == Action::Kind::wait && action.queue != kNoSlot ? action.queue : asked_;
  asked_ = kNone;
  if (action.kind == Action::Kind::wait) {
    DURE_ASSERT(asked < queues_.size(), "a policy answered for a queue that does not exist");
    QueueState& queue = queues_[asked];
    changed_[asked / 64] &= ~(uint64_t{1} << (asked % 64));
    if (action.wake < queue.wake) {
      DURE_ASSERT(action.wake > now_, "a policy asked to be woken in the past");
      queue.wake = action.wake;
      events_.push({action.wake, Event::Kind::wake, asked, 0});
    }
    return;
  }
  const auto state =
      action.kind == Action::Kind::resize ? JobSlot::State::running : JobSlot::State::waiting;
  DURE_ASSERT(action.slot < slots_.size() && slots_[action.slot].state == state &&
                  is_asked(slots_[action.slot].job.queue),
              "a policy named a job that is not in a queue that was asked about");
  if (action.kind == Action::Kind::start) {
    start(action.slot, action.places, action.victims);
  } else if (action.kind == Action::Kind::resize) {
    resize(action.slot, action.places);
  } else {
    JobSlot& s = slots_[action.slot];
    unlink(action.slot);
    if (s.service != kNoService) std::erase(services_[s.service].replicas, action.slot);
    const uint32_t pool = model_->queues[s.job.queue].pool;
    changed(pool, mix(mix(changes_[pool], ~s.job.number), 1));
    ++kpis_.owners[s.job.owner].dropped;
    release_slot(action.slot);
  }
}

void World::receive(const Message& message) {
  DURE_ASSERT(message.time >= now_, "a message from the past");
  move_to(message.time);
  const Job job = message.as(submit_in);
  const char* expected = model_->what_is_wrong_with(job);
  DURE_ASSERT(expected == nullptr, expected);
  DURE_ASSERT(job.submit <= now_, "a message submits a job before its time of submission");
  arrive(job);
}

void World::handle(const Event& e) {
  switch (e.kind) {
    case Event::Kind::trace:
      arrive_from_trace();
      break;
    case Event::Kind::source:
      arrive_from_source(e.index);
      break;
    case Event::Kind::end:
      if (is_under_way(e)) end(e.index);
      break;
    case Event::Kind::fault:
      if (is_under_way(e)) {
        ++kpis_.owners[slots_[e.index].job.owner].crashed;
        stop(e.index, Stop::fault);
      }
      break;
    case Event::Kind::delivery: {
      const Delivery& d = model_->deliveries[e.index];
      for (uint32_t n = d.first_node; n < d.first_node + d.nodes; ++n) deliver(n);
      pool_freed(model_->node_pool[d.first_node], e.index);
      break;
    }
    case Event::Kind::wake:
      queues_[e.index].wake = Time::never();
      ask_about(e.index);
      break;
    case Event::Kind::node_fault:
      node_fault(e.index);
      break;
    case Event::Kind::node_repaired:
      bring_back(e.index);
      break;
    case Event::Kind::outage:
      outage(e.index, true);
      break;
    case Event::Kind::outage_over:
      outage(e.index, false);
      break;
    case Event::Kind::window_begins:
      window(e.index, true);
      break;
    case Event::Kind::window_ends:
      window(e.index, false);
      break;
    case Event::Kind::quota_step:
      quota_step(e.index);
      break;
    case Event::Kind::budget_period:
      budget_period();
      break;
    case Event::Kind::usage_tick:
      tick_usage();
      break;
    case Event::Kind::call:
      if (is_under_way(e)) call(e.index);
      break;
    case Event::Kind::answer:
      if (is_under_way(e)) answered(e.index);
      break;
    case Event::Kind::calibrated:
      resources_[e.index].wake = Time::never();
      serve(e.index);
      break;
    case Event::Kind::service:
      follow_load(e.index);
      break;
    case Event::Kind::ready:
      if (is_under_way(e)) replica_ready(e.index);
      break;
    case Event::Kind::power_cap:
      power_cap(e.index);
      break;
  }
}

// Whether the attempt that the event is about still runs, as it did when that was foreseen.
bool World::is_under_way(const Event& e) const {
  const JobSlot& s = slots_[e.index];
  return s.state == JobSlot::State::running && s.stamp == e.number;
}

void World::ask_all() {
  for (uint32_t q = 0; q < queues_.size(); ++q) ask_about(q);
}

void World::arrive_from_trace() {
  const auto& jobs = model_->jobs;
  while (next_job_ < jobs.size() && jobs[next_job_].submit == now_) arrive(jobs[next_job_++]);
  if (next_job_ < jobs.size()) events_.push({jobs[next_job_].submit, Event::Kind::trace, 0, 0});
}

void World::schedule_source(uint32_t s) {
  if (const auto arrival = next_arrival(*model_, s, source_count_[s], now_)) {
    events_.push({*arrival, Event::Kind::source, s, 0});
  }
}

void World::arrive_from_source(uint32_t s) {
  const uint32_t pool = model_->queues[model_->sources[s].queue].pool;
  Job job =
      draw_job(*model_, s, source_count_[s]++, kpis_.pools[pool].installed.value() / kWholeGpu);
  job.submit = now_;
  arrive(job);
  schedule_source(s);
}

// Returns its slot; kNoSlot: it was rejected.
uint32_t World::arrive(const Job& job) {
  OwnerKpis& owner = kpis_.owners[job.owner];
  ++owner.arrived;
  if (!model_->can_ever_fit(job)) {
    ++owner.rejected;
    return kNoSlot;
  }
  uint32_t i;
  if (free_slots_.empty()) {
    i = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    i = free_slots_.back();
    free_slots_.pop_back();
  }
  JobSlot& s = slots_[i];
  s = {};
  s.job = job;
  s.most_tasks = job.tasks;
  lowest_priority_ = std::min(lowest_priority_, job.priority);
  append(i);
  ask_about(job.queue);
  return i;
}

}  // namespace dure::fleet
