#include "worlds/fleet/world.h"

#include <algorithm>
#include <unordered_map>

#include "worlds/fleet/sources.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kSeriesCapacity = 1024;

uint64_t mix(uint64_t h, uint64_t x) {
  h = (h ^ x) * 0x9E3779B97F4A7C15;
  return h ^ (h >> 32);
}

Duration series_interval(const Model& m) {
  Time last = m.end;
  if (last == Time::never()) last = m.jobs.empty() ? m.start + 1_d : m.jobs.back().submit;
  return std::max(1_ns, (last - m.start) / std::max<int64_t>(1, m.samples));
}

}  // namespace

Time JobSlot::expected_end() const {
  return job.limit.ns > Time::never().ns - start.ns ? Time::never() : start + job.limit;
}

World::World(std::shared_ptr<const Model> model) : model_(std::move(model)), free_(*model_) {
  const Model& m = *model_;
  now_ = m.start;
  in_service_.assign(m.nodes(), 0);
  cpu_left_.assign(m.nodes(), 0);
  memory_left_.assign(m.nodes(), 0);
  gpu_left_.assign(m.total_gpus(), 0);
  free_gpus_.assign(m.nodes(), 0);
  gpu_milli_left_.assign(m.nodes(), 0);
  tasks_on_.assign(m.nodes(), 0);
  node_state_.assign(m.nodes(), 0);
  queues_.resize(m.queues.size());
  changed_.assign((m.queues.size() + 63) / 64, 0);
  running_.resize(m.pools.size());
  changes_.assign(m.pools.size(), 0);
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
  }
  kpis_.fragmentation = series;

  std::vector<uint8_t> comes_later(m.nodes(), 0);
  for (uint32_t d = 0; d < m.deliveries.size(); ++d) {
    const Delivery& x = m.deliveries[d];
    for (uint32_t n = x.first_node; n < x.first_node + x.nodes; ++n) comes_later[n] = 1;
    events_.push({std::max(now_, x.time), Event::Kind::delivery, d, 0});
  }
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    if (!comes_later[n]) deliver(n);
  }
  if (!m.jobs.empty()) events_.push({m.jobs[0].submit, Event::Kind::trace, 0, 0});
  for (uint32_t s = 0; s < m.sources.size(); ++s) schedule_source(s);
  next_sample_ = m.target.empty() ? Time::never() : now_;
}

