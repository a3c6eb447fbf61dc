// Which robot gets which task, and which goes to charge or to park.
//
//   nearest     tasks in order of priority and age, each to the nearest free robot
//   matching    the assignment of least total cost, found exactly (solvers/assignment.h) over the
//               nearest pairs; robots on their way to a first stop may be given another task
//   congestion  the same, with ways to crowded places counted longer
//
// A pair costs the way to the first stop, less what the task's priority and age are worth. Where
// tasks may be left lying (a pool that is filled up) and the end is in sight, short tasks count as
// cheaper, and those that cannot be finished as dear.
//
// A robot whose battery is low and that has no task begun goes to the charger with the fewest
// robots; one that has nothing to do goes to park, where there is room to park.
// Decisions are functions of the world alone; tables of distances only save time.
#pragma once

#include <vector>

#include "solvers/assignment.h"
#include "worlds/floor/landmarks.h"
#include "worlds/floor/policy_keys.h"
#include "worlds/floor/world.h"

namespace dure::floor {

class Dispatcher {
 public:
  Dispatcher(const Model& model, Distances& distances, const PolicyKeys& keys);

  // Orders for the robots whose order changes, by rising robot.
  void decide(const World& world, std::vector<Order>& orders);

 private:
  struct FreeRobot {
    uint32_t robot = 0;
    uint32_t slot = kNone;   // of its task, which may change; kNone: none
    uint32_t given = kNone;  // slot
    bool able = true;        // to take a task; else it gives its own back
  };
  struct OpenTask {
    uint32_t slot = 0;
    uint32_t stop = 0;    // vertex of its first stop
    uint32_t length = 0;  // from there to its last stop, about
    int64_t offset = 0;   // of a pair's cost
    bool taken = false;
  };

  void collect(const World& world);
  void charge_and_park(const World& world);
  bool low(const World& world, uint32_t robot) const;
  bool charging(const World& world, uint32_t robot) const;
  void weigh(const World& world);
  void assign_nearest(const World& world);
  void assign_matching(const World& world);
  int64_t cost(const World& world, const FreeRobot& robot, const OpenTask& task,
               uint32_t way) const;
  void leftovers(const World& world);
  void fill_blocks();
  uint32_t block_of(const Point& place) const;

  const Model* model_;
  Distances* distances_;
  PolicyKeys keys_;
  Duration step_;  // what a planner's step takes, about
  Landmarks landmarks_;
  double block_m_ = 1;  // side of the squares that tasks are sorted into
  double left_ = 0, top_ = 0;
  uint32_t columns_ = 1, rows_ = 1;

  std::vector<FreeRobot> free_;
  std::vector<OpenTask> open_;
  std::vector<uint32_t> first_in_block_;  // [blocks + 1]
  std::vector<uint32_t> in_block_;        // [open]
  std::vector<uint32_t> crowd_;           // [blocks] robots there or on their way there
  std::vector<uint32_t> first_;           // [free + 1] of candidates_
  std::vector<Candidate> candidates_;
  std::vector<Candidate> near_;  // of one robot
  std::vector<Order> going_;     // to charge or park
  std::vector<uint32_t> sent_;   // [stations] robots sent by this decision
};

}  // namespace dure::floor
