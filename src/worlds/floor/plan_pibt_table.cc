// Who is where after each move of the operations, and that no two of them collide.
#include <algorithm>

#include "worlds/floor/plan_pibt.h"

namespace dure::floor {

// The vertices of an operation; kNoVertex when a lane is missing.
uint32_t PibtPlanner::walk(uint32_t robot, uint16_t moves, uint32_t* path) const {
  Pose at{fleet_->vertex[robot], fleet_->heading[robot]};
  path[0] = at.vertex;
  for (uint32_t t = 1; t <= operations_.length(); ++t, moves = static_cast<uint16_t>(moves >> 2)) {
    at = advance(*roads_, at, static_cast<Move>(moves & 3));
    if (at.vertex == kNoVertex || (at.vertex != path[t - 1] && closed(at.vertex))) return kNoVertex;
    path[t] = at.vertex;
  }
  return at.vertex;
}

void PibtPlanner::put(uint32_t robot, uint16_t moves, int32_t cost) {
  const uint32_t stride = operations_.length() + 1;
  uint32_t* path = &paths_[robot * stride];
  walk(robot, moves, path);
  for (uint32_t t = 1; t < stride; ++t) at_[path[t] * stride + t] = static_cast<Robot>(robot);
  moves_[robot] = moves;
  cost_[robot] = cost;
}

void PibtPlanner::take_off(uint32_t robot) {
  const uint32_t stride = operations_.length() + 1;
  const uint32_t* path = &paths_[robot * stride];
  for (uint32_t t = 1; t < stride; ++t) at_[path[t] * stride + t] = kNobody;
}

// Whom the path runs into: kNobody, one robot, or `robot` itself when there are several or one that
// may not be pushed.
PibtPlanner::Robot PibtPlanner::conflict(uint32_t robot, const uint32_t* path) const {
  const uint32_t stride = operations_.length() + 1;
  Robot found = kNobody;
  for (uint32_t t = 1; t < stride; ++t) {
    const Robot there = at_[path[t] * stride + t];
    if (there != kNobody && there != found) {
      if (found != kNobody || locked_[there]) return static_cast<Robot>(robot);
      found = there;
    }
    if (path[t] == path[t - 1]) continue;
    const Robot ahead = at_[path[t] * stride + t - 1];
    if (ahead != kNobody && ahead != found && ahead != robot &&
        at_[path[t - 1] * stride + t] == ahead) {
      if (found != kNobody || locked_[ahead]) return static_cast<Robot>(robot);
      found = ahead;
    }
  }
  return found;
}

void PibtPlanner::cut(uint32_t robot) {
  moves_[robot] = operations_.moves(operations_.all_waits());
  walk(robot, moves_[robot], &paths_[robot * (operations_.length() + 1)]);
}

// What is left of the operations is free of conflicts unless something has happened to a robot.
// Then it waits, and so does whoever runs into it: all waiting is always valid.
void PibtPlanner::settle() {
  const uint32_t n = fleet_->robots(), stride = operations_.length() + 1;
  for (bool valid = false; !valid;) {
    valid = true;
    std::fill(at_.begin(), at_.end(), kNobody);
    for (uint32_t r = 0; r < n; ++r) {
      for (uint32_t t = 0; t < stride; ++t) {
        Robot& there = at_[paths_[r * stride + t] * stride + t];
        if (there != kNobody) {
          valid = false;
          cut(there);
          cut(r);
          break;
        }
        there = static_cast<Robot>(r);
      }
    }
    for (uint32_t r = 0; valid && r < n; ++r) {
      const uint32_t* path = &paths_[r * stride];
      for (uint32_t t = 1; t < stride; ++t) {
        if (path[t] == path[t - 1]) continue;
        const Robot other = at_[path[t] * stride + t - 1];
        if (other != kNobody && at_[path[t - 1] * stride + t] == other) {
          valid = false;
          cut(other);
          cut(r);
          break;
        }
      }
    }
  }
}

// Robots that go round a ring in one step wait instead.
void PibtPlanner::break_rings() {
  const uint32_t n = fleet_->robots(), stride = operations_.length() + 1;
  std::vector<uint32_t> seen(n, kNoVertex);  // the robot from which it was first come to
  bool broken = false;
  for (uint32_t start = 0; start < n; ++start) {
    uint32_t r = start;
    while (seen[r] == kNoVertex) {
      seen[r] = start;
      const uint32_t to = paths_[r * stride + 1];
      if (to == paths_[r * stride]) break;
      const Robot ahead = at_[to * stride];
      if (ahead == kNobody) break;
      r = ahead;
      if (r == start) {  // back where it began
        broken = true;
        do {
          const uint32_t next = at_[paths_[r * stride + 1] * stride];
          cut(r);
          r = next;
        } while (r != start);
        break;
      }
    }
  }
  if (broken) settle();
}

}  // namespace dure::floor
