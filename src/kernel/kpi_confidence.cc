#include "kernel/kpi_confidence.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace dure {
namespace {

// Where each KPI of the first run stands in the others.
class Places {
 public:
  explicit Places(const std::vector<RunKpis>& runs) : runs_(runs) {
    for (size_t k = 0; k < runs[0].size(); ++k) places_.try_emplace(name(runs[0][k]), k);
  }

  std::optional<size_t> find(const Kpi& kpi) const {
    const auto at = places_.find(name(kpi));
    return at == places_.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<double> value(size_t run, size_t k) const {
    const Kpi &first = runs_[0][k], &here = runs_[run][k];
    DURE_ASSERT(
        runs_[run].size() == runs_[0].size() && here.key == first.key && here.group == first.group,
        "runs of one scenario with other KPIs");
    return here.value;
  }

 private:
  static std::pair<std::string_view, std::string_view> name(const Kpi& kpi) {
    return {kpi.group, kpi.key};
  }

  const std::vector<RunKpis>& runs_;
  std::map<std::pair<std::string_view, std::string_view>, size_t> places_;
};

}  // namespace

std::vector<KpiConfidence> kpi_confidences(const std::vector<RunKpis>& runs) {
  std::vector<KpiConfidence> out;
  if (runs.empty()) return out;
  const Places places(runs);
  for (size_t k = 0; k < runs[0].size(); ++k) {
    std::vector<double> values;
    for (size_t i = 0; i < runs.size(); ++i) {
      if (const auto x = places.value(i, k)) values.push_back(*x);
    }
    out.push_back({runs[0][k], confidence(values)});
  }
  return out;
}

std::vector<KpiComparison> compare_kpis(const std::vector<RunKpis>& base,
                                        const std::vector<RunKpis>& changed) {
  DURE_ASSERT(base.size() == changed.size(), "pairs");
  std::vector<KpiComparison> out;
  if (base.empty()) return out;
  const Places in_base(base), in_changed(changed);
  for (size_t k = 0; k < base[0].size(); ++k) {
    const std::optional<size_t> other = in_changed.find(base[0][k]);
    if (!other) continue;
    KpiComparison c{.what = base[0][k], .base = {}, .changed = {}, .difference = {}};
    std::vector<double> x, y, all_x, all_y;
    for (size_t i = 0; i < base.size(); ++i) {
      const std::optional<double> a = in_base.value(i, k), b = in_changed.value(i, *other);
      c.same = c.same && a == b;
      if (a) all_x.push_back(*a);
      if (b) all_y.push_back(*b);
      if (!a || !b) continue;
      x.push_back(*a);
      y.push_back(*b);
    }
    c.base = confidence(x.empty() ? all_x : x);
    c.changed = confidence(y.empty() ? all_y : y);
    c.difference = paired(x, y);
    out.push_back(std::move(c));
  }
  return out;
}

std::string kpi_column(const Kpi& kpi) {
  return kpi.group + ": " + kpi.key + (kpi.unit.empty() ? "" : " [" + kpi.unit + ']');
}

}  // namespace dure
