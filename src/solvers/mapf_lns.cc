#include "solvers/mapf_lns.h"

#include <algorithm>
#include <utility>

namespace dure::mapf {
namespace {

enum Kind : uint32_t { kLns = 3 };

}  // namespace

Lns::Lns(const Graph& graph, Distances& distances, std::span<const uint32_t> lengths, Paths paths,
         uint64_t seed)
    : graph_(graph),
      distances_(distances),
      lengths_(lengths),
      paths_(std::move(paths)),
      visits_(graph),
      sipp_(graph, distances, visits_),
      random_{seed, stream_id(kLns, 0)},
      picked_in_(paths_.size(), 0),
      seen_in_(graph.vertices(), 0),
      fresh_(paths_.size()) {
  for (uint32_t agent = 0; agent < paths_.size(); ++agent) {
    visits_.add(agent, paths_[agent]);
    sum_ += cost(agent);
  }
  for (const Way way : {kInTheWay, kNear, kAny})
    for (const uint32_t size : {4u, 8u, 16u}) arms_.push_back({way, size});
}

void Lns::improve(uint64_t work, const std::function<bool()>& stop) {
  const uint32_t agents = static_cast<uint32_t>(paths_.size());
  uint64_t least = 0;
  for (const uint32_t length : lengths_) least += length;
  bool stopped = false;
  const auto stop_now = [&] { return stopped = stopped || (stop && stop()); };
  if (sum_ > least) start_over(work, stop_now);
  while (this->work() < work && sum_ > least && !stop_now()) {
    double total = 0;
    for (const Arm& arm : arms_) total += arm.weight;
    double at = random_.uniform() * total;
    size_t chosen = 0;
    while (chosen + 1 < arms_.size() && at >= arms_[chosen].weight) at -= arms_[chosen++].weight;
    Arm& arm = arms_[chosen];
    ++round_;
    picked_.clear();
    const uint32_t size = std::min(arm.size, agents);
    if (arm.way == kInTheWay) pick_in_the_way(size);
    if (arm.way == kNear) pick_near(size);
    if (arm.way == kAny) pick_any(size);
    const uint64_t before = sipp_.expanded;
    const uint64_t gain = replan();
    const double spent = static_cast<double>(sipp_.expanded - before) + 100;
    const double rate = static_cast<double>(gain) / spent * 1e4;
    arm.weight = std::max(0.01, arm.weight * 0.99 + rate * 0.01);
    ++iterations_;
  }
}

bool Lns::pick(uint32_t agent) {
  if (std::exchange(picked_in_[agent], round_) == round_) return false;
  picked_.push_back(agent);
  return true;
}

// The latest of a few.
uint32_t Lns::late_agent() {
  uint32_t best = kNone;
  for (int i = 0; i < 8; ++i) {
    const uint32_t agent = static_cast<uint32_t>(random_.below(paths_.size()));
    if (best == kNone || delay(agent) > delay(best)) best = agent;
  }
  return best;
}

void Lns::pick_in_the_way(uint32_t size) {
  const uint32_t late = late_agent();
  pick(late);
  for (int i = 0; i < 10 && picked_.size() < size; ++i) walk(late, size);
  for (int i = 0; i < 10 && picked_.size() < size; ++i)
    walk(picked_[random_.below(picked_.size())], size);
}

// From some place on the agent's path a random way that would bring it home earlier: whoever it
// runs into is in the way.
void Lns::walk(uint32_t agent, uint32_t size) {
  const std::vector<uint32_t>& path = paths_[agent];
  const int32_t arrival = static_cast<int32_t>(cost(agent));
  if (arrival == 0) return;
  int32_t step = static_cast<int32_t>(random_.below(static_cast<uint64_t>(arrival)));
  uint32_t at = path[static_cast<size_t>(step)];
  // distance at `at`, by going along the path from the start
  int32_t h = static_cast<int32_t>(lengths_[agent]);
  for (int32_t s = 0; s < step; ++s) {
    const uint32_t from = path[static_cast<size_t>(s)], to = path[static_cast<size_t>(s) + 1];
    if (from != to) h += distances_.step_between(agent, from, to);
  }
  while (picked_.size() < size && step < arrival) {
    uint32_t ways[5];
    int32_t hs[5];
    uint32_t count = 0;
    if (step + 1 + h < arrival) {
      hs[count] = h;
      ways[count++] = at;
    }
    for (const uint32_t u : graph_.of(at)) {
      const int32_t h_u = h + distances_.step_between(agent, at, u);
      if (step + 1 + h_u >= arrival) continue;
      hs[count] = h_u;
      ways[count++] = u;
    }
    if (count == 0) return;
    const size_t k = random_.below(count);
    const uint32_t to = ways[k];
    ++step;
    const uint32_t there = visits_.who(to, step);
    if (there != kNone && there != agent) pick(there);
    if (to != at) {
      const uint32_t before = visits_.who(to, step - 1);
      if (before != kNone && before != agent && visits_.who(at, step) == before) pick(before);
    }
    at = to;
    h = hs[k];
  }
}

void Lns::pick_near(uint32_t size) {
  const std::vector<uint32_t>& path = paths_[late_agent()];
  const uint32_t center = path[random_.below(path.size())];
  queue_.assign(1, center);
  seen_in_[center] = round_;
  for (size_t i = 0; i < queue_.size() && picked_.size() < size; ++i) {
    const uint32_t v = queue_[i];
    const std::vector<Visit>& list = visits_.at(v);
    if (!list.empty()) {
      const size_t count = std::min<size_t>(list.size(), 4);
      const size_t first = random_.below(list.size());
      for (size_t k = 0; k < count && picked_.size() < size; ++k)
        pick(list[(first + k) % list.size()].agent);
    }
    for (const uint32_t u : graph_.of(v)) {
      if (std::exchange(seen_in_[u], round_) != round_) queue_.push_back(u);
    }
  }
}

void Lns::pick_any(uint32_t size) {
  while (picked_.size() < size) pick(static_cast<uint32_t>(random_.below(paths_.size())));
}

Sipp::Request Lns::request(uint32_t agent, uint64_t bound) {
  return {.agent = agent,
          .start = paths_[agent].front(),
          .goal = paths_[agent].back(),
          .distance = static_cast<int32_t>(lengths_[agent]),
          .bound = static_cast<int32_t>(std::min<uint64_t>(bound, kForever - 1)),
          .salt = random_.bits()};
}

uint64_t Lns::replan() {
  random_.shuffle(std::span(picked_));
  uint64_t before = 0, least = 0;
  for (const uint32_t agent : picked_) {
    before += cost(agent);
    least += lengths_[agent];
  }
  if (before == least) return 0;
  for (const uint32_t agent : picked_) visits_.remove(paths_[agent]);
  uint64_t spent = 0;
  size_t planned = 0;
  for (; planned < picked_.size(); ++planned) {
    const uint32_t agent = picked_[planned];
    least -= lengths_[agent];
    const uint64_t bound = before - spent - least;
    std::vector<uint32_t>& path = fresh_[planned];
    if (!sipp_.plan(request(agent, bound), path)) break;
    spent += path.size() - 1;
    visits_.add(agent, path);
  }
  if (planned == picked_.size()) {
    for (size_t k = 0; k < planned; ++k) std::swap(paths_[picked_[k]], fresh_[k]);
    sum_ -= before - spent;
    return before - spent;
  }
  while (planned > 0) visits_.remove(fresh_[--planned]);
  for (const uint32_t agent : picked_) visits_.add(agent, paths_[agent]);
  return 0;
}

}  // namespace dure::mapf
