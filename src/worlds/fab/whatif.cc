#include "worlds/fab/whatif.h"

#include <algorithm>
#include <cmath>

#include "base/csv.h"
#include "base/text.h"
#include "worlds/fab/policy_keys.h"

namespace dure::fab {
namespace {

struct Assignment {
  std::string_view name;
  std::optional<std::string_view> value;
};

// The last '=' divides: names may hold one, values do not.
Assignment assignment(std::string_view text) {
  const size_t at = text.rfind('=');
  if (at == std::string_view::npos) return {trim(text), std::nullopt};
  return {trim(text.substr(0, at)), trim(text.substr(at + 1))};
}

Result<uint32_t> group_of(const Model& m, std::string_view name, const char* flag) {
  const uint32_t g = m.find_group(name);
  if (g != kNone) return g;
  std::vector<std::string_view> known;
  for (const ToolGroup& x : m.groups) known.push_back(x.name);
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) {
    hint = known.size() <= 6 ? "; there is " + join_quoted(known)
                             : "; `dure fab convert SCENARIO --out FILE` writes all names down";
  }
  return Error{.message = "expected a tool group, found " + quoted(name) + hint, .key = flag};
}

Result<uint32_t> tool_of(const Model& m, std::string_view name, const char* flag) {
  const uint32_t tool = m.find_tool(name);
  if (tool != kNone) return tool;
  const size_t hash = name.rfind('#');
  DURE_TRY(const uint32_t g, group_of(m, name.substr(0, hash), flag));
  return Error{.message = "expected a tool from " + quoted(m.tool_name(m.groups[g].first_tool)) +
                          " to " +
                          quoted(m.tool_name(m.groups[g].first_tool + m.groups[g].tools - 1)) +
                          ", found " + quoted(name),
               .key = flag};
}

Result<Duration> time_of(std::optional<std::string_view> text, std::string_view whole,
                         const char* flag) {
  if (text && !text->empty()) return parse_span(*text, flag);
  return Error{.message = "expected a name, = and a time such as 12h, found " + quoted(whole),
               .key = flag};
}

Intervention down(uint32_t tool, Duration time) {
  return {.kind = Intervention::Kind::tool_down, .tool = tool, .duration = time};
}

XyChart over_days(const Futures& f, const char* title, const char* label,
                  std::vector<double> Future::*series) {
  XyChart chart;
  chart.title = title;
  chart.x_label = "from now";
  chart.x_unit = "d";
  chart.y_label = label;
  chart.y_unit = "lots";
  chart.note = "Mean of the futures, with its 95 % confidence interval.";
  for (const bool changed : {false, true}) {
    XyChart::Line line;
    line.label = changed ? "changed" : "as it is";
    for (size_t i = 0; i < f.days.size(); ++i) {
      std::vector<double> x;
      for (const Future& future : changed ? f.changed : f.base) x.push_back((future.*series)[i]);
      const Confidence c = confidence(x);
      const double half = std::isfinite(c.half_width) ? c.half_width : 0;
      line.x.push_back(f.days[i]);
      line.y.push_back(c.mean);
      line.lo.push_back(std::max(0.0, c.mean - half));
      line.hi.push_back(c.mean + half);
    }
    chart.series.push_back(std::move(line));
  }
  return chart;
}

Table::Cell cell(double x) {
  if (!std::isfinite(x)) return std::monostate{};
  return x;
}

}  // namespace

Result<Duration> parse_span(std::string_view text, const char* flag) {
  const Result<Duration> d = parse_duration(text);
  const auto wrong = [&](const char* expected) {
    return Error{
        .message = std::string("expected a duration ") + expected + ", found " + quoted(text),
        .key = flag};
  };
  if (parse_double(text)) return wrong("with a unit such as 12h");
  if (!d) return wrong("such as 12h, 90min or 14d");
  if (*d <= 0_s) return wrong("above 0");
  if (*d > 3650_d) return wrong("of at most 3650d, ten years");
  return *d;
}

