#include "worlds/fleet/account_keys.h"

#include <algorithm>
#include <map>
#include <set>

#include "worlds/fleet/account_tree.h"

namespace dure::fleet {
namespace {

double gpus(int64_t milli) {
  return milli >= kNoLimit ? -1 : static_cast<double>(milli) / kWholeGpu;
}

// [accounts] Names that differ: those of a trace's users may stand below several accounts.
std::vector<std::string> names_of(const Model& m, const std::vector<bool>& stays) {
  std::map<std::string, int> count;
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    if (stays[a]) ++count[m.accounts[a].name];
  }
  std::vector<std::string> out;
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    const std::string& name = m.accounts[a].name;
    out.push_back(count[name] > 1 ? account_path(m, a) : name);
  }
  return out;
}

uint32_t top_of(const Model& m, uint32_t account) {
  while (m.accounts[account].parent != kNoAccount) account = m.accounts[account].parent;
  return account;
}

}  // namespace

std::vector<AccountKeys> account_keys_of(const Model& m) {
  std::vector<AccountKeys> out(m.accounts.size());
  // Whether it stays; and whether it has others below it that stay.
  const std::vector<bool> has_quota = have_quotas(m);
  std::vector<bool> stays(m.accounts.size(), true), has_children(m.accounts.size());
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    const uint32_t parent = m.accounts[a].parent;
    if (parent != kNoAccount && has_quota[a]) has_children[parent] = true;
  }
  for (const uint32_t a : in_tree_order(m)) {
    const uint32_t parent = m.accounts[a].parent;
    stays[a] = parent == kNoAccount || (stays[parent] && has_children[parent]);
  }
  const std::vector<std::string> names = names_of(m, stays);
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    const Account& account = m.accounts[a];
    out[a].name = names[a];
    out[a].owner = m.owners[account.owner];
    out[a].weight = account.weight;
    out[a].budget_gpu_h = account.budget_gpu_h;
    if (account.parent == kNoAccount) continue;
    out[a].parent = names[account.parent];
  }
  std::vector<std::set<uint32_t>> models(m.accounts.size());  // of the tree below it
  for (const QuotaStep& q : m.quotas) models[top_of(m, q.account)].insert(q.gpu_model);
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    if (has_children[a] || m.accounts[a].parent == kNoAccount) continue;
    for (const uint32_t model : models[top_of(m, a)]) {
      AccountKeys::Quota none;  // until one of its own begins
      none.at.date = Time{};
      none.gpu_model = m.gpu_models[model];
      none.nominal = 0;
      out[a].quotas.push_back(std::move(none));
    }
  }
  for (const QuotaStep& q : m.quotas) {
    AccountKeys::Quota quota;
    quota.at.date = q.time;
    quota.gpu_model = m.gpu_models[q.gpu_model];
    quota.nominal = gpus(q.limits.nominal);
    quota.borrowing = gpus(q.limits.borrowing);
    quota.lending = gpus(q.limits.lending);
    out[q.account].quotas.push_back(std::move(quota));
  }
  std::vector<AccountKeys> ordered;
  for (const uint32_t a : in_tree_order(m)) {
    if (stays[a]) ordered.push_back(std::move(out[a]));
  }
  return ordered;
}

}  // namespace dure::fleet
