// How robots drive: what each has been told and not made yet, in which order robots visit each
// vertex, and the motion along a lane.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "worlds/floor/kpis.h"
#include "worlds/floor/plan.h"

namespace dure::floor {

// A stretch of a lane driven from speed v_in to v_out as fast as may be: speeding up, perhaps at
// `limit` for a while, braking. m, m/s, m/s^2; accel may be infinite. v_in and v_out are at most
// `limit` and within reach of each other.
struct Stretch {
  double v_in = 0, v_out = 0;
  double limit = 0;
  double accel = 0;
  double metres = 0;

  double seconds() const;
  struct Point {
    double metres, speed;
  };
  Point after(double seconds) const;
};

// The fastest speed at the end of `metres`, when `ahead` metres more are known to be free and the
// robot must be able to stop in them. Never below what braking all the way leaves of v_in.
double exit_speed(double v_in, double limit, double accel, double metres, double ahead);

// One robot's motion.
struct Drive {
  enum class Phase : uint8_t { stands, turns, drives };
  Time since;        // of the turn, or of the present stretch of its lane
  Time state_since;  // of `state`
  Time sensed;       // of the newest command; at the start, when it was switched on
  Time service_until;
  Time battery_at;        // when its battery was
  double battery_wh = 0;  // so full
  double offset = 0;      // m of its lane behind it at `since`
  double speed = 0;       // m/s at `since`
  double exit = 0;        // m/s at the lane's end
  uint64_t frames = 0;    // sent
  uint64_t at = 0;        // visit that it stands on, or whose vertex its lane began at
  uint64_t granted = 0;   // the last visit that it may make
  uint64_t final = 0;     // the last visit told
  uint32_t failures = 0;
  uint32_t lane_generation = 0;     // of its arrival
  uint32_t service_generation = 0;  // of its service's end
  uint32_t charge_generation = 0;
  uint32_t told_first = 0, told = 0;  // moves in its ring of DriveState::told
  uint8_t heading = 0;
  Phase phase = Phase::stands;
  RobotState state = RobotState::idle;
  uint8_t failing = 0;   // 1: will be down as soon as it stands
  uint8_t down = 0;      // 1: failed, 2: its battery is empty
  uint8_t serving = 0;   // 1: at a stop of its task
  uint8_t charging = 0;  // 1
  uint8_t stale = 0;     // 1: has been stopped by a stale command
  uint8_t expired = 0;   // 1: its newest command is, and no new one has come to watch

  void fields(auto& visit) {
    visit(since, state_since, sensed, service_until, battery_at, battery_wh, offset, speed, exit,
          frames, at, granted, final, failures, lane_generation, service_generation,
          charge_generation, told_first, told, heading, phase, state, failing, down, serving,
          charging, stale, expired);
  }
};

// A robot's visit of a vertex, from when it is told until the robot has left.
struct Visit {
  uint32_t vertex = 0;
  uint32_t next = ~uint32_t{0};  // the vertex's next visit; ~0: none is known
};

struct DriveState {
  std::vector<Drive> robots;
  std::vector<Visit> visits;     // [robots x (max_pending + 1)] rings, by number of the visit
  std::vector<Move> told;        // [robots x max_pending] rings: moves to make
  std::vector<uint32_t> first;   // [vertices] index of the visit that is on; ~0: free
  std::vector<uint32_t> latest;  // [vertices] index of the last visit told; ~0: none
  std::vector<uint8_t> closed;   // [vertices] closures that are on
  std::vector<uint8_t> taken;  // [vertices] robots that stand there or are on a lane from or to it
  uint32_t news = 0;           // 1: something happened since the last question
  uint32_t planned = 0;        // 1: a time for a question is set

  void fields(auto& visit) {
    visit(robots, visits, told, first, latest, closed, taken, news, planned);
  }
};

}  // namespace dure::floor
