#include "worlds/fleet/kueue.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"

namespace dure::fleet {
namespace {

using Kind = YamlNode::Kind;
using Within = ReclaimOptions::Within;

constexpr double kMostGpus = 1e7;
constexpr size_t kMostLevels = 64;  // of cohorts
constexpr double kLeastWeight = 1e-6;
constexpr std::string_view kGroup = "kueue.x-k8s.io/";

std::string found(const YamlNode& n) {
  switch (n.kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return quoted(n.text);
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return {};
}

bool is_gpu(std::string_view resource) { return resource == "gpu" || resource.ends_with("/gpu"); }

// Quotas are whole GPU milli.
double to_milli(double gpus) { return static_cast<double>(std::llround(gpus * 1000)) / 1000; }

// Of a ClusterQueue.
struct Preemption {
  Within cohort = Within::never;
  bool own = false;
  bool operator<(const Preemption& o) const {
    return std::pair(cohort, own) < std::pair(o.cohort, o.own);
  }
};

struct Object {
  bool cohort = false;
  AccountKeys keys;
  int line = 0;
};

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Result<void> document(const YamlNode& n) {
    if (!n.is(Kind::map)) return wrong(n, "", "an object with a kind");
    DURE_TRY(const YamlNode* items, child(n, "items"));
    DURE_TRY(const std::string kind, text(n, "kind"));
    if (items == nullptr || !kind.ends_with("List")) return object(n, kind);
    if (!items->is(Kind::list)) return wrong(*items, "items", "a list");
    for (const YamlNode& item : items->items) {
      if (!item.is(Kind::map)) return wrong(item, "items", "an object with a kind");
      DURE_TRY(const std::string of, text(item, "kind"));
      DURE_CHECK(object(item, of));
    }
    return {};
  }

  Result<KueueQuotas> finish() {
    add_unnamed_cohorts();
    DURE_CHECK(keep_names_apart());
    KueueQuotas out;
    DURE_TRY(out.accounts, in_order());
    out.reclaim = preemption();
    notes();
    out.notes = std::move(notes_);
    return out;
  }

 private:
  // ---- values ----
  Error at(const YamlNode& n, std::string_view key, std::string message) const {
    return Error{.message = std::move(message),
                 .file = file_,
                 .line = n.line,
                 .column = n.column,
                 .key = std::string(key)};
  }
  Error wrong(const YamlNode& n, std::string_view key, std::string_view expected) const {
    return at(n, key, "expected " + std::string(expected) + ", found " + found(n));
  }
  // Absent and null alike are nullptr.
  Result<const YamlNode*> child(const YamlNode& map, std::string_view key) const {
    const YamlNode* it = nullptr;
    for (size_t i = 0; i < map.keys.size(); ++i) {
      if (map.keys[i] != key) continue;
      if (it != nullptr) return at(map.items[i], key, "expected this key once, found it again");
      it = &map.items[i];
    }
    return it != nullptr && it->is(Kind::null) ? nullptr : it;
  }
  Result<const YamlNode*> child(const YamlNode& map, std::string_view key, Kind kind,
                                std::string_view expected) const {
    DURE_TRY(const YamlNode* n, child(map, key));
    if (n != nullptr && !n->is(kind)) return wrong(*n, key, expected);
    return n;
  }
  Result<std::string> text(const YamlNode& map, std::string_view key) const {
    DURE_TRY(const YamlNode* n, child(map, key, Kind::scalar, "text"));
    if (n == nullptr) return at(map, key, "expected this key, found none");
    return n->text;
  }
  // A name becomes one of an account: empty or with line ends, it could not be told again.
  Result<std::string> name(const YamlNode& map, std::string_view key) const {
    DURE_TRY(const std::string value, text(map, key));
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
      return static_cast<unsigned char>(c) >= ' ' && c != 127;
    });
    if (value.empty() || value.size() > 253 || !plain)
      return at(map, key, "expected a name of 1 to 253 characters, found " + quoted(value));
    return value;
  }
  Result<std::optional<double>> quantity(const YamlNode& map, std::string_view key) const {
    DURE_TRY(const YamlNode* n, child(map, key, Kind::scalar, "a quantity"));
    if (n == nullptr) return std::optional<double>();
    const Result<double> value = parse_quantity(n->text);
    if (!value) return at(*n, key, value.error().message);
    return std::optional(*value);
  }
  // The first of two spellings that is there.
  Result<std::string> parent(const YamlNode& spec, std::string_view a, std::string_view b) const {
    for (const std::string_view key : {a, b}) {
      DURE_TRY(const YamlNode* n, child(spec, key, Kind::scalar, "the name of a cohort"));
      if (n != nullptr && !n->text.empty()) return name(spec, key);
    }
    return std::string();
  }

