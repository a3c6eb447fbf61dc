// Jobs of the fleet: how attempts begin, end and are stopped, and where their GPU time goes.
#include <algorithm>
#include <bit>

#include "base/random.h"
#include "worlds/fleet/checkpoint.h"
#include "worlds/fleet/streams.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

// ---- queues ----

void World::waits(uint32_t i, double sign) {
  const Job& job = slots_[i].job;
  OwnerKpis& owner = kpis_.owners[job.owner];
  owner.waiting.add(now_, sign * static_cast<double>(job.total_gpu_milli()));
  owner.waiting_over_time.set(now_, owner.waiting.value());
  owner.waiting_jobs.add(now_, sign);
  const uint64_t member = World::member(i, job.number, slots_[i].attempts);
  queues_[job.queue].members += sign > 0 ? member : -member;
}

void World::append(uint32_t i) {
  JobSlot& s = slots_[i];
  QueueState& queue = queues_[s.job.queue];
  s.state = JobSlot::State::waiting;
  s.next = kNoSlot;
  s.previous = queue.tail;
  (queue.tail == kNoSlot ? queue.head : slots_[queue.tail].next) = i;
  queue.tail = i;
  ++queue.length;
  waits(i, 1);
}

// Those that were stopped have been submitted before most others.
void World::put_back(uint32_t i) {
  JobSlot& s = slots_[i];
  QueueState& queue = queues_[s.job.queue];
  uint32_t next = queue.head;
  const auto before = [](const Job& a, const Job& b) {
    return a.submit != b.submit ? a.submit < b.submit : a.number < b.number;
  };
  while (next != kNoSlot && before(slots_[next].job, s.job)) next = slots_[next].next;
  if (next == kNoSlot) return append(i);
  s.state = JobSlot::State::waiting;
  s.next = next;
  s.previous = slots_[next].previous;
  slots_[next].previous = i;
  (s.previous == kNoSlot ? queue.head : slots_[s.previous].next) = i;
  ++queue.length;
  waits(i, 1);
}

void World::unlink(uint32_t i) {
  JobSlot& s = slots_[i];
  QueueState& queue = queues_[s.job.queue];
  (s.previous == kNoSlot ? queue.head : slots_[s.previous].next) = s.next;
  (s.next == kNoSlot ? queue.tail : slots_[s.next].previous) = s.previous;
  --queue.length;
  waits(i, -1);
}

void World::release_slot(uint32_t i) {
  slots_[i].state = JobSlot::State::free;
  free_slots_.push_back(i);
}

// ---- attempts ----

// Of everything that may stop the job while it runs.
double World::faults_per_s(const JobSlot& s) const {
  const Model& m = *model_;
  const JobKind& kind = m.kinds[s.job.kind];
  const double gpus = static_cast<double>(s.job.total_gpu_milli()) / kWholeGpu;
  double per_day = kind.faults_per_day + kind.faults_per_gpu_day * gpus;
  if (!m.has_faults()) return per_day / 86400;
  std::vector<uint32_t> nodes(s.job.tasks);
  for (uint32_t t = 0; t < s.job.tasks; ++t) nodes[t] = places_.data(s.places)[t].node;
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  for (const uint32_t n : nodes) per_day += m.type_of(n).faults_per_day;
  for (const Outage& o : m.outages) {
    if (o.pool != s.pool) continue;
    uint32_t last = kNone;
    for (const uint32_t n : nodes) {
      const uint32_t group = m.group_of(n, o.level).first;
      if (group != last) per_day += o.per_day;
      last = group;
    }
  }
  return per_day / 86400;
}

AttemptPlan World::plan_of(const JobSlot& s, Duration handover) const {
  const JobKind& kind = model_->kinds[s.job.kind];
  AttemptPlan plan;
  plan.handover = handover;
  plan.startup = kind.startup;
  plan.work = s.job.duration;
  if (plan.work < Duration::max()) {
    plan.work = plan.work - s.done;
    if (s.job.tasks < s.most_tasks) plan.work = scaled_up(plan.work, s.most_tasks, s.job.tasks);
  }
  plan.checkpoint = kind.checkpoint;
  plan.interval = kind.checkpoint_every;
  if (plan.interval == Duration::max()) {
    const double rate = faults_per_s(s);
    plan.interval =
        rate > 0 ? young_daly(kind.checkpoint, from_seconds(std::min(9e9, 1 / rate))) : Duration{0};
  }
  if (s.start < model_->as_recorded_until) {  // what was recorded has them in it
    plan.startup = plan.checkpoint = Duration{0};
  }
  return plan;
}

