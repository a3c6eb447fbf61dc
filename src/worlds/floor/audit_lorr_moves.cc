// The robots' part of the auditor: start, walls, collisions, and moves that follow from plans.
#include <algorithm>

#include "worlds/floor/audit_lorr_parts.h"

namespace dure::floor {
namespace {

constexpr uint32_t kNobody = ~uint32_t{0};
const char* const kHeadingNames[] = {"east", "south", "west", "north"};
constexpr int64_t kRowStep[] = {0, 1, 0, -1}, kColumnStep[] = {1, 0, -1, 0};

uint32_t& at(std::vector<uint32_t>& robot_at, int64_t cell) {
  return robot_at[static_cast<size_t>(cell)];
}

}  // namespace

LorrMoveReplay::LorrMoveReplay(LorrFindings& found)
    : found_(found), p_(found.problem), robots_(found.problem.robots()) {}

// False: it is no run of this team.
bool LorrMoveReplay::check_start() {
  if (found_.out.team_size && *found_.out.team_size != robots_)
    found_.bad(Kind::start, "teamSize is {}, the problem's is {}", *found_.out.team_size, robots_);
  if (found_.options.steps && *found_.options.steps != found_.out.steps)
    found_.bad(Kind::count, "the run has {} steps, {} were asked for", found_.out.steps,
               *found_.options.steps);
  if (found_.out.start) {
    const std::vector<LorrOutputFile::Start>& start = *found_.out.start;
    if (start.size() != robots_)
      found_.bad(Kind::start, "start has {} robots, the problem {}", start.size(), robots_);
    for (uint32_t i = 0; i < std::min<size_t>(start.size(), robots_); ++i) {
      const uint32_t cell = p_.grid.cell_of[p_.starts[i]];
      if (start[i].row == cell / p_.grid.width && start[i].column == cell % p_.grid.width &&
          start[i].heading == "E") {
        continue;
      }
      found_.bad(Kind::start,
                 "robot {} starts at row {}, column {}, heading {}; the problem says {}, E", i,
                 start[i].row, start[i].column, start[i].heading, found_.place(cell));
    }
  }
  if (found_.out.robots == robots_) return true;
  found_.bad(Kind::start, "actualPaths has {} robots, the problem {}", found_.out.robots, robots_);
  return false;
}

void LorrMoveReplay::begin() {
  for (const uint32_t vertex : p_.starts) cell_.push_back(p_.grid.cell_of[vertex]);
  heading_.assign(robots_, 0);
  target_.resize(robots_);
  was_at_.assign(p_.grid.vertex_of.size(), kNobody);
  is_at_.assign(p_.grid.vertex_of.size(), kNobody);
  if (!found_.out.errors) return;
  for (const MoveError& e : *found_.out.errors) {
    if (e.text == "incorrect vector size") short_plans_.push_back(e.time);
  }
  std::ranges::sort(short_plans_);
}

void LorrMoveReplay::step(std::string_view planned, std::string_view actual) {
  if (found_.out.planned) check_plan(planned, actual);
  move(actual);
}

// The cell that an action leads to, off the map or blocked as it may be; -1: off the map.
int64_t LorrMoveReplay::leads_to(uint32_t robot, char action) const {
  const int64_t cell = cell_[robot];
  if (action != 'F') return cell;
  const int64_t width = p_.grid.width, height = p_.grid.height;
  const int64_t row = cell / width + kRowStep[heading_[robot]];
  const int64_t column = cell % width + kColumnStep[heading_[robot]];
  const bool inside = row >= 0 && row < height && column >= 0 && column < width;
  return inside ? row * width + column : -1;
}
bool LorrMoveReplay::is_free(int64_t cell) const {
  return cell >= 0 && p_.grid.vertex_of[static_cast<size_t>(cell)] != kNoVertex;
}
// The first thing that makes the joint action invalid.
std::optional<LorrOutputFile::MoveError> LorrMoveReplay::first_fault(std::string_view moves) {
  if (std::ranges::binary_search(short_plans_, int64_t{found_.time}))
    return LorrOutputFile::MoveError{-1, -1, found_.time, "incorrect vector size"};
  std::optional<LorrOutputFile::MoveError> fault;
  uint32_t looked_at = 0;
  for (uint32_t i = 0; i < robots_; ++i) at(was_at_, cell_[i]) = i;
  for (uint32_t i = 0; i < robots_ && !fault; ++i) {
    const int64_t to = leads_to(i, moves[i]);
    if (!is_free(to)) {
      fault = {i, -1, found_.time, "unallowed move"};
      break;
    }
    target_[i] = to;
    looked_at = i + 1;
    const uint32_t there = at(is_at_, to), before = at(was_at_, to);
    if (there != kNobody) {
      fault = {i, there, found_.time, "vertex conflict"};
    } else {
      at(is_at_, to) = i;
      if (before < i && to != cell_[i] && target_[before] == cell_[i])
        fault = {i, before, found_.time, "edge conflict"};
    }
  }
  for (uint32_t i = 0; i < looked_at; ++i) at(is_at_, target_[i]) = kNobody;
  for (uint32_t i = 0; i < robots_; ++i) at(was_at_, cell_[i]) = kNobody;
  return fault;
}

void LorrMoveReplay::check_plan(std::string_view planned, std::string_view actual) {
  const std::optional<LorrOutputFile::MoveError> fault = first_fault(planned);
  if (fault) {
    errors_.push_back(*fault);
    if (const size_t i = actual.find_first_not_of('W'); i != std::string_view::npos)
      found_.bad(Kind::plan,
                 "time {}: robot {} does {}, but the plan is invalid ({} of robot {}): all wait",
                 found_.time, i, actual[i], fault->text, fault->robot);
    return;
  }
  const auto [a, b] = std::ranges::mismatch(actual, planned);
  if (a != actual.end())
    found_.bad(Kind::plan, "time {}: robot {} does {}, planned was {} and the plan is valid",
               found_.time, a - actual.begin(), *a, *b);
}

// Takes the moves as they are, but for robots that would leave the free cells.
void LorrMoveReplay::move(std::string_view moves) {
  for (uint32_t i = 0; i < robots_; ++i) at(was_at_, cell_[i]) = i;
  for (uint32_t i = 0; i < robots_; ++i) {
    target_[i] = leads_to(i, moves[i]);
    if (!is_free(target_[i])) {
      found_.bad(Kind::move, "time {}: robot {} goes {} from {}, {}", found_.time, i,
                 kHeadingNames[heading_[i]], found_.place(cell_[i]),
                 target_[i] < 0 ? "off the map" : "into a blocked cell");
      target_[i] = cell_[i];
    }
    uint32_t& there = at(is_at_, target_[i]);
    if (there != kNobody)
      found_.bad(Kind::move, "time {}: robots {} and {} share {}", found_.time, there, i,
                 found_.place(target_[i]));
    else
      there = i;
  }
  for (uint32_t i = 0; i < robots_; ++i) {
    const uint32_t before = at(was_at_, target_[i]);
    if (target_[i] != cell_[i] && before < i && target_[before] == cell_[i] &&
        cell_[before] == target_[i])
      found_.bad(Kind::move, "time {}: robots {} and {} exchange {} and {}", found_.time, before, i,
                 found_.place(target_[i]), found_.place(cell_[i]));
  }
  for (uint32_t i = 0; i < robots_; ++i) {
    at(was_at_, cell_[i]) = kNobody;
    at(is_at_, target_[i]) = kNobody;
    cell_[i] = target_[i];
    if (moves[i] == 'R') heading_[i] = (heading_[i] + 1) % 4;
    if (moves[i] == 'C') heading_[i] = (heading_[i] + 3) % 4;
  }
}

}  // namespace dure::floor
