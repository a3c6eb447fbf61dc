// The immutable part of a wafer fab: tools, routes, laws of breakdown and maintenance, transport,
// and where lots come from.
//
// Lots of wafers follow routes of several hundred steps and come back to the same tool groups again
// and again. The model follows the SMT2020 testbed (Kopp, Hassoun, Kalir, Moench, "SMT2020 - A
// Semiconductor Manufacturing Testbed", IEEE Trans. Semiconductor Manufacturing 33(4), 2020):
// load and unload, cascading tools, batches, sequence-dependent setups, lot-to-lens dedication,
// sampling, rework, critical queue times, breakdowns, calendar and counter maintenance, transport.
//
// A reader fills the public members down to `seed` and calls finish(), which checks them and
// derives the rest. Left out: operators, reticles as resources of their own, splitting lots, scrap.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/distribution.h"
#include "base/result.h"
#include "base/time.h"

namespace dure {
class Digest;
}

namespace dure::fab {

inline constexpr uint32_t kNone = ~uint32_t{0};
inline constexpr Duration kCentury = 36500 * 86400_s;  // a century: no time of the model is longer

// A random duration, drawn by inversion from one uniform number: never negative.
class DurationLaw {
 public:
  DurationLaw() = default;  // constant(0)
  static DurationLaw constant(Duration d);
  static DurationLaw uniform(Duration mean, Duration half_width);  // mean +- half_width
  static DurationLaw exponential(Duration mean);
  // Values in seconds; those below 0 count as 0.
  static DurationLaw of(const Distribution& seconds);

  // u in (0, 1)
  Duration at(double u) const {
    if (fast_) return Duration{static_cast<int64_t>(lo_ns_ + span_ns_ * u)};
    return other_at(u);
  }
  double mean_ns() const { return mean_ns_; }
  bool zero() const { return fast_ && lo_ns_ == 0 && span_ns_ == 0; }
  const Distribution& distribution() const { return distribution_; }  // in seconds
  // What tells laws apart, for Model::digest().
  void digest(Digest& d) const;

 private:
  Duration other_at(double u) const;

