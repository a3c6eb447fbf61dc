// Who may hold how many GPUs: a tree of accounts with nominal quotas, and what they borrow of and
// lend to each other.
//
// The rules are those of Kueue's hierarchical cohorts (sigs.k8s.io/kueue, ClusterQueue and Cohort,
// v1beta1), so that an operator's settings mean here what they mean there: an account's subtree
// has its nominal quota plus what its children lend it; a child keeps for itself what lies above
// its lending limit; beyond its own it borrows from its parent up to its borrowing limit. Amounts
// are GPU milli per GPU model.
//
// A value: part of the world's state. Which account is whose child is the model's.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace dure::fleet {

inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max() / 4;

struct QuotaLimits {  // GPU milli
  int64_t nominal = 0;
  int64_t borrowing = kNoLimit;  // beyond the subtree's own
  int64_t lending = kNoLimit;    // of the subtree's own, to others

  bool operator==(const QuotaLimits&) const = default;
};

class QuotaTree {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  QuotaTree() = default;
  // parents: [accounts] index or kNone; no cycles. All limits are {}.
  QuotaTree(std::span<const uint32_t> parents, uint32_t gpu_models);

  void set(std::span<const uint32_t> parents, uint32_t account, uint32_t gpu_model,
           const QuotaLimits& limits);
  const QuotaLimits& limits(uint32_t account, uint32_t gpu_model) const {
    return nodes_[index(account, gpu_model)].limits;
  }
  // What the account may take now. Below 0 after a quota was cut below what is used.
  int64_t available(std::span<const uint32_t> parents, uint32_t account, uint32_t gpu_model) const;
  void take(std::span<const uint32_t> parents, uint32_t account, uint32_t gpu_model,
            int64_t gpu_milli);
  void give_back(std::span<const uint32_t> parents, uint32_t account, uint32_t gpu_model,
                 int64_t gpu_milli);

  // Held by the account's subtree, without what its children keep for themselves.
  int64_t used(uint32_t account, uint32_t gpu_model) const {
    return nodes_[index(account, gpu_model)].used;
  }
  // Nominal of the subtree as far as it is shared.
  int64_t own(uint32_t account, uint32_t gpu_model) const {
    return nodes_[index(account, gpu_model)].own;
  }
  int64_t borrowed(uint32_t account, uint32_t gpu_model) const {
    const Node& n = nodes_[index(account, gpu_model)];
    return n.used > n.own ? n.used - n.own : 0;
  }
  // Whether the nearest account with quota of its own, it or one above it, would borrow if it held
  // so much more.
  bool would_borrow(std::span<const uint32_t> parents, uint32_t account, uint32_t gpu_model,
                    int64_t gpu_milli) const;

  void fields(auto& visit) { visit(models_, nodes_); }
  bool operator==(const QuotaTree&) const = default;

 private:
  struct Node {
    QuotaLimits limits;
    int64_t own = 0;
    int64_t used = 0;
    bool operator==(const Node&) const = default;
    // What no one else may have of it.
    int64_t kept() const { return own > limits.lending ? own - limits.lending : 0; }
  };
  size_t index(uint32_t account, uint32_t gpu_model) const {
    return size_t{account} * models_ + gpu_model;
  }

  uint32_t models_ = 0;
  std::vector<Node> nodes_;  // [accounts x GPU models]
};

}  // namespace dure::fleet
