#include "worlds/floor/window_search.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::floor {
namespace {

constexpr uint32_t kBuckets = 4096;    // totals beyond share the last
constexpr uint32_t kFirst = 4;         // moves: to turn about, go, and be gone
constexpr uint32_t kDearestMove = 31;  // of Costs

uint32_t mixed(uint32_t key) {
  return static_cast<uint32_t>((key * uint64_t{0x9e3779b97f4a7c15}) >> 32);
}

}  // namespace

WindowSearch::WindowSearch(const Roadmap& roads, Distances& distances, uint32_t clash,
                           uint32_t most_nodes)
    : roads_(&roads),
      distances_(&distances),
      clash_(clash),
      most_nodes_(most_nodes),
      buckets_(kBuckets) {
  DURE_ASSERT(roads.vertices() < 1u << 24, "more vertices than a window search numbers");
  size_t size = 1024;
  while (size < size_t{most_nodes} * 8) size *= 2;  // four children a node, half empty
  seen_.resize(size);
}

// Where the robot is going, as far as it matters in this window.
void WindowSearch::aim(const JointPlan& plan, uint32_t robot) {
  const Fleet& fleet = plan.fleet();
  const uint32_t vertex = fleet.vertex[robot], heading = fleet.heading[robot];
  goal_ = fleet.goal[robot];
  then_ = kNoVertex;
  after_goal_ = nearest_ = 0;
  reached_ = goal_ == kNoVertex;
  if (reached_) return;
  goal_table_ = distances_->table(goal_);
  const uint32_t far = Distances::heading_of(distances_->word(goal_table_, vertex), heading);
  if (far >= Distances::kUnreachable) {
    goal_ = kNoVertex;
    reached_ = true;
    return;
  }
  const Costs& costs = distances_->costs();
  nearest_ = kParts * costs.step * plan.keep_off(robot);
  if (nearest_ > 0) return;
  const uint32_t dearest = costs.forward.empty() ? std::max(costs.step, costs.turn) : kDearestMove;
  if (fleet.then[robot] != kNoVertex && far <= plan.window() * dearest) {
    then_table_ = distances_->table(fleet.then[robot]);
    const uint32_t on = distances_->word(then_table_, goal_) >> 12;
    if (on < Distances::kUnreachable) {
      then_ = fleet.then[robot];
      after_goal_ = kParts * on;
    }
  }
  // With a goal to go on to, this one counts only when a step has ended there.
  if (vertex == goal_ && then_ == kNoVertex) reached_ = true;
}

uint32_t WindowSearch::left(uint32_t vertex, uint32_t heading, bool reached) {
  if (!reached) {
    const uint32_t way =
        kParts * Distances::heading_of(distances_->word(goal_table_, vertex), heading);
    return std::max(nearest_, way) + after_goal_;
  }
  if (then_ == kNoVertex) return 0;
  return kParts * Distances::heading_of(distances_->word(then_table_, vertex), heading);
}

void WindowSearch::push(const Node& node, uint32_t total) {
  const uint32_t key = ((node.vertex * kHeadings + node.heading) * 2 + node.reached) * 32 + node.t;
  const size_t mask = seen_.size() - 1;
  size_t slot = mixed(key) & mask;
  for (; seen_[slot].search == search_; slot = (slot + 1) & mask) {
    if (seen_[slot].key != key) continue;
    if (seen_[slot].cost <= node.cost) return;
    break;
  }
  seen_[slot] = {key, search_, node.cost};
  const uint32_t bucket = std::min(total - std::min(total, least_), kBuckets - 1);
  buckets_[bucket].push_back(static_cast<uint32_t>(nodes_.size()));
  bucket_ = std::min(bucket_, bucket);
  last_bucket_ = std::max(last_bucket_, bucket);
  nodes_.push_back(node);
}

