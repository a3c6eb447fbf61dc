// Jobs and their attempts, the blocks of their places, queues and expected ends.
#include <algorithm>
#include <bit>

#include "worlds/fleet/world_consistency.h"

namespace dure::fleet {

bool World::Consistency::jobs() {
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

bool World::Consistency::is_attempt(const JobSlot& s) const {
  if (s.attempts == 0 || s.run == 0 || s.run > w.runs_ || !between(s.start) ||
      s.start < s.job.submit || s.pool >= m.pools.size())
    return false;
  bool may_use = false;
  m.for_pools_of(s.job.queue, [&](uint32_t p) { may_use |= p == s.pool; });
  if (!may_use || s.job.tasks > w.places_.size() || s.places > w.places_.size() - s.job.tasks)
    return false;
  for (uint32_t t = 0; t < s.job.tasks; ++t) {
    const Place& p = w.places(s)[t];
    if (p.node >= m.nodes() || m.node_pool[p.node] != s.pool || w.state_[p.node] != NodeState::up ||
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

bool World::Consistency::is_under_way(const JobSlot& s) const {
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

bool World::Consistency::blocks() const {
  std::vector<std::pair<uint32_t, uint32_t>> taken;
  for (const uint32_t i : running) taken.emplace_back(w.slots_[i].places, w.slots_[i].job.tasks);
  if (!w.places_.consistent(taken)) return false;
  uint64_t tasks = 0, seen = 0;
  for (const uint32_t i : running) tasks += w.slots_[i].job.tasks;
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    uint32_t previous = kNoSlot, on_node = 0;
    for (uint32_t p = w.first_task_[n]; p != kNoSlot; p = w.links_[p].next) {
      if (p >= w.links_.size() || seen++ == tasks || w.links_[p].previous != previous) return false;
      const uint32_t i = w.links_[p].slot;
      if (i >= w.slots_.size() || w.slots_[i].state != JobSlot::State::running) return false;
      const JobSlot& s = w.slots_[i];
      if (p < s.places || p - s.places >= s.job.tasks || w.places_.data(p)->node != n) return false;
      previous = p;
      ++on_node;
    }
    if (on_node != w.tasks_on_[n]) return false;
  }
  return seen == tasks;
}

bool World::Consistency::queues() const {
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
    if (queue.tail != previous || queue.length != length || queue.members != members) return false;
  }
  for (uint32_t i = 0; i < w.slots_.size(); ++i) {
    if ((w.slots_[i].state == JobSlot::State::waiting) != (seen[i] == 1)) return false;
  }
  return true;
}

bool World::Consistency::ends() const {
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

}  // namespace dure::fleet
