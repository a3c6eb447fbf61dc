#include "worlds/floor/plan_pibt.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"

namespace dure::floor {
namespace {

// Costs count in these parts of a unit, so that ties can be told apart: earlier moves are better.
constexpr int32_t kParts = 64;
constexpr uint32_t kDeepest = 500;  // robots on one chain of pushes
constexpr uint32_t kTries = 10;     // of one robot on one chain
constexpr uint32_t kPatience = 30;  // steps without progress after which a robot goes first
constexpr uint32_t kLongest = 1 << 16;
constexpr uint32_t kIdle = ~uint32_t{0};
constexpr uint64_t kChainWork = 6000;  // operations looked at for one chain

}  // namespace

PibtPlanner::PibtPlanner(const Roadmap& roads, Distances& distances, PibtOptions options)
    : roads_(&roads), distances_(&distances), operations_(options.length), options_(options) {}

void PibtPlanner::plan(const Fleet& fleet, Steps& steps) {
  fleet_ = &fleet;
  begin();
  const uint32_t n = fleet.robots();
  // First pass.
  for (const uint32_t r : order_) {
    if (locked_[r]) continue;
    changed_.clear();
    find(r, INT64_MAX, 0);
    // Those who come later do not push them.
    locked_[r] = 1;
    for (const Robot c : changed_) locked_[c] = 1;
  }
  for (uint32_t r = 0; r < n; ++r) locked_[r] = held(r);
  improve();
  if (!fleet.rings) break_rings();
  steps.moves.resize(n);
  steps.notes.resize(n);
  const uint32_t last = 2 * (operations_.length() - 1);
  for (uint32_t r = 0; r < n; ++r) {
    steps.moves[r] = static_cast<Move>(moves_[r] & 3);
    steps.notes[r] =
        moves_[r] >> 2 | static_cast<uint32_t>(Move::wait) << last | operations_.length() << 16;
  }
}

void PibtPlanner::begin() {
  const Fleet& fleet = *fleet_;
  work_ = 0;
  const uint32_t n = fleet.robots(), length = operations_.length(), stride = length + 1;
  DURE_ASSERT(n < kNobody, "more robots than PIBT numbers");
  at_.assign(size_t{roads_->vertices()} * stride, kNobody);
  moves_.resize(n);
  paths_.resize(size_t{n} * stride);
  cost_.assign(n, 0);
  weight_.assign(n, 1);
  best_.assign(n, 0);
  tables_.assign(size_t{n} * 2, kNoVertex);
  locked_.assign(n, 0);
  tries_.assign(n, {});
  chain_ = 0;
  candidates_.resize(size_t{n} * operations_.size());
  candidate_count_.assign(n, 0);
  const uint16_t waits = operations_.moves(operations_.all_waits());
  const uint32_t reach = length * distances_->costs().dearest();
  for (uint32_t r = 0; r < n; ++r) {
    locked_[r] = held(r);
    // Another planner's notes, or those of another length, are none of ours.
    const bool ours = !fleet.notes.empty() && fleet.notes[r] >> 16 == length &&
                      operations_.has(static_cast<uint16_t>(fleet.notes[r]));
    moves_[r] = held(r) || !ours ? waits : static_cast<uint16_t>(fleet.notes[r]);
    if (walk(r, moves_[r], &paths_[r * stride]) == kNoVertex) {
      moves_[r] = waits;
      walk(r, waits, &paths_[r * stride]);
    }
    if (fleet.goal[r] != kNoVertex) tables_[2 * r] = distances_->table(fleet.goal[r]);
    // What comes after the goal matters when the operation may reach it.
    if (tables_[2 * r] != kNoVertex && fleet.then[r] != kNoVertex &&
        distances_->word(tables_[2 * r], fleet.vertex[r]) >> 12 <= reach && may_reach_goal(r))
      tables_[2 * r + 1] = distances_->table(fleet.then[r]);
  }
  settle();
  rank();
}

void PibtPlanner::rank() {
  const Fleet& fleet = *fleet_;
  const uint32_t n = fleet.robots();
  order_.resize(n);
  keys_.resize(n);
  std::iota(order_.begin(), order_.end(), 0);
  for (uint32_t r = 0; r < n; ++r) {
    uint32_t left = kIdle;
    if (fleet.goal[r] != kNoVertex) {
      left = Distances::heading_of(distances_->word(tables_[2 * r], fleet.vertex[r]),
                                   fleet.heading[r]);
      weight_[r] = 10 + static_cast<int32_t>(2000 / (20 + left));
      const uint64_t since = fleet.progress.empty() ? fleet.step : fleet.progress[r];
      const bool keeps_off = !fleet.keep_off.empty() && fleet.keep_off[r] > 0;
      if (fleet.step > since + kPatience && !keeps_off) {
        const uint64_t late = std::min<uint64_t>(fleet.step - since, kLongest);
        left = static_cast<uint32_t>(kLongest - late);  // before all that are in time
        weight_[r] *= 8;
      } else {
        // Who waits for a dock lets all others pass.
        left += keeps_off ? 2 * kLongest : kLongest;
      }
    }
    keys_[r] = left;
    cost_[r] = cost_now(r, moves_[r]);
  }
  std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
    if (!fleet.priority.empty() && fleet.priority[a] != fleet.priority[b])
      return fleet.priority[a] > fleet.priority[b];
    return keys_[a] != keys_[b] ? keys_[a] < keys_[b] : a < b;
  });
}

