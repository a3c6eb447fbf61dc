// Priority-based search in a window (Ma, Harabor, Stuckey, Li and Koenig, "Searching with
// Consistent Prioritization for Multi-Agent Path Finding", AAAI 2019).
//
// Everybody begins with the plan that is best for it alone. Where two collide, one of them is put
// above the other: the lower one, and those below it, look for new plans around all that are above
// them. The order that costs less is tried first, depth first; when there is no plan under it, the
// other. Robots of higher priority are put above others first. The collision that comes first is
// settled first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worlds/floor/joint_plan.h"
#include "worlds/floor/window_search.h"

namespace dure::floor {

class PrioritySearch {
 public:
  // `rank` is [robots], higher is put above others first. True: all plans in `plan` are valid.
  // False: there are none, or search.work() has come to `until`; the plans may collide.
  bool solve(JointPlan& plan, WindowSearch& search, std::span<const uint32_t> rank, uint64_t until);

 private:
  struct Clash {
    uint32_t move;
    RobotNumber a, b;
    bool operator<(const Clash& o) const;  // for a heap with the first on top
  };
  struct Change {
    RobotNumber robot;
    Moves before, after;
  };
  // One way of settling a collision, and what came of it.
  struct Child {
    RobotNumber above = kNoRobot, below = kNoRobot;
    bool known = false, possible = false;
    int64_t cost = 0;
    std::vector<Change> changes;
  };
  struct Branch {
    Child now, other;
  };

  bool collide(RobotNumber a, RobotNumber b, uint32_t move) const;
  void note_clashes(RobotNumber robot);
  bool next_clash(Clash& clash);
  bool reaches(RobotNumber above, RobotNumber below);
  void mark_above(RobotNumber robot);  // walls
  void unmark();
  void descend(RobotNumber robot);  // all below it, itself first, nobody before who is above it
  void link(const Child& child);
  void unlink(const Child& child);
  void look(Child& child);  // searches, and leaves everything as it was
  void apply(const Child& child);
  void undo(const Child& child);
  bool branch(const Clash& clash);
  bool backtrack();

  JointPlan* plan_ = nullptr;
  WindowSearch* search_ = nullptr;
  std::span<const uint32_t> rank_;
  std::vector<std::vector<RobotNumber>> above_, below_;  // [robots] next in the order
  std::vector<uint8_t> walls_;  // [robots] held, or above the one that searches
  std::vector<RobotNumber> marked_;
  std::vector<uint32_t> visited_;  // [robots] the last walk through the order that came there
  uint32_t visit_ = 0;
  std::vector<RobotNumber> line_;  // what descend() found
  std::vector<Clash> clashes_;     // a heap; some may be settled
  std::vector<Branch> branches_;
};

}  // namespace dure::floor
