// Whether robots moved as robots can: each along the lanes, never two on a vertex, never two that
// exchange theirs in a step. It looks at places only and trusts no world or planner: every run of
// every test can be put before it.
//
//   PathAudit audit(roads);
//   audit.see(vertices);  // at the start, and after each step
//   CHECK(audit.conflicts().empty());
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "solvers/roadmap.h"

namespace dure::floor {

struct PathConflict {
  enum class Kind : uint8_t {
    off,     // on no vertex of the roadmap
    jump,    // to a vertex that no lane leads to
    turn,    // headings: a move not along the heading, or one that also turns; a half turn
    vertex,  // two robots on one
    edge,    // two robots exchange theirs
    ring,    // three or more move round a ring, where that is forbidden
  };
  Kind kind = Kind::off;
  uint64_t step = 0;  // 0: at the start
  uint32_t robot = 0;
  uint32_t other = kNoVertex;   // the lower robot of two
  uint32_t vertex = kNoVertex;  // where `robot` is after the step

  bool operator==(const PathConflict&) const = default;
  std::string text() const;  // "step 3: robots 1 and 4 share vertex 17"
};

class PathAudit {
 public:
  struct Rules {
    bool rings = true;
    size_t most = 1000;  // conflicts kept
  };

  explicit PathAudit(const Roadmap& roads) : PathAudit(roads, Rules{}) {}
  PathAudit(const Roadmap& roads, const Rules& rules);

  // Where all robots are now: a step after the last time. [robots]; kNoVertex: not on the floor.
  // `heading` may be empty: robots that can move any way.
  void see(std::span<const uint32_t> vertex, std::span<const uint8_t> heading = {});

  uint64_t steps() const { return seen_ > 0 ? seen_ - 1 : 0; }
  uint64_t count() const { return count_; }
  const std::vector<PathConflict>& conflicts() const { return conflicts_; }

 private:
  void add(PathConflict::Kind kind, uint32_t robot, uint32_t other, uint32_t vertex);
  void check_move(uint32_t robot, uint32_t to, std::span<const uint8_t> heading);
  void check_rings(std::span<const uint32_t> vertex);

  const Roadmap* roads_;
  Rules rules_;
  uint64_t seen_ = 0, count_ = 0;
  std::vector<uint32_t> before_;                // [robots] vertex
  std::vector<uint8_t> heading_before_;         // [robots]
  std::vector<uint32_t> robot_at_, robot_was_;  // [vertices] lowest robot; kNoVertex: none
  std::vector<uint64_t> ringed_;                // [robots] last seen_ it was looked at
  std::vector<PathConflict> conflicts_;
};

// A whole history at once: [steps + 1 x robots].
std::vector<PathConflict> audit_paths(const Roadmap& roads, std::span<const uint32_t> history,
                                      uint32_t robots, const PathAudit::Rules& rules = {});

}  // namespace dure::floor