// Within an operation, if it were alone.
bool PibtPlanner::may_reach_goal(uint32_t robot) const {
  const std::vector<Operations::Node>& nodes = operations_.nodes();
  Pose at[Operations::kMaxLength + 1];
  at[0] = {fleet_->vertex[robot], fleet_->heading[robot]};
  for (uint32_t i = 0; i < nodes.size();) {
    const Operations::Node& node = nodes[i];
    const Pose now = at[node.depth] = advance(*roads_, at[node.depth - 1], node.move);
    if (now.vertex == fleet_->goal[robot]) return true;
    i = now.vertex == kNoVertex ? node.skip : i + 1;
  }
  return false;
}

int32_t PibtPlanner::cost_now(uint32_t robot, uint16_t moves) {
  if (candidate_count_[robot] == 0) find_candidates(robot);
  const Candidate* c = &candidates_[size_t{robot} * operations_.size()];
  for (uint32_t i = 0; i < candidate_count_[robot]; ++i) {
    if (c[i].moves == moves) return c[i].cost;
  }
  DURE_ASSERT(false, "an operation that is none of the robot's");
  return 0;
}

void PibtPlanner::find_candidates(uint32_t robot) {
  const uint32_t length = operations_.length();
  const std::vector<Operations::Node>& nodes = operations_.nodes();
  const uint32_t goal = fleet_->goal[robot], table = tables_[2 * robot],
                 then = tables_[2 * robot + 1];
  const int32_t unit = distances_->costs().step;
  // No gain in coming nearer than this.
  const uint32_t nearest =
      fleet_->keep_off.empty() ? 0 : static_cast<uint32_t>(fleet_->keep_off[robot] * unit);
  int32_t after = 0;  // from the goal on
  if (then != kNoVertex) after = static_cast<int32_t>(distances_->word(then, goal) >> 12);
  struct At {
    Pose pose;
    uint32_t reached;  // the move after which it had been at the goal; 0: not yet
  };
  At at[Operations::kMaxLength + 1];
  at[0] = {{fleet_->vertex[robot], fleet_->heading[robot]}, 0};
  // What is left to go when it stays as it is: where nothing is gained, the less it moves the
  // better.
  const auto way = [&](uint32_t to, const Pose& from) {
    return Distances::heading_of(distances_->word(to, from.vertex), from.heading);
  };
  const auto left_at = [&](const Pose& p) {
    return after + static_cast<int32_t>(std::max(nearest, way(table, p)));
  };
  const int32_t left_now = goal == kNoVertex ? 0 : left_at(at[0].pose);
  const int32_t stay = static_cast<int32_t>(length * (length + 1) / 2);
  Candidate* const out = &candidates_[size_t{robot} * operations_.size()];
  uint32_t count = 0;
  for (uint32_t i = 0; i < nodes.size();) {
    const Operations::Node& node = nodes[i];
    const At& before = at[node.depth - 1];
    At now{advance(*roads_, before.pose, node.move), before.reached};
    if (now.pose.vertex == kNoVertex || (node.move == Move::forward && closed(now.pose.vertex))) {
      i = node.skip;
      continue;
    }
    if (now.reached == 0 && now.pose.vertex == goal) now.reached = node.depth;
    at[node.depth] = now;
    ++i;
    if (node.depth < length) continue;
    int32_t cost = 0;
    if (goal == kNoVertex) {
      cost = -static_cast<int32_t>(node.waits);  // idle: it had better stay
    } else {
      int32_t left;
      if (now.reached == 0 || nearest > 0)
        left = left_at(now.pose);
      else if (then != kNoVertex)
        left = static_cast<int32_t>(way(then, now.pose));
      else
        left = -unit * static_cast<int32_t>(length - now.reached);
      const auto waits = static_cast<int32_t>(node.waits);
      cost = left * kParts + (left < left_now ? waits : stay - waits);
    }
    out[count++] = {cost, operations_.moves(node.leaf)};
  }
  std::sort(out, out + count, [](const Candidate& a, const Candidate& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.moves < b.moves;
  });
  candidate_count_[robot] = count;
  best_[robot] = out[0].cost;
}

