#include "worlds/fleet/account_tree.h"

namespace dure::fleet {

std::string account_path(const Model& m, uint32_t account) {
  const Account& a = m.accounts[account];
  return a.parent == kNoAccount ? a.name : account_path(m, a.parent) + '/' + a.name;
}

std::vector<uint32_t> in_tree_order(const Model& m) {
  std::vector<uint32_t> first(m.accounts.size(), kNoAccount), next = first;
  uint32_t root = kNoAccount;
  for (uint32_t a = static_cast<uint32_t>(m.accounts.size()); a-- > 0;) {
    uint32_t& head = m.accounts[a].parent == kNoAccount ? root : first[m.accounts[a].parent];
    next[a] = head;
    head = a;
  }
  std::vector<uint32_t> out, open;
  if (root != kNoAccount) open.push_back(root);
  while (!open.empty()) {
    const uint32_t a = open.back();
    open.pop_back();
    out.push_back(a);
    if (next[a] != kNoAccount) open.push_back(next[a]);
    if (first[a] != kNoAccount) open.push_back(first[a]);
  }
  return out;
}

std::vector<bool> have_quotas(const Model& m) {
  std::vector<bool> out(m.accounts.size());
  for (const QuotaStep& q : m.quotas) {
    for (uint32_t a = q.account; a != kNoAccount && !out[a]; a = m.accounts[a].parent)
      out[a] = true;
  }
  return out;
}

}  // namespace dure::fleet
