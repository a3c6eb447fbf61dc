// Why a job waits and when it would start: what stands in its way, looked at in the order in which
// the fleet's own policies do, and a forecast on copies of the world.
//
// A forecast runs the world on under the same rules, and the job's start there is the answer. The
// first knows only the jobs that have been submitted; the second also those that the scenario is
// going to send. In both jobs take the time that the scenario gives them, which a real scheduler
// does not know, and faults come as its random numbers have them.
//
// Obstacles are of this instant: another may show when one is gone. Places are those within the
// job's own queue; that another queue may be answered first is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

struct WhyOptions {
  Duration horizon = 30_d;          // of forecasts
  uint64_t max_events = 3'000'000;  // of each
};

struct Obstacle {
  enum class Kind {
    budget,
    quota,
    gpus,
    scattered,
    cpu_memory,
    window,
    topology,
    power,
    order,
    recorded
  };
  Kind kind = Kind::order;
  std::string text;  // a sentence without its full stop
};
const char* name_of(Obstacle::Kind kind);  // "CPU and memory"

struct Forecast {
  enum class End { starts, dropped, withdrawn, horizon, events, nothing_left };
  End end = End::horizon;
  Time at;  // of the start, or of the withdrawal of a replica; else how far it was looked
};

struct Why {
  enum class State { unsubmitted, waiting, running, gone, rejected };
  State state = State::gone;
  Time now;
  uint64_t number = 0;
  std::string name;
  // Nothing is known of a source's job that does not wait or run.
  std::optional<Job> job;

  // waiting
  uint32_t place = 0;       // in its queue, from 1
  uint32_t waiting = 0;     // jobs in it
  uint64_t gpus_ahead = 0;  // milli, that jobs before it ask for
  uint32_t attempts = 0;    // that were stopped
  Duration done{0};         // of its work, safe
  std::vector<Obstacle> obstacles;
  Forecast alone;                     // no more jobs are submitted
  std::optional<Forecast> with_rest;  // those that the scenario sends are; nothing: it sends none

  // running
  Time start;                       // of this attempt
  Time end = Time::never();         // when nothing stops it
  Time latest_end = Time::never();  // by its limit
  std::string pool;
  std::vector<uint32_t> nodes;  // ascending
};

// An Error when there can be no such job. Everything that happens at the world's time must have
// been handled, as it has after run().
Result<Why> why(const World& world, const RuleOptions& rules, uint64_t number,
                const WhyOptions& options = {});

// What keeps a waiting job from starting, with what comes first first; place: in its queue, from 1.
std::vector<Obstacle> obstacles_of(const World& world, const RuleOptions& rules, uint32_t slot,
                                   uint32_t place);

// The waiting jobs of a queue in the order of its rank: slots.
std::vector<uint32_t> in_order(const World& world, const RankOptions& rank, uint32_t queue);

}  // namespace dure::fleet