std::optional<World::Request> World::advance(Time until) {
  DURE_ASSERT(asked_ == kNone, "advance() before the last request was answered");
  for (;;) {
    while (events_.next_time() == now_ && !events_.empty()) {
      ++handled_;
      handle(events_.pop());
    }
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
  std::unordered_map<uint64_t, double> by_state;
  double fragmented = 0, installed = 0;
  for (uint32_t n = 0; n < model_->nodes(); ++n) {
    if (!in_service_[n]) continue;
    const NodeType& type = model_->type_of(n);
    installed += type.gpus * kWholeGpu;
    auto [it, is_new] = by_state.try_emplace(node_state_[n], 0);
    if (is_new) {
      it->second = model_->target.fragmented(cpu_left_[n], gpu_left(n), type.gpus, type.gpu_model);
    }
    fragmented += it->second;
  }
  return installed > 0 ? fragmented / installed : 0;
}

uint32_t World::next_question() const {
  for (size_t word = 0; word < changed_.size(); ++word) {
    for (uint64_t bits = changed_[word]; bits != 0; bits &= bits - 1) {
      const auto q = static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      if (queues_[q].head != kNoSlot) return q;
    }
  }
  return kNone;
}

void World::act(const Action& action) {
  DURE_ASSERT(asked_ != kNone, "act() without a request");
  QueueState& queue = queues_[asked_];
  const uint32_t asked = asked_;
  asked_ = kNone;
  if (action.kind == Action::Kind::wait) {
    changed_[asked / 64] &= ~(uint64_t{1} << (asked % 64));
    if (action.wake < queue.wake) {
      DURE_ASSERT(action.wake > now_, "a policy asked to be woken in the past");
      queue.wake = action.wake;
      events_.push({action.wake, Event::Kind::wake, asked, 0});
    }
    return;
  }
  DURE_ASSERT(action.slot < slots_.size() && slots_[action.slot].state == JobSlot::State::waiting &&
                  slots_[action.slot].job.queue == asked,
              "a policy named a job that does not wait in the queue");
  if (action.kind == Action::Kind::start) {
    start(action.slot, action.places);
  } else {
    JobSlot& s = slots_[action.slot];
    unlink(action.slot);
    uint64_t& changes = changes_[model_->queues[asked].pool];
    changes = mix(mix(changes, ~s.job.number), 1);
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
      if (slots_[e.index].state == JobSlot::State::running &&
          slots_[e.index].job.number == e.number) {
        end(e.index);
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
  }
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

void World::arrive(const Job& job) {
  OwnerKpis& owner = kpis_.owners[job.owner];
  ++owner.arrived;
  if (!model_->can_ever_fit(job)) {
    ++owner.rejected;
    return;
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
  QueueState& queue = queues_[job.queue];
  s = JobSlot{job, {}, 0, kNoSlot, queue.tail, JobSlot::State::waiting};
  (queue.tail == kNoSlot ? queue.head : slots_[queue.tail].next) = i;
  queue.tail = i;
  ++queue.length;
  ask_about(job.queue);
  owner.waiting.add(now_, static_cast<double>(job.total_gpu_milli()));
  owner.waiting_over_time.set(now_, owner.waiting.value());
  owner.waiting_jobs.add(now_, 1);
}

// Takes a waiting job out of its queue.
void World::unlink(uint32_t i) {
  JobSlot& s = slots_[i];
  QueueState& queue = queues_[s.job.queue];
  (s.previous == kNoSlot ? queue.head : slots_[s.previous].next) = s.next;
  (s.next == kNoSlot ? queue.tail : slots_[s.next].previous) = s.previous;
  --queue.length;
  OwnerKpis& owner = kpis_.owners[s.job.owner];
  owner.waiting.add(now_, -static_cast<double>(s.job.total_gpu_milli()));
  owner.waiting_over_time.set(now_, owner.waiting.value());
  owner.waiting_jobs.add(now_, -1);
}

void World::release_slot(uint32_t i) {
  slots_[i].state = JobSlot::State::free;
  free_slots_.push_back(i);
}

void World::start(uint32_t i, const std::vector<Place>& places) {
  unlink(i);
  JobSlot& s = slots_[i];
  const Job& job = s.job;
  DURE_ASSERT(places.size() == job.tasks, "a start must place every task");
  const uint32_t pool = model_->queues[job.queue].pool;
  s.state = JobSlot::State::running;
  s.start = now_;
  s.places = places_.take(job.tasks);
  std::copy(places.begin(), places.end(), places_.data(s.places));

  for (const Place& p : places) {
    const uint32_t n = p.node;
    DURE_ASSERT(n < model_->nodes() && in_service_[n] && model_->node_pool[n] == pool,
                "a task was placed on a node that its queue cannot use");
    DURE_ASSERT(cpu_left_[n] >= job.cpu_milli && memory_left_[n] >= job.memory_mib &&
                    static_cast<uint32_t>(std::popcount(p.gpus)) == job.gpus,
                "a task was placed on a node without the CPU, memory or GPUs that it needs");
    cpu_left_[n] -= job.cpu_milli;
    memory_left_[n] -= job.memory_mib;
    uint16_t* left = gpu_left_.data() + model_->gpu_offset[n];
    for (uint32_t bits = p.gpus; bits != 0; bits &= bits - 1) {
      uint16_t& gpu = left[std::countr_zero(bits)];
      DURE_ASSERT(gpu >= job.gpu_milli, "a task was placed on a GPU that is taken");
      free_gpus_[n] -= gpu == kWholeGpu;
      gpu = static_cast<uint16_t>(gpu - job.gpu_milli);
    }
    gpu_milli_left_[n] -= job.gpus * job.gpu_milli;
    if (tasks_on_[n]++ == 0) kpis_.gpus_on_used_nodes += model_->type_of(n).gpus;
    node_changed(n);
  }

  const RunEnd run{s.expected_end(), i};
  auto& running = running_[pool];
  running.insert(std::lower_bound(running.begin(), running.end(), run,
                                  [](const RunEnd& a, const RunEnd& b) { return a.end > b.end; }),
                 run);
  if (job.duration < Time::never() - now_) {
    events_.push({now_ + job.duration, Event::Kind::end, i, job.number});
  }
  changes_[pool] = changes_after_start(pool, job);

  const Duration waited = now_ - job.submit;
  const auto milli = static_cast<double>(job.total_gpu_milli());
  kpis_.used_gpu_milli += job.total_gpu_milli();
  OwnerKpis& owner = kpis_.owners[job.owner];
  ++owner.started;
  owner.by_size[size_class(job)].wait.add(waited.ns);
  owner.allocated.add(now_, milli);
  owner.allocated_over_time.set(now_, owner.allocated.value());
  owner.busy.add(now_, milli * job.busy_milli / 1000);
  owner.busy_over_time.set(now_, owner.busy.value());
  PoolKpis& pool_kpis = kpis_.pools[pool];
  pool_kpis.allocated.add(now_, milli);
  pool_kpis.allocated_over_time.set(now_, pool_kpis.allocated.value());
  outbox_.send(now_, started_out, JobStarted{job.number, waited, job.total_gpu_milli()});
}

void World::end(uint32_t i) {
  JobSlot& s = slots_[i];
  const Job& job = s.job;
  const uint32_t pool = model_->queues[job.queue].pool;
  const Place* places = places_.data(s.places);
  for (uint32_t t = 0; t < job.tasks; ++t) {
    const uint32_t n = places[t].node;
    cpu_left_[n] += job.cpu_milli;
    memory_left_[n] += job.memory_mib;
    uint16_t* left = gpu_left_.data() + model_->gpu_offset[n];
    for (uint32_t bits = places[t].gpus; bits != 0; bits &= bits - 1) {
      uint16_t& gpu = left[std::countr_zero(bits)];
      gpu = static_cast<uint16_t>(gpu + job.gpu_milli);
      free_gpus_[n] += gpu == kWholeGpu;
    }
    gpu_milli_left_[n] += job.gpus * job.gpu_milli;
    if (--tasks_on_[n] == 0) kpis_.gpus_on_used_nodes -= model_->type_of(n).gpus;
    node_changed(n);
  }
  places_.give_back(s.places, job.tasks);

  auto& running = running_[pool];
  auto it = std::lower_bound(running.begin(), running.end(), s.expected_end(),
                             [](const RunEnd& a, Time end) { return a.end > end; });
  while (it->slot != i) ++it;
  running.erase(it);

  const Duration completion = now_ - job.submit;
  const double floor_s = std::max(10.0, job.duration.seconds());
  const double slowdown =
      std::max(1.0, ((s.start - job.submit).seconds() + job.duration.seconds()) / floor_s);
  const auto milli = static_cast<double>(job.total_gpu_milli());
  kpis_.used_gpu_milli -= job.total_gpu_milli();
  OwnerKpis& owner = kpis_.owners[job.owner];
  ++owner.ended;
  JobStats& stats = owner.by_size[size_class(job)];
  stats.completion.add(completion.ns);
  stats.slowdown.add(static_cast<int64_t>(slowdown * 1000));
  owner.allocated.add(now_, -milli);
  owner.allocated_over_time.set(now_, owner.allocated.value());
  owner.busy.add(now_, -milli * job.busy_milli / 1000);
  owner.busy_over_time.set(now_, owner.busy.value());
  PoolKpis& pool_kpis = kpis_.pools[pool];
  pool_kpis.allocated.add(now_, -milli);
  pool_kpis.allocated_over_time.set(now_, pool_kpis.allocated.value());
  outbox_.send(now_, ended_out, JobEnded{job.number, completion});
  pool_freed(pool, job.number);
  release_slot(i);
}

void World::deliver(uint32_t n) {
  const NodeType& type = model_->type_of(n);
  in_service_[n] = 1;
  cpu_left_[n] = type.cpu_milli;
  memory_left_[n] = type.memory_mib;
  std::fill_n(gpu_left_.begin() + model_->gpu_offset[n], type.gpus, uint16_t{kWholeGpu});
  free_gpus_[n] = type.gpus;
  gpu_milli_left_[n] = type.gpus * kWholeGpu;
  node_changed(n);
  PoolKpis& k = kpis_.pools[model_->node_pool[n]];
  k.installed.add(now_, type.gpus * kWholeGpu);
  k.installed_over_time.set(now_, k.installed.value());
}

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
  node_state_[n] = h;
  free_.place(*model_, n, free_gpus_[n], share);
}

uint64_t World::changes_after_start(uint32_t pool, const Job& job) const {
  return mix(changes_[pool], job.number + 1);
}

// Something in the pool has become free: its queues are asked about again.
void World::pool_freed(uint32_t pool, uint64_t what) {
  changes_[pool] = mix(mix(changes_[pool], ~what), static_cast<uint64_t>(now_.ns));
  for (const uint32_t q : model_->pool_queues[pool]) ask_about(q);
}

bool World::consistent() const {
  const Model& m = *model_;
  const auto is = [](const auto& v, size_t n) { return v.size() == n; };
  return is(in_service_, m.nodes()) && is(cpu_left_, m.nodes()) && is(memory_left_, m.nodes()) &&
         is(gpu_left_, m.total_gpus()) && is(free_gpus_, m.nodes()) &&
         is(gpu_milli_left_, m.nodes()) && is(tasks_on_, m.nodes()) && is(node_state_, m.nodes()) &&
         is(queues_, m.queues.size()) && is(changed_, (m.queues.size() + 63) / 64) &&
         is(running_, m.pools.size()) && is(changes_, m.pools.size()) &&
         is(source_count_, m.sources.size()) && is(kpis_.owners, m.owners.size()) &&
         is(kpis_.pools, m.pools.size()) && next_job_ <= m.jobs.size() && free_.consistent(m);
}

}  // namespace dure::fleet