  // ---- objects ----
  Result<void> object(const YamlNode& n, const std::string& kind) {
    DURE_TRY(const std::string api, text(n, "apiVersion"));
    if (!api.starts_with(kGroup) || (kind != "ClusterQueue" && kind != "Cohort")) {
      ++kinds_[kind];
      return {};
    }
    const std::string_view version = std::string_view(api).substr(kGroup.size());
    if (version != "v1beta1" && version != "v1beta2" && version != "v1alpha1") {
      DURE_TRY(const YamlNode* where, child(n, "apiVersion"));
      return wrong(*where, "apiVersion", "kueue.x-k8s.io/v1beta1 or kueue.x-k8s.io/v1beta2");
    }
    Object o;
    o.cohort = kind == "Cohort";
    o.line = n.line;
    DURE_TRY(const YamlNode* metadata, child(n, "metadata", Kind::map, "a map"));
    if (metadata == nullptr) return at(n, "metadata", "expected this key, found none");
    DURE_TRY(o.keys.name, name(*metadata, "name"));
    auto& seen = o.cohort ? cohorts_ : queues_;
    if (!seen.insert(o.keys.name).second)
      return at(
          n, "metadata.name",
          "expected another name than an earlier " + kind + "'s, found " + quoted(o.keys.name));
    DURE_TRY(const YamlNode* spec, child(n, "spec", Kind::map, "a map"));
    Preemption preemption;
    if (spec != nullptr) {
      DURE_CHECK(read_spec(*spec, o, preemption));
    }
    if (!o.cohort) {
      ++preemptions_[preemption];
      ++queue_count_;
    }
    objects_.push_back(std::move(o));
    return {};
  }

  Result<void> read_spec(const YamlNode& spec, Object& o, Preemption& preemption) {
    if (o.cohort) {
      DURE_TRY(o.keys.parent, parent(spec, "parentName", "parent"));
    } else {
      DURE_TRY(o.keys.parent, parent(spec, "cohortName", "cohort"));
    }
    DURE_CHECK(read_weight(spec, o));
    DURE_TRY(const YamlNode* groups, child(spec, "resourceGroups", Kind::list, "a list"));
    if (groups != nullptr) {
      for (const YamlNode& g : groups->items) DURE_CHECK(read_group(g, o));
    }
    std::sort(o.keys.quotas.begin(), o.keys.quotas.end(),
              [](const auto& a, const auto& b) { return a.gpu_model < b.gpu_model; });
    if (!o.cohort) {
      DURE_CHECK(read_preemption(spec, preemption));
      DURE_TRY(const YamlNode* strategy, child(spec, "queueingStrategy", Kind::scalar, "text"));
      const std::string how = strategy == nullptr ? "BestEffortFIFO" : strategy->text;
      if (how != "BestEffortFIFO" && how != "StrictFIFO")
        return wrong(*strategy, "queueingStrategy", "BestEffortFIFO or StrictFIFO");
      if (how == "StrictFIFO") ++strict_;
    }
    static constexpr std::array known = {"cohort",     "cohortName",      "parent",
                                         "parentName", "fairSharing",     "resourceGroups",
                                         "preemption", "queueingStrategy"};
    for (const std::string& key : spec.keys) {
      if (std::find(known.begin(), known.end(), key) == known.end()) fields_.insert("spec." + key);
    }
    return {};
  }

