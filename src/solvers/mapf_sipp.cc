#include "solvers/mapf_sipp.h"

#include <algorithm>

namespace dure::mapf {

void Visits::add(uint32_t agent, std::span<const uint32_t> path) {
  uint32_t prev = kNone;
  for (size_t from = 0; from < path.size();) {
    size_t end = from + 1;
    while (end < path.size() && path[end] == path[from]) ++end;
    const Visit visit{static_cast<int32_t>(from),
                      end == path.size() ? kForever : static_cast<int32_t>(end - 1), agent, prev};
    std::vector<Visit>& list = at_[path[from]];
    auto place = list.end();
    while (place != list.begin() && (place - 1)->from > visit.from) --place;
    list.insert(place, visit);
    prev = path[from];
    from = end;
  }
}

void Visits::remove(std::span<const uint32_t> path) {
  for (size_t from = 0; from < path.size(); ++from) {
    if (from > 0 && path[from] == path[from - 1]) continue;
    std::vector<Visit>& list = at_[path[from]];
    auto place = list.begin();
    while (place->from != static_cast<int32_t>(from)) ++place;
    list.erase(place);
  }
}

uint32_t Visits::who(uint32_t v, int32_t step) const {
  for (const Visit& visit : at_[v])
    if (visit.to >= step) return visit.from <= step ? visit.agent : kNone;
  return kNone;
}

Sipp::Sipp(const Graph& graph, Distances& distances, const Visits& visits)
    : graph_(graph), distances_(distances), visits_(visits), touched_(graph.vertices()) {}

const Sipp::Touched& Sipp::touch(uint32_t v, int32_t h) {
  Touched& touched = touched_[v];
  if (touched.search == search_) return touched;
  touched = {search_, static_cast<uint32_t>(nodes_.size()), h};
  const uint32_t intervals = static_cast<uint32_t>(visits_.at(v).size()) + 1;
  for (uint32_t k = 0; k < intervals; ++k) nodes_.push_back({kForever, v, k, kNone, false});
  return touched;
}

void Sipp::open(uint32_t node, int32_t step, int32_t h) {
  const int32_t f = std::max(step + h + h * hurry_ / 32, least_f_);
  const size_t bucket = static_cast<size_t>(f - least_f_);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  buckets_[bucket].push_back(node);
  cursor_ = std::min(cursor_, bucket);
}

bool Sipp::plan(const Request& request, std::vector<uint32_t>& path) {
  ++search_;
  agent_ = request.agent;
  turn_ = static_cast<uint32_t>(request.salt);
  hurry_ = request.hurry;
  nodes_.clear();
  const std::vector<Visit>& at_goal = visits_.at(request.goal);
  const int32_t goal_free = at_goal.empty() ? 0 : at_goal.back().to + 1;
  least_f_ = std::max(request.distance, goal_free);
  if (least_f_ > request.bound) return false;
  const uint32_t first = touch(request.start, request.distance).first;
  nodes_[first].step = 0;
  cursor_ = 0;
  open(first, 0, request.distance);
  cursor_ = 0;
  uint32_t end = kNone;
  const uint64_t before = expanded;
  while (cursor_ < buckets_.size()) {
    if (buckets_[cursor_].empty()) {
      ++cursor_;
      continue;
    }
    const uint32_t index = buckets_[cursor_].back();
    buckets_[cursor_].pop_back();
    if (nodes_[index].closed) continue;
    if (nodes_[index].vertex == request.goal && nodes_[index].interval == at_goal.size()) {
      end = index;
      break;
    }
    if (expanded - before == request.patience) break;
    expand(index, request.bound);
  }
  for (std::vector<uint32_t>& bucket : buckets_) bucket.clear();
  if (end == kNone) return false;
  path.resize(static_cast<size_t>(nodes_[end].step) + 1);
  path[path.size() - 1] = request.goal;
  for (uint32_t i = end; nodes_[i].parent != kNone; i = nodes_[i].parent) {
    const Node& parent = nodes_[nodes_[i].parent];
    for (int32_t step = parent.step; step < nodes_[i].step; ++step)
      path[static_cast<size_t>(step)] = parent.vertex;
  }
  return true;
}

void Sipp::expand(uint32_t index, int32_t bound) {
  ++expanded;
  nodes_[index].closed = true;
  const Node node = nodes_[index];
  const int32_t h = touched_[node.vertex].h;
  const std::vector<Visit>& here = visits_.at(node.vertex);
  const bool last = node.interval == here.size();
  const int32_t latest = last ? kForever - 1 : here[node.interval].from;  // to be elsewhere
  const uint32_t follower_from = last ? kNone : here[node.interval].prev;
  const int32_t earliest = node.step + 1;
  if (earliest > latest) return;
  distances_.reach(agent_, node.vertex);
  const uint32_t code = distances_.code(agent_, node.vertex);
  const uint32_t degree = graph_.degree[node.vertex];
  const uint32_t* const row = &graph_.next[size_t{node.vertex} * 4];
  // These are far apart in memory: ask for them all before looking at the first.
  for (uint32_t i = 0; i < degree; ++i) {
    visits_.prefetch(row[i]);
    __builtin_prefetch(&touched_[row[i]]);
    distances_.prefetch(agent_, row[i]);
  }
  for (uint32_t i = 0; i < degree; ++i) visits_.prefetch_list(row[i]);
  turn_ = turn_ * 1664525 + 1013904223;
  uint32_t k = degree == 0 ? 0 : (turn_ >> 16) % degree;
  for (uint32_t i = 0; i < degree; ++i, k = k + 1 == degree ? 0 : k + 1) {
    const uint32_t u = row[k];
    const int32_t h_u = h + Distances::step(code, distances_.code(agent_, u));
    if (earliest + h_u > bound) continue;
    const Touched& touched = touch(u, h_u);
    const std::vector<Visit>& there = visits_.at(u);
    // The first interval that ends in time: the visit after it is the first to start later.
    const uint32_t first = static_cast<uint32_t>(
        std::partition_point(there.begin(), there.end(),
                             [&](const Visit& visit) { return visit.from <= earliest; }) -
        there.begin());
    for (uint32_t interval = first; interval <= there.size(); ++interval) {
      const int32_t to = interval == there.size() ? kForever : there[interval].from - 1;
      const int32_t from = interval == 0 ? 0 : there[interval - 1].to + 1;
      if (from > latest) break;
      const int32_t arrive = std::max(from, earliest);
      if (arrive > to) continue;                             // one right after the other
      if (arrive == latest && follower_from == u) continue;  // would change places
      Node& next = nodes_[touched.first + interval];
      if (arrive >= next.step) continue;
      if (arrive + h_u > bound) break;
      next.step = arrive;
      next.parent = index;
      next.closed = false;  // those of one bucket do not come in the order of time
      open(touched.first + interval, arrive, h_u);
    }
  }
}

}  // namespace dure::mapf
