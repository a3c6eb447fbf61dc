// Tool groups and areas: states after SEMI E10, bottlenecks, turns, Little's law.
#include <algorithm>
#include <numeric>

#include "worlds/fab/report_parts.h"

namespace dure::fab {
namespace {

constexpr size_t kMaxBars = 15;
constexpr size_t kMaxBottlenecks = 30;

template <class Score>
std::vector<uint32_t> ranked(size_t count, Score&& score) {
  std::vector<uint32_t> out(count);
  std::iota(out.begin(), out.end(), 0u);
  std::stable_sort(out.begin(), out.end(),
                   [&](uint32_t a, uint32_t b) { return score(a) > score(b); });
  return out;
}

double utilisation(const ReportInput& in, uint32_t g) {
  const GroupTimes& t = in.groups[g].times;
  return ratio(t.busy(), t.up(), 100).value_or(0);
}

// Per lot begun: those that still wait have not said yet.
std::optional<double> mean_wait_h(const ReportInput& in, uint32_t g) {
  const GroupKpis& k = in.kpis.groups[g];
  return ratio(k.waited_s / 3600, static_cast<double>(k.lots));
}

BarChart state_bars(const ReportInput& in) {
  BarChart chart;
  chart.title = "Tool states of the most utilised groups";
  chart.unit = "%";
  chart.stacked = true;
  chart.series = {{"Productive", {}},
                  {"Setup", {}},
                  {"Standby", {}},
                  {"Scheduled down", {}},
                  {"Unscheduled down", {}}};
  auto order = ranked(in.groups.size(), [&](uint32_t g) { return utilisation(in, g); });
  order.resize(std::min(order.size(), kMaxBars));
  for (const uint32_t g : order) {
    const GroupTimes& t = in.groups[g].times;
    chart.categories.push_back(in.model.groups[g].name);
    const double parts[] = {t.productive, t.setup, t.standby, t.scheduled_down, t.unscheduled_down};
    for (size_t i = 0; i < chart.series.size(); ++i)
      chart.series[i].second.push_back(ratio(parts[i], t.total(), 100).value_or(0));
  }
  chart.note =
      "States after SEMI E10, which counts setup as scheduled downtime; here it stands apart. "
      "Productive time has load and unload in it.";
  return chart;
}

Table state_table(const ReportInput& in) {
  const Model& m = in.model;
  Table table;
  table.title = "By tool group";
  table.columns = {{"Tool group", ""},      {"Area", ""},
                   {"Tools", ""},           {"Productive", "%"},
                   {"Setup", "%"},          {"Standby", "%"},
                   {"Scheduled down", "%"}, {"Unscheduled down", "%"},
                   {"Utilisation", "%"},    {"Static load", "%"},
                   {"Lots", "1/day"},       {"Mean wait", "h"},
                   {"Batch fill", "%"}};
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    const GroupTimes& t = in.groups[g].times;
    const GroupKpis& k = in.kpis.groups[g];
    std::vector<Table::Cell> row{m.groups[g].name, m.areas[m.groups[g].area],
                                 static_cast<double>(m.groups[g].tools)};
    for (const double part :
         {t.productive, t.setup, t.standby, t.scheduled_down, t.unscheduled_down})
      row.push_back(cell(ratio(part, t.total(), 100)));
    row.push_back(cell(ratio(t.busy(), t.up(), 100)));
    row.emplace_back(100 * in.load.utilisation[g]);
    row.push_back(cell(ratio(static_cast<double>(k.lots), in.span_s / kDaySeconds)));
    row.push_back(cell(mean_wait_h(in, g)));
    row.push_back(in.groups[g].batches ? cell(ratio(static_cast<double>(k.wafers),
                                                    static_cast<double>(k.wafers_possible), 100))
                                       : Table::Cell{});
    table.rows.push_back(std::move(row));
  }
  table.note =
      "States in % of all time. Utilisation is work and setup over time not down; the static load "
      "is what releases, routes and downtimes alone would make it, without setups and with full "
      "batches. The mean wait is of lots begun, from arrival to start.";
  return table;
}

void add_bottlenecks(const ReportInput& in, Section& section) {
  const Model& m = in.model;
  auto order = ranked(in.groups.size(), [&](uint32_t g) { return in.groups[g].waited_s; });
  double all = 0;
  for (const GroupFigures& g : in.groups) all += g.waited_s;
  while (!order.empty() && !(in.groups[order.back()].waited_s > 0)) order.pop_back();
  order.resize(std::min(order.size(), kMaxBottlenecks));

  BarChart bars;
  bars.title = "Bottlenecks: lots waiting";
  bars.unit = "lots";
  bars.series = {{"lots waiting, mean", {}}};
  bars.note = "all lots' waiting for the group over the time that counts";
  Table table;
  table.title = "Bottlenecks";
  table.columns = {{"Tool group", ""},      {"Area", ""},          {"Waiting", "lot-days"},
                   {"of all waiting", "%"}, {"Wait per lot", "h"}, {"Waiting at the end", "lots"},
                   {"Utilisation", "%"}};
  for (const uint32_t g : order) {
    const double waited = in.groups[g].waited_s;
    if (bars.categories.size() < kMaxBars) {
      bars.categories.push_back(m.groups[g].name);
      bars.series[0].second.push_back(ratio(waited, in.span_s).value_or(0));
    }
    table.rows.push_back({m.groups[g].name, m.areas[m.groups[g].area], waited / kDaySeconds,
                          cell(ratio(waited, all, 100)), cell(mean_wait_h(in, g)),
                          static_cast<double>(in.world.waiting(g).size()), utilisation(in, g)});
  }
  table.note =
      "Ranked by the waiting of all lots together, those that still wait included. Lots of a batch "
      "that is gathered wait, too.";
  section.items.emplace_back(std::move(bars));
  section.items.emplace_back(std::move(table));
}

}  // namespace