  Result<void> read_weight(const YamlNode& spec, Object& o) {
    DURE_TRY(const YamlNode* sharing, child(spec, "fairSharing", Kind::map, "a map"));
    if (sharing == nullptr) return {};
    DURE_TRY(const std::optional<double> weight, quantity(*sharing, "weight"));
    if (!weight) return {};
    weights_ = true;
    if (*weight > 1e9) return at(*sharing, "weight", "expected at most 1000000000, found more");
    if (*weight < kLeastWeight) ++no_weight_;
    o.keys.weight = std::max(*weight, kLeastWeight);
    return {};
  }

  Result<void> read_preemption(const YamlNode& spec, Preemption& out) {
    DURE_TRY(const YamlNode* n, child(spec, "preemption", Kind::map, "a map"));
    if (n == nullptr) return {};
    DURE_TRY(const YamlNode* cohort, child(*n, "reclaimWithinCohort", Kind::scalar, "text"));
    if (cohort != nullptr) {
      if (cohort->text == "Any")
        out.cohort = Within::any;
      else if (cohort->text == "LowerPriority")
        out.cohort = Within::lower_priority;
      else if (cohort->text != "Never")
        return wrong(*cohort, "reclaimWithinCohort", "Never, LowerPriority or Any");
    }
    DURE_TRY(const YamlNode* own, child(*n, "withinClusterQueue", Kind::scalar, "text"));
    if (own != nullptr) {
      out.own = own->text != "Never";
      if (own->text == "LowerOrNewerEqualPriority")
        ++newer_equal_;
      else if (own->text != "Never" && own->text != "LowerPriority")
        return wrong(*own, "withinClusterQueue",
                     "Never, LowerPriority or LowerOrNewerEqualPriority");
    }
    DURE_TRY(const YamlNode* borrow, child(*n, "borrowWithinCohort", Kind::map, "a map"));
    if (borrow != nullptr) {
      DURE_TRY(const YamlNode* policy, child(*borrow, "policy", Kind::scalar, "text"));
      if (policy != nullptr && policy->text == "LowerPriority")
        ++borrow_within_;
      else if (policy != nullptr && policy->text != "Never")
        return wrong(*policy, "policy", "Never or LowerPriority");
    }
    return {};
  }

  Result<void> read_group(const YamlNode& g, Object& o) {
    if (!g.is(Kind::map)) return wrong(g, "resourceGroups", "a map");
    DURE_TRY(const YamlNode* covered, child(g, "coveredResources", Kind::list, "a list"));
    if (covered == nullptr) return at(g, "coveredResources", "expected this key, found none");
    std::vector<std::string_view> names;
    for (const YamlNode& c : covered->items) {
      if (!c.is(Kind::scalar)) return wrong(c, "coveredResources", "the name of a resource");
      names.push_back(c.text);
    }
    if (names.size() > 256)
      return at(*covered, "coveredResources", "expected at most 256 resources, found more");
    DURE_TRY(const YamlNode* flavors, child(g, "flavors", Kind::list, "a list"));
    if (flavors == nullptr) return at(g, "flavors", "expected this key, found none");
    for (const YamlNode& f : flavors->items) {
      if (!f.is(Kind::map)) return wrong(f, "flavors", "a map");
      DURE_TRY(const std::string flavor, name(f, "name"));
      DURE_TRY(const YamlNode* resources, child(f, "resources", Kind::list, "a list"));
      if (resources == nullptr) return at(f, "resources", "expected this key, found none");
      for (const YamlNode& r : resources->items) DURE_CHECK(read_resource(r, flavor, names, o));
    }
    return {};
  }

