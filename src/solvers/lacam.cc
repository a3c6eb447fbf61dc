#include "solvers/lacam.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace dure::mapf {
namespace {

enum Kind : uint32_t { kPibt = 1, kTwigs = 2 };

}  // namespace

Lacam::Lacam(const Graph& graph, Distances& distances, std::span<const uint32_t> starts,
             std::span<const uint32_t> goals, std::span<const uint32_t> lengths, uint64_t seed)
    : graph_(graph),
      goals_(goals),
      agents_(static_cast<uint32_t>(goals.size())),
      pibt_(graph, distances, goals, Random{seed, stream_id(kPibt, 0)}),
      random_{seed, stream_id(kTwigs, 0)} {
  // Far ones first: they have the most to lose by waiting.
  std::vector<uint32_t> order(agents_);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return lengths[a] > lengths[b]; });
  const uint64_t key = hash(starts.data());
  add(kNone, key, starts.data());
  std::copy(order.begin(), order.end(), nodes_[0].order.get());
  open_.push_back(0);
}

LacamEnd Lacam::search(uint64_t max_configurations, const std::function<bool()>& stop) {
  std::vector<uint32_t> next(agents_);
  if (solved(nodes_[0].at.get())) {
    end_ = 0;
    return LacamEnd::solved;
  }
  while (!open_.empty()) {
    const uint32_t top = open_.back();
    if (!take_constraints(nodes_[top])) {
      open_.pop_back();
      continue;
    }
    if (tried_ == max_configurations) return LacamEnd::out_of_work;
    if (stop && stop()) return LacamEnd::stopped;
    ++tried_;
    const Node& node = nodes_[top];
    if (!pibt_.step({node.at.get(), agents_}, {node.order.get(), agents_}, constraints_, next))
      continue;
    const uint64_t key = hash(next.data());
    uint32_t found = find(key, next.data());
    if (found == kNone) found = add(top, key, next.data());
    open_.push_back(found);
    if (solved(next.data())) {
      end_ = found;
      return LacamEnd::solved;
    }
  }
  return LacamEnd::no_solution;
}

// The constraints of the node's next twig, and that twig's children; false when all were taken.
bool Lacam::take_constraints(Node& node) {
  if (node.next_twig == node.twigs.size()) return false;
  const uint32_t index = static_cast<uint32_t>(node.next_twig++);
  const Twig twig = node.twigs[index];
  constraints_.clear();
  for (uint32_t i = index; node.twigs[i].depth > 0; i = node.twigs[i].parent)
    constraints_.push_back(node.twigs[i].constraint);
  if (twig.depth == agents_) return true;
  const uint32_t agent = node.order[twig.depth];
  const uint32_t at = node.at[agent];
  uint32_t choices[5] = {at};
  uint32_t count = 1;
  for (const uint32_t v : graph_.of(at)) choices[count++] = v;
  random_.shuffle(std::span(choices, count));
  for (uint32_t k = 0; k < count; ++k)
    node.twigs.push_back({index, twig.depth + 1, {agent, choices[k]}});
  return true;
}

std::vector<const uint32_t*> Lacam::solution() const {
  std::vector<const uint32_t*> steps;
  for (uint32_t i = end_; i != kNone; i = nodes_[i].parent) steps.push_back(nodes_[i].at.get());
  std::reverse(steps.begin(), steps.end());
  return steps;
}

uint64_t Lacam::hash(const uint32_t* at) const {
  uint64_t sum = 0;
  for (uint32_t agent = 0; agent < agents_; ++agent) {
    uint64_t x = (uint64_t{agent} << 32 | at[agent]) * 0x9e3779b97f4a7c15;
    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9;
    sum += x ^ x >> 32;
  }
  return sum;
}

uint32_t Lacam::find(uint64_t key, const uint32_t* at) const {
  const auto entry = newest_.find(key);
  uint32_t i = entry == newest_.end() ? kNone : entry->second;
  while (i != kNone && !std::equal(at, at + agents_, nodes_[i].at.get())) i = nodes_[i].same_hash;
  return i;
}

uint32_t Lacam::add(uint32_t parent, uint64_t key, const uint32_t* at) {
  const uint32_t index = static_cast<uint32_t>(nodes_.size());
  Node node{.parent = parent,
            .same_hash = kNone,
            .at = std::make_unique_for_overwrite<uint32_t[]>(agents_),
            .order = std::make_unique_for_overwrite<uint32_t[]>(agents_),
            .twigs = {Twig{kNone, 0, {}}}};
  std::copy(at, at + agents_, node.at.get());
  if (parent != kNone) {
    // Those away from their goals in the order they left; those at theirs last.
    const uint32_t* const order = nodes_[parent].order.get();
    uint32_t away = 0;
    for (uint32_t k = 0; k < agents_; ++k)
      if (at[order[k]] != goals_[order[k]]) node.order[away++] = order[k];
    for (uint32_t k = 0; k < agents_; ++k)
      if (at[order[k]] == goals_[order[k]]) node.order[away++] = order[k];
  }
  const auto [entry, fresh] = newest_.try_emplace(key, index);
  if (!fresh) node.same_hash = std::exchange(entry->second, index);
  nodes_.push_back(std::move(node));
  return index;
}

bool Lacam::solved(const uint32_t* at) const {
  return std::equal(at, at + agents_, goals_.begin());
}

}  // namespace dure::mapf
