#include "worlds/fleet/why.h"

#include <algorithm>

#include "base/text.h"
#include "worlds/fleet/names.h"

namespace dure::fleet {
namespace {

// The same world, to which no more jobs are submitted: the trace ends here, and of each source the
// one job that is on its way asks for more than there is, so that it is rejected.
World without_arrivals(const World& world, Duration horizon) {
  Model m = world.model();
  std::erase_if(m.jobs, [&](const Job& j) { return j.submit > world.now(); });
  m.end = world.now() + horizon + 1_h;  // what recurs goes on for so long
  for (uint32_t s = 0; s < m.sources.size(); ++s) {
    Source& source = m.sources[s];
    source.gpus = Distribution::constant(1e9);
    source.largest_share = 1e18;
    source.cpu_milli_per_gpu = 100'000'000;
    for (RateStep& step : m.source_rate[s]) step.rate_hz = 0;
  }
  StateWriter w;
  w(world);
  World out(std::make_shared<const Model>(std::move(m)));
  StateReader r(w.bytes());
  r(out);
  DURE_ASSERT(r.finished() && out.consistent(), "a world does not fit its model without arrivals");
  return out;
}

bool waits(const World& world, uint32_t slot, uint64_t number) {
  const JobSlot& s = world.slot(slot);
  return s.state == JobSlot::State::waiting && s.job.number == number;
}

Forecast look_ahead(World world, const RuleOptions& options, uint32_t slot, const WhyOptions& why) {
  using Action = World::Action;
  const uint64_t number = world.slot(slot).job.number;
  Rules rules(options);
  const Time until = world.now() + why.horizon;
  const uint64_t last_event = world.events_handled() + why.max_events;
  const bool replica = world.slot(slot).service != kNoService;
  for (Time step = world.now(); step < until;) {
    // Nobody is asked when a replica is withdrawn: see after each event.
    step = replica ? std::clamp(world.next_event_time(), world.now(), until) : until;
    while (const auto request = world.advance(step)) {
      if (!waits(world, slot, number)) return {Forecast::End::withdrawn, world.now()};
      const Action& action = rules.decide(world, *request);
      const Action::Kind kind = action.kind;
      const bool its = kind != Action::Kind::wait && world.slot(action.slot).job.number == number;
      if (its) {
        return {kind == Action::Kind::start ? Forecast::End::starts : Forecast::End::dropped,
                world.now()};
      }
      world.act(action);
      if (world.events_handled() > last_event) return {Forecast::End::events, world.now()};
    }
    if (!waits(world, slot, number)) return {Forecast::End::withdrawn, world.now()};
    if (world.events_handled() > last_event) return {Forecast::End::events, world.now()};
  }
  const bool over = world.next_event_time() == Time::never();
  return {over ? Forecast::End::nothing_left : Forecast::End::horizon, world.now()};
}

bool more_to_come(const World& world) {
  const Model& m = world.model();
  return (!m.sources.empty() && world.now() < m.end) ||
         (!m.jobs.empty() && m.jobs.back().submit > world.now());
}

void describe_running(const World& world, const JobSlot& s, Why& out) {
  out.state = Why::State::running;
  out.start = s.start;
  out.end = world.earliest_end(s);
  out.latest_end = s.expected_end();
  out.pool = world.model().pools[s.pool].name;
  const Place* places = world.places(s);
  for (uint32_t t = 0; t < s.job.tasks; ++t) out.nodes.push_back(places[t].node);
  std::sort(out.nodes.begin(), out.nodes.end());
  out.nodes.erase(std::unique(out.nodes.begin(), out.nodes.end()), out.nodes.end());
}

void describe_waiting(const World& world, const RuleOptions& rules, uint32_t slot,
                      const WhyOptions& options, Why& out) {
  const JobSlot& s = world.slot(slot);
  out.state = Why::State::waiting;
  for (const uint32_t i : in_order(world, rules.rank, s.job.queue)) {
    ++out.place;
    if (i == slot) break;
    out.gpus_ahead += world.slot(i).job.total_gpu_milli();
  }
  out.waiting = world.queue_length(s.job.queue);
  out.obstacles = obstacles_of(world, rules, slot, out.place);
  out.alone = look_ahead(without_arrivals(world, options.horizon), rules, slot, options);
  if (more_to_come(world)) out.with_rest = look_ahead(world, rules, slot, options);
}

}  // namespace

std::vector<uint32_t> in_order(const World& world, const RankOptions& rank, uint32_t queue) {
  Line line;
  line.begin(world, queue, rank, [](uint32_t, bool) { return false; });
  std::vector<uint32_t> out;
  for (uint32_t i = line.next(); i != kNoSlot; i = line.next()) out.push_back(i);
  return out;
}

Result<Why> why(const World& world, const RuleOptions& rules, uint64_t number,
                const WhyOptions& options) {
  const Model& m = world.model();
  Why out;
  out.now = world.now();
  out.number = number;
  out.name = job_name(m, number);
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state == JobSlot::State::free || s.job.number != number) continue;
    out.job = s.job;
    out.attempts = s.attempts;
    out.done = s.done;
    if (s.state == JobSlot::State::running)
      describe_running(world, s, out);
    else
      describe_waiting(world, rules, i, options, out);
    return out;
  }
  for (const Job& j : m.jobs) {
    if (j.number != number) continue;
    out.job = j;
    if (j.submit > out.now)
      out.state = Why::State::unsubmitted;
    else
      out.state = m.can_ever_fit(j) ? Why::State::gone : Why::State::rejected;
    return out;
  }
  if (find_job(world, std::to_string(number))) return out;
  return Error{.message = "expected a job of the run, found " + quoted(std::to_string(number))};
}

}  // namespace dure::fleet
