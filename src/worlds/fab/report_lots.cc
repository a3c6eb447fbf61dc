// The line over time, and its lots' cycle times.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "worlds/fab/report_parts.h"

namespace dure::fab {
namespace {

constexpr size_t kLongRun = 60;  // days above which weeks are drawn
constexpr size_t kMaxBins = 40;

// Lots per day: means over `per` days each, of whole days only.
std::vector<double> per_day(const std::vector<uint32_t>& days, size_t whole, size_t per) {
  std::vector<double> out;
  for (size_t from = 0; from + per <= whole; from += per) {
    double sum = 0;
    for (size_t d = from; d < std::min(from + per, days.size()); ++d) sum += days[d];
    out.push_back(sum / static_cast<double>(per));
  }
  return out;
}

// A share of values below x: within a bucket of the histogram, evenly.
double share_below(const std::vector<Quantiles::Point>& cdf, double x) {
  double before = 0, low = 0;
  for (const Quantiles::Point& p : cdf) {
    if (p.value > x) {
      const double from = std::max(low, p.value * (1 - 2 * Quantiles::kRelativeError));
      return x <= from ? before : before + (p.share - before) * (x - from) / (p.value - from);
    }
    before = p.share;
    low = p.value;
  }
  return 1;
}

// Round bins of up to kMaxBins, the last one open, in days, or in hours for short cycle times.
struct Bins {
  std::string unit;
  double unit_s = 1;
  double width = 1;  // in the unit
  double first = 0;
  size_t count = 1;

