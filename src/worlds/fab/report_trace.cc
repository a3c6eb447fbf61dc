// The traced span: what the tools did, and the history of one lot.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "worlds/fab/report_parts.h"

namespace dure::fab {
namespace {

constexpr size_t kMaxNamed = 5;  // routes with colours of their own
constexpr size_t kMaxRows = 40;  // of a lot's history: areas above that
constexpr uint32_t kMaintenance = kNone - 1;

std::string step_text(const Model& m, const Span& s) {
  const Step& step = m.steps[s.step];
  std::string out = m.routes[step.route].name + ' ' + step.name;
  if (s.lots > 1) out += ", " + std::to_string(s.lots) + " lots";
  return out;
}

// Adds what remains of [from, to] without the spans in `holes`, which are in order.
void add_around(const std::vector<std::pair<Time, Time>>& holes, GanttChart::Span span,
                std::vector<GanttChart::Span>& out) {
  const Time end = span.end;
  for (const auto& [from, to] : holes) {
    if (to <= span.start) continue;
    if (from >= end) break;
    span.end = from;
    if (span.end > span.start) out.push_back(span);
    span.start = to;
  }
  span.end = end;
  if (span.end > span.start) out.push_back(span);
}

GanttChart tool_gantt(const ReportInput& in) {
  const Model& m = in.model;
  GanttChart chart;
  chart.title = "What the tools did";
  std::vector<uint32_t> row_of(m.tools, kNone);
  for (const uint32_t g : m.trace.groups) {
    for (uint32_t t = m.groups[g].first_tool; t < m.groups[g].first_tool + m.groups[g].tools; ++t) {
      row_of[t] = static_cast<uint32_t>(chart.rows.size());
      chart.rows.push_back(m.tool_name(t));
    }
  }
  const bool named = m.routes.size() <= kMaxNamed;
  if (named) {
    for (const Route& r : m.routes) chart.categories.push_back(r.name);
  } else {
    chart.categories.emplace_back("Productive");
  }
  const auto setup = static_cast<uint32_t>(chart.categories.size());
  chart.categories.insert(chart.categories.end(), {"Setup", "Scheduled down", "Unscheduled down"});

  const Time first = m.trace.from, last = std::min(m.trace.to, in.world.now());
  const auto within = [&](Time t) { return std::clamp(t, first, last); };
  // Work that a breakdown stops goes on after the repair, and is drawn around it.
  std::vector<std::vector<std::pair<Time, Time>>> down(chart.rows.size());
  for (const Span& s : in.kpis.gantt) {
    if (s.step == kNone) down[row_of[s.tool]].emplace_back(within(s.from), within(s.until));
  }
  for (auto& spans : down) std::sort(spans.begin(), spans.end());
  for (const Span& s : in.kpis.gantt) {
    const uint32_t row = row_of[s.tool];
    if (s.step == kNone) {
      if (within(s.until) > within(s.from))
        chart.spans.push_back({row, setup + 2, within(s.from), within(s.until), "repair"});
    } else if (s.step == kMaintenance) {
      add_around(down[row], {row, setup + 1, within(s.from), within(s.until), "maintenance"},
                 chart.spans);
    } else {
      const std::string label = step_text(m, s);
      add_around(down[row], {row, setup, within(s.from), within(s.setup_until), label},
                 chart.spans);
      add_around(
          down[row],
          {row, named ? m.steps[s.step].route : 0, within(s.setup_until), within(s.until), label},
          chart.spans);
    }
  }
  chart.note =
      "Spans have load and unload in them. Work that was not through when the run ended is "
      "left out.";
  return chart;
}

// The rows of a lot's history: the tool groups, or the areas, that it came to, in that order.
struct Rows {
  std::vector<std::string> names;
  std::vector<uint32_t> of_group;  // [tool groups] index into names; kNone: never there
};
Rows rows_of(const Model& m, const std::vector<Span>& history, bool by_area) {
  Rows out;
  out.of_group.assign(m.groups.size(), kNone);
  for (const Span& s : history) {
    const uint32_t g = m.group_of[s.tool];
    if (out.of_group[g] != kNone) continue;
    const auto row = static_cast<uint32_t>(out.names.size());
    for (uint32_t other = 0; other < m.groups.size(); ++other) {
      if (other == g || (by_area && m.groups[other].area == m.groups[g].area))
        out.of_group[other] = row;
    }
    out.names.push_back(by_area ? m.areas[m.groups[g].area] : m.groups[g].name);
  }
  return out;
}

GanttChart lot_gantt(const Model& m, const std::vector<Span>& history) {
  GanttChart chart;
  chart.title = "Lot " + m.follow;
  Rows rows = rows_of(m, history, false);
  if (rows.names.size() > kMaxRows) rows = rows_of(m, history, true);
  chart.rows = rows.names;
  chart.categories = {"Processed", "Setup", "Waiting", "Under way"};
  Time before = history.front().arrived;
  for (const Span& s : history) {
    const uint32_t row = rows.of_group[m.group_of[s.tool]];
    const std::string label = step_text(m, s) + ", " + m.tool_name(s.tool);
    const auto add = [&](uint32_t category, Time from, Time to) {
      if (to > from) chart.spans.push_back({row, category, from, to, label});
    };
    add(3, before, s.arrived);
    add(2, s.arrived, s.from);
    add(1, s.from, s.setup_until);
    add(0, s.setup_until, s.until);
    before = s.until;
  }
  chart.note = "Processed has load, unload and repairs meanwhile in it.";
  return chart;
}

Table lot_table(const ReportInput& in) {
  const Model& m = in.model;
  Table table;
  table.title = "Lot " + m.follow + ", step by step";
  table.columns = {{"Step", ""},    {"Tool", ""},   {"Arrived", m.start.ns > 0 ? "" : "s"},
                   {"Waited", "s"}, {"Setup", "s"}, {"Processed", "s"},
                   {"Lots", ""}};
  for (const Span& s : in.kpis.history) {
    Table::Cell arrived = s.arrived.seconds();
    if (m.start.ns > 0) arrived = to_string(Time{s.arrived.ns - s.arrived.ns % Duration(1_s).ns});
    table.rows.push_back({m.steps[s.step].name, m.tool_name(s.tool), std::move(arrived),
                          (s.from - s.arrived).seconds(), (s.setup_until - s.from).seconds(),
                          (s.until - s.setup_until).seconds(), static_cast<double>(s.lots)});
  }
  table.note = "Lots are those of its batch.";
  return table;
}

}  // namespace

Section trace_section(const ReportInput& in) {
  Section section{"Traced", "What the scenario's [trace] asks for.", {}};
  if (!in.kpis.gantt.empty()) section.items.emplace_back(tool_gantt(in));
  if (!in.kpis.history.empty()) {
    section.items.emplace_back(lot_gantt(in.model, in.kpis.history));
    section.items.emplace_back(lot_table(in));
  }
  return section;
}

}  // namespace dure::fab