// A new operation for the robot, whose present one is off the table: true when it has one, and all
// whom it pushed too. `slack`: how much weighted cost the chain may lose altogether (first pass:
// without limit). With false everything is as before, but for the robot itself.
bool PibtPlanner::find(uint32_t robot, int64_t slack, uint32_t depth) {
  if (candidate_count_[robot] == 0) find_candidates(robot);
  const Candidate* const c = &candidates_[size_t{robot} * operations_.size()];
  const uint32_t count = candidate_count_[robot];
  const uint16_t old_moves = moves_[robot];
  const int32_t old_cost = cost_[robot];
  if (depth == 0) {
    take_off(robot);
    chain_end_ = work_ + kChainWork;
    ++chain_;
  }
  Tries& tries = tries_[robot];
  if (tries.chain != chain_) tries = {chain_, 0};
  if (tries.count == kTries) return false;
  ++tries.count;
  locked_[robot] = 1;
  uint32_t path[Operations::kMaxLength + 1];
  bool found = false;
  for (uint32_t i = 0; i < count; ++i) {
    if (depth == 0 && c[i].cost >= old_cost) break;  // no better than now
    const int64_t loss = int64_t{weight_[robot]} * (c[i].cost - old_cost);
    if (slack != INT64_MAX && loss >= slack) break;
    if (work_ >= chain_end_) break;
    ++work_;
    walk(robot, c[i].moves, path);
    const Robot other = conflict(robot, path);
    if (other == robot) continue;
    if (other != kNobody) {
      if (depth + 1 >= kDeepest) continue;
      const uint16_t others_moves = moves_[other];
      const int32_t others_cost = cost_[other];
      take_off(other);
      put(robot, c[i].moves, c[i].cost);
      if (!find(other, slack == INT64_MAX ? slack : slack - loss, depth + 1)) {
        take_off(robot);
        put(other, others_moves, others_cost);
        moves_[robot] = old_moves;
        cost_[robot] = old_cost;
        continue;
      }
    } else {
      put(robot, c[i].moves, c[i].cost);
    }
    changed_.push_back(static_cast<Robot>(robot));
    found = true;
    break;
  }
  locked_[robot] = 0;
  if (!found && depth == 0) put(robot, old_moves, old_cost);
  return found;
}

void PibtPlanner::improve() {
  const uint32_t n = fleet_->robots();
  std::vector<uint32_t>& wishing = order_;
  wishing.clear();
  for (uint32_t r = 0; r < n; ++r) {
    if (!held(r)) wishing.push_back(r);
  }
  if (wishing.empty()) return;
  const uint64_t until = work_ + options_.budget;
  uint64_t tries = 0;
  Random random{.seed = options_.seed, .stream = fleet_->step};
  while (work_ < until && tries < options_.budget) {
    ++tries;
    const uint32_t r = wishing[random.below(wishing.size())];
    if (cost_[r] <= best_[r]) continue;
    find(r, 0, 0);
  }
}

}  // namespace dure::floor
