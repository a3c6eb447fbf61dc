#include "worlds/fleet/kueue.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "worlds/fleet/kueue_objects.h"

namespace dure::fleet {
namespace {

using Within = ReclaimOptions::Within;

constexpr size_t kMostLevels = 64;  // of cohorts

// Accounts of all objects together.
class Tree {
 public:
  Tree(KueueObjects objects, const std::string& file) : in_(std::move(objects)), file_(file) {}

  Result<KueueQuotas> finish() {
    add_unnamed_cohorts();
    keep_names_apart();
    KueueQuotas out;
    DURE_TRY(out.accounts, in_order());
    out.reclaim = preemption();
    notes();
    out.notes = std::move(notes_);
    return out;
  }

 private:
  // ---- the tree ----
  void add_unnamed_cohorts() {
    for (size_t i = 0; i < in_.objects.size(); ++i) {
      const std::string parent = in_.objects[i].keys.parent;
      if (parent.empty() || !in_.cohorts.insert(parent).second) continue;
      KueueObject o;
      o.cohort = true;
      o.keys.name = parent;
      o.line = in_.objects[i].line;
      in_.objects.push_back(std::move(o));
    }
  }

  // Accounts have one name space, Kueue has one for cohorts and one for queues.
  void keep_names_apart() {
    std::map<std::string, std::string> renamed;
    for (const std::string& cohort : in_.cohorts) {
      if (!in_.queues.contains(cohort)) continue;
      std::string other = cohort + "-cohort";
      while (in_.queues.contains(other) || in_.cohorts.contains(other)) other += "-cohort";
      renamed[cohort] = other;
      notes_.push_back("cohort " + quoted(cohort) +
                       " has the name of a ClusterQueue and is called " + quoted(other));
    }
    for (KueueObject& o : in_.objects) {
      if (const auto it = renamed.find(o.keys.parent); it != renamed.end())
        o.keys.parent = it->second;
      if (const auto it = renamed.find(o.keys.name); o.cohort && it != renamed.end())
        o.keys.name = it->second;
    }
  }

  Result<std::vector<AccountKeys>> in_order() {
    std::sort(in_.objects.begin(), in_.objects.end(),
              [](const KueueObject& a, const KueueObject& b) { return a.keys.name < b.keys.name; });
    std::map<std::string, std::vector<size_t>> below;
    for (size_t i = 0; i < in_.objects.size(); ++i) below[in_.objects[i].keys.parent].push_back(i);
    std::vector<AccountKeys> out;
    std::vector<uint8_t> reached(in_.objects.size(), 0);
    std::vector<size_t> todo;  // the next at the back; those of a lower level above
    std::vector<size_t> level;
    const auto push = [&](const std::string& parent, size_t at_level) {
      const auto it = below.find(parent);
      if (it == below.end()) return false;
      for (auto i = it->second.rbegin(); i != it->second.rend(); ++i) {
        todo.push_back(*i);
        level.push_back(at_level);
      }
      return true;
    };
    push("", 1);
    while (!todo.empty()) {
      KueueObject& o = in_.objects[todo.back()];
      const size_t depth = level.back();
      reached[todo.back()] = 1;
      todo.pop_back();
      level.pop_back();
      if (depth > kMostLevels)
        return Error{.message = "expected at most " + std::to_string(kMostLevels) +
                                " levels of cohorts, found more at " + quoted(o.keys.name),
                     .file = file_,
                     .line = o.line};
      if (!push(o.keys.name, depth + 1)) only_listed(o.keys);
      out.push_back(o.keys);
    }
    for (size_t i = 0; i < in_.objects.size(); ++i) {
      if (reached[i]) continue;
      return Error{.message = "expected cohorts without a circle, found " +
                              quoted(in_.objects[i].keys.name) + " in or below one",
                   .file = file_,
                   .line = in_.objects[i].line};
    }
    return out;
  }

  // Nothing may be borrowed of a flavor without an entry.
  void only_listed(AccountKeys& a) const {
    if (a.parent.empty()) return;
    std::vector<AccountKeys::Quota> all;
    size_t next = 0;
    for (const std::string& flavor : in_.flavors) {  // both by name
      if (next < a.quotas.size() && a.quotas[next].gpu_model == flavor) {
        all.push_back(a.quotas[next++]);
        continue;
      }
      AccountKeys::Quota none;
      none.gpu_model = flavor;
      none.nominal = none.borrowing = 0;
      all.push_back(none);
    }
    a.quotas = std::move(all);
  }

  // ---- what all queues share ----
  ReclaimOptions preemption() {
    ReclaimOptions out;
    out.cohort = Within::never;
    out.own_account = false;
    int64_t most = 0;
    for (const auto& [p, count] : in_.preemptions) {
      if (count <= most) continue;
      most = count;
      out.cohort = p.cohort;
      out.own_account = p.own;
    }
    if (in_.preemptions.size() > 1)
      notes_.push_back("spec.preemption differs: taken as in " + with_commas(most) + " of " +
                       counted(static_cast<uint64_t>(in_.queue_count), "ClusterQueue"));
    out.fair_sharing = in_.weights;
    if (in_.weights)
      notes_.push_back(
          "fair sharing is taken to be on, since fairSharing.weight is given; Kueue's "
          "Configuration "
          "decides");
    return out;
  }

  void notes() {
    const auto list = [&](const auto& names) {
      std::string out;
      for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
      return out;
    };
    const auto note = [&](int64_t count, const std::string& what) {
      if (count > 0)
        notes_.push_back(what + " (" + counted(static_cast<uint64_t>(count), "time") + ")");
    };
    if (!in_.resources.empty())
      notes_.push_back("left out: quotas of " + list(in_.resources) + "; only GPUs have them");
    if (!in_.fields.empty()) notes_.push_back("left out: " + list(in_.fields));
    for (const auto& [kind, count] : in_.kinds)
      notes_.push_back("left out: " + counted(static_cast<uint64_t>(count), "object") +
                       " of kind " + kind);
    note(in_.no_parent, "left out: limits of borrowing and lending outside any cohort");
    note(in_.no_weight, "fairSharing.weight 0 is taken as " + shortest(kLeastKueueWeight));
    note(in_.borrow_within, "left out: preemption.borrowWithinCohort");
    note(in_.newer_equal,
         "withinClusterQueue: LowerOrNewerEqualPriority is taken as LowerPriority");
    note(in_.strict, "left out: queueingStrategy StrictFIFO; policy.order holds for all");
  }

  KueueObjects in_;
  const std::string& file_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<KueueQuotas> read_kueue(std::string_view text, const std::string& file) {
  DURE_TRY(KueueObjects objects, read_kueue_objects(text, file));
  DURE_TRY(KueueQuotas out, Tree(std::move(objects), file).finish());
  if (out.accounts.empty())
    return Error{.message = "expected objects of kind ClusterQueue or Cohort, found none",
                 .file = file};
  return out;
}

}  // namespace dure::fleet
