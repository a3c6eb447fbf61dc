// The report pages of `dure fab replicate` and `dure fab sweep`.
#include <cmath>

#include "worlds/fab/operating.h"

namespace dure::fab {
namespace {

Table::Cell cell(double x) {
  if (!std::isfinite(x)) return std::monostate{};
  return x;
}

XyChart::Line line_of(const std::string& label, const std::vector<double>& y) {
  XyChart::Line line;
  line.label = label;
  for (size_t i = 0; i < y.size(); ++i) line.x.push_back(static_cast<double>(i) + 0.5);
  line.y = y;
  return line;
}

void add_point(XyChart::Line& line, double x, const Confidence& c) {
  if (!std::isfinite(c.mean)) return;
  const double half = std::isfinite(c.half_width) ? c.half_width : 0;
  line.x.push_back(x);
  line.y.push_back(c.mean);
  line.lo.push_back(c.mean - half);
  line.hi.push_back(c.mean + half);
}

}  // namespace

Report replicate_report(const Scenario& scenario, const std::vector<Replication>& runs) {
  Report report;
  Table table;
  table.title = "KPIs over replications";
  table.columns = {{"of"},          {"KPI"}, {"unit"}, {"mean"}, {"95 % ±"}, {"standard deviation"},
                   {"replications"}};
  table.note = "Confidence intervals of the mean by Student's t.";
  for (const KpiConfidence& k : kpis_of(runs)) {
    Kpi kpi = k.what;
    kpi.value = std::isfinite(k.over.mean) ? std::optional(k.over.mean) : std::nullopt;
    report.kpis.push_back(kpi);
    table.rows.push_back({k.what.group, k.what.label, k.what.unit, cell(k.over.mean),
                          cell(k.over.half_width), cell(k.over.sd), static_cast<double>(k.over.n)});
  }
  report.sections.push_back({"Replications", "", {table}});

  const Transient t = transient_of(runs);
  XyChart wip;
  wip.title = "Lots in the line by day";
  wip.x_label = "from the start";
  wip.x_unit = "d";
  wip.y_label = "WIP";
  wip.y_unit = "lots";
  wip.series = {
      line_of("mean of the replications", t.wip),
      line_of("moving average of " + std::to_string(2 * t.window + 1) + " days", t.wip_average)};
  Section section{"Start-up transient", "", {wip}};
  for (const std::string& line : transient_text(t, scenario.model->warm_up))
    section.intro += (section.intro.empty() ? "" : " ") + line + ".";
  report.sections.push_back(section);
  report.assumptions = scenario.model->assumptions;
  report.assumptions.push_back(
      "Replications differ in the seed only; KPIs count from the end of "
      "the scenario's warm-up.");
  return report;
}

Report sweep_report(const Scenario& scenario, const std::vector<LoadPoint>& points, uint32_t n) {
  Report report;
  XyChart curve;
  curve.title = "Operating curve";
  curve.x_label = "load";
  curve.y_label = "X-factor";
  curve.note = "Cycle time over raw process time; bars are 95 % confidence intervals.";
  XyChart busy = curve, wip = curve;
  busy.title = "Bottleneck";
  busy.y_label = "utilisation";
  busy.y_unit = "%";
  busy.note =
      "Busy share of the time that the busiest group's tools are up; batches count by how full "
      "they "
      "were.";
  wip.title = "Lots in the line";
  wip.y_label = "WIP";
  wip.y_unit = "lots";
  wip.note = "";
  busy.series.resize(1);
  busy.series[0].label = "busiest tool group";
  wip.series.resize(1);
  wip.series[0].label = "mean";
  for (const std::string& group : lot_groups_of(points[0])) {
    XyChart::Line line;
    line.label = group;
    for (const LoadPoint& p : points) {
      if (const Confidence* c = p.find(group, "x_factor")) add_point(line, p.load, *c);
    }
    if (!line.x.empty()) curve.series.push_back(line);
  }

  Table table;
  table.title = "Points";
  table.columns = {
      {"load"},       {"throughput", "lots/day"}, {"WIP", "lots"},      {"X-factor"}, {"95 % ±"},
      {"bottleneck"}, {"utilisation", "%"},       {"static load", "%"}, {"line"}};
  for (const LoadPoint& p : points) {
    const auto mean = [&](const char* key) {
      const Confidence* c = p.find("All", key);
      return cell(c ? c->mean : std::nan(""));
    };
    const Confidence* x = p.find("All", "x_factor");
    add_point(busy.series[0], p.load, p.utilisation);
    if (const Confidence* c = p.find("All", "wip")) add_point(wip.series[0], p.load, *c);
    table.rows.push_back({p.load, mean("throughput"), mean("wip"), mean("x_factor"),
                          cell(x ? x->half_width : std::nan("")),
                          scenario.model->groups[p.bottleneck].name, cell(p.utilisation.mean),
                          p.static_load, std::string(p.steady ? "steady" : "keeps filling")});
    const std::string group = "load " + std::to_string(p.load).substr(0, 4);
    for (const KpiConfidence& k : p.kpis) {
      if (k.what.group != "All") continue;
      Kpi kpi = k.what;
      kpi.group = group;
      kpi.value = std::isfinite(k.over.mean) ? std::optional(k.over.mean) : std::nullopt;
      report.kpis.push_back(kpi);
    }
  }
  Section section;
  section.title = "Operating curve";
  section.intro = "Release rates times the load; " + std::to_string(n) + " replications a point.";
  section.items = {curve, busy, wip, table};
  report.sections.push_back(section);
  report.assumptions = scenario.model->assumptions;
  return report;
}

}  // namespace dure::fab