  bool fast_ = true;  // constant or uniform
  double lo_ns_ = 0;
  double span_ns_ = 0;
  double mean_ns_ = 0;
  Distribution distribution_;
};

// What lots waiting for a tool group are ranked by, one after the other.
enum class Rank : uint8_t { priority, setup, fifo, critical_ratio };

// Tools that do the same work: a tool family or station family.
struct ToolGroup {
  std::string name;   // "Litho_BE_110"
  uint32_t area = 0;  // index into Model::areas
  uint32_t location = 0;
  uint32_t tools = 1;
  Duration load, unload;
  // Lots or batches that may be inside at once. Above 1 the tool cascades: while one is processed
  // the next is loaded and set up, and begins when the first one's gap is over.
  uint32_t capacity = 1;
  std::vector<Rank> ranking = {Rank::priority, Rank::setup, Rank::fifo};
  bool wakes_least_setup = false;  // of several open tools take the one with the least setup
  bool keeps_setup = false;        // changes no setup before its minimum run is done
  // Derived:
  uint32_t first_tool = 0;    // the group's tools are [first_tool, first_tool + tools)
  bool needs_setups = false;  // some step on it needs a setup
  bool first_come = false;    // ranked by priority and arrival, setups apart
};

enum class Per : uint8_t { lot, wafer, batch };

struct Step {
  std::string name;    // "001_Diffusion"
  uint32_t group = 0;  // tool group
  DurationLaw process;
  Per per = Per::lot;  // `process` is for a lot, for each of its wafers or for a whole batch
  uint32_t batch_min =
      0;  // wafers; 0: not a batch step. Lots of one step of one route make a batch
  uint32_t batch_max = 0;  // wafers
  // Cascading: how long after this lot (or batch) began the next may begin, per lot or per wafer.
  // 0: when it has left.
  Duration gap;
  Per gap_per = Per::lot;
  uint32_t setup = 0;              // that the tool needs: index into Model::setups, 0 = any
  Duration setup_time{-1};         // of a change to it; negative: as Model::setup_changes say
  uint32_t same_tool_at = kNone;   // step (of the route, from 0) that must use the tool used here
  uint32_t rework_to = kNone;      // step (of the route, from 0) that a bad lot goes back to
  double rework_chance = 0;        // 0..1, after this step
  double sampled = 1;              // chance that the step is done at all, 0..1
  uint32_t queue_time_to = kNone;  // step (of the route, from 0, later than this) that must start
  Duration queue_time;             // within this after the end of this step
  uint32_t route = 0;              // derived
};

// A step as the world needs it at every move, in one cache line. Derived.
struct alignas(64) StepCore {
  static constexpr uint32_t kAlways = ~uint32_t{0};
  Duration gap;
  uint32_t group = 0;
  uint32_t area = 0;
  uint32_t setup = 0;
  uint32_t batch_max = 0;
  uint32_t sampled = kAlways;  // done when kAlways, or its draw is below this
  uint32_t rework = 0;         // reworked when its draw is below this
  uint32_t rework_to = 0;      // index into Model::steps
  uint32_t route_end = 0;      // one past the route's last
  // Where open windows and chosen tools are kept, see Model::windows and Model::dedications.
  uint32_t opens_window = kNone, keeps_tool = kNone, uses_tool = kNone;
  uint16_t closes_first = 0, closes_count = 0;  // of Model::closes
};
static_assert(sizeof(StepCore) == 64);

struct Route {
  std::string name;
  uint32_t first = 0;  // steps of Model::steps, in order
  uint32_t steps = 0;
};

struct Product {
  std::string name;
  uint32_t route = 0;
};

struct Setup {
  std::string name;          // setups[0] is "" : none, or unknown
  uint32_t minimum_run = 0;  // lots, in groups that keep setups
};
struct SetupChange {
  uint32_t from = 0;  // 0: from any setup that has no change of its own to `to`
  uint32_t to = 0;
  Duration time;
};

// Something that takes a tool out of service. Each attached tool follows its own copy of the law.
struct Upkeep {
  enum class Kind : uint8_t {
    breakdown,  // after `interval` from the last repair, as if that had begun at once
    calendar,   // every `interval` from start to start, when the tool is empty
    counter,    // every `wafers` processed, when the tool is empty
  };
  std::string name;
  Kind kind = Kind::breakdown;
  DurationLaw interval;  // breakdown, calendar
  uint64_t wafers = 0;   // counter
  DurationLaw duration;
  // Breakdown: stops the work inside, which goes on after the repair; false: the tool finishes what
  // is inside first, as it does before maintenance.
  bool interrupts = true;
};
struct Attachment {
  uint32_t upkeep = 0;
  uint32_t group = 0;
  DurationLaw first;        // breakdown: each tool draws its own
  double first_wafers = 0;  // counter
  // Calendar and counter: tool k of N (from 1) has its first one at first x k/N, so that a group's
  // tools are not serviced all at once; false: all at `first`.
  bool spread = true;
};

// Releases lots of a product at gaps drawn from a law.
struct Stream {
  std::string name;  // "HotLot_3"
  uint32_t product = 0;
  int32_t priority = 0;  // larger first
  uint32_t wafers = 25;  // per lot
  Time start;
  DurationLaw gap;
  uint64_t count = std::numeric_limits<uint64_t>::max();  // releases
  uint32_t lots = 1;                                      // per release
  Duration due{-1};                                       // from release; negative: none
  bool reserves = false;  // super hot: a tool of the next group is kept free for its lots
};

// A lot in the line at the start.
struct InitialLot {
  std::string name;
  uint32_t product = 0;
  int32_t priority = 0;
  uint32_t wafers = 25;
  uint32_t step = 0;  // of its route, from 0: the one it waits for
  Time due = Time::never();
  Time released{-1};  // negative: unknown, so its cycle time is not counted
};

// A lot of either kind, in words: its class in KPIs.
struct LotClass {
  std::string name;  // of a stream, or "initial WIP"
  uint32_t product = 0;
  int32_t priority = 0;
};

// One span of a tool's or lot's history that the report draws.
struct TraceWindow {
  Time from = Time::never(), to = Time::never();
  std::vector<uint32_t> groups;  // tool groups whose Gantt is kept; empty: none
};

struct Model {
  std::vector<std::string> areas;
  std::vector<std::string> locations;
  std::vector<ToolGroup> groups;
  std::vector<Step> steps;  // of all routes, one route after the other
  std::vector<Route> routes;
  std::vector<Product> products;
  std::vector<Setup> setups = {Setup{}};
  std::vector<SetupChange> setup_changes;
  std::vector<Upkeep> upkeeps;
  std::vector<Attachment> attachments;
  std::vector<DurationLaw> transport;  // [locations x locations] from-major; empty: none
  std::vector<Stream> streams;
  std::vector<InitialLot> wip;
  std::vector<std::string> assumptions;  // for the report
  Time start;
  Time end = Time::never();
  Duration warm_up;        // KPIs count from start + warm_up
  uint32_t samples = 500;  // points of the time series in the report
  TraceWindow trace;
  std::string follow;         // name of a lot whose history the report tells; "": none
  bool asks_release = false;  // a policy decides about releases; streams only propose them
  uint64_t seed = 1;

