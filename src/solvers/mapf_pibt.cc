#include "solvers/mapf_pibt.h"

#include <algorithm>
#include <utility>

namespace dure::mapf {

Pibt::Pibt(const Graph& graph, Distances& distances, std::span<const uint32_t> goals, Random random)
    : graph_(graph),
      distances_(distances),
      goals_(goals),
      random_(random),
      now_at_(graph.vertices(), kNone),
      next_at_(graph.vertices(), kNone) {}

bool Pibt::step(std::span<const uint32_t> now, std::span<const uint32_t> order,
                std::span<const Constraint> constraints, std::span<uint32_t> next) {
  now_ = now;
  next_ = next;
  for (uint32_t agent = 0; agent < now.size(); ++agent) now_at_[now[agent]] = agent;
  std::fill(next.begin(), next.end(), kNone);
  const auto place = [&](const Constraint& c) {
    if (next_at_[c.vertex] != kNone) return false;
    const uint32_t there = now_at_[c.vertex];
    if (there != kNone && there != c.agent && next[there] == now[c.agent]) return false;
    next[c.agent] = c.vertex;
    next_at_[c.vertex] = c.agent;
    return true;
  };
  bool found = std::all_of(constraints.begin(), constraints.end(), place);
  constexpr size_t kAhead = 6;
  for (size_t i = 0; found && i < order.size(); ++i) {
    if (i + 2 * kAhead < order.size()) graph_.prefetch(now[order[i + 2 * kAhead]]);
    if (i + kAhead < order.size()) {
      const uint32_t later = order[i + kAhead];
      const uint32_t* const row = &graph_.next[size_t{now[later]} * 4];
      for (int k = 0; k < 4; ++k) distances_.prefetch(later, row[k]);
    }
    if (next[order[i]] == kNone) found = plan(order[i]);
  }
  for (uint32_t agent = 0; agent < now.size(); ++agent) {
    now_at_[now[agent]] = kNone;
    if (next[agent] != kNone) next_at_[next[agent]] = kNone;
  }
  return found;
}

void Pibt::push(uint32_t agent) {
  const uint32_t at = now_[agent];
  distances_.reach(agent, at);
  const uint32_t here = distances_.code(agent, at);
  uint64_t bits = random_.bits();
  // Nearer the goal first, then vertices nobody is at (or all who are have been moved), then as
  // drawn.
  struct Choice {
    uint32_t key, vertex;
  };
  Choice choices[5];
  uint32_t count = 0;
  const auto add = [&](uint32_t v, uint32_t farther, uint32_t occupied) {
    Choice choice{farther << 10 | occupied << 9 | static_cast<uint32_t>(bits & 511), v};
    bits >>= 9;
    uint32_t k = count++;
    for (; k > 0 && choice.key < choices[k - 1].key; --k) choices[k] = choices[k - 1];
    choices[k] = choice;
  };
  add(at, 1, 0);
  for (const uint32_t v : graph_.of(at)) {
    const uint32_t there = now_at_[v];
    add(v, static_cast<uint32_t>(distances_.step(here, distances_.code(agent, v)) + 1),
        there != kNone && next_[there] == kNone);
  }
  Frame& frame = stack_.emplace_back();
  frame.agent = agent;
  frame.at = at;
  frame.count = static_cast<uint8_t>(count);
  frame.tried = 0;
  for (uint32_t k = 0; k < count; ++k) frame.candidates[k] = choices[k].vertex;
  frame.partner = swap_partner(agent, frame.candidates[0]);
  if (frame.partner != kNone) std::reverse(frame.candidates, frame.candidates + count);
}

bool Pibt::plan(uint32_t root) {
  push(root);
  bool done = false;  // whether the agent planned last got away
  bool back = false;  // whether it was pushed by the one on top
  while (true) {
    Frame& frame = stack_.back();
    bool settled = back && done, pushed = false;
    if (back && !done) ++frame.tried;
    for (; !settled && frame.tried < frame.count; ++frame.tried) {
      const uint32_t v = frame.candidates[frame.tried];
      if (next_at_[v] != kNone) continue;
      const uint32_t there = now_at_[v];
      if (there != kNone && next_[there] == frame.at) continue;  // would change places
      next_at_[v] = frame.agent;
      next_[frame.agent] = v;
      if (there != kNone && there != frame.agent && next_[there] == kNone) {
        push(there);  // moves frames
        pushed = true;
        break;
      }
      settled = true;
      break;
    }
    back = false;
    if (pushed) continue;
    if (settled) {
      if (frame.partner != kNone && frame.tried == 0 && next_[frame.partner] == kNone &&
          next_at_[frame.at] == kNone) {
        next_[frame.partner] = frame.at;
        next_at_[frame.at] = frame.partner;
      }
    } else {
      next_[frame.agent] = frame.at;
      next_at_[frame.at] = frame.agent;
    }
    done = settled;
    stack_.pop_back();
    if (stack_.empty()) return done;
    back = true;
  }
}

uint32_t Pibt::swap_partner(uint32_t agent, uint32_t best) {
  const uint32_t at = now_[agent];
  if (best == at) return kNone;
  const uint32_t there = now_at_[best];
  if (there != kNone && next_[there] == kNone && swap_required(agent, there, at, best) &&
      swap_possible(best, at)) {
    return there;
  }
  // Somebody behind who must get past, when we are about to go deeper into the corridor.
  if (graph_.degree[best] > 2) return kNone;
  for (const uint32_t v : graph_.of(at)) {
    const uint32_t other = now_at_[v];
    if (other == kNone || v == best || next_[other] != kNone) continue;
    if (swap_required(other, agent, at, best) && swap_possible(best, at)) return other;
  }
  return kNone;
}

int Pibt::ways_on(uint32_t v, uint32_t back, uint32_t& way) const {
  int ways = 0;
  for (const uint32_t u : graph_.of(v)) {
    if (u == back) continue;
    const uint32_t there = now_at_[u];
    if (graph_.degree[u] == 1 && there != kNone && goals_[there] == u) continue;  // parked for good
    way = u;
    if (++ways == 2) break;
  }
  return ways;
}

bool Pibt::swap_required(uint32_t pusher, uint32_t puller, uint32_t pusher_at, uint32_t puller_at) {
  const uint32_t origin = pusher_at;
  while (distances_.step_between(pusher, pusher_at, puller_at) < 0) {
    uint32_t way = kNone;
    const int ways = ways_on(puller_at, pusher_at, way);
    if (ways >= 2) return false;  // the one pushed can step aside
    if (ways == 0) break;
    pusher_at = puller_at;
    puller_at = way;
    if (puller_at == origin) break;  // round a loop
  }
  return distances_.step_between(puller, puller_at, pusher_at) < 0 &&
         (pusher_at == goals_[pusher] || distances_.step_between(pusher, pusher_at, puller_at) < 0);
}

bool Pibt::swap_possible(uint32_t pusher_at, uint32_t puller_at) {
  const uint32_t origin = pusher_at;
  while (puller_at != origin) {
    uint32_t way = kNone;
    const int ways = ways_on(puller_at, pusher_at, way);
    if (ways >= 2) return true;
    if (ways == 0) return false;
    pusher_at = puller_at;
    puller_at = way;
  }
  return false;
}

}  // namespace dure::mapf
