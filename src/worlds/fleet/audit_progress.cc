// The auditor's own account of how far attempts have come: at which pace, standing for what, and
// what power they draw meanwhile.
#include <algorithm>

#include <fmt/format.h>

#include "worlds/fleet/audit.h"

namespace dure::fleet {
namespace {

using Wide = __int128;
using Phase = JobSlot::Phase;

bool moves(Phase p) { return p == Phase::works || p == Phase::starts; }

}  // namespace

Duration Auditor::progress_of(const World& world, const Run& r) const {
  if (!moves(r.phase)) return r.progress;
  const uint32_t pace = r.clock == 0 ? 1000 : world.model().clocks[r.clock - 1].pace_milli;
  return r.progress + Duration{static_cast<int64_t>(Wide{(last_ - r.since).ns} * pace / 1000)};
}

// All of the time since its start.
Auditor::Split Auditor::split_of(const World& world, const Run& r) const {
  const Duration progress = progress_of(world, r);
  Split s = walk(r.plan, progress);
  s.waiting = r.stood + (moves(r.phase) ? 0_s : last_ - r.since);
  s.slowed = last_ - r.start - progress - s.waiting;
  s.slowed += s.left_over;  // note_progress() has complained
  if (r.service != kNoService) {
    s.saved += s.lost;
    s.lost = 0_s;
  }
  return s;
}

// What has become of an attempt that runs on.
void Auditor::note_progress(const World& world, uint32_t slot, Run& r) {
  const JobSlot& s = world.slot(slot);
  const JobKind& kind = world.model().kinds[r.job.kind];
  const Split split = walk(r.plan, progress_of(world, r));
  if (split.left_over > 0_s)
    complain(world, fmt::format("job {} works though all its work is done", r.job.number));
  const Duration lead = r.plan.handover + r.plan.startup;
  if (r.service != kNoService && (s.phase == Phase::starts) != (progress_of(world, r) < lead))
    complain(world,
             fmt::format("replica {} serves before it has started, or not then", r.job.number));
  Duration work = split.saved + split.lost;
  if (r.plan.interval > 0_s) work = split.saved + std::min(split.lost, r.plan.interval);
  const bool other_call = s.moves() || s.next_call != r.next_call;
  if (r.phase == Phase::calls && other_call && last_ - r.called != kind.call_time)
    complain(world,
             fmt::format("job {} had its answer after {} ns", r.job.number, (last_ - r.called).ns));
  if (!s.moves() && (moves(r.phase) || s.next_call != r.next_call)) {
    r.came = last_;
    r.next_call = s.next_call;
    if (!is_call_due(world, r, work))
      complain(world, fmt::format("job {} makes a call out of turn", r.job.number));
  }
  if (s.phase == Phase::calls && (r.phase != Phase::calls || r.came == last_)) r.called = last_;
  if (s.phase == r.phase && s.clock == r.clock && s.since != last_) return;
  const Split now = split_of(world, r);
  r.stood = now.waiting;
  r.progress = progress_of(world, r);
  r.since = last_;
  r.phase = s.phase;
  r.clock = s.clock;
  r.next_call = s.next_call;
}

// Whether the next call comes after so much work of this attempt: calls are spread evenly over the
// job's work with all its tasks.
bool Auditor::is_call_due(const World& world, const Run& r, Duration work) const {
  const JobKind& kind = world.model().kinds[r.job.kind];
  if (kind.resource == kNoResource || r.next_call >= kind.calls) return false;
  const auto safe = safe_.find(r.job.number);
  const Wide done = safe == safe_.end() ? 0 : safe->second.ns;
  const Wide at = Wide{r.job.duration.ns} * (r.next_call + 1) / (kind.calls + 1) - done;
  const Wide scaled = (at * r.most_tasks + r.job.tasks - 1) / r.job.tasks;
  return at >= 0 && work.ns == std::min<Wide>(scaled, r.plan.work.ns);
}

// Whether a call of the job that begins now does.
bool Auditor::meets_calibration(const World& world, const Run& r) const {
  const Model& m = world.model();
  const JobKind& kind = m.kinds[r.job.kind];
  const Resource& resource = m.resources[kind.resource];
  if (resource.calibrate_every == 0_s) return false;
  for (Time from = m.start + resource.calibrate_every; from < last_ + kind.call_time;
       from = from + resource.calibrate_every) {
    if (from + resource.calibration > last_) return true;
  }
  return false;
}

void Auditor::check_calls(const World& world) {
  const Model& m = world.model();
  for (uint32_t k = 0; k < m.resources.size(); ++k) {
    uint64_t busy = 0;
    Time first = Time::never();  // in line
    for (const auto& [slot, r] : runs_) {
      const JobKind& kind = m.kinds[r.job.kind];
      if (kind.resource != k) continue;
      if (r.phase == Phase::calls) busy += kind.units;
      if (r.phase == Phase::in_line) first = std::min(first, r.came);
    }
    if (busy > m.resources[k].units || busy != world.resources()[k].busy)
      complain(world, fmt::format("{} of {} units of {} are busy", busy, m.resources[k].units,
                                  m.resources[k].name));
    bool stuck = first < Time::never();
    for (const auto& [slot, r] : runs_) {
      const JobKind& kind = m.kinds[r.job.kind];
      if (kind.resource != k) continue;
      if (r.phase == Phase::calls && r.called == last_) {
        if (meets_calibration(world, r))
          complain(world, fmt::format("job {} calls during a calibration", r.job.number));
        if (first < r.came) complain(world, fmt::format("job {} calls out of line", r.job.number));
      }
      if (r.phase == Phase::in_line && r.came == first)
        stuck &= busy + kind.units <= m.resources[k].units && !meets_calibration(world, r);
    }
    if (stuck) complain(world, fmt::format("calls wait though {} is free", m.resources[k].name));
  }
}

// Above idle, in mW.
uint64_t Auditor::draw_of(const World& world, const Run& r, uint32_t clock) const {
  return clock == 0 ? r.full_mw : r.full_mw * world.model().clocks[clock - 1].power_milli / 1000;
}

void Auditor::check_power_at_start(const World& world, const Run& r) {
  const PoolSum& pool = pools_[r.pool];  // its cap and nodes are as they were
  if (pool.cap_mw == kNoLimit || draw_of(world, r, 0) == 0) return;  // who draws nothing may start
  const Model& m = world.model();
  uint64_t mw = 0;
  for (uint32_t n = m.pools[r.pool].first_node;
       n < m.pools[r.pool].first_node + m.pools[r.pool].nodes; ++n) {
    if (world.node_status(n) != NodeState::absent) mw += uint64_t{1000} * m.type_of(n).idle_w;
  }
  for (const auto& [slot, other] : runs_) {
    if (other.pool == r.pool) mw += draw_of(world, other, other.clock);
  }
  if (static_cast<int64_t>(mw) > pool.cap_mw)
    complain(world, fmt::format("job {} exceeds the cap on power of {}", r.job.number,
                                m.pools[r.pool].name));
  if (r.clock == 0) return;
  const uint64_t faster = mw - draw_of(world, r, r.clock) + draw_of(world, r, r.clock - 1u);
  if (static_cast<int64_t>(faster) <= pool.cap_mw)
    complain(world, fmt::format("job {} starts slower than it must", r.job.number));
}

// What pools draw is what is said of them; above a cap nobody is left to slow or to stop.
void Auditor::check_power(const World& world) {
  const Model& m = world.model();
  for (uint32_t p = 0; p < pools_.size(); ++p) {
    const PowerMeter& meter = world.kpis().pools[p].power;
    if (meter.mw() != pools_[p].mw || meter.cap_mw != pools_[p].cap_mw)
      complain(world, fmt::format("pool {} draws {} of {} mW, and should {} of {}", m.pools[p].name,
                                  meter.mw(), meter.cap_mw, pools_[p].mw, pools_[p].cap_mw));
  }
  for (const auto& [slot, r] : runs_) {
    const JobKind& kind = m.kinds[r.job.kind];
    const PoolSum& pool = pools_[r.pool];
    const uint64_t lowest = kind.clockable ? m.clocks.size() : 0;
    if (r.clock > lowest || (r.clock > 0 && pool.cap_mw == kNoLimit))
      complain(world, fmt::format("job {} runs at a clock that it should not", r.job.number));
    if (static_cast<int64_t>(pool.mw) <= pool.cap_mw || r.full_mw == 0) continue;
    if (kind.preemptible || r.clock != lowest)
      complain(world, fmt::format("job {} runs on above the cap of {}", r.job.number,
                                  m.pools[r.pool].name));
  }
}

void Auditor::check_elastic_and_services(const World& world) {
  const Model& m = world.model();
  size_t shrunk = 0, listed = 0;
  std::vector<uint32_t> replicas(m.services.size()), serving(m.services.size());
  for (const auto& queue : m.queues)
    listed += world.shrunk(static_cast<uint32_t>(&queue - m.queues.data())).size();
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state == JobSlot::State::free) continue;
    const bool runs = s.state == JobSlot::State::running;
    const auto asked = asked_for_.find(s.job.number);
    const uint32_t most = s.service != kNoService     ? m.services[s.service].replica.tasks
                          : asked != asked_for_.end() ? asked->second
                                                      : s.most_tasks;
    const uint32_t fewest = s.job.min_tasks == 0 || !runs ? most : s.job.min_tasks;
    if (s.most_tasks != most || s.job.tasks > most || s.job.tasks < fewest)
      complain(world, fmt::format("job {} has {} tasks, and should have {} to {}", s.job.number,
                                  s.job.tasks, fewest, most));
    shrunk += runs && s.job.tasks < most;
    if (s.service == kNoService) continue;
    ++replicas[s.service];
    serving[s.service] += runs && s.phase != Phase::starts;
  }
  if (shrunk != listed) complain(world, "elastic jobs that could grow are forgotten");
  for (uint32_t k = 0; k < m.services.size(); ++k) {
    const ServiceState& s = world.services()[k];
    if (replicas[k] != s.replicas.size() || serving[k] != s.serving ||
        replicas[k] > m.services[k].most)
      complain(
          world,
          fmt::format("{} has {} replicas, of which {} serve, and should have {} and {}",
                      m.services[k].name, replicas[k], serving[k], s.replicas.size(), s.serving));
  }
}

}  // namespace dure::fleet