// ---- progress ----

Duration World::progress_of(const JobSlot& s) const {
  if (!s.moves()) return s.progress;
  const Duration d = s.clock == 0 ? now_ - s.since : scaled(now_ - s.since, pace(s), 1000);
  return std::min(s.progress + d, s.plan.length());
}

void World::settle(JobSlot& s) {
  s.progress = progress_of(s);
  if (!s.moves()) s.stood += now_ - s.since;
  s.since = now_;
}

AttemptSplit World::split_of(const JobSlot& s) const {
  const Duration progress = progress_of(s);
  AttemptSplit parts = divide(s.plan, progress);
  parts.waiting = s.moves() ? s.stood : s.stood + (now_ - s.since);
  parts.slowed = now_ - s.start - progress - parts.waiting;
  if (s.service != kNoService) {  // what it has served is not to be served again
    parts.saved += parts.lost;
    parts.lost = Duration{0};
  }
  return parts;
}

Time World::earliest_end(const JobSlot& s) const {
  if (s.plan.length() == Duration::max()) return Time::never();
  const JobKind& kind = model_->kinds[s.job.kind];
  Duration left = s.plan.length() - progress_of(s);
  if (s.clock > 0) left = scaled_up(left, 1000, pace(s));
  if (kind.resource != kNoResource) {
    const bool calls = s.phase == JobSlot::Phase::calls;
    if (calls) left += s.answer - now_;
    left += scaled(kind.call_time, kind.calls - s.next_call - (calls ? 1 : 0), 1);
  }
  return left < Time::never() - now_ ? now_ + left : Time::never();
}

// What becomes of the attempt next, if nothing comes between; never: nothing does.
World::Next World::next_of(const JobSlot& s) const {
  Next next{Time::never(), Event::Kind::end};
  if (s.phase == JobSlot::Phase::calls) {
    next = {s.answer, Event::Kind::answer};
  } else if (s.moves()) {
    Duration left = s.plan.length();
    if (s.phase == JobSlot::Phase::starts) {
      left = s.plan.handover + s.plan.startup;
      next.kind = Event::Kind::ready;
    } else if (const Duration at = call_at(s); at <= left && at < Duration::max()) {
      left = at;
      next.kind = Event::Kind::call;
    }
    if (left < Duration::max()) {
      left = left - s.progress;
      if (s.clock > 0) left = scaled_up(left, 1000, pace(s));
      if (left < Time::never() - s.since) next.time = s.since + left;
    }
  }
  if (s.crash < next.time) next = {s.crash, Event::Kind::fault};
  return next;
}

// After settle().
void World::schedule(uint32_t i) {
  JobSlot& s = slots_[i];
  s.stamp = ++runs_;
  const Next next = next_of(s);
  if (next.time < Time::never()) events_.push({next.time, next.kind, i, s.stamp});
}

namespace {

// Of the work that a stop would lose: what a checkpoint that is written now saves. The part of one
// that was under way is of no use.
Duration savable(const JobKind& kind, const AttemptPlan& plan, Duration lost, Duration grace) {
  if (kind.checkpoint_every == 0_s || kind.checkpoint > grace) return Duration{0};
  return plan.interval > 0_s ? std::min(lost, plan.interval) : lost;
}

}  // namespace

void World::start(uint32_t i, const std::vector<Place>& places,
                  const std::vector<uint32_t>& victims) {
  Duration handover{0};
  for (const uint32_t v : victims) {
    DURE_ASSERT(v < slots_.size() && slots_[v].state == JobSlot::State::running && preemptible(v),
                "a policy named a victim that does not run or cannot be preempted");
    ++kpis_.owners[slots_[v].job.owner].preempted;
    handover = std::max(handover, stop(v, Stop::preempted));
  }
  run_on(i, places, handover);
}

// Ends the attempt of an elastic job and begins one with more tasks.
void World::resize(uint32_t i, const std::vector<Place>& places) {
  DURE_ASSERT(places.size() > slots_[i].job.tasks, "a resize must give a job more tasks");
  ++kpis_.owners[slots_[i].job.owner].resized;
  run_on(i, places, stop(i, Stop::preempted));
}

