// Calls of jobs to other resources, such as a quantum processor.
#include <algorithm>

#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

// The work, of the job with all its tasks, at which it makes its k-th call.
Duration work_at(const Job& job, const JobKind& kind, uint32_t k) {
  return scaled(job.duration, k + 1, kind.calls + 1);
}

}  // namespace

void World::start_resources() {
  resources_.resize(model_->resources.size());
  kpis_.resources.resize(model_->resources.size());
  for (ResourceKpis& k : kpis_.resources) {
    k.busy.set(now_, 0);
    k.line.set(now_, 0);
  }
}

// Calls before the last checkpoint have been answered.
uint32_t World::first_call(const JobSlot& s) const {
  const JobKind& kind = model_->kinds[s.job.kind];
  if (kind.resource == kNoResource || s.job.duration == Duration::max()) return kind.calls;
  uint32_t k = 0;
  while (k < kind.calls && work_at(s.job, kind, k) < s.done) ++k;
  return k;
}

// The progress of the attempt at which it calls next; max(): it calls no more.
Duration World::call_at(const JobSlot& s) const {
  const JobKind& kind = model_->kinds[s.job.kind];
  if (kind.resource == kNoResource || s.next_call >= kind.calls) return Duration::max();
  const Duration work = work_at(s.job, kind, s.next_call) - s.done;
  return s.plan.at_work(std::min(s.plan.work, scaled_up(work, s.most_tasks, s.job.tasks)));
}

void World::call(uint32_t i) {
  JobSlot& s = slots_[i];
  const uint32_t r = model_->kinds[s.job.kind].resource;
  settle(s);
  s.progress = call_at(s);
  s.phase = JobSlot::Phase::in_line;
  s.answer = now_;
  resources_[r].line.push_back(i);
  kpis_.resources[r].line.add(now_, 1);
  schedule(i);
  serve(r);
}

// Lets calls begin, in the order in which they came.
void World::serve(uint32_t r) {
  const Resource& resource = model_->resources[r];
  ResourceState& state = resources_[r];
  ResourceKpis& k = kpis_.resources[r];
  while (!state.line.empty()) {
    const uint32_t i = state.line.front();
    JobSlot& s = slots_[i];
    const JobKind& kind = model_->kinds[s.job.kind];
    if (state.busy + kind.units > resource.units) return;
    const Time open = resource.open_from(model_->start, now_, kind.call_time);
    if (open > now_) {
      if (open >= state.wake) return;
      state.wake = open;
      events_.push({open, Event::Kind::calibrated, r, 0});
      return;
    }
    state.line.erase(state.line.begin());
    k.line.add(now_, -1);
    k.wait.add((now_ - s.answer).ns);
    settle(s);
    s.phase = JobSlot::Phase::calls;
    s.answer = now_ + kind.call_time;
    state.busy += kind.units;
    k.busy.set(now_, state.busy);
    schedule(i);
  }
}

void World::answered(uint32_t i) {
  JobSlot& s = slots_[i];
  settle(s);
  ++kpis_.resources[model_->kinds[s.job.kind].resource].calls;
  ++s.next_call;
  leave_resource(i);
  schedule(i);
}

// Of a job whose call is answered, or that stops. After settle().
void World::leave_resource(uint32_t i) {
  JobSlot& s = slots_[i];
  if (s.moves()) return;
  const JobKind& kind = model_->kinds[s.job.kind];
  ResourceState& state = resources_[kind.resource];
  ResourceKpis& k = kpis_.resources[kind.resource];
  if (s.phase == JobSlot::Phase::in_line) {
    std::erase(state.line, i);
    k.line.add(now_, -1);
  } else {
    state.busy -= kind.units;
    k.busy.set(now_, state.busy);
  }
  s.phase = JobSlot::Phase::works;
  s.answer = now_;
  serve(kind.resource);
}

}  // namespace dure::fleet
