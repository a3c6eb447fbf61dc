#include "worlds/fleet/read_kueue_accounts.h"

#include <algorithm>
#include <functional>

#include "base/file.h"
#include "worlds/fleet/kueue.h"

namespace dure::fleet {

Result<void> read_kueue_accounts(const std::string& folder, const std::vector<std::string>& models,
                                 OperationsKeys& keys, RuleOptions& rules,
                                 std::vector<std::string>& assumptions) {
  const std::string& file = keys.kueue;
  if (file.empty()) return {};
  const auto text =
      read_file(file.starts_with('/') ? file : folder + "/" + file, {.max_bytes = kMaxYamlBytes});
  if (!text) return Error{.message = text.error().text(), .key = "accounts.kueue"};
  DURE_TRY(KueueQuotas q, read_kueue(*text, file));
  std::vector<std::string> flavors;
  for (const AccountKeys& a : q.accounts) {
    for (const auto& quota : a.quotas) flavors.push_back(quota.gpu_model);
  }
  const auto differ = [](const std::vector<std::string>& names) {
    return std::adjacent_find(names.begin(), names.end(), std::not_equal_to<>()) != names.end();
  };
  if (!differ(models) && !differ(flavors)) {
    for (AccountKeys& a : q.accounts) {
      for (auto& quota : a.quotas) quota.gpu_model.clear();
    }
  }
  // Kubernetes has no capitals and blanks: "H100 80GB" may be called "h100-80gb".
  for (AccountKeys& a : q.accounts) {
    for (auto& quota : a.quotas) {
      if (std::find(models.begin(), models.end(), quota.gpu_model) != models.end()) continue;
      const auto same = std::find_if(models.begin(), models.end(), [&](const std::string& model) {
        return kubernetes_name(model) == quota.gpu_model;
      });
      if (same != models.end()) quota.gpu_model = *same;
    }
  }
  auto& accounts = keys.accounts;
  accounts.insert(accounts.begin(), q.accounts.begin(), q.accounts.end());
  for (const std::string& note : q.notes) assumptions.push_back(file + ": " + note);
  if (keys.kueue_preemption) {
    rules.reclaim = q.reclaim.cohort != ReclaimOptions::Within::never || q.reclaim.own_account;
    q.reclaim.max_steps = rules.reclaim_options.max_steps;
    rules.reclaim_options = q.reclaim;
  }
  return {};
}

}  // namespace dure::fleet