  Result<void> read_resource(const YamlNode& r, const std::string& flavor,
                             const std::vector<std::string_view>& covered, Object& o) {
    if (!r.is(Kind::map)) return wrong(r, "resources", "a map");
    static constexpr std::array<std::string_view, 4> known = {"name", "nominalQuota",
                                                              "borrowingLimit", "lendingLimit"};
    for (size_t i = 0; i < r.keys.size(); ++i) {
      if (std::find(known.begin(), known.end(), r.keys[i]) == known.end())
        return at(r.items[i], "resources",
                  "expected name, nominalQuota, borrowingLimit or lendingLimit, found " +
                      quoted(r.keys[i]) + did_you_mean(r.keys[i], known));
    }
    DURE_TRY(const std::string resource, name(r, "name"));
    if (std::find(covered.begin(), covered.end(), resource) == covered.end())
      return at(r, "name",
                "expected one of coveredResources, found " + quoted(resource) +
                    did_you_mean(resource, covered));
    DURE_TRY(const std::optional<double> nominal, quantity(r, "nominalQuota"));
    DURE_TRY(std::optional<double> borrowing, quantity(r, "borrowingLimit"));
    DURE_TRY(std::optional<double> lending, quantity(r, "lendingLimit"));
    if (!nominal) return at(r, "nominalQuota", "expected this key, found none");
    if (!is_gpu(resource)) {
      resources_.insert(resource);
      return {};
    }
    for (const auto& x : {nominal, borrowing, lending}) {
      if (x && *x > kMostGpus)
        return at(r, resource, "expected at most 10,000,000 GPUs, found more");
    }
    if ((borrowing || lending) && o.keys.parent.empty()) {
      ++no_parent_;
      borrowing = lending = std::nullopt;
    }
    for (const AccountKeys::Quota& q : o.keys.quotas) {
      if (q.gpu_model == flavor)
        return at(r, resource,
                  "expected one GPU resource for flavor " + quoted(flavor) +
                      " of an object, found another");
    }
    flavors_.insert(flavor);
    AccountKeys::Quota q;
    q.gpu_model = flavor;
    q.nominal = to_milli(*nominal);
    if (borrowing) q.borrowing = to_milli(*borrowing);
    if (lending) q.lending = to_milli(*lending);
    o.keys.quotas.push_back(std::move(q));
    return {};
  }

  // ---- the tree ----
  void add_unnamed_cohorts() {
    for (size_t i = 0; i < objects_.size(); ++i) {
      const std::string parent = objects_[i].keys.parent;
      if (parent.empty() || !cohorts_.insert(parent).second) continue;
      Object o;
      o.cohort = true;
      o.keys.name = parent;
      o.line = objects_[i].line;
      objects_.push_back(std::move(o));
    }
  }

  // Accounts have one name space, Kueue has one for cohorts and one for queues.
  Result<void> keep_names_apart() {
    std::map<std::string, std::string> renamed;
    for (const std::string& cohort : cohorts_) {
      if (!queues_.contains(cohort)) continue;
      std::string other = cohort + "-cohort";
      while (queues_.contains(other) || cohorts_.contains(other)) other += "-cohort";
      renamed[cohort] = other;
      notes_.push_back("cohort " + quoted(cohort) +
                       " has the name of a ClusterQueue and is called " + quoted(other));
    }
    for (Object& o : objects_) {
      if (const auto it = renamed.find(o.keys.parent); it != renamed.end())
        o.keys.parent = it->second;
      if (const auto it = renamed.find(o.keys.name); o.cohort && it != renamed.end())
        o.keys.name = it->second;
    }
    return {};
  }

  Result<std::vector<AccountKeys>> in_order() {
    std::sort(objects_.begin(), objects_.end(),
              [](const Object& a, const Object& b) { return a.keys.name < b.keys.name; });
    std::map<std::string, std::vector<size_t>> below;
    for (size_t i = 0; i < objects_.size(); ++i) below[objects_[i].keys.parent].push_back(i);
    std::vector<AccountKeys> out;
    std::vector<uint8_t> reached(objects_.size(), 0);
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
      Object& o = objects_[todo.back()];
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
    for (size_t i = 0; i < objects_.size(); ++i) {
      if (reached[i]) continue;
      return Error{.message = "expected cohorts without a circle, found " +
                              quoted(objects_[i].keys.name) + " in or below one",
                   .file = file_,
                   .line = objects_[i].line};
    }
    return out;
  }

