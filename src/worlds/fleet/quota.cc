#include "worlds/fleet/quota.h"

#include <algorithm>

namespace dure::fleet {

QuotaTree::QuotaTree(std::span<const uint32_t> parents, uint32_t gpu_models)
    : models_(gpu_models), nodes_(parents.size() * gpu_models) {}

// A change of the subtree's own changes what is lent to the parent, and so on up. What is used of
// the parent's share follows.
void QuotaTree::set(std::span<const uint32_t> parents, uint32_t account, uint32_t m,
                    const QuotaLimits& limits) {
  Node* n = &nodes_[index(account, m)];
  int64_t lent_before = n->own - n->kept();
  int64_t spilled_before = std::max<int64_t>(0, n->used - n->kept());
  n->own += limits.nominal - n->limits.nominal;
  n->limits = limits;
  for (uint32_t p = parents[account]; p != kNone; p = parents[p]) {
    const int64_t lent = n->own - n->kept();
    const int64_t spilled = std::max<int64_t>(0, n->used - n->kept());
    Node& above = nodes_[index(p, m)];
    const int64_t above_lent = above.own - above.kept();
    const int64_t above_spilled = std::max<int64_t>(0, above.used - above.kept());
    above.own += lent - lent_before;
    above.used += spilled - spilled_before;
    n = &above;
    lent_before = above_lent;
    spilled_before = above_spilled;
  }
}

int64_t QuotaTree::available(std::span<const uint32_t> parents, uint32_t account,
                             uint32_t m) const {
  const Node& n = nodes_[index(account, m)];
  if (parents[account] == kNone) return n.own - n.used;
  const int64_t mine = std::max<int64_t>(0, n.kept() - n.used);
  int64_t above = available(parents, parents[account], m);
  if (n.limits.borrowing < kNoLimit) {
    const int64_t shared = n.own - n.kept();
    const int64_t shared_used = std::max<int64_t>(0, n.used - n.kept());
    above = std::min(above, shared - shared_used + n.limits.borrowing);
  }
  // What it keeps for itself it has even when those above are over their quota.
  return mine > 0 ? mine + std::max<int64_t>(0, above) : above;
}

void QuotaTree::take(std::span<const uint32_t> parents, uint32_t account, uint32_t m,
                     int64_t gpu_milli) {
  for (uint32_t a = account; a != kNone && gpu_milli > 0; a = parents[a]) {
    Node& n = nodes_[index(a, m)];
    const int64_t mine = std::max<int64_t>(0, n.kept() - n.used);
    n.used += gpu_milli;
    gpu_milli -= std::min(gpu_milli, mine);
  }
}

void QuotaTree::give_back(std::span<const uint32_t> parents, uint32_t account, uint32_t m,
                          int64_t gpu_milli) {
  for (uint32_t a = account; a != kNone && gpu_milli > 0; a = parents[a]) {
    Node& n = nodes_[index(a, m)];
    const int64_t of_parent = std::max<int64_t>(0, n.used - n.kept());
    n.used -= gpu_milli;
    gpu_milli = std::min(gpu_milli, of_parent);
  }
}

bool QuotaTree::would_borrow(std::span<const uint32_t> parents, uint32_t account, uint32_t m,
                             int64_t gpu_milli) const {
  for (uint32_t a = account; a != kNone && gpu_milli > 0; a = parents[a]) {
    const Node& n = nodes_[index(a, m)];
    if (n.own > 0 || parents[a] == kNone) {
      // Below the first account with quota of its own, there is only sharing of it.
      return n.used + gpu_milli > n.own;
    }
    gpu_milli -= std::min(gpu_milli, std::max<int64_t>(0, n.kept() - n.used));
  }
  return false;
}

}  // namespace dure::fleet
