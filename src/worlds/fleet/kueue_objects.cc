#include "worlds/fleet/kueue_objects.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "worlds/fleet/kueue_fields.h"

namespace dure::fleet {
namespace {

using Kind = YamlNode::Kind;
using Within = ReclaimOptions::Within;

constexpr double kMostGpus = 1e7;
constexpr std::string_view kGroup = "kueue.x-k8s.io/";

bool is_gpu(std::string_view resource) { return resource == "gpu" || resource.ends_with("/gpu"); }

// Quotas are whole GPU milli.
double to_milli(double gpus) { return static_cast<double>(std::llround(gpus * 1000)) / 1000; }

class Reader : KueueFields {
 public:
  explicit Reader(const std::string& file) : KueueFields(file) {}

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

  KueueObjects take() { return std::move(out_); }

 private:
  Result<void> object(const YamlNode& n, const std::string& kind) {
    DURE_TRY(const std::string api, text(n, "apiVersion"));
    if (!api.starts_with(kGroup) || (kind != "ClusterQueue" && kind != "Cohort")) {
      ++out_.kinds[kind];
      return {};
    }
    const std::string_view version = std::string_view(api).substr(kGroup.size());
    if (version != "v1beta1" && version != "v1beta2" && version != "v1alpha1") {
      DURE_TRY(const YamlNode* where, child(n, "apiVersion"));
      return wrong(*where, "apiVersion", "kueue.x-k8s.io/v1beta1 or kueue.x-k8s.io/v1beta2");
    }
    KueueObject o;
    o.cohort = kind == "Cohort";
    o.line = n.line;
    DURE_TRY(const YamlNode* metadata, child(n, "metadata", Kind::map, "a map"));
    if (metadata == nullptr) return at(n, "metadata", "expected this key, found none");
    DURE_TRY(o.keys.name, name(*metadata, "name"));
    auto& seen = o.cohort ? out_.cohorts : out_.queues;
    if (!seen.insert(o.keys.name).second)
      return at(
          n, "metadata.name",
          "expected another name than an earlier " + kind + "'s, found " + quoted(o.keys.name));
    DURE_TRY(const YamlNode* spec, child(n, "spec", Kind::map, "a map"));
    KueuePreemption preemption;
    if (spec != nullptr) {
      DURE_CHECK(read_spec(*spec, o, preemption));
    }
    if (!o.cohort) {
      ++out_.preemptions[preemption];
      ++out_.queue_count;
    }
    out_.objects.push_back(std::move(o));
    return {};
  }

  Result<void> read_spec(const YamlNode& spec, KueueObject& o, KueuePreemption& preemption) {
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
      if (how == "StrictFIFO") ++out_.strict;
    }
    static constexpr std::array known = {"cohort",     "cohortName",      "parent",
                                         "parentName", "fairSharing",     "resourceGroups",
                                         "preemption", "queueingStrategy"};
    for (const std::string& key : spec.keys) {
      if (std::find(known.begin(), known.end(), key) == known.end())
        out_.fields.insert("spec." + key);
    }
    return {};
  }

  Result<void> read_weight(const YamlNode& spec, KueueObject& o) {
    DURE_TRY(const YamlNode* sharing, child(spec, "fairSharing", Kind::map, "a map"));
    if (sharing == nullptr) return {};
    DURE_TRY(const std::optional<double> weight, quantity(*sharing, "weight"));
    if (!weight) return {};
    out_.weights = true;
    if (*weight > 1e9) return at(*sharing, "weight", "expected at most 1000000000, found more");
    if (*weight < kLeastKueueWeight) ++out_.no_weight;
    o.keys.weight = std::max(*weight, kLeastKueueWeight);
    return {};
  }

  Result<void> read_preemption(const YamlNode& spec, KueuePreemption& out) {
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
        ++out_.newer_equal;
      else if (own->text != "Never" && own->text != "LowerPriority")
        return wrong(*own, "withinClusterQueue",
                     "Never, LowerPriority or LowerOrNewerEqualPriority");
    }
    DURE_TRY(const YamlNode* borrow, child(*n, "borrowWithinCohort", Kind::map, "a map"));
    if (borrow != nullptr) {
      DURE_TRY(const YamlNode* policy, child(*borrow, "policy", Kind::scalar, "text"));
      if (policy != nullptr && policy->text == "LowerPriority")
        ++out_.borrow_within;
      else if (policy != nullptr && policy->text != "Never")
        return wrong(*policy, "policy", "Never or LowerPriority");
    }
    return {};
  }

  Result<void> read_group(const YamlNode& g, KueueObject& o) {
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
                             const std::vector<std::string_view>& covered, KueueObject& o) {
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
      out_.resources.insert(resource);
      return {};
    }
    for (const auto& x : {nominal, borrowing, lending}) {
      if (x && *x > kMostGpus)
        return at(r, resource, "expected at most 10,000,000 GPUs, found more");
    }
    if ((borrowing || lending) && o.keys.parent.empty()) {
      ++out_.no_parent;
      borrowing = lending = std::nullopt;
    }
    for (const AccountKeys::Quota& q : o.keys.quotas) {
      if (q.gpu_model == flavor)
        return at(r, resource,
                  "expected one GPU resource for flavor " + quoted(flavor) +
                      " of an object, found another");
    }
    out_.flavors.insert(flavor);
    AccountKeys::Quota q;
    q.gpu_model = flavor;
    q.nominal = to_milli(*nominal);
    if (borrowing) q.borrowing = to_milli(*borrowing);
    if (lending) q.lending = to_milli(*lending);
    o.keys.quotas.push_back(std::move(q));
    return {};
  }

  KueueObjects out_;
};

}  // namespace

Result<KueueObjects> read_kueue_objects(std::string_view text, const std::string& file) {
  Reader reader(file);
  DURE_CHECK(for_each_yaml(text, file, [&](const YamlNode& n) { return reader.document(n); }));
  return reader.take();
}

}  // namespace dure::fleet
