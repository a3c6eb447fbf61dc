// The immutable part of a floor: roads, stations, robots, where tasks come from, and what may go
// wrong.
//
// Mobile robots stand on the vertices of a Roadmap, one each, and go along its lanes. They move in
// one of two ways. `steps`: the rules of the League of Robot Runners (Start-Kit v2.1.2, 2024): each
// tick every robot goes one lane forward, makes a quarter turn or waits. `drive`: with speed,
// acceleration and turn time, in continuous time, in the order that the plan has fixed at each
// vertex (Hoenig, Kiesel, Tinka, Durham, Ayanian, "Persistent and Robust Execution of MAPF
// Schedules in Warehouses", IEEE Robotics and Automation Letters 4(2), 2019).
//
// A reader fills the public members down to `seed` and calls finish(), which checks them and
// derives the rest. Left out: robots larger than a vertex, lanes that are driven sideways or
// backwards, slip, lifts and doors, and in `steps` also service times, batteries, failures,
// closures and commands that are late.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/distribution.h"
#include "base/result.h"
#include "base/time.h"
#include "solvers/roadmap.h"

namespace dure::floor {

inline constexpr uint32_t kNone = ~uint32_t{0};
inline constexpr uint32_t kMostRobots = 50'000;  // planners number them in 16 bits

enum class Motion : uint8_t { steps, drive };

struct Point {
  double x = 0, y = 0;  // m, y downwards
};

struct Station {
  enum Kind : uint8_t { pick = 1, drop = 2, charge = 4, park = 8 };
  std::string name;
  uint32_t kinds = pick | drop;  // of Kind, added up
  std::vector<uint32_t> docks;   // vertices, at least one, no dock of two stations
  Distribution service;          // s that a robot stands there for a stop of its task
};

struct RobotType {
  std::string name;
  double speed_mps = 1;
  double accel_mps2 = 1;       // to speed up and to brake; infinity: at once
  Duration turn = 2_s;         // a quarter turn, standing
  double payload_kg = 1e9;     // the most it carries
  double battery_wh = 0;       // 0: never empty
  double drive_wh_per_m = 0;   // empty
  double loaded_wh_per_m = 0;  // with `payload_kg`; in between for less
  double idle_w = 0;           // always but while charging
  double charge_w = 0;
  Duration tow = 30_min;     // a robot whose battery is empty stands so long where it is ...
  double towed_share = 0.5;  // ... and has this much of its battery then
  Distribution mtbf;         // s from repair to failure; constant(0): never fails
  Distribution mttr;         // s
};

struct Robot {
  uint32_t vertex = 0;  // where it stands at the start
  uint32_t heading = 0;
  uint32_t type = 0;
  double battery = 1;  // share, at the start
};

// Where a task goes: a vertex, or any dock of a station.
struct Stop {
  uint32_t vertex = kNoVertex;
  uint32_t station = kNone;
};

// A task as written down. With `pool` the lines are read round and round, and release times do not
// count.
struct TaskLine {
  uint32_t first = 0;  // stops of Model::stops
  uint32_t stops = 0;
  int32_t priority = 0;  // larger first
  Time release;
  Duration due{-1};  // from release; negative: none
  double payload_kg = 0;
};

// Releases tasks at gaps drawn from a law.
struct Source {
  std::string name;
  std::vector<std::vector<uint32_t>> chain;  // of each stop: the stations it is drawn from
  Distribution gap;                          // s
  Time start;
  uint64_t count = std::numeric_limits<uint64_t>::max();
  int32_t priority = 0;
  Duration due{-1};
  double payload_kg = 0;
};

// Nobody may enter in [from, until); who is inside may leave.
struct Closure {
  uint32_t vertex = 0;
  Time from, until;
};

// Random delays of the 2026 rules (Start-Kit v3.1.0): a robot that is hit cannot move for a while.
struct Delays {
  enum class Events : uint8_t { none, bernoulli, poisson };
  enum class Durations : uint8_t { uniform, gaussian };
  Events events = Events::none;
  Durations durations = Durations::uniform;
  uint32_t seed = 0;
  int32_t min = 1, max = 1;                 // ticks
  double chance = 0;                        // of a robot in a tick
  double mean_ratio = 0.5, sd_ratio = 0.2;  // gaussian: of max - min
};

// Positions of all robots at equal intervals, for the report. When full, every second frame goes
// and the interval doubles.
struct FilmPlan {
  Duration interval;      // 0: no film
  uint32_t frames = 600;  // at most; even

  // A film has at most 2^20 positions of robots, 12 MiB, and at least two frames.
  static uint64_t frames_that_fit(uint64_t robots) {
    return std::max<uint64_t>(2, (uint64_t{1} << 20) / robots / 2 * 2);
  }
};

struct Model {
  Roadmap roads;
  uint32_t width = 0, height = 0;  // of the grid; 0: not a grid
  std::vector<uint32_t> cell_of;   // [vertices] row * width + column; empty: not a grid
  double cell_m = 1;
  std::vector<double> lane_m;  // [vertices x 4]; empty: all cell_m
  std::vector<Point> places;   // [vertices], for pictures; derived for a grid
  std::vector<Station> stations;
  std::vector<RobotType> types = {RobotType{}};
  std::vector<Robot> robots;
  std::vector<Stop> stops;  // of all lines, one after the other
  std::vector<TaskLine> lines;
  uint32_t pool = 0;  // tasks kept revealed, from the lines round and round; 0: lines have times
  std::vector<Source> sources;
  std::vector<Closure> closures;

  Motion motion = Motion::steps;
  Duration tick = 1_s;             // steps
  Duration plan_period = 1_s;      // drive: between questions
  uint32_t max_pending = 4;        // drive: moves told and not made yet, from which a robot is held
  Delays delays;                   // steps
  Duration frame_period = 100_ms;  // drive: of a robot's sensor frames, when they are linked
  uint32_t frame_bytes = 20'000;
  Duration command_deadline = 500_ms;  // a robot does not act on a command older than this
  Duration jam_after = 60_s;           // with a goal and no progress for so long: a deadlock

  Time start;
  Time end = Time::never();
  Duration warm_up;        // KPIs count from start + warm_up
  uint32_t samples = 500;  // points of the time series in the report
  FilmPlan film;
  std::vector<std::string> assumptions;  // for the report
  uint64_t seed = 1;

  // Checks the above and derives the rest. An Error names the part in its key ("station dock 3").
  Result<void> finish();

  // --- derived ---
  std::vector<uint32_t> station_of;  // [vertices] whose dock it is; kNone: of none
  uint32_t longest_chain = 0;        // stops of any source's tasks
  bool has_batteries = false;        // of some type
  bool has_failures = false;

  uint32_t vertices() const { return roads.vertices(); }
  const RobotType& type_of(uint32_t robot) const { return types[robots[robot].type]; }
  double lane_length(uint32_t vertex, uint32_t heading) const {
    return lane_m.empty() ? cell_m : lane_m[vertex * kHeadings + heading];
  }
  uint32_t find_station(std::string_view name) const;  // kNone when there is none
  uint64_t digest() const;
};

// The places of a grid's cells are filled in by this: a model's roads, width, height and cell_of.
void set_grid(Model& model, Grid grid);

}  // namespace dure::floor