  double edge_s(size_t i) const { return (first + width * static_cast<double>(i)) * unit_s; }
};
Bins bins_of(const Quantiles& all) {
  Bins b{"d", kDaySeconds};
  if (all.quantile(0.99) < 10 * kDaySeconds) b = {"h", 3600};
  const double low = static_cast<double>(all.min()) / b.unit_s;
  const double high = std::max(low, all.quantile(0.995) / b.unit_s);
  double step = 0.1;
  for (int k = 0; (high - low) / step > kMaxBins - 2; ++k) step *= k % 3 == 1 ? 2.5 : 2;
  b.width = step;
  b.first = std::floor(low / step) * step;
  b.count = static_cast<size_t>(std::ceil((high - b.first) / step)) + 1;
  return b;
}

BarChart histogram(const ReportInput& in) {
  BarChart chart;
  chart.title = "Cycle time, histogram";
  chart.unit = "lots";
  chart.stacked = true;
  const Quantiles& all = in.lots[0].stats.cycle_time;
  if (all.count() == 0) return chart;
  const Bins bins = bins_of(all);
  const auto text = [&](size_t edge) {
    return fmt::format("{:g}", bins.edge_s(edge) / bins.unit_s);
  };
  for (size_t i = 0; i < bins.count; ++i) {
    chart.categories.push_back(i + 1 < bins.count
                                   ? text(i) + "\u2013" + text(i + 1) + ' ' + bins.unit
                                   : "\u2265 " + text(i) + ' ' + bins.unit);
  }
  for (size_t g = in.lots.size() > 1 ? 1 : 0; g < in.lots.size(); ++g) {
    const Quantiles& q = in.lots[g].stats.cycle_time;
    const auto cdf = q.cdf();
    std::vector<double> values;
    double before = 0;
    for (size_t i = 0; i < bins.count; ++i) {
      const double below = q.count() == 0       ? 0
                           : i + 1 < bins.count ? share_below(cdf, bins.edge_s(i + 1))
                                                : 1;
      const double up_to = std::round(below * static_cast<double>(q.count()));
      values.push_back(up_to - before);
      before = up_to;
    }
    chart.series.emplace_back(in.lots[g].name, std::move(values));
  }
  chart.note = "Counts within a bin are within 1.6 % of its edges.";
  return chart;
}

CdfChart distribution(const ReportInput& in) {
  CdfChart chart;
  chart.title = "Cycle time, distribution";
  chart.x_label = "cycle time";
  chart.x_unit = "s";
  chart.log_x = false;
  for (const LotGroup& g : in.lots) {
    if (g.stats.finished == 0) continue;
    CdfChart::Line line{g.name, {}, {}};
    for (const Quantiles::Point& p : g.stats.cycle_time.cdf()) {
      line.x.push_back(p.value);
      line.p.push_back(p.share);
    }
    chart.series.push_back(std::move(line));
  }
  return chart;
}

void add_row(const std::string& name, const ClassKpis& k, double raw_process_s, double x_factor_sum,
             Table& table) {
  const auto finished = static_cast<double>(k.finished);
  const bool some = k.finished > 0;
  std::vector<Table::Cell> row{name, static_cast<double>(k.released), finished};
  row.push_back(cell(ratio(k.cycle_time.sum(), finished)));
  row.push_back(cell(standard_deviation_s(k)));
  for (const double p : {0.5, 0.95})
    row.push_back(some ? Table::Cell{k.cycle_time.quantile(p)} : Table::Cell{});
  row.push_back(raw_process_s > 0 ? Table::Cell{raw_process_s} : Table::Cell{});
  row.push_back(raw_process_s > 0 ? cell(ratio(x_factor_sum, finished)) : Table::Cell{});
  row.push_back(cell(ratio(static_cast<double>(k.on_time), static_cast<double>(k.with_due), 100)));
  row.push_back(cell(ratio(k.tardiness.sum(), static_cast<double>(k.tardiness.count()))));
  row.emplace_back(static_cast<double>(k.windows));
  for (const uint64_t late : k.late)
    row.push_back(cell(ratio(static_cast<double>(late), static_cast<double>(k.windows), 100)));
  table.rows.push_back(std::move(row));
}

}  // namespace

Section over_time(const ReportInput& in) {
  const Model& m = in.model;
  const Time now = in.world.now();
  Section section{"Over time", "The whole run.", {}};
  if (m.warm_up > 0_s) {
    section.intro = in.kpis.since > m.start
                        ? "The whole run, with its warm-up of " + to_human(m.warm_up) +
                              " at the start, which no other figure of this report counts."
                        : "The warm-up is not over: all figures count from the start.";
  }

  TimeChart wip{.title = "WIP", .unit = "lots", .time = {}, .series = {}};
  Series series = in.kpis.wip_over_time;
  const std::vector<double> means = series.means(now);
  series.set(now, series.value());  // so that its interval is the one the means were taken over
  for (size_t i = 0; i < means.size(); ++i)
    wip.time.push_back(series.start() + series.interval() * static_cast<int64_t>(i));
  wip.series.emplace_back("WIP", means);
  section.items.push_back(std::move(wip));

  const auto whole = static_cast<size_t>((now - m.start) / 1_d);
  const size_t per = whole > kLongRun ? 7 : 1;
  const std::string note = per > 1 ? "means over 7 days" : "";
  TimeChart lots{
      .title = "Lots per day", .unit = "lots/day", .time = {}, .series = {}, .note = note};
  TimeChart moves{
      .title = "Moves per day", .unit = "moves", .time = {}, .series = {}, .note = note};
  lots.series.emplace_back("finished", per_day(in.kpis.finished_per_day, whole, per));
  lots.series.emplace_back("released", per_day(in.kpis.released_per_day, whole, per));
  moves.series.emplace_back("moves", per_day(in.kpis.moves_per_day, whole, per));
  for (size_t i = 0; i < lots.series[0].second.size(); ++i)
    lots.time.push_back(m.start + 1_d * static_cast<int64_t>(i * per));
  moves.time = lots.time;
  section.items.push_back(std::move(lots));
  section.items.push_back(std::move(moves));
  return section;
}

Section lots_section(const ReportInput& in) {
  const Model& m = in.model;
  Section section{"Lots",
                  "Lots finished after the warm-up, by product and priority. Lots that were in the "
                  "line at the start stand apart.",
                  {}};
  section.items.emplace_back(histogram(in));
  section.items.emplace_back(distribution(in));
  Table table;
  table.title = "By class";
  table.columns = {{"Class", ""},
                   {"Released", ""},
                   {"Finished", ""},
                   {"Cycle time, mean", "s"},
                   {"standard deviation", "s"},
                   {"median", "s"},
                   {"95th percentile", "s"},
                   {"Raw process time", "s"},
                   {"X-factor", ""},
                   {"On time", "%"},
                   {"Tardiness, mean", "s"},
                   {"Queue-time windows", ""},
                   {"Late", "%"},
                   {"by over 1 h", "%"},
                   {"by over 2 h", "%"},
                   {"by over 4 h", "%"}};
  for (const LotGroup& g : in.lots)
    add_row(g.name, g.stats, g.raw_process_s, g.x_factor_sum, table);
  for (size_t c = m.streams.size(); c < m.classes.size(); ++c)
    add_row(m.classes[c].name, in.kpis.classes[c], 0, 0, table);
  table.note =
      "A queue-time window is the time within which a lot must begin a step after it has ended an "
      "earlier one; late ones are in % of all windows.";
  section.items.emplace_back(std::move(table));
  return section;
}

}  // namespace dure::fab