Result<Intervention> parse_tool_down(const Model& m, std::string_view text) {
  const auto [name, value] = assignment(text);
  DURE_TRY(const Duration time, time_of(value, text, "--tool-down"));
  DURE_TRY(const uint32_t tool, tool_of(m, name, "--tool-down"));
  return down(tool, time);
}

Result<std::vector<Intervention>> parse_group_down(const Model& m, std::string_view text) {
  const auto [name, value] = assignment(text);
  DURE_TRY(const Duration time, time_of(value, text, "--group-down"));
  DURE_TRY(const uint32_t g, group_of(m, name, "--group-down"));
  std::vector<Intervention> out;
  for (uint32_t k = 0; k < m.groups[g].tools; ++k)
    out.push_back(down(m.groups[g].first_tool + k, time));
  return out;
}

Result<Intervention> parse_tool_up(const Model& m, std::string_view text) {
  DURE_TRY(const uint32_t tool, tool_of(m, trim(text), "--tool-up"));
  return Intervention{.kind = Intervention::Kind::tool_up, .tool = tool, .duration = {}};
}

Result<std::vector<Intervention>> parse_release(const Model& m, std::string_view text) {
  const auto [name, value] = assignment(text);
  int64_t n = 1;
  if (value) {
    const Result<int64_t> count = parse_int(*value, 1, 10'000);
    if (!count) return Error{.message = count.error().message + " lots", .key = "--release"};
    n = *count;
  }
  std::vector<std::string_view> known;
  for (uint32_t s = 0; s < m.streams.size(); ++s) {
    known.push_back(m.streams[s].name);
    if (m.streams[s].name != name) continue;
    return std::vector<Intervention>(
        static_cast<size_t>(n),
        {.kind = Intervention::Kind::release, .value = static_cast<int32_t>(s), .duration = {}});
  }
  return Error{.message = "expected the name of a release, found " + quoted(name) +
                          did_you_mean(name, known),
               .key = "--release"};
}

Result<HotLot> parse_hot_lot(std::string_view text) {
  const auto [name, value] = assignment(text);
  HotLot out{std::string(name), std::nullopt};
  if (value) {
    const Result<int64_t> priority = parse_int(*value, -1'000'000'000, 1'000'000'000);
    if (!priority) {
      return Error{
          .message = "expected a lot, = and its priority, a whole number, found " + quoted(text),
          .key = "--hot-lot"};
    }
    out.priority = static_cast<int32_t>(*priority);
  }
  return out;
}

int32_t top_priority(const World& world) {
  int32_t top = 0;
  for (const Stream& s : world.model().streams) top = std::max(top, s.priority);
  for (uint32_t i = 0; i < world.lots(); ++i) top = std::max(top, world.lot(i).priority);
  return std::min(top, 1'000'000'000) + 1;
}

Result<RuleOptions> change_rules(const RuleOptions& rules, const std::optional<std::string>& rule,
                                 const std::optional<std::string>& batch) {
  const auto read = [](const char* key, const std::string& word,
                       const char* flag) -> Result<RuleOptions> {
    Config config;
    DURE_CHECK(config.set(key, word));
    auto keys = config.read([](ConfigReader& in) {
      PolicyKeys p;
      in.table("policy", "", [&](ConfigReader& policy) { p = read_policy(policy); });
      return p;
    });
    if (!keys) return Error{.message = keys.error().message, .key = flag};
    return keys->rules;
  };
  RuleOptions out = rules;
  if (rule) {
    DURE_TRY(const RuleOptions r, read("policy.dispatch", *rule, "--rule"));
    out.dispatch = r.dispatch;
  }
  if (batch) {
    DURE_TRY(const RuleOptions r, read("policy.batch", *batch, "--batch"));
    out.batching = r.batching;
  }
  return out;
}

Result<void> check_downs(const Model& m, const std::vector<Intervention>& changes) {
  std::vector<bool> seen(m.tools);
  for (const Intervention& x : changes) {
    if (x.kind != Intervention::Kind::tool_down) continue;
    if (seen[x.tool]) {
      return Error{.message = "expected each tool once, also among those of --group-down, found " +
                              quoted(m.tool_name(x.tool)) + " twice",
                   .key = "--tool-down"};
    }
    seen[x.tool] = true;
  }
  return {};
}

std::vector<KpiComparison> compare(const Futures& f) {
  std::vector<RunKpis> base, changed;
  for (const Future& x : f.base) base.push_back(x.kpis);
  for (const Future& x : f.changed) changed.push_back(x.kpis);
  return compare_kpis(base, changed);
}

std::vector<std::string> whatif_notes(const Futures& f, const WhatIf& what) {
  std::vector<std::string> out;
  const std::vector<KpiComparison> all = compare(f);
  if (std::all_of(all.begin(), all.end(), [](const KpiComparison& c) { return c.same; }))
    out.push_back("The change makes no difference in any of these futures.");
  for (const KpiComparison& c : all) {
    if (c.what.group != "All" || c.what.key != "cycle_time" || c.base.n == 0) continue;
    if (what.horizon.seconds() / 86400 >= c.base.mean) continue;
    out.push_back("The horizon of " + to_string(what.horizon) +
                  " is shorter than the mean cycle time: most lots that finish within it were in "
                  "the line already, and effects on later ones come after it.");
  }
  return out;
}

Report whatif_report(const Futures& f, const WhatIf& what, const std::string& about) {
  Report report;
  Table table;
  table.title = "Differences";
  table.columns = {{"of"},      {"measure"},    {"unit"},   {"as it is"},
                   {"changed"}, {"difference"}, {"95 % ±"}, {"futures"}};
  table.note =
      "Differences are of pairs: both ways of a future meet the same breakdowns, process times and "
      "yields. Intervals by Student's t.";
  for (const KpiComparison& c : compare(f)) {
    if (c.base.n == 0 && c.changed.n == 0) continue;
    table.rows.push_back({c.what.group, c.what.label, c.what.unit, cell(c.base.mean),
                          cell(c.changed.mean), cell(c.difference.mean),
                          cell(c.difference.half_width), static_cast<double>(c.difference.n)});
    if (c.what.group != "All") continue;
    const auto put = [&](const char* group, double value) {
      Kpi kpi = c.what;
      kpi.group = group;
      kpi.value = std::isfinite(value) ? std::optional(value) : std::nullopt;
      report.kpis.push_back(kpi);
    };
    put("As it is", c.base.mean);
    put("Changed", c.changed.mean);
    put("Difference", c.difference.mean);
    put("95 % ±", c.difference.half_width);
  }
  std::stable_sort(report.kpis.begin(), report.kpis.end(), [](const Kpi& a, const Kpi& b) {
    const auto order = [](const std::string& g) {
      return g == "As it is" ? 0 : g == "Changed" ? 1 : g == "Difference" ? 2 : 3;
    };
    return order(a.group) < order(b.group);
  });
  Section section;
  section.title = "What if";
  section.intro = about;
  for (const std::string& note : whatif_notes(f, what)) section.intro += ' ' + note;
  section.items = {over_days(f, "Lots in the line", "WIP", &Future::wip),
                   over_days(f, "Lots finished since now", "finished", &Future::finished), table};
  report.sections.push_back(std::move(section));
  report.assumptions = {
      "Both ways of a future share their luck from now on: " + std::to_string(what.futures) +
      " futures of " + to_string(what.horizon) + "."};
  return report;
}

std::string futures_csv(const Futures& f) {
  std::string out = "future,plan";
  for (const Kpi& k : f.base[0].kpis) out += ',' + csv_field(kpi_column(k));
  out += '\n';
  for (size_t i = 0; i < f.base.size(); ++i) {
    for (const bool changed : {false, true}) {
      out += std::to_string(i + 1) + (changed ? ",changed" : ",base");
      for (const Kpi& k : (changed ? f.changed : f.base)[i].kpis)
        out += ',' + (k.value ? shortest(*k.value) : "");
      out += '\n';
    }
  }
  return out;
}

}  // namespace dure::fab
