#include "worlds/fleet/rules.h"

#include <algorithm>
#include <bit>

namespace dure::fleet {
namespace {

using Action = World::Action;

// Tasks of `job` that fit on GPUs with so much left, `free` of them all of it. (A job without GPUs
// counts as one of one GPU.)
uint32_t tasks_in(const Job& job, const uint16_t* left, uint32_t gpus, uint32_t free) {
  if (job.gpu_milli == kWholeGpu) return free / std::max(1u, job.gpus);
  uint32_t n = 0;
  for (uint32_t g = 0; g < gpus; ++g) n += left[g] / job.gpu_milli;
  return n;
}

bool allowed_on(const World& world, const Job& job, uint32_t node) {
  return job.gpu_models == 0 || (job.gpu_models >> world.model().type_of(node).gpu_model & 1);
}

}  // namespace

const Action& Rules::decide(const World& world, const World::Request& request) {
  const uint32_t head = world.queue_head(request.queue);
  if (head == kNoSlot) return wait();
  if (order_ == Order::easy) return easy(world, request.queue, head);
  if (place(world, world.slot(head).job)) return start(head);
  if (order_ == Order::fifo) return wait();
  action_.kind = Action::Kind::drop;
  action_.slot = head;
  return action_;
}

bool Rules::place(const World& world, const Job& job) {
  bool placed = false;
  world.model().for_pools_of(job.queue, [&](uint32_t pool) {
    placed = placed || std::visit(
                           [&](auto& rule) { return rule.place(world, job, pool, action_.places); },
                           placement_);
  });
  return placed;
}

const Action& Rules::start(uint32_t slot) {
  action_.kind = Action::Kind::start;
  action_.slot = slot;
  return action_;
}

const Action& Rules::wait() {
  action_.kind = Action::Kind::wait;
  return action_;
}

const Action& Rules::easy(const World& world, uint32_t queue, uint32_t head) {
  const Model& m = world.model();
  reservations_.resize(m.queues.size());
  latest_.resize(m.pools.size());
  at_shadow_.resize(m.total_gpus());
  free_at_shadow_.resize(m.nodes());
  stamp_.resize(m.nodes());

  const uint32_t pool = m.queues[queue].pool;
  const Job& first = world.slot(head).job;
  Reservation& r = reservations_[queue];
  const JobSlot* seen = r.last_seen < world.slots() ? &world.slot(r.last_seen) : nullptr;
  const bool holds = r.epoch != 0 && r.epoch == latest_[pool] && r.head == first.number &&
                     r.changes == world.changes(pool) && world.now() <= r.shadow &&
                     seen != nullptr && seen->state == JobSlot::State::waiting &&
                     seen->job.number == r.last_number;
  if (!holds) {
    r.epoch = 0;
    if (place(world, first)) return start(head);
    reserve(world, first, r);
    see(world, head, r);
  }

  const auto starts = [&](uint32_t i) -> const Action& {
    const Job& job = world.slot(i).job;
    r.changes = world.changes_after_start(pool, job);
    r.recheck = 0;
    r.would_delay.clear();
    return start(i);
  };
  for (;;) {
    for (; r.recheck < r.refused.size(); ++r.recheck) {
      const uint32_t i = r.refused[r.recheck];
      if (judge(world, first, world.slot(i).job, r) != Verdict::start) continue;
      r.refused.erase(r.refused.begin() + r.recheck);
      --r.looked;
      if (i == r.last_seen) see(world, world.slot(i).previous, r);
      return starts(i);
    }
    const uint32_t i = world.slot(r.last_seen).next;
    if (i == kNoSlot || r.looked >= easy_.depth) return wait();
    const Verdict verdict = judge(world, first, world.slot(i).job, r);
    if (verdict == Verdict::start) return starts(i);
    ++r.looked;
    see(world, i, r);
    if (verdict == Verdict::delays) r.refused.push_back(i);
    r.recheck = static_cast<uint32_t>(r.refused.size());
  }
}

void Rules::see(const World& world, uint32_t slot, Reservation& r) {
  r.last_seen = slot;
  r.last_number = world.slot(slot).job.number;
}

// Whether a later job fits now and leaves the head its reservation.
Rules::Verdict Rules::judge(const World& world, const Job& head, const Job& job, Reservation& r) {
  const Shape shape{job.tasks,     job.gpus,       job.gpu_milli,
                    job.cpu_milli, job.memory_mib, job.gpu_models};
  const auto known = [&](const std::vector<Shape>& shapes) {
    return !std::holds_alternative<RandomFit>(placement_) &&
           std::find(shapes.begin(), shapes.end(), shape) != shapes.end();
  };
  if (known(r.do_not_fit)) return Verdict::does_not_fit;
  if (!gone_by_shadow(world, job, r) && known(r.would_delay)) return Verdict::delays;
  if (!place(world, job)) {
    r.do_not_fit.push_back(shape);
    return Verdict::does_not_fit;
  }
  if (delays_head(world, head, job, r)) {
    r.would_delay.push_back(shape);
    return Verdict::delays;
  }
  return Verdict::start;
}

bool Rules::gone_by_shadow(const World& world, const Job& job, const Reservation& r) {
  JobSlot started;
  started.job = job;
  started.start = world.now();
  started.plan.startup = world.model().kinds[job.kind].startup;
  const Time end = started.expected_end();
  return end <= r.shadow && end < Time::never();
}

// Lets running jobs end one after another, when they said they would at the latest, until the head
// fits.
void Rules::reserve(const World& world, const Job& head, Reservation& r) {
  const Model& m = world.model();
  const uint32_t pool = m.queues[head.queue].pool;
  r.epoch = latest_[pool] = ++epoch_;
  r.head = head.number;
  r.changes = world.changes(pool);
  r.looked = r.recheck = 0;
  r.refused.clear();
  r.do_not_fit.clear();
  r.would_delay.clear();
  r.shadow = Time::never();

  int64_t tasks = 0;
  for (const uint32_t c : m.pool_classes[pool]) {
    const NodeClass& cls = m.classes[c];
    const NodeType& type = m.node_types[cls.type];
    if (head.gpu_models != 0 && !(head.gpu_models >> type.gpu_model & 1)) continue;
    if (head.gpu_milli < kWholeGpu) {
      for (uint32_t i = 0; i < cls.nodes; ++i) {
        const uint32_t n = m.class_nodes[cls.first + i];
        tasks += tasks_in(head, world.gpu_left(n), type.gpus, world.free_gpus(n));
      }
      continue;
    }
    for (uint32_t free = 1; free <= type.gpus; ++free) {
      tasks += int64_t{world.free().count(c, free)} * (free / std::max(1u, head.gpus));
    }
  }
  const auto& running = world.running(pool);
  for (size_t i = running.size(); i-- > 0;) {
    const RunEnd& run = running[i];
    if (run.end == Time::never() || (r.shadow < run.end && r.shadow < Time::never())) break;
    // Slots and places lie anywhere: have them fetched while others are worked on.
    if (i >= 8) __builtin_prefetch(&world.slot(static_cast<uint32_t>(running[i - 8].slot)).places);
    if (i >= 4)
      __builtin_prefetch(world.places(world.slot(static_cast<uint32_t>(running[i - 4].slot))));
    if (i >= 2)
      __builtin_prefetch(
          &stamp_[world.places(world.slot(static_cast<uint32_t>(running[i - 2].slot)))->node]);
    const JobSlot& s = world.slot(static_cast<uint32_t>(run.slot));
    const Place* places = world.places(s);
    for (uint32_t t = 0; s.job.gpus > 0 && t < s.job.tasks; ++t) {
      const uint32_t n = places[t].node;
      foresee(world, n, r);
      const uint32_t before = tasks_at_shadow(world, head, n);
      change(world, places[t], static_cast<int32_t>(s.job.gpu_milli));
      if (allowed_on(world, head, n)) tasks += int64_t{tasks_at_shadow(world, head, n)} - before;
    }
    if (tasks >= head.tasks) r.shadow = std::max(run.end, world.now());
  }
  r.spare = tasks - head.tasks;
}

// Whether starting `job` on action_.places would take from the head what it is to have. If not, the
// reservation is brought up to date as if it had started.
bool Rules::delays_head(const World& world, const Job& head, const Job& job, Reservation& r) {
  if (job.gpus == 0) return false;
  const auto& places = action_.places;
  for (const Place& p : places) foresee(world, p.node, r);
  // Gone by then: what is left then stays as it is, though it is taken now.
  if (gone_by_shadow(world, job, r)) return false;

  const auto milli = static_cast<int32_t>(job.gpu_milli);
  int64_t lost = 0;
  size_t taken = 0;
  while (taken < places.size() && (lost == 0 || lost <= r.spare)) {
    const Place& p = places[taken++];
    const uint32_t before = tasks_at_shadow(world, head, p.node);
    change(world, p, -milli);
    if (allowed_on(world, head, p.node))
      lost += int64_t{before} - tasks_at_shadow(world, head, p.node);
  }
  if (lost == 0 || lost <= r.spare) {
    r.spare -= lost;
    return false;
  }
  while (taken > 0) change(world, places[--taken], milli);
  return true;
}

void Rules::foresee(const World& world, uint32_t node, const Reservation& r) {
  if (stamp_[node] == r.epoch) return;
  stamp_[node] = r.epoch;
  free_at_shadow_[node] = world.free_gpus(node);
  const Model& m = world.model();
  std::copy_n(world.gpu_left(node), m.type_of(node).gpus, at_shadow_.data() + m.gpu_offset[node]);
}

void Rules::change(const World& world, const Place& p, int32_t milli_per_gpu) {
  uint16_t* left = at_shadow_.data() + world.model().gpu_offset[p.node];
  for (uint32_t bits = p.gpus; bits != 0; bits &= bits - 1) {
    uint16_t& gpu = left[std::countr_zero(bits)];
    free_at_shadow_[p.node] -= gpu == kWholeGpu;
    gpu = static_cast<uint16_t>(gpu + milli_per_gpu);
    free_at_shadow_[p.node] += gpu == kWholeGpu;
  }
}

uint32_t Rules::tasks_at_shadow(const World& world, const Job& head, uint32_t node) const {
  const Model& m = world.model();
  return tasks_in(head, at_shadow_.data() + m.gpu_offset[node], m.type_of(node).gpus,
                  free_at_shadow_[node]);
}

}  // namespace dure::fleet
