#include "worlds/fleet/fair_share.h"

#include <algorithm>
#include <numeric>

#include "base/math.h"

namespace dure::fleet {

double load_of(const World& world, uint32_t a, Load load) {
  const AccountState& state = world.account(a);
  double share = world.model().accounts[a].weight;
  if (load == Load::quota) {
    int64_t own = 0;
    for (uint32_t g = 0; world.model().has_quotas() && g < world.model().gpu_models.size(); ++g) {
      own += world.quota().own(a, g);
    }
    share *= static_cast<double>(own);
  }
  if (share <= 0) return math::kInf;
  return (load == Load::use ? state.decayed_gpu_s : static_cast<double>(state.held)) / share;
}

uint32_t AccountOrder::depth(uint32_t a) const {
  uint32_t n = 0;
  while ((a = parent(a)) != kNoAccount) ++n;
  return n;
}

bool AccountOrder::operator()(uint32_t a, uint32_t b) const {
  if (a == b) return false;
  const uint32_t of_a = depth(a), of_b = depth(b);
  for (uint32_t i = of_b; i < of_a; ++i) a = parent(a);
  for (uint32_t i = of_a; i < of_b; ++i) b = parent(b);
  if (a == b) return of_a < of_b;  // one is above the other
  while (parent(a) != parent(b)) {
    a = parent(a);
    b = parent(b);
  }
  const double load_a = load_of(world_, a, load_), load_b = load_of(world_, b, load_);
  return load_a != load_b ? load_a < load_b : a < b;
}

namespace {

// 2^(-use/shares): both normalised, over the whole tree.
std::vector<double> classic(const World& world) {
  const Model& m = world.model();
  const auto n = static_cast<uint32_t>(m.accounts.size());
  std::vector<double> weights(n + 1, 0);  // of an account's children; [n]: of those at the top
  double total = 0;
  const auto above = [&](uint32_t a) { return std::min(m.account_parent[a], n); };
  for (uint32_t a = 0; a < n; ++a) {
    weights[above(a)] += m.accounts[a].weight;
    if (above(a) == n) total += world.account(a).decayed_gpu_s;
  }
  struct Node {
    double shares = -1, use = 0;  // of all; use: effective
  };
  std::vector<Node> nodes(n);
  std::vector<double> out(n, 0);
  std::vector<uint32_t> path;
  for (uint32_t a = 0; a < n; ++a) {
    // Those above come first, wherever they were declared.
    for (uint32_t x = a; x < n && nodes[x].shares < 0; x = above(x)) path.push_back(x);
    for (; !path.empty(); path.pop_back()) {
      const uint32_t x = path.back(), p = above(x);
      const double part = weights[p] > 0 ? m.accounts[x].weight / weights[p] : 0;
      const double use = total > 0 ? world.account(x).decayed_gpu_s / total : 0;
      if (p == n) {
        nodes[x] = {part, use};
      } else {
        nodes[x] = {nodes[p].shares * part, use + (nodes[p].use - use) * part};
      }
    }
    if (nodes[a].shares > 0) {
      out[a] = math::exp(-math::log(2.0) * std::min(1000.0, nodes[a].use / nodes[a].shares));
    }
  }
  return out;
}

std::vector<double> tree(const World& world) {
  const size_t n = world.model().accounts.size();
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), AccountOrder(world, Load::use));
  std::vector<double> out(n);
  for (size_t i = 0; i < n; ++i) {
    out[order[i]] = static_cast<double>(n - i) / static_cast<double>(n);
  }
  return out;
}

}  // namespace

std::vector<double> fair_share_factors(const World& world, FairShare kind) {
  return kind == FairShare::tree ? tree(world) : classic(world);
}

}  // namespace dure::fleet