Section tools_section(const ReportInput& in) {
  Section section{"Tools", "How tools spent their time, and where lots waited.", {}};
  section.items.emplace_back(state_bars(in));
  add_bottlenecks(in, section);
  section.items.emplace_back(state_table(in));
  return section;
}

Section areas_section(const ReportInput& in) {
  const Model& m = in.model;
  const Time now = in.world.now();
  // Those at the tools now: how many, and how long within the time that counts.
  std::vector<double> present(m.areas.size(), 0), present_s(m.areas.size(), 0);
  for (uint32_t id = 0; id < in.world.lots(); ++id) {
    const Lot& lot = in.world.lot(id);
    if (lot.state != Lot::State::waiting && lot.state != Lot::State::in_tool) continue;
    const uint32_t a = m.groups[m.steps[lot.step].group].area;
    present[a] += 1;
    present_s[a] += (now - std::max(lot.since, in.kpis.since)).seconds();
  }
  std::vector<GroupTimes> times(m.areas.size());
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    GroupTimes& t = times[m.groups[g].area];
    t.productive += in.groups[g].times.busy();
    t.standby += in.groups[g].times.standby;
  }

  Table table;
  table.title = "By area";
  table.columns = {{"Area", ""},  {"Moves", "1/day"},  {"Turns", "1/day"}, {"Utilisation", "%"},
                   {"L", "lots"}, {"\u03bb", "1/day"}, {"W", "h"},         {"\u03bbW", "lots"}};
  for (uint32_t a = 0; a < m.areas.size(); ++a) {
    const AreaKpis& k = in.kpis.areas[a];
    const double lots = k.lots.mean(now), visits = static_cast<double>(k.left) + present[a];
    const double stayed_s = k.present_s + present_s[a];
    const double days = in.span_s / kDaySeconds;
    const auto arrivals = ratio(visits, days), stay_h = ratio(stayed_s / 3600, visits);
    const double product = arrivals.value_or(0) * stay_h.value_or(0) / 24;
    table.rows.push_back({m.areas[a], cell(ratio(static_cast<double>(k.left), days)),
                          cell(ratio(static_cast<double>(k.left), days * lots)),
                          cell(ratio(times[a].busy(), times[a].up(), 100)), lots, cell(arrivals),
                          cell(stay_h), product});
  }
  table.note =
      "Turns are moves per day of a lot at the area's tools. Little's law, as a check of the "
      "books: "
      "L, the mean number of lots there over time, is \u03bbW, visits per day times their mean "
      "stay "
      "in the time that counts; visits under way at its start and its end are among them.";
  return {"Areas",
          "Lots wait or are processed at the tools of an area; those under way are in none.",
          {std::move(table)}};
}

}  // namespace dure::fab