std::optional<Moves> WindowSearch::find(const JointPlan& plan, uint32_t robot,
                                        const uint8_t* walls) {
  aim(plan, robot);
  const Fleet& fleet = plan.fleet();
  const uint32_t window = plan.window();
  if (++search_ == 0) {
    std::fill(seen_.begin(), seen_.end(), Seen{});
    search_ = 1;
  }
  nodes_.clear();
  const Node start{fleet.vertex[robot],  0,          kAllWait,
                   fleet.heading[robot], uint8_t{0}, uint8_t{reached_}};
  least_ = left(start.vertex, start.heading, reached_);
  bucket_ = last_bucket_ = 0;
  push(start, least_);
  std::optional<Moves> found;
  for (uint32_t expanded = 0; expanded < most_nodes_;) {
    while (bucket_ <= last_bucket_ && buckets_[bucket_].empty()) ++bucket_;
    if (bucket_ > last_bucket_) break;
    const Node node = nodes_[buckets_[bucket_].back()];
    buckets_[bucket_].pop_back();
    if (node.t == window) {
      found = node.moves;
      break;
    }
    ++expanded;
    ++work_;
    // What going to v costs in collisions; nothing if it must not be.
    const auto toll = [&](uint32_t v) -> std::optional<uint32_t> {
      bool hard = false;
      uint32_t soft = 0;
      plan.clashes(robot, node.vertex, v, node.t, [&](RobotNumber b) {
        hard = hard || walls == nullptr || walls[b] == kWall ||
               (walls[b] == kWallAtFirst && node.t < kFirst);
        soft += clash_;
      });
      if (hard) return std::nullopt;
      return soft;
    };
    const auto go = [&](uint32_t v, uint32_t heading, Move move, uint32_t cost) {
      const bool reached = node.reached != 0 || ends_at(v);
      const Node child{v,
                       node.cost + cost,
                       with_move(node.moves, node.t, move),
                       static_cast<uint8_t>(heading),
                       static_cast<uint8_t>(node.t + 1),
                       uint8_t{reached}};
      push(child, child.cost + left(v, heading, reached));
    };
    // Of equally good ones the last pushed is tried first: rather drive than turn, rather turn than
    // wait, rather wait later.
    if (const auto here = toll(node.vertex)) {
      const uint32_t turn = turn_cost() + *here;
      go(node.vertex, node.heading, Move::wait,
         at_rest(node.vertex, node.heading, node.reached != 0) ? *here : turn);
      for (const Move move : {Move::left, Move::right})
        go(node.vertex, turned(node.heading, move), move, turn);
    }
    if (const uint32_t v = roads_->to(node.vertex, node.heading); v != kNoVertex) {
      if (const auto there = toll(v)) {
        go(v, node.heading, Move::forward, forward_cost(node.vertex, node.heading) + *there);
      }
    }
  }
  for (uint32_t b = 0; b <= last_bucket_; ++b) buckets_[b].clear();
  return found;
}

uint32_t WindowSearch::cost(const JointPlan& plan, uint32_t robot, Moves moves) {
  aim(plan, robot);
  const Fleet& fleet = plan.fleet();
  uint32_t path[JointPlan::kMostWindow + 1];
  uint8_t heading[JointPlan::kMostWindow + 1];
  walk(*roads_, fleet.vertex[robot], fleet.heading[robot], moves, plan.window(), path, heading);
  uint32_t cost = 0;
  bool reached = reached_;
  for (uint32_t t = 0; t < plan.window(); ++t) {
    switch (move_at(moves, t)) {
      case Move::forward:
        cost += forward_cost(path[t], heading[t]);
        break;
      case Move::wait:
        cost += at_rest(path[t], heading[t], reached) ? 0 : turn_cost();
        break;
      default:
        cost += turn_cost();
    }
    reached = reached || ends_at(path[t + 1]);
  }
  return cost + left(path[plan.window()], heading[plan.window()], reached);
}

}  // namespace dure::floor
