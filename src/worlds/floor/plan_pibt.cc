#include "worlds/floor/plan_pibt.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"

namespace dure::floor {
namespace {

// Costs count in these parts of a unit, so that ties can be told apart: earlier moves are better.
constexpr int32_t kParts = 64;
constexpr uint32_t kDeepest = 500;  // robots on one chain of pushes
constexpr uint64_t kTries = 10;     // of one robot on one chain
constexpr uint32_t kPatience = 30;  // steps without progress after which a robot goes first
constexpr uint32_t kLongest = 1 << 16;
constexpr uint32_t kIdle = ~uint32_t{0};
constexpr uint64_t kChainWork = 6000;  // operations looked at for one chain

}  // namespace

PibtPlanner::PibtPlanner(const Roadmap& roads, Distances& distances, PibtOptions options)
    : roads_(&roads), distances_(&distances), operations_(options.length), options_(options) {}

void PibtPlanner::plan(const Fleet& fleet, Steps& steps) {
  begin(fleet);
  const uint32_t n = fleet.robots();
  // First pass.
  for (const uint32_t r : order_) {
    if (planned_[r] || locked_[r]) continue;
    planned_[r] = 1;
    changes_.clear();
    find(r, INT64_MAX, 0);
    // Those who come later do not push them.
    locked_[r] = 1;
    for (const Change& c : changes_) planned_[c.robot] = locked_[c.robot] = 1;
  }
  for (uint32_t r = 0; r < n; ++r) locked_[r] = !fleet.held.empty() && fleet.held[r] != 0;
  improve(fleet);
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

void PibtPlanner::begin(const Fleet& fleet) {
  fleet_ = &fleet;
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
  planned_.assign(n, 0);
  tries_.assign(n, 0);
  chain_ = 0;
  candidates_.resize(size_t{n} * operations_.size());
  candidate_count_.assign(n, 0);
  const uint16_t waits = operations_.moves(operations_.all_waits());
  const uint32_t reach = length * distances_->costs().dearest();
  for (uint32_t r = 0; r < n; ++r) {
    const bool held = !fleet.held.empty() && fleet.held[r] != 0;
    locked_[r] = held;
    // Another planner's notes, or those of another length, are none of ours.
    const bool ours = !fleet.notes.empty() && fleet.notes[r] >> 16 == length &&
                      operations_.has(static_cast<uint16_t>(fleet.notes[r]));
    moves_[r] = held || !ours ? waits : static_cast<uint16_t>(fleet.notes[r]);
    if (walk(r, moves_[r], &paths_[r * stride]) == kNoVertex) {
      moves_[r] = waits;
      walk(r, waits, &paths_[r * stride]);
    }
    if (fleet.goal[r] != kNoVertex) tables_[2 * r] = distances_->table(fleet.goal[r]);
    // What comes after the goal matters when the operation may reach it.
    if (tables_[2 * r] != kNoVertex && fleet.then[r] != kNoVertex &&
        distances_->word(tables_[2 * r], fleet.vertex[r]) >> 12 <= reach)
      tables_[2 * r + 1] = distances_->table(fleet.then[r]);
  }
  settle();
  rank();
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

// The vertices of an operation; kNoVertex when a lane is missing.
uint32_t PibtPlanner::walk(uint32_t robot, uint16_t moves, uint32_t* path) const {
  uint32_t v = fleet_->vertex[robot], h = fleet_->heading[robot];
  path[0] = v;
  for (uint32_t t = 1; t <= operations_.length(); ++t, moves = static_cast<uint16_t>(moves >> 2)) {
    switch (static_cast<Move>(moves & 3)) {
      case Move::forward:
        v = roads_->to(v, h);
        if (v == kNoVertex || (!fleet_->closed.empty() && fleet_->closed[v] != 0)) return kNoVertex;
        break;
      case Move::right:
        h = (h + 1) & 3;
        break;
      case Move::left:
        h = (h + 3) & 3;
        break;
      case Move::wait:
        break;
    }
    path[t] = v;
  }
  return v;
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
    uint32_t vertex;
    uint32_t heading;
    uint32_t reached;  // the move after which it had been at the goal; 0: not yet
  };
  At at[Operations::kMaxLength + 1];
  at[0] = {fleet_->vertex[robot], fleet_->heading[robot], 0};
  // What is left to go when it stays as it is: where nothing is gained, the less it moves the
  // better.
  const auto left_at = [&](uint32_t v, uint32_t h) {
    return after + static_cast<int32_t>(
                       std::max(nearest, Distances::heading_of(distances_->word(table, v), h)));
  };
  const int32_t left_now = goal == kNoVertex ? 0 : left_at(at[0].vertex, at[0].heading);
  const int32_t stay = static_cast<int32_t>(length * (length + 1) / 2);
  Candidate* const out = &candidates_[size_t{robot} * operations_.size()];
  uint32_t count = 0;
  for (uint32_t i = 0; i < nodes.size();) {
    const Operations::Node& node = nodes[i];
    At now = at[node.depth - 1];
    switch (node.move) {
      case Move::forward:
        now.vertex = roads_->to(now.vertex, now.heading);
        if (now.vertex != kNoVertex && !fleet_->closed.empty() && fleet_->closed[now.vertex] != 0)
          now.vertex = kNoVertex;
        break;
      case Move::right:
        now.heading = (now.heading + 1) & 3;
        break;
      case Move::left:
        now.heading = (now.heading + 3) & 3;
        break;
      case Move::wait:
        break;
    }
    if (now.vertex == kNoVertex) {
      i = node.skip;
      continue;
    }
    if (now.reached == 0 && now.vertex == goal) now.reached = node.depth;
    at[node.depth] = now;
    ++i;
    if (node.depth < length) continue;
    int32_t cost = 0;
    if (goal == kNoVertex) {
      cost = -static_cast<int32_t>(node.waits);  // idle: it had better stay
    } else {
      int32_t left;
      if (now.reached == 0 || nearest > 0)
        left = left_at(now.vertex, now.heading);
      else if (then != kNoVertex)
        left = static_cast<int32_t>(
            Distances::heading_of(distances_->word(then, now.vertex), now.heading));
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
  if (tries_[robot] >> 8 != chain_) tries_[robot] = chain_ << 8;
  if ((tries_[robot] & 255) == kTries) return false;
  ++tries_[robot];
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
    changes_.push_back({static_cast<Robot>(robot), old_moves, old_cost});
    found = true;
    break;
  }
  locked_[robot] = 0;
  if (!found && depth == 0) put(robot, old_moves, old_cost);
  return found;
}

void PibtPlanner::improve(const Fleet& fleet) {
  const uint32_t n = fleet.robots();
  std::vector<uint32_t>& wishing = order_;
  wishing.clear();
  for (uint32_t r = 0; r < n; ++r) {
    const bool held = !fleet.held.empty() && fleet.held[r] != 0;
    if (!held) wishing.push_back(r);
  }
  if (wishing.empty()) return;
  const uint64_t until = work_ + options_.budget;
  uint64_t tries = 0;
  Random random{.seed = options_.seed, .stream = fleet.step};
  while (work_ < until && tries < options_.budget) {
    ++tries;
    const uint32_t r = wishing[random.below(wishing.size())];
    if (cost_[r] <= best_[r]) continue;
    changes_.clear();
    find(r, 0, 0);
  }
}

}  // namespace dure::floor