// Begins an attempt of a waiting job.
void World::run_on(uint32_t i, const std::vector<Place>& places, Duration handover) {
  JobSlot& s = slots_[i];
  const Job& job = s.job;
  DURE_ASSERT(places.size() >= job.fewest_tasks() && places.size() <= job.tasks,
              "a start must place every task, or as many as an elastic job can run with");
  for (const Place& p : places) {
    DURE_ASSERT(p.node < model_->nodes() && uint64_t{p.gpus} >> model_->type_of(p.node).gpus == 0,
                "a task was placed on a node or GPU that does not exist");
  }
  unlink(i);
  const uint32_t size = size_class(job);  // as it was asked for
  s.job.tasks = static_cast<uint32_t>(places.size());
  check_limits(job, places);
  take(i, places);
  s.state = JobSlot::State::running;
  s.start = s.since = s.answer = now_;
  s.progress = s.stood = Duration{0};
  s.run = ++runs_;
  const bool first = s.attempts++ == 0;
  s.plan = plan_of(s, handover);
  const bool starts = s.service != kNoService && s.plan.handover + s.plan.startup > 0_s;
  s.phase = starts ? JobSlot::Phase::starts : JobSlot::Phase::works;
  s.next_call = first_call(s);
  if (job.tasks < s.most_tasks) shrunk_[job.queue].push_back(i);
  draw(i, true);

  const RunEnd run{s.expected_end(), i};
  running_[s.pool].insert(run);
  const JobKind& kind = model_->kinds[job.kind];
  const double crashes_per_s =
      (kind.faults_per_day +
       kind.faults_per_gpu_day * static_cast<double>(job.total_gpu_milli()) / kWholeGpu) /
      86400;
  s.crash = Time::never();
  if (crashes_per_s > 0) {
    Random random{model_->seed, stream_id(kJobFault, job.number & 0xFFFFFFFFFFFF), s.attempts};
    const Duration crash = from_seconds(std::min(9e9, random.exponential(1 / crashes_per_s)));
    const Time from = faults_from();
    if (crash < Time::never() - from) s.crash = from + crash;
  }
  schedule(i);
  changed(s.pool, changes_after_start(s.pool, job, places),
          {.end = run.end, .kind = PoolChange::Kind::start});
  if (s.service != kNoService && !starts) replica_serves(i, true);

  const Duration waited = now_ - job.submit;
  if (first) {
    OwnerKpis& owner = kpis_.owners[job.owner];
    ++owner.started;
    owner.by_size[size].wait.add(waited.ns);
    if (const Recorded* record = model_->record_of(job)) {
      const bool there = std::all_of(places.begin(), places.end(), [&](const Place& p) {
        const auto& nodes = record->nodes;
        return nodes.empty() || std::find(nodes.begin(), nodes.end(), p.node) != nodes.end();
      });
      ++(there && now_ == record->start ? owner.as_recorded : owner.not_as_recorded);
    }
  }
  outbox_.send(now_, started_out, JobStarted{job.number, waited, job.total_gpu_milli()});
}

void World::check_limits(const Job& job, const std::vector<Place>& places) const {
  if (now_ < model_->as_recorded_until) return;  // it did start
  DURE_ASSERT(in_budget(job.account), "a policy started a job that is over its budget");
  if (!model_->has_quotas() || job.gpus == 0 || places.empty()) return;
  const uint32_t gpu_model = model_->type_of(places[0].node).gpu_model;
  for (const Place& p : places) {
    DURE_ASSERT(model_->type_of(p.node).gpu_model == gpu_model,
                "with quotas, all tasks of a job run on one GPU model");
  }
  DURE_ASSERT(quota_left(job.account, gpu_model) >= static_cast<int64_t>(job.total_gpu_milli()),
              "a policy started a job that is over its quota");
}

void World::end(uint32_t i) {
  JobSlot& s = slots_[i];
  charge(i, split_of(s), Stop::fault);
  const Time expected = release(i);
  const Job& job = s.job;
  const Duration completion = now_ - job.submit;
  const double slowdown =
      std::max(1.0, completion.seconds() / std::max(10.0, job.duration.seconds()));
  OwnerKpis& owner = kpis_.owners[job.owner];
  ++owner.ended;
  JobStats& stats = owner.by_size[size_class(job)];
  stats.completion.add(completion.ns);
  stats.slowdown.add(static_cast<int64_t>(slowdown * 1000));
  outbox_.send(now_, ended_out, JobEnded{job.number, completion});
  pool_freed(s.pool, job.number, {.end = expected, .kind = PoolChange::Kind::end});
  release_slot(i);
}

