#include "worlds/fleet/report_power.h"

#include <algorithm>

#include "worlds/fleet/report_series.h"

namespace dure::fleet {
namespace {

bool has_prices(const Model& m) {
  return std::any_of(m.site_power.begin(), m.site_power.end(), [](const SitePower& p) {
    return std::any_of(p.price_kwh.begin(), p.price_kwh.end(), [](double x) { return x > 0; });
  });
}

bool has_carbon(const Model& m) {
  return std::any_of(m.site_power.begin(), m.site_power.end(), [](const SitePower& p) {
    return std::any_of(p.carbon_g_kwh.begin(), p.carbon_g_kwh.end(),
                       [](double x) { return x > 0; });
  });
}

void add(Electricity& to, const Electricity& from) {
  to.it_kwh += from.it_kwh;
  to.kwh += from.kwh;
  to.carbon_kg += from.carbon_kg;
  to.cost += from.cost;
  to.peak_mw += from.peak_mw;
}

double gpu_hours(const World& world, uint32_t pool) {
  return world.ledger_of(pool).held_time.gpu_hours();
}

}  // namespace

Electricity electricity_of(const World& world, uint32_t p) {
  PowerMeter meter = world.kpis().pools[p].power;
  meter.settle(world.now());
  const SitePower& site = world.model().site_power[p];
  const double pue = site.pue_milli / 1000.0;
  Electricity e;
  for (size_t h = 0; h < 24; ++h) {
    const double kwh = meter.by_hour[h].kwh();
    e.it_kwh += kwh;
    e.kwh += kwh * pue;
    e.carbon_kg += kwh * pue * site.carbon_g_kwh[h] * 1e-3;
    e.cost += kwh * pue * site.price_kwh[h];
  }
  e.peak_mw = static_cast<double>(meter.peak_mw) * 1e-9 * pue;
  return e;
}

void add_power_kpis(const World& world, const std::string& group, std::span<const uint32_t> pools,
                    Report& out) {
  const Model& m = world.model();
  if (!m.has_power()) return;
  Electricity all;
  double hours = 0;
  uint64_t clocked = 0, stops = 0;
  for (const uint32_t p : pools) {
    add(all, electricity_of(world, p));
    hours += gpu_hours(world, p);
    clocked += world.kpis().pools[p].clocked;
    stops += world.kpis().pools[p].power_stops;
  }
  auto& kpis = out.kpis;
  kpis.push_back(
      {group, "energy", "Electricity", "MWh", all.kwh * 1e-3,
       group == "All" ? "at the meter" : "at the meter of its site, whoever's jobs run"});
  kpis.push_back({group, "energy_per_gpu_hour", "Electricity per GPU-hour delivered", "kWh",
                  hours > 0 ? std::optional<double>(all.kwh / hours) : std::nullopt,
                  group == "All" ? "" : "of those that its site delivered, to whomever"});
  if (has_carbon(m))
    kpis.push_back({group, "carbon", "Carbon of the electricity", "t CO2", all.carbon_kg * 1e-3});
  if (has_prices(m))
    kpis.push_back({group, "electricity_cost", "Cost of electricity", "", all.cost});
  if (m.power_caps.empty()) return;
  kpis.push_back({group, "clocked_attempts", "Attempts that ran at a lower clock", "attempts",
                  static_cast<double>(clocked), "for a time, as power was short"});
  kpis.push_back({group, "power_stops", "Attempts stopped for a cap on power", "attempts",
                  static_cast<double>(stops)});
}

Section power_section(const World& world) {
  const Model& m = world.model();
  const Time now = world.now();
  Section section{"Power", "Electricity at the meter: what nodes draw x PUE.", {}};
  TimeChart chart{.title = "Power", .unit = "MW", .time = {}, .series = {}, .stacked = true};
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    const Series& s = world.kpis().pools[p].power_over_time;
    std::vector<double> mw = s.means(now);
    for (double& x : mw) x *= 1e-6 * m.site_power[p].pue_milli / 1000;
    chart.time = times_of(s, now);
    chart.series.emplace_back(m.pools[p].name, std::move(mw));
  }
  section.items.push_back(std::move(chart));

  Table table;
  table.title = "Electricity";
  table.columns = {{"Site"}, {"Nodes", "MWh"}, {"At the meter", "MWh"},
                   {"PUE"},  {"Peak", "MW"},   {"Per GPU-hour", "kWh"}};
  const bool carbon = has_carbon(m), price = has_prices(m), caps = !m.power_caps.empty();
  if (carbon) table.columns.push_back({"Carbon", "t CO2"});
  if (price) table.columns.push_back({"Cost"});
  if (caps) {
    table.columns.push_back({"Over the cap", "h"});
    table.note =
        "Over the cap: where nothing could be slowed or stopped. Peaks of sites add up to more "
        "than the peak of all.";
  }
  const auto add_row = [&](const std::string& name, const Electricity& e, double hours,
                           Duration over) {
    std::vector<Table::Cell> row{name, e.it_kwh * 1e-3, e.kwh * 1e-3};
    row.emplace_back();
    if (e.it_kwh > 0) row.back() = e.kwh / e.it_kwh;
    row.emplace_back(e.peak_mw);
    row.emplace_back();
    if (hours > 0) row.back() = e.kwh / hours;
    if (carbon) row.emplace_back(e.carbon_kg * 1e-3);
    if (price) row.emplace_back(e.cost);
    if (caps) row.emplace_back(over.seconds() / 3600);
    table.rows.push_back(std::move(row));
  };
  Electricity all;
  double hours = 0;
  Duration over{0};
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    const Electricity e = electricity_of(world, p);
    PowerMeter meter = world.kpis().pools[p].power;
    meter.settle(now);
    add_row(m.pools[p].name, e, gpu_hours(world, p), meter.over_cap);
    add(all, e);
    hours += gpu_hours(world, p);
    over += meter.over_cap;
  }
  if (m.pools.size() > 1) add_row("All", all, hours, over);
  section.items.push_back(std::move(table));
  return section;
}

}  // namespace dure::fleet