  // Checks the above and derives the rest. An Error names the part in its key ("route r_3, step
  // 12")
  Result<void> finish();

  // --- derived ---
  uint32_t tools = 0;
  uint32_t max_capacity = 1;          // of any group
  std::vector<uint32_t> group_of;     // [tools]
  std::vector<StepCore> cores;        // [steps]
  std::vector<uint32_t> closes;       // windows that a step closes, see StepCore::closes_first
  uint32_t windows = 0;               // queue-time windows that a lot may have open at once
  uint32_t dedications = 0;           // tools that a lot may have to come back to at once
  std::vector<Duration> setup_times;  // [setups x setups] from-major, by the tables alone
  std::vector<Duration> remaining;  // [steps] expected processing, load, unload and transport from
                                    // this step to the route's end, with sampling, no rework
  struct ToolUpkeep {
    uint32_t tool, attachment;
  };
  std::vector<ToolUpkeep> tool_upkeeps;  // ordered by tool
  std::vector<uint32_t> upkeeps_of;      // [tools + 1] first of tool_upkeeps
  std::vector<uint32_t> counters_of;     // [tools] how many of them count wafers (they come first)
  int32_t regular_priority = 0;          // the least of any lot
  std::vector<LotClass> classes;         // streams, then one for all initial lots (if any)

  const Step& step_of(uint32_t product, uint32_t step) const {
    return steps[routes[products[product].route].first + step];
  }
  // Times of one lot of `wafers` at a step, from process start: when it is through, and when the
  // next may begin; `process` is the time drawn.
  Duration through(const Step& s, uint32_t wafers, Duration process) const {
    if (s.per != Per::wafer) return process;
    const int64_t n = wafers;
    if (process.ns > kCentury.ns / n) return kCentury;
    if (s.gap.ns > 0 && s.gap_per == Per::wafer) return process + (n - 1) * s.gap;
    return n * process;
  }
  Duration next_gap(const Step& s, uint32_t wafers) const {
    return s.gap_per == Per::wafer ? static_cast<int64_t>(wafers) * s.gap : s.gap;
  }
  // Of a tool with setup `current`, for step `step` of `steps`.
  Duration setup_time(uint32_t current, uint32_t step) const {
    const uint32_t setup = cores[step].setup;
    if (setup == 0 || setup == current) return {};
    if (steps[step].setup_time.ns >= 0) return steps[step].setup_time;
    return setup_times[current * setups.size() + setup];
  }
  std::string tool_name(uint32_t tool) const;  // "Litho_BE_110#3", from 1
  // The tool of that name, kNone when there is none.
  uint32_t find_tool(std::string_view name) const;
  uint32_t find_group(std::string_view name) const;
  uint64_t digest() const;
};

}  // namespace dure::fab
