// Motion in steps: a joint move is checked, perhaps delayed, and made.
#include <algorithm>

#include "worlds/floor/collisions.h"
#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {
namespace {

// What a robot does in a tick, by [it moves or turns][it has somewhere to go][it is loaded].
constexpr RobotState kStates[2][2][2] = {
    {{RobotState::idle, RobotState::idle}, {RobotState::wait, RobotState::wait}},
    {{RobotState::drive_empty, RobotState::drive_loaded},
     {RobotState::drive_empty, RobotState::drive_loaded}}};

}  // namespace

void World::execute_tick() {
  answered_ = 0;
  const bool sound = !last_.move;  // not refused already
  if (sound) last_.move = claim_moves();
  if (last_.move) {
    ++kpis_.move_faults;
    std::fill(moves_.begin(), moves_.end(), Move::wait);
  }
  if (model_->delays.events != Delays::Events::none) delay_moves();
  make_moves();

  // With an empty pool nobody can be given anything but a way to park.
  const bool idle = live_.empty() && orders_.empty() &&
                    std::count(moves_.begin(), moves_.end(), Move::wait) == int64_t{robots()};
  take_answered_orders();
  const uint64_t done = kpis_.done;
  for (uint32_t r = 0; r < robots(); ++r) {
    if (vertex_[r] != goal_[r]) continue;
    if (task_[r] != kNone) {
      complete(r);
    } else {
      station_[r] = kNone;  // it is where it was sent
      set_goal(r);
    }
  }
  if (kpis_.done != done) forget_finished();
  if (model_->pool > 0) fill_pool();
  push(later(now_, model_->tick), Kind::tick);
  if (film_due() <= now_) shoot();
  const int64_t jam = std::max<int64_t>(1, model_->jam_after / model_->tick);
  if (step_ % static_cast<uint64_t>(std::max<int64_t>(1, jam / 4)) == 0) count_deadlocks();
  if (idle && over()) end();
}

// A lower robot's claim decides, as in the rules.
Fault World::claim_moves() {
  const Roadmap& roads = model_->roads;
  const uint32_t n = robots();
  const bool rings = model_->motion == Motion::steps;
  for (uint32_t r = 0; r < n; ++r) occupant_[vertex_[r]] = kNone;
  const auto target = [&](uint32_t r) {
    return moves_[r] == Move::forward ? roads.to(vertex_[r], heading_[r]) : vertex_[r];
  };
  Fault fault;
  uint32_t r = 0;
  for (; r < n; ++r) {
    const uint32_t from = vertex_[r], to = target(r);
    if (to == kNoVertex || static_cast<uint8_t>(moves_[r]) > static_cast<uint8_t>(Move::wait)) {
      fault = {Fault::Kind::unallowed, r};
      break;
    }
    if (occupant_[to] != kNone) {
      fault = {Fault::Kind::vertex, r, occupant_[to]};
      break;
    }
    const uint32_t follower = occupant_[from];
    if (follower != kNone && vertex_[follower] == to) {
      fault = {Fault::Kind::edge, r, follower};
      break;
    }
    if (!rings && moves_[r] != Move::wait && held_[r]) {
      fault = {Fault::Kind::held, r};
      break;
    }
    occupant_[to] = r;
  }
  if (!fault && !rings) {
    if (const uint32_t in_ring = find_ring(); in_ring != kNone)
      fault = {Fault::Kind::ring, in_ring};
  }
  if (fault) {
    for (uint32_t q = 0; q < r; ++q) occupant_[target(q)] = kNone;
    for (uint32_t q = 0; q < n; ++q) occupant_[vertex_[q]] = q;
  }
  return fault;
}

// After claim_moves(): the lowest robot that goes round a ring of robots that all move on.
uint32_t World::find_ring() const {
  std::vector<uint8_t> seen(robots(), 0);
  for (uint32_t r = 0; r < robots(); ++r) {
    // Whoever takes r's place, and who takes his, and so on: back to r if it is a ring.
    uint32_t q = r;
    while (q != kNone && moves_[q] == Move::forward && !seen[q]) {
      seen[q] = 1;
      q = occupant_[vertex_[q]];
      if (q == r) return r;
    }
  }
  return kNone;
}

// Delayed robots stay, and so do those who would have followed them.
void World::delay_moves() {
  delay_trace_.tick(model_->delays);
  kpis_.delays += delay_trace_.hits().size();
  const auto& left = delay_trace_.left();
  std::vector<uint32_t> stop;
  for (uint32_t r = 0; r < robots(); ++r) {
    if (left[r] > 0) stop.push_back(r);
  }
  while (!stop.empty()) {
    const uint32_t r = stop.back();
    stop.pop_back();
    const bool goes = moves_[r] == Move::forward;
    moves_[r] = Move::wait;
    if (!goes) continue;
    uint32_t& ahead = occupant_[model_->roads.to(vertex_[r], heading_[r])];
    if (ahead == r) ahead = kNone;
    uint32_t& own = occupant_[vertex_[r]];
    if (own != kNone) stop.push_back(own);
    own = r;
  }
}

void World::make_moves() {
  const Roadmap& roads = model_->roads;
  const auto now = static_cast<uint32_t>(step_);
  std::array<uint64_t, kRobotStates> counts{};
  uint64_t turns = 0, moves[2] = {};
  double metres[2] = {};
  const bool even = model_->lane_m.empty();
  TickAudit audit(roads);
  for (uint32_t r = 0; r < robots(); ++r) {
    const uint32_t v = vertex_[r];
    const Move move = moves_[r];
    const bool goes = goal_[r] != kNoVertex && goal_[r] != v;
    ++counts[static_cast<size_t>(kStates[move != Move::wait][goes][loaded_[r]])];
    if (move == Move::forward) {
      const uint32_t to = roads.to(v, heading_[r]);
      vertex_[r] = to;
      audit.went(v, to, heading_[r]);
      ++kpis_.visits[to];
      ++moves[loaded_[r]];
      if (!even) metres[loaded_[r]] += model_->lane_length(v, heading_[r]);
      progress_[r] = now;
      continue;
    }
    audit.went(v, v, 0);
    heading_[r] = static_cast<uint8_t>(turned(heading_[r], move));
    turns += move != Move::wait;
    if (!goes) {
      progress_[r] = now;
      continue;
    }
    kpis_.waited[v] += move == Move::wait;
  }
  const double tick_s = model_->tick.seconds();
  for (size_t s = 0; s < kRobotStates; ++s)
    kpis_.state_s[s] += tick_s * static_cast<double>(counts[s]);
  for (const size_t loaded : {0, 1}) {
    if (even) metres[loaded] = model_->cell_m * static_cast<double>(moves[loaded]);
  }
  kpis_.empty_m += metres[0];
  kpis_.loaded_m += metres[1];
  kpis_.moves += moves[0] + moves[1];
  kpis_.turns += turns;
  kpis_.collisions += audit.collisions();
}

}  // namespace dure::floor