Duration World::stop(uint32_t i, Stop why) {
  JobSlot& s = slots_[i];
  const JobKind& kind = model_->kinds[s.job.kind];
  settle(s);
  AttemptSplit parts = split_of(s);
  leave_resource(i);
  Duration writes{0};
  const Duration saved = savable(kind, s.plan, parts.lost, model_->grace);
  if (why == Stop::preempted && saved > 0_s) {
    writes = kind.checkpoint;
    parts.saved += saved;
    parts.lost -= saved;
  }
  charge(i, parts, why);
  outbox_.send(now_, stopped_out,
               JobStopped{s.job.number, s.job.total_gpu_milli(), now_ - s.start, parts.lost});
  const uint32_t tasks = s.job.tasks;
  const Time expected = release(i);
  s.done += tasks == s.most_tasks ? parts.saved : scaled(parts.saved, tasks, s.most_tasks);
  pool_freed(s.pool, s.run, {.end = expected, .kind = PoolChange::Kind::end});
  put_back(i);
  return writes;
}

GpuTime World::cost_of_stopping(uint32_t i) const {
  const JobSlot& s = slots_[i];
  const JobKind& kind = model_->kinds[s.job.kind];
  const AttemptSplit parts = split_of(s);
  const Duration saved = savable(kind, s.plan, parts.lost, model_->grace);
  const Duration writes = saved > 0_s ? kind.checkpoint : Duration{0};
  return GpuTime::of(s.job.total_gpu_milli(), parts.lost - saved + writes + kind.startup);
}

namespace {

void add(Uses& uses, Use use, GpuTime t) { uses[static_cast<size_t>(use)] += t; }

void add_split(Uses& uses, const Job& job, const AttemptSplit& parts, Use lost) {
  const uint64_t milli = job.total_gpu_milli();
  const GpuTime work = GpuTime::of(milli, parts.saved);
  const GpuTime busy(work.exact() * job.busy_milli / 1000);
  add(uses, Use::productive, busy);
  add(uses, Use::idle, work - busy);
  add(uses, Use::checkpoint, GpuTime::of(milli, parts.checkpoint));
  add(uses, Use::startup, GpuTime::of(milli, parts.startup));
  add(uses, Use::handover, GpuTime::of(milli, parts.handover));
  add(uses, Use::waiting, GpuTime::of(milli, parts.waiting));
  add(uses, Use::slowed, GpuTime::of(milli, parts.slowed));
  add(uses, lost, GpuTime::of(milli, parts.lost));
}

}  // namespace

void World::charge(uint32_t i, const AttemptSplit& parts, Stop why) {
  const Job& job = slots_[i].job;
  add_split(kpis_.accounts[job.account].uses, job, parts,
            why == Stop::fault ? Use::lost_fault : Use::lost_stop);
}

std::vector<Uses> World::uses() const {
  std::vector<Uses> out;
  for (const AccountKpis& k : kpis_.accounts) out.push_back(k.uses);
  for (const JobSlot& s : slots_) {
    if (s.state != JobSlot::State::running) continue;
    AttemptSplit parts = split_of(s);
    parts.saved += parts.lost;
    parts.lost = Duration{0};
    add_split(out[s.job.account], s.job, parts, Use::lost_fault);
  }
  return out;
}

PoolLedger World::ledger_of(uint32_t pool) const {
  PoolLedger l = kpis_.pools[pool].ledger;
  l.settle(now_);
  return l;
}

// ---- what an attempt holds ----

