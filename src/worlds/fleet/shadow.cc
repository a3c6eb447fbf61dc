#include "worlds/fleet/shadow.h"

#include <algorithm>
#include <bit>

namespace dure::fleet {
namespace {

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

Time end_if_started(const World& world, uint32_t slot, uint32_t tasks) {
  const JobSlot& s = world.slot(slot);
  const Duration startup = world.model().kinds[s.job.kind].startup;
  const Duration left = s.limit_left(tasks);
  if (left.ns > Time::never().ns - world.now().ns - startup.ns) return Time::never();
  return world.now() + startup + left;
}

// Tasks of the head that fit now, by group.
void Shadow::count_free(const World& world, const Job& head, uint32_t pool, uint32_t group_size) {
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  tasks_.assign(std::max(1u, (p.nodes + group_size - 1) / group_size), 0);
  const Level level = m.kinds[head.kind].required;
  if (head.gpu_milli == kWholeGpu && world.groups().covers(pool, level)) {
    if (allowed_on(world, head, p.first_node))
      world.groups().tasks(pool, level, std::max(1u, head.gpus), ~uint32_t{0}, tasks_);
    return;
  }
  if (head.gpu_milli < kWholeGpu || tasks_.size() > 1) {
    for (uint32_t i = 0; i < p.nodes; ++i) {
      const uint32_t n = p.first_node + i;
      if (!world.in_service(n) || !allowed_on(world, head, n)) continue;
      tasks_[i / group_size] +=
          tasks_in(head, world.gpu_left(n), m.type_of(n).gpus, world.free_gpus(n));
    }
    return;
  }
  for (const uint32_t c : m.pool_classes[pool]) {
    const NodeType& type = m.node_types[m.classes[c].type];
    if (head.gpu_models != 0 && !(head.gpu_models >> type.gpu_model & 1)) continue;
    for (uint32_t free = 1; free <= type.gpus; ++free) {
      tasks_[0] += int64_t{world.free().count(c, free)} * (free / std::max(1u, head.gpus));
    }
  }
}

// Lets running jobs end one after another, when they said they would at the latest, until the head
// fits.
Promise Shadow::promise(const World& world, const Job& head, uint32_t pool, Time until) {
  const Model& m = world.model();
  latest_.resize(m.pools.size());
  left_.resize(m.total_gpus());
  free_.resize(m.nodes());
  stamp_.resize(m.nodes());

  Promise r;
  r.epoch = latest_[pool] = ++epoch_;
  r.pool = pool;
  r.changes = world.changes(pool);
  const Pool& p = m.pools[pool];
  const uint32_t group_size =
      std::min(std::max(1u, p.nodes), p.group_size(m.kinds[head.kind].required));
  count_free(world, head, pool, group_size);
  const int64_t needed = head.tasks;
  const auto enough = [&](int64_t n) { return n >= needed; };
  bool fits = r.guessed = std::any_of(tasks_.begin(), tasks_.end(), enough);

  const auto slot_of = [&](const RunEnd* x) -> const JobSlot& {
    return world.slot(static_cast<uint32_t>(x->slot));
  };
  world.running(pool).each([&](const RunEnd& run, const auto& ahead) {
    if (run.end == Time::never() || (r.shadow < run.end && r.shadow < Time::never())) return false;
    if (!fits && run.end >= until) {
      r.no_earlier = true;
      r.shadow = until;
      return false;
    }
    // Slots and places lie anywhere: have them fetched while others are worked on.
    if (const RunEnd* x = ahead(8)) __builtin_prefetch(&slot_of(x).places);
    if (const RunEnd* x = ahead(4)) __builtin_prefetch(world.places(slot_of(x)));
    if (const RunEnd* x = ahead(2)) __builtin_prefetch(&stamp_[world.places(slot_of(x))->node]);
    const JobSlot& s = world.slot(static_cast<uint32_t>(run.slot));
    const Place* places = world.places(s);
    for (uint32_t t = 0; s.job.gpus > 0 && t < s.job.tasks; ++t) {
      const uint32_t n = places[t].node;
      foresee(world, n, r.epoch);
      const uint32_t before = tasks_on(world, head, n);
      change(world, places[t], static_cast<int32_t>(s.job.gpu_milli));
      if (!allowed_on(world, head, n)) continue;
      const uint32_t g = (n - p.first_node) / group_size;
      tasks_[g] += int64_t{tasks_on(world, head, n)} - before;
      fits = fits || enough(tasks_[g]);
    }
    if (fits) {
      r.overdue |= run.end < world.now();
      r.shadow = std::max(run.end, world.now());
    }
    return true;
  });
  if (r.no_earlier) return r;
  if (!fits) {  // it is promised nothing: what it might have is all of the pool
    r.first_node = p.first_node;
    r.nodes = p.nodes;
    r.spare = tasks_[0] - needed;
    return r;
  }
  const auto group =
      static_cast<uint32_t>(std::find_if(tasks_.begin(), tasks_.end(), enough) - tasks_.begin());
  r.first_node = p.first_node + group * group_size;
  r.nodes = std::min(group_size, p.first_node + p.nodes - r.first_node);
  r.spare = tasks_[group] - needed;
  return r;
}

bool Shadow::keeps(const World& world, Promise& p) {
  if (p.epoch == 0 || (!p.no_earlier && world.now() > p.shadow)) return false;
  if (p.changes == world.changes(p.pool)) return true;
  if (p.guessed || p.overdue) return false;
  bool same = true, started = false;
  const bool known = world.changes_since(p.pool, p.changes, [&](const PoolChange& c) {
    switch (c.kind) {
      case PoolChange::Kind::start:
        same &= p.no_earlier || gone_by(c.end, p);
        started = true;
        break;
      case PoolChange::Kind::end:
        same &= c.end < p.shadow;
        break;
      case PoolChange::Kind::other:
        same = false;
    }
  });
  if (!known || !same) return false;
  p.changes = world.changes(p.pool);
  if (started) p.epoch = kForgotten;  // where it runs until then was not noted
  return true;
}

bool Shadow::delays(const World& world, const Job& head, const Job& job, Time end,
                    const std::vector<Place>& places, Promise& r) {
  if (job.gpus == 0) return false;
  // Gone by then: what is left then stays as it is, though it is taken now.
  const bool gone = gone_by(end, r);
  if (gone && !holds(r)) return false;
  for (const Place& p : places) foresee(world, p.node, r.epoch);
  if (gone) return false;

  const auto milli = static_cast<int32_t>(job.gpu_milli);
  int64_t lost = 0;
  size_t taken = 0;
  while (taken < places.size() && (lost == 0 || lost <= r.spare)) {
    const Place& p = places[taken++];
    const uint32_t before = tasks_on(world, head, p.node);
    change(world, p, -milli);
    if (allowed_on(world, head, p.node) && p.node - r.first_node < r.nodes)
      lost += int64_t{before} - tasks_on(world, head, p.node);
  }
  if (lost == 0 || lost <= r.spare) {
    r.spare -= lost;
    return false;
  }
  while (taken > 0) change(world, places[--taken], milli);
  return true;
}

void Shadow::foresee(const World& world, uint32_t node, uint64_t epoch) {
  if (stamp_[node] == epoch) return;
  stamp_[node] = epoch;
  free_[node] = world.free_gpus(node);
  const Model& m = world.model();
  std::copy_n(world.gpu_left(node), m.type_of(node).gpus, left_.data() + m.gpu_offset[node]);
}

void Shadow::change(const World& world, const Place& p, int32_t milli_per_gpu) {
  uint16_t* left = left_.data() + world.model().gpu_offset[p.node];
  for (uint32_t bits = p.gpus; bits != 0; bits &= bits - 1) {
    uint16_t& gpu = left[std::countr_zero(bits)];
    free_[p.node] -= gpu == kWholeGpu;
    gpu = static_cast<uint16_t>(gpu + milli_per_gpu);
    free_[p.node] += gpu == kWholeGpu;
  }
}

uint32_t Shadow::tasks_on(const World& world, const Job& head, uint32_t node) const {
  const Model& m = world.model();
  return tasks_in(head, left_.data() + m.gpu_offset[node], m.type_of(node).gpus, free_[node]);
}

}  // namespace dure::fleet
