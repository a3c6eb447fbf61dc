#include "worlds/fleet/attempt.h"

#include <algorithm>

namespace dure::fleet {

Duration AttemptPlan::length() const {
  const Duration lead = handover + startup;
  if (work >= Duration::max() - lead) return Duration::max();
  if (interval.ns <= 0 || work <= interval) return lead + work;
  const int64_t checkpoints = (work.ns - 1) / interval.ns;
  const Duration left = Duration::max() - lead - work;
  return checkpoint.ns > left.ns / checkpoints ? Duration::max()
                                               : lead + work + checkpoints * checkpoint;
}

Duration AttemptPlan::at_work(Duration done) const {
  Duration t = handover + startup + done;
  if (interval.ns > 0 && done > 0_s && interval < work)
    t += (done.ns - 1) / interval.ns * checkpoint;
  return t;
}

AttemptSplit divide(const AttemptPlan& plan, Duration elapsed) {
  AttemptSplit s;
  s.handover = std::min(elapsed, plan.handover);
  elapsed -= s.handover;
  s.startup = std::min(elapsed, plan.startup);
  elapsed -= s.startup;
  bool last = true;  // in the stretch that has no checkpoint behind it
  if (plan.interval.ns > 0 && plan.interval < plan.work) {
    const Duration cycle = plan.interval + plan.checkpoint;
    const int64_t most = (plan.work.ns - 1) / plan.interval.ns;
    const int64_t cycles = std::min(elapsed.ns / cycle.ns, most);
    s.saved = cycles * plan.interval;
    s.checkpoint = cycles * plan.checkpoint;
    elapsed -= cycles * cycle;
    last = cycles == most;
  }
  if (last && s.saved + elapsed >= plan.work) {
    s.saved += elapsed;
  } else {
    s.lost = elapsed;
  }
  return s;
}

namespace {

Duration within(unsigned __int128 ns) {
  const auto most = static_cast<unsigned __int128>(Duration::max().ns);
  return Duration{static_cast<int64_t>(std::min(ns, most))};
}

unsigned __int128 product(Duration d, uint64_t times) {
  return static_cast<unsigned __int128>(d.ns) * times;
}

}  // namespace

Duration scaled(Duration d, uint64_t times, uint64_t by) { return within(product(d, times) / by); }

Duration scaled_up(Duration d, uint64_t times, uint64_t by) {
  return within((product(d, times) + by - 1) / by);
}

}  // namespace dure::fleet
