#include "worlds/fleet/rules.h"

#include <algorithm>
#include <bit>

namespace dure::fleet {
namespace {

using Action = World::Action;

// Fully free GPUs that a task of the job takes away, or gives back when it ends. (A share may leave
// others on its GPU: it is foreseen as giving nothing back.)
uint32_t whole_gpus(const Job& job) { return job.gpu_milli == kWholeGpu ? job.gpus : 0; }

// Tasks of `job` that a node with `free` free GPUs can hold.
uint32_t tasks_in(const Job& job, uint32_t free) { return free / std::max(1u, job.gpus); }

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
  return std::visit([&](auto& rule) { return rule.place(world, job, action_.places); }, placement_);
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
  free_at_shadow_.resize(m.nodes());
  stamp_.resize(m.nodes());

  const uint32_t pool = m.queues[queue].pool;
  const Job& first = world.slot(head).job;
  Reservation& r = reservations_[queue];
  const JobSlot* seen = r.last_seen < world.slots() ? &world.slot(r.last_seen) : nullptr;
  const bool holds = r.epoch != 0 && r.epoch == latest_[pool] && r.head == first.number &&
                     r.changes == world.changes(pool) && seen != nullptr &&
                     seen->state == JobSlot::State::waiting && seen->job.number == r.last_number;
  if (!holds) {
    r.epoch = 0;
    if (place(world, first)) return start(head);
    reserve(world, first, r);
    r.last_seen = head;
    r.last_number = first.number;
  }

  // Later jobs, each looked at once: what did not fit or delayed the head does so still, as nothing
  // has become free since the reservation was made.
  for (uint32_t i = world.slot(r.last_seen).next; i != kNoSlot && r.looked < easy_.depth;
       i = world.slot(i).next) {
    const Job& job = world.slot(i).job;
    ++r.looked;
    if (place(world, job) && !delays_head(world, first, job, r)) {
      r.changes = world.changes_after_start(pool, job);
      return start(i);
    }
    r.last_seen = i;
    r.last_number = job.number;
  }
  return wait();
}

// Lets running jobs end one after another, when they said they would at the latest, until the head
// fits.
void Rules::reserve(const World& world, const Job& head, Reservation& r) {
  const Model& m = world.model();
  const uint32_t pool = m.queues[head.queue].pool;
  r.epoch = latest_[pool] = ++epoch_;
  r.head = head.number;
  r.changes = world.changes(pool);
  r.looked = 0;
  r.shadow = Time::never();

  int64_t tasks = 0;
  for (const uint32_t c : m.pool_classes[pool]) {
    const NodeType& type = m.node_types[m.classes[c].type];
    if (head.gpu_models != 0 && !(head.gpu_models >> type.gpu_model & 1)) continue;
    for (uint32_t free = 1; free <= type.gpus; ++free) {
      tasks += int64_t{world.free().count(c, free)} * tasks_in(head, free);
    }
  }
  for (const RunEnd& run : world.running(pool)) {
    if (r.shadow < run.end && r.shadow < Time::never()) break;
    const JobSlot& s = world.slot(static_cast<uint32_t>(run.slot));
    const uint32_t gpus = whole_gpus(s.job);
    const Place* places = world.places(s);
    for (uint32_t t = 0; gpus > 0 && t < s.job.tasks; ++t) {
      const uint32_t n = places[t].node;
      const uint32_t before = free_at_shadow(world, n, r);
      set_free_at_shadow(n, before + gpus, r);
      if (!allowed_on(world, head, n)) continue;
      tasks += int64_t{tasks_in(head, before + gpus)} - tasks_in(head, before);
    }
    if (tasks >= head.tasks) r.shadow = std::max(run.end, world.now());
  }
  r.spare = tasks - head.tasks;
}

// Whether starting `job` on action_.places would take from the head what it is to have. If not, the
// reservation is brought up to date as if it had started.
bool Rules::delays_head(const World& world, const Job& head, const Job& job, Reservation& r) {
  const uint32_t gpus = whole_gpus(job);
  const auto& places = action_.places;
  if (job.limit > r.shadow - world.now()) {
    // It would still run then. Tasks on one node follow each other.
    int64_t lost = 0;
    for (size_t i = 0; i < places.size();) {
      const uint32_t n = places[i].node;
      uint32_t taken = 0;
      for (; i < places.size() && places[i].node == n; ++i) taken += taken_by(world, places[i]);
      const uint32_t before = free_at_shadow(world, n, r);
      if (allowed_on(world, head, n)) {
        lost += int64_t{tasks_in(head, before)} - tasks_in(head, before - std::min(before, taken));
      }
    }
    if (lost > r.spare) return true;
    r.spare -= lost;
    for (const Place& p : places) {
      const uint32_t before = free_at_shadow(world, p.node, r);
      set_free_at_shadow(p.node, before - std::min(before, taken_by(world, p)), r);
    }
  } else if (gpus > 0) {
    // Gone by then: what is free then stays as it is, though it is taken now.
    for (const Place& p : places) set_free_at_shadow(p.node, free_at_shadow(world, p.node, r), r);
  }
  return false;
}

// GPUs that are fully free now and would no longer be.
uint32_t Rules::taken_by(const World& world, const Place& p) {
  uint32_t taken = 0;
  const uint16_t* left = world.gpu_left(p.node);
  for (uint32_t bits = p.gpus; bits != 0; bits &= bits - 1) {
    taken += left[std::countr_zero(bits)] == kWholeGpu;
  }
  return taken;
}

uint32_t Rules::free_at_shadow(const World& world, uint32_t node, const Reservation& r) const {
  return stamp_[node] == r.epoch ? free_at_shadow_[node] : world.free_gpus(node);
}

void Rules::set_free_at_shadow(uint32_t node, uint32_t free, const Reservation& r) {
  stamp_[node] = r.epoch;
  free_at_shadow_[node] = free;
}

}  // namespace dure::fleet
