#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "worlds/fleet/kueue.h"

namespace dure::fleet {
namespace {

constexpr const char* kOnlyModel = "default-flavor";

bool is_kubernetes_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  char before = '.';
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && (before == '.' || !(c == '-' || c == '.'))) return false;
    if (c == '.' && before == '-') return false;
    before = c;
  }
  return before != '-' && before != '.';
}

class Names {
 public:
  // Those that are allowed keep theirs, whatever the others become.
  explicit Names(const std::set<std::string>& all) {
    for (const std::string& name : all) {
      if (is_kubernetes_name(name)) taken_.insert(name);
    }
    for (const std::string& name : all) {
      if (is_kubernetes_name(name)) {
        names_[name] = name;
        continue;
      }
      const std::string base = kubernetes_name(name);
      std::string other = base;
      for (int n = 2; !taken_.insert(other).second; ++n) other = base + '-' + std::to_string(n);
      names_[name] = other;
      changed_.push_back("# " + quoted(name) + " is called " + other + ".\n");
    }
  }
  const std::string& of(const std::string& name) const { return names_.at(name); }
  const std::vector<std::string>& changed() const { return changed_; }

 private:
  std::set<std::string> taken_;
  std::map<std::string, std::string> names_;
  std::vector<std::string> changed_;
};

// To a milli.
std::string quantity(double x) {
  const int64_t milli = std::llround(x * 1000);
  return milli % 1000 == 0 ? std::to_string(milli / 1000) : std::to_string(milli) + 'm';
}

// To a nano.
std::string weight(double x) {
  const int64_t nano = std::max<int64_t>(1, std::llround(x * 1e9));
  return nano % 1'000'000 == 0 ? quantity(x) : std::to_string(nano) + 'n';
}

// The last entry of each GPU model that holds at `start`.
std::map<std::string, AccountKeys::Quota> quotas_at(const AccountKeys& a, Time start) {
  std::map<std::string, AccountKeys::Quota> out;
  for (const AccountKeys::Quota& q : a.quotas) {
    if (q.at.from(start) > start) continue;
    const auto it = out.find(q.gpu_model);
    if (it == out.end() || q.at.from(start) >= it->second.at.from(start)) out[q.gpu_model] = q;
  }
  return out;
}

std::string preemption(const ReclaimOptions& o) {
  using Within = ReclaimOptions::Within;
  const char* cohort = o.cohort == Within::any     ? "Any"
                       : o.cohort == Within::never ? "Never"
                                                   : "LowerPriority";
  return std::string("  preemption:\n    reclaimWithinCohort: ") + cohort +
         "\n    withinClusterQueue: " + (o.own_account ? "LowerPriority" : "Never") + '\n';
}

}  // namespace

std::string kubernetes_name(std::string_view name) {
  std::string out;
  bool after_letter = false;
  for (const char c : to_lower(name)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter || after_letter) out += letter || c == '.' ? c : '-';
    after_letter = letter;
    if (out.size() == 200) break;
  }
  if (!out.empty() && (out.back() == '-' || out.back() == '.')) out.pop_back();
  return out.empty() ? "unnamed" : out;
}

std::string kueue_yaml(const std::vector<AccountKeys>& accounts, Time start,
                       const std::optional<ReclaimOptions>& reclaim) {
  std::set<std::string> names, models, parents;
  int64_t budgets = 0, later = 0;
  for (const AccountKeys& a : accounts) {
    names.insert(a.name);
    if (!a.parent.empty()) names.insert(a.parent), parents.insert(a.parent);
    budgets += a.budget_gpu_h >= 0;
    for (const auto& q : a.quotas) {
      models.insert(q.gpu_model.empty() ? kOnlyModel : q.gpu_model);
      later += q.at.from(start) > start;
    }
  }
  const Names name(names), flavor(models);
  std::string comments, out;
  for (const std::string& line : name.changed()) comments += line;
  for (const std::string& line : flavor.changed()) comments += line;
  const auto left_out = [&](int64_t count, const char* what) {
    if (count > 0) comments += "# Left out: " + counted(static_cast<uint64_t>(count), what) + ".\n";
  };
  left_out(budgets, "budget");
  left_out(later, "quota of a later date");

  for (const AccountKeys& a : accounts) {
    const bool cohort = parents.contains(a.name);
    out += "---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: ";
    out += cohort ? "Cohort" : "ClusterQueue";
    out += "\nmetadata:\n  name: \"" + name.of(a.name) + "\"\n";
    std::string spec;
    if (!cohort) spec += "  namespaceSelector: {}\n";
    if (!a.parent.empty())
      spec += std::string(cohort ? "  parentName" : "  cohortName") + ": \"" + name.of(a.parent) +
              "\"\n";
    if (a.weight != 1) spec += "  fairSharing:\n    weight: \"" + weight(a.weight) + "\"\n";
    if (reclaim && !cohort) spec += preemption(*reclaim);
    std::string flavors;
    for (const auto& [model, q] : quotas_at(a, start)) {
      const std::string& called = flavor.of(model.empty() ? kOnlyModel : model);
      if (q.nominal < 0) {
        comments += "# Left out: the quota of " + name.of(a.name) + " for " + called +
                    ", which follows what its owner has in service.\n";
        continue;
      }
      flavors += "    - name: \"" + called +
                 "\"\n      resources:\n      - name: \"nvidia.com/gpu\"\n        nominalQuota: " +
                 quantity(q.nominal) + '\n';
      if (q.borrowing >= 0 && !a.parent.empty())
        flavors += "        borrowingLimit: " + quantity(q.borrowing) + '\n';
      if (q.lending >= 0 && !a.parent.empty())
        flavors += "        lendingLimit: " + quantity(q.lending) + '\n';
    }
    if (!flavors.empty())
      spec +=
          "  resourceGroups:\n  - coveredResources: [\"nvidia.com/gpu\"]\n    flavors:\n" + flavors;
    out += spec.empty() ? "spec: {}\n" : "spec:\n" + spec;
  }
  return comments + out;
}

}  // namespace dure::fleet