  // Nothing may be borrowed of a flavor without an entry.
  void only_listed(AccountKeys& a) const {
    if (a.parent.empty()) return;
    std::vector<AccountKeys::Quota> all;
    size_t next = 0;
    for (const std::string& flavor : flavors_) {  // both by name
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
    for (const auto& [p, count] : preemptions_) {
      if (count <= most) continue;
      most = count;
      out.cohort = p.cohort;
      out.own_account = p.own;
    }
    if (preemptions_.size() > 1)
      notes_.push_back("spec.preemption differs: taken as in " + with_commas(most) + " of " +
                       counted(static_cast<uint64_t>(queue_count_), "ClusterQueue"));
    out.fair_sharing = weights_;
    if (weights_)
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
    if (!resources_.empty())
      notes_.push_back("left out: quotas of " + list(resources_) + "; only GPUs have them");
    if (!fields_.empty()) notes_.push_back("left out: " + list(fields_));
    for (const auto& [kind, count] : kinds_)
      notes_.push_back("left out: " + counted(static_cast<uint64_t>(count), "object") +
                       " of kind " + kind);
    note(no_parent_, "left out: limits of borrowing and lending outside any cohort");
    note(no_weight_, "fairSharing.weight 0 is taken as " + shortest(kLeastWeight));
    note(borrow_within_, "left out: preemption.borrowWithinCohort");
    note(newer_equal_, "withinClusterQueue: LowerOrNewerEqualPriority is taken as LowerPriority");
    note(strict_, "left out: queueingStrategy StrictFIFO; policy.order holds for all");
  }

  const std::string& file_;
  std::vector<Object> objects_;
  std::set<std::string> cohorts_, queues_, flavors_;
  std::set<std::string> resources_, fields_;  // left out
  std::map<std::string, int64_t> kinds_;      // left out
  std::map<Preemption, int64_t> preemptions_;
  int64_t queue_count_ = 0, no_parent_ = 0, no_weight_ = 0, borrow_within_ = 0, newer_equal_ = 0,
          strict_ = 0;
  bool weights_ = false;
  std::vector<std::string> notes_;
};

}  // namespace

Result<double> parse_quantity(std::string_view text) {
  struct Suffix {
    std::string_view name;
    double times, over;  // both exact
  };
  static constexpr std::array<Suffix, 15> suffixes = {{{"Ki", 0x1p10, 1},
                                                       {"Mi", 0x1p20, 1},
                                                       {"Gi", 0x1p30, 1},
                                                       {"Ti", 0x1p40, 1},
                                                       {"Pi", 0x1p50, 1},
                                                       {"Ei", 0x1p60, 1},
                                                       {"n", 1, 1e9},
                                                       {"u", 1, 1e6},
                                                       {"m", 1, 1e3},
                                                       {"k", 1e3, 1},
                                                       {"M", 1e6, 1},
                                                       {"G", 1e9, 1},
                                                       {"T", 1e12, 1},
                                                       {"P", 1e15, 1},
                                                       {"E", 1e18, 1}}};
  const Error wrong{.message =
                        "expected a quantity such as 10, 1500m or 20Gi, found " + quoted(text)};
  std::string_view number = text;
  Suffix suffix{"", 1, 1};
  for (const Suffix& s : suffixes) {
    if (!text.ends_with(s.name)) continue;
    number.remove_suffix(s.name.size());
    suffix = s;
    break;
  }
  const bool starts = !number.empty() && (number[0] == '.' || number[0] == '+' ||
                                          (number[0] >= '0' && number[0] <= '9'));
  const Result<double> value = parse_double(number);
  const double x = value ? *value * suffix.times / suffix.over : 0;
  // 1e3 has an exponent, 1e3k does not have two.
  const bool exponent = number.find_first_of("eE") != std::string_view::npos;
  if (!starts || !value || !(x >= 0 && x < 1e30) || (exponent && !suffix.name.empty()))
    return wrong;
  return x;
}

Result<KueueQuotas> read_kueue(std::string_view text, const std::string& file) {
  Reader reader(file);
  DURE_CHECK(for_each_yaml(text, file, [&](const YamlNode& n) { return reader.document(n); }));
  DURE_TRY(KueueQuotas out, reader.finish());
  if (out.accounts.empty())
    return Error{.message = "expected objects of kind ClusterQueue or Cohort, found none",
                 .file = file};
  return out;
}

}  // namespace dure::fleet
