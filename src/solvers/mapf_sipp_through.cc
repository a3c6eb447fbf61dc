#include <algorithm>
#include <queue>

#include "base/assert.h"
#include "solvers/mapf_sipp.h"

namespace dure::mapf {

Sipp::Stretch Sipp::stretch(uint32_t v, uint32_t index) const {
  const std::vector<Visit>& visits = visits_.at(v);
  const uint32_t k = index / 2;
  if (index % 2 == 1) return {v, index, visits[k].from, visits[k].to};
  return {v, index, k == 0 ? 0 : visits[k - 1].to + 1,
          k == visits.size() ? kForever : visits[k].from - 1};
}

void Sipp::plan_through(const Request& request, std::span<const uint32_t> weight,
                        std::vector<uint32_t>& path, std::vector<uint32_t>& in_the_way) {
  ++search_;
  nodes_.clear();  // step: least weight known; closed: expanded
  passages_.clear();
  std::priority_queue<Open, std::vector<Open>, std::greater<>> open;
  const auto weight_of = [&](const Visit& visit) {
    return kThrough *
           (1 + static_cast<int32_t>(weight[visit.agent]) + (visit.to == kForever ? 2 : 0));
  };
  // A node per stretch: twice as many as free intervals.
  const auto touch_all = [&](uint32_t v, int32_t h) {
    Touched& touched = touched_[v];
    if (touched.search == search_) return;
    touched = {search_, static_cast<uint32_t>(nodes_.size()), h};
    const size_t stretches = visits_.at(v).size() * 2 + 1;
    for (uint32_t k = 0; k < stretches; ++k) nodes_.push_back({kForever, v, k, kNone, false});
  };
  const auto reach = [&](const Stretch& to, int32_t step, int32_t so_far, uint32_t parent) {
    const Touched& touched = touched_[to.vertex];
    Node& node = nodes_[touched.first + to.index];
    const int32_t total =
        so_far + (to.index % 2 == 1 ? weight_of(visits_.at(to.vertex)[to.index / 2]) : 0);
    if (node.closed) return;
    if (node.parent != kNone) {
      const Passage& known = passages_[node.parent];
      if (known.weight + known.step <= total + step) return;
    }
    node.parent = static_cast<uint32_t>(passages_.size());
    passages_.push_back({to, step, total, parent});
    open.push({total + step + 2 * touched.h, node.parent});
  };
  touch_all(request.start, request.distance);
  for (uint32_t index = 0;; ++index) {  // the stretch that has step 0
    const Stretch first = stretch(request.start, index);
    if (first.from > 0 || first.to < 0) continue;
    reach(first, 0, 0, kNone);
    break;
  }
  const uint32_t last = static_cast<uint32_t>(visits_.at(request.goal).size()) * 2;
  uint32_t end = kNone;
  while (end == kNone) {
    DURE_ASSERT(!open.empty(), "every vertex can be reached through others");
    const uint32_t index = open.top().node;
    open.pop();
    const Passage here = passages_[index];
    const uint32_t v = here.stretch.vertex;
    Node& node = nodes_[touched_[v].first + here.stretch.index];
    if (node.closed) continue;
    node.closed = true;
    ++expanded;
    if (v == request.goal && here.stretch.index == last) {
      end = index;
      break;
    }
    const int32_t h = touched_[v].h;
    const std::vector<Visit>& visits = visits_.at(v);
    if (here.stretch.to < kForever) {  // waiting on; two visits may follow one another at once
      Stretch next = stretch(v, here.stretch.index + 1);
      if (next.to < next.from) next = stretch(v, here.stretch.index + 2);
      reach(next, next.from, here.weight, index);
    }
    // The visit that follows, when it comes from a neighbour we would go to.
    const uint32_t following = (here.stretch.index + 1) / 2;
    const int32_t latest = std::min(here.stretch.to, kForever - 1) + 1;
    distances_.reach(request.agent, v);
    const uint32_t code = distances_.code(request.agent, v);
    for (const uint32_t u : graph_.of(v)) {
      touch_all(u, h + Distances::step(code, distances_.code(request.agent, u)));
      const uint32_t stretches = static_cast<uint32_t>(visits_.at(u).size()) * 2 + 1;
      for (uint32_t k = 0; k < stretches; ++k) {
        const Stretch to = stretch(u, k);
        if (to.to < here.step + 1 || to.to < to.from) continue;
        if (to.from > latest) break;
        const int32_t step = std::max(to.from, here.step + 1);
        int32_t swap = 0;
        if (following < visits.size() && visits[following].from == step &&
            visits[following].prev == u)
          swap = weight_of(visits[following]);
        reach(to, step, here.weight + swap, index);
      }
    }
  }
  path.assign(static_cast<size_t>(passages_[end].step) + 1, request.goal);
  for (uint32_t i = end; passages_[i].parent != kNone; i = passages_[i].parent) {
    const Passage& parent = passages_[passages_[i].parent];
    for (int32_t step = parent.step; step < passages_[i].step; ++step)
      path[static_cast<size_t>(step)] = parent.stretch.vertex;
  }
  while (path.size() > 1 && path[path.size() - 2] == request.goal) path.pop_back();

  in_the_way.clear();
  const auto meet = [&](uint32_t other) {
    if (other != kNone &&
        std::find(in_the_way.begin(), in_the_way.end(), other) == in_the_way.end())
      in_the_way.push_back(other);
  };
  for (size_t i = 0; i < path.size(); ++i) {
    const int32_t step = static_cast<int32_t>(i);
    meet(visits_.who(path[i], step));
    if (i == 0 || path[i] == path[i - 1]) continue;
    const uint32_t other = visits_.who(path[i], step - 1);
    if (other != kNone && visits_.who(path[i - 1], step) == other) meet(other);
  }
  for (const Visit& visit : visits_.at(request.goal))
    if (visit.to >= static_cast<int32_t>(path.size()) - 1) meet(visit.agent);
}

}  // namespace dure::mapf
