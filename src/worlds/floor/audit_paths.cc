#include "worlds/floor/audit_paths.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::floor {

std::string PathConflict::text() const {
  const std::string at = "step " + std::to_string(step) + ": ";
  const std::string here = "vertex " + std::to_string(vertex);
  const std::string one = "robot " + std::to_string(robot);
  const std::string two = "robots " + std::to_string(other) + " and " + std::to_string(robot);
  switch (kind) {
    case Kind::off:
      return at + one + " is on " + here + ", which the roadmap does not have";
    case Kind::jump:
      return at + one + " came to " + here + " where no lane leads it";
    case Kind::turn:
      return at + one + " turned or moved to " + here + " as its heading forbids";
    case Kind::vertex:
      return at + two + " share " + here;
    case Kind::edge:
      return at + two + " exchanged their vertices, one to " + here;
    case Kind::ring:
      return at + one + " moved in a ring to " + here;
  }
  return "";
}

PathAudit::PathAudit(const Roadmap& roads, const Rules& rules)
    : roads_(&roads),
      rules_(rules),
      robot_at_(roads.vertices(), kNoVertex),
      robot_was_(roads.vertices(), kNoVertex) {}

void PathAudit::add(PathConflict::Kind kind, uint32_t robot, uint32_t other, uint32_t vertex) {
  ++count_;
  if (conflicts_.size() < rules_.most) conflicts_.push_back({kind, seen_, robot, other, vertex});
}

void PathAudit::see(std::span<const uint32_t> vertex, std::span<const uint8_t> heading) {
  DURE_ASSERT(seen_ == 0 || vertex.size() == before_.size(), "the same robots in every step");
  DURE_ASSERT(heading.empty() || heading.size() == vertex.size(), "a heading for each robot");
  const auto robots = static_cast<uint32_t>(vertex.size());
  // robot_was_ is where they were before, robot_at_ where they are.
  for (const uint32_t v : vertex) {
    if (v < robot_at_.size()) robot_at_[v] = kNoVertex;
  }
  for (uint32_t i = 0; i < robots; ++i) {
    const uint32_t v = vertex[i];
    if (v == kNoVertex) continue;
    if (v >= roads_->vertices()) {
      add(PathConflict::Kind::off, i, kNoVertex, v);
      continue;
    }
    if (robot_at_[v] != kNoVertex)
      add(PathConflict::Kind::vertex, i, robot_at_[v], v);
    else
      robot_at_[v] = i;
    if (seen_ == 0) continue;
    check_move(i, v, heading);
    if (const uint32_t j = robot_was_[v]; j < i && before_[i] != v && vertex[j] == before_[i])
      add(PathConflict::Kind::edge, i, j, v);
  }
  if (seen_ > 0 && !rules_.rings) check_rings(vertex);

  for (const uint32_t v : before_) {
    if (v < robot_was_.size()) robot_was_[v] = kNoVertex;
  }
  for (uint32_t i = robots; i-- > 0;) {
    if (vertex[i] >= robot_was_.size()) continue;
    robot_was_[vertex[i]] = i;
  }
  before_.assign(vertex.begin(), vertex.end());
  heading_before_.assign(heading.begin(), heading.end());
  ++seen_;
}

void PathAudit::check_move(uint32_t robot, uint32_t to, std::span<const uint8_t> heading) {
  const uint32_t from = before_[robot];
  if (from >= roads_->vertices()) return;  // it was not on the floor
  if (from != to) {
    bool lane = false;
    for (uint32_t way = 0; way < kHeadings; ++way) lane |= roads_->to(from, way) == to;
    if (!lane) {
      add(PathConflict::Kind::jump, robot, kNoVertex, to);
      return;
    }
  }
  if (heading.empty() || heading_before_.empty()) return;
  const uint32_t was = heading_before_[robot], is = heading[robot];
  const bool moved_right = is == was && was < kHeadings && roads_->to(from, was) == to;
  const bool turned_right = is < kHeadings && (is + kHeadings - was) % kHeadings != 2;
  if (from != to ? !moved_right : !turned_right)
    add(PathConflict::Kind::turn, robot, kNoVertex, to);
}

// A ring: each moves to where the next one was, and the last to where the first was.
void PathAudit::check_rings(std::span<const uint32_t> vertex) {
  ringed_.resize(vertex.size(), 0);
  const auto next = [&](uint32_t i) {
    const uint32_t v = vertex[i];
    return v < robot_was_.size() && before_[i] != v ? robot_was_[v] : kNoVertex;
  };
  for (uint32_t first = 0; first < vertex.size(); ++first) {
    if (ringed_[first] == seen_) continue;
    uint32_t length = 0, at = first;
    while (at != kNoVertex && ringed_[at] != seen_) {
      ringed_[at] = seen_;
      ++length;
      at = next(at);
    }
    if (at == first && length > 2) add(PathConflict::Kind::ring, first, kNoVertex, vertex[first]);
  }
}

std::vector<PathConflict> audit_paths(const Roadmap& roads, std::span<const uint32_t> history,
                                      uint32_t robots, const PathAudit::Rules& rules) {
  PathAudit audit(roads, rules);
  for (size_t at = 0; robots > 0 && at + robots <= history.size(); at += robots)
    audit.see(history.subspan(at, robots));
  return audit.conflicts();
}

}  // namespace dure::floor
