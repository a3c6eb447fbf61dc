// The search for victims in one group of nodes: bounds, a first set, branch and bound.
#include <algorithm>

#include "worlds/fleet/reclaim.h"

namespace dure::fleet {

bool Reclaim::add(uint32_t i) {
  Item& item = items_[i];
  steps_ += 1 + item.touches;
  if (!rules_.add(item.candidate)) return false;
  for (uint32_t t = item.first; t < item.first + item.touches; ++t) {
    room_ -= nodes_[touches_[t].node].room;
    stop_task(touches_[t].node, touches_[t].gpus, job_of(touches_[t]));
    room_ += nodes_[touches_[t].node].room;
  }
  item.chosen = true;
  chosen_.push_back(i);
  cost_ += item.cost;
  return true;
}

void Reclaim::remove(uint32_t i) {
  Item& item = items_[i];
  rules_.remove(item.candidate);
  for (uint32_t t = item.first; t < item.first + item.touches; ++t) {
    room_ -= nodes_[touches_[t].node].room;
    restart_task(touches_[t].node, touches_[t].gpus, job_of(touches_[t]));
    room_ += nodes_[touches_[t].node].room;
  }
  item.chosen = false;
  chosen_.erase(std::find(chosen_.begin(), chosen_.end(), i));
  cost_ -= item.cost;
}

// No set that adds to the chosen ones only items from `from` on costs less.
Reclaim::Cost Reclaim::bound(uint32_t from) {
  const Cost more = std::max(tasks_bound(items_[from].order), quota_bound(from));
  return more == kUnknown ? kUnknown : cost_ + more;
}

// On nodes before `order` there is the room that there is. On the others every task is for sale,
// and what has been paid there for items that are chosen is given back.
Reclaim::Cost Reclaim::tasks_bound(uint32_t order) {
  uint64_t room = room_now_;
  for (uint32_t i = 0; i < order; ++i) room += nodes_[order_[i]].room - nodes_[order_[i]].room_now;
  steps_ += order;
  if (room >= job_->tasks) return 0;
  uint64_t missing = job_->tasks - room;
  Cost cost = 0;
  for (size_t k = 0; k < segments_.size() && missing > 0; ++k, ++steps_) {
    if (segments_[k].order < order) continue;
    cost += segments_[k].cost;
    --missing;
  }
  if (missing > 0) return kUnknown;
  Cost paid = 0;
  for (const uint32_t i : chosen_) {
    for (uint32_t t = items_[i].first; t < items_[i].first + items_[i].touches; ++t) {
      if (nodes_[touches_[t].node].order >= order) paid += touches_[t].share;
    }
  }
  return cost > paid ? cost - paid : 0;
}

// `from`: among items; none are there yet when the bound is for all groups.
Reclaim::Cost Reclaim::quota_bound(uint32_t from) {
  auto missing = static_cast<uint64_t>(rules_.shortage());
  Cost cost = 0;
  for (size_t k = 0; missing > 0; ++k, ++steps_) {
    if (k == by_quota_.size()) return kUnknown;
    if (item_of_[by_quota_[k]] < from) continue;
    const Candidate& c = rules_.candidates()[by_quota_[k]];
    const auto held = static_cast<uint64_t>(c.gpu_milli);
    if (held > missing) return cost + c.cost.exact() * missing / held;
    cost += c.cost.exact();
    missing -= held;
  }
  return cost;
}

// A first set: tasks where they are cheapest, then quota where it is.
void Reclaim::greedy() {
  for (const Segment& s : segments_) {
    if (room_ >= job_->tasks) break;
    const uint32_t node = order_[s.order];
    const size_t before = chosen_.size();
    auto on = std::lower_bound(on_node_.begin(), on_node_.end(), s.order,
                               [](const OnNode& a, uint32_t order) { return a.order < order; });
    for (; on != on_node_.end() && on->order == s.order && nodes_[node].room < s.room; ++on) {
      if (!items_[on->item].chosen) add(on->item);
    }
    while (nodes_[node].room < s.room && chosen_.size() > before) remove(chosen_.back());
  }
  for (size_t k = 0; k < by_quota_.size() && room_ >= job_->tasks && !rules_.satisfied(); ++k) {
    if (!items_[item_of_[by_quota_[k]]].chosen) add(item_of_[by_quota_[k]]);
  }
  if (satisfied()) record();
  while (!chosen_.empty()) remove(chosen_.back());
}

// The dearest first.
void Reclaim::drop_needless() {
  std::vector<uint32_t> dearest = chosen_;
  std::sort(dearest.begin(), dearest.end(), [&](uint32_t a, uint32_t b) {
    return items_[a].cost != items_[b].cost ? items_[a].cost > items_[b].cost : a > b;
  });
  for (const uint32_t i : dearest) {
    remove(i);
    if (satisfied()) continue;
    const bool added = add(i);
    DURE_ASSERT(added, "a victim that was allowed is allowed no longer");
  }
}

// Keeps the chosen items, without those that are not needed, if they are the cheapest so far.
void Reclaim::record() {
  const std::vector<uint32_t> chosen = chosen_;
  drop_needless();
  if (cost_ < best_cost_) {
    best_cost_ = cost_;
    best_.clear();
    for (const uint32_t i : chosen_) {
      best_.push_back(rules_.candidates()[items_[i].candidate].slot);
    }
    std::sort(best_.begin(), best_.end());
  }
  while (!chosen_.empty()) remove(chosen_.back());
  for (const uint32_t i : chosen) add(i);
}

void Reclaim::branch(uint32_t from) {
  if (satisfied()) return record();
  for (uint32_t i = from; i < items_.size(); ++i) {
    ++steps_;
    if (!proven() || bound(i) >= best_cost_) return;
    if (!add(i)) continue;
    if (cost_ < best_cost_) branch(i + 1);
    remove(i);
  }
}

}  // namespace dure::fleet