void World::take(uint32_t i, const std::vector<Place>& places) {
  JobSlot& s = slots_[i];
  const Job& job = s.job;
  const uint32_t pool = model_->node_pool[places[0].node];
  bool may_use = false;
  model_->for_pools_of(job.queue, [&](uint32_t p) { may_use |= p == pool; });
  DURE_ASSERT(may_use, "a task was placed on a node that its queue cannot use");
  s.pool = pool;
  s.places = places_.take(job.tasks);
  s.full_mw = 0;
  links_.resize(places_.size());
  std::copy(places.begin(), places.end(), places_.data(s.places));

  for (uint32_t t = 0; t < job.tasks; ++t) {
    const Place& p = places[t];
    const uint32_t n = p.node;
    DURE_ASSERT(n < model_->nodes() && in_service(n) && model_->node_pool[n] == pool,
                "a task was placed on a node that is not there or in another pool");
    DURE_ASSERT(cpu_left_[n] >= job.cpu_milli && memory_left_[n] >= job.memory_mib &&
                    static_cast<uint32_t>(std::popcount(p.gpus)) == job.gpus,
                "a task was placed on a node without the CPU, memory or GPUs that it needs");
    DURE_ASSERT(now_ < model_->as_recorded_until || open_to(n, job),
                "a task was placed on a node that is kept free");
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
    const uint32_t place = s.places + t;
    links_[place] = {i, first_task_[n], kNoSlot};
    if (first_task_[n] != kNoSlot) links_[first_task_[n]].previous = place;
    first_task_[n] = place;
    s.full_mw += task_mw(job, model_->type_of(n).gpu_mw());
    node_changed(n);
  }
  hold(job, pool, model_->type_of(places[0].node).gpu_model, 1);
}

Time World::release(uint32_t i) {
  JobSlot& s = slots_[i];
  const Job& job = s.job;
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
    const TaskLink& link = links_[s.places + t];
    (link.previous == kNoSlot ? first_task_[n] : links_[link.previous].next) = link.next;
    if (link.next != kNoSlot) links_[link.next].previous = link.previous;
    node_changed(n);
  }
  hold(job, s.pool, model_->type_of(places[0].node).gpu_model, -1);
  places_.give_back(s.places, job.tasks);

  const Time expected = s.expected_end();
  running_[s.pool].erase({expected, i});

  draw(i, false);
  if (s.service != kNoService && s.phase != JobSlot::Phase::starts) replica_serves(i, false);
  if (job.tasks < s.most_tasks) {
    std::erase(shrunk_[job.queue], i);
    s.job.tasks = s.most_tasks;
  }
  return expected;
}

// Counts what a job holds, or holds no more, everywhere.
void World::hold(const Job& job, uint32_t pool, uint32_t gpu_model, int64_t sign) {
  const uint64_t milli = job.total_gpu_milli();
  const auto change = static_cast<double>(sign) * static_cast<double>(milli);
  kpis_.used_gpu_milli += static_cast<uint64_t>(sign) * milli;
  OwnerKpis& owner = kpis_.owners[job.owner];
  owner.allocated.add(now_, change);
  owner.allocated_over_time.set(now_, owner.allocated.value());
  owner.busy.add(now_, change * job.busy_milli / 1000);
  owner.busy_over_time.set(now_, owner.busy.value());
  PoolKpis& pool_kpis = kpis_.pools[pool];
  pool_kpis.allocated.add(now_, change);
  pool_kpis.allocated_over_time.set(now_, pool_kpis.allocated.value());
  PoolLedger& ledger = pool_kpis.ledger;
  ledger.settle(now_);
  ledger.held += static_cast<uint64_t>(sign) * milli;
  if (model_->pools[pool].owner != job.owner) ledger.lent += static_cast<uint64_t>(sign) * milli;

  for (uint32_t a = job.account; a != kNoAccount; a = model_->account_parent[a]) {
    AccountState& account = accounts_[a];
    account.used = account.used_by(now_);
    if (model_->has_quotas()) {
      for (uint32_t g = 0; g < model_->gpu_models.size(); ++g) {
        kpis_.accounts[a].borrowed +=
            GpuTime::of(static_cast<uint64_t>(quota_.borrowed(a, g)), now_ - account.since);
      }
    }
    account.since = now_;
    account.held += static_cast<uint64_t>(sign) * milli;
    if (model_->is_compared[a])
      kpis_.accounts[a].held_over_time.set(now_, static_cast<double>(account.held));
  }
  if (!model_->has_quotas()) return;
  if (sign > 0) {
    quota_.take(model_->account_parent, job.account, gpu_model, static_cast<int64_t>(milli));
  } else {
    quota_.give_back(model_->account_parent, job.account, gpu_model, static_cast<int64_t>(milli));
  }
}

uint64_t World::changes_after_start(uint32_t pool, const Job& job,
                                    const std::vector<Place>& places) const {
  uint64_t h = mix(mix(changes_[pool], job.number + 1), static_cast<uint64_t>(now_.ns));
  for (const Place& p : places) h = mix(h, uint64_t{p.node} << 32 | p.gpus);
  return h;
}

}  // namespace dure::fleet
