#include "worlds/fleet/report_services.h"

#include "worlds/fleet/report_series.h"

namespace dure::fleet {
namespace {

double share(double part, double of) { return of > 0 ? 100 * part / of : 0; }

Table services_table(const World& world) {
  const Model& m = world.model();
  const Time now = world.now();
  Table table;
  table.title = "Services";
  table.note =
      "Served: of the load, as far as replicas were there, start-up not counted. In replicas' "
      "worth of load.";
  table.columns = {{"Service"},        {"Owner"},       {"Load, mean"},     {"Replicas, mean"},
                   {"Replicas, most"}, {"Served", "%"}, {"Time short", "%"}};
  for (uint32_t i = 0; i < m.services.size(); ++i) {
    const ServiceKpis& k = world.kpis().services[i];
    table.rows.push_back({m.services[i].name, m.owners[m.services[i].replica.owner],
                          k.load.mean(now), k.serving.mean(now), k.serving.max(),
                          share(k.served.integral(now), k.load.integral(now)),
                          100 * k.short_of.mean(now)});
  }
  return table;
}

TimeChart load_chart(const World& world) {
  const Model& m = world.model();
  const Time now = world.now();
  TimeChart chart{.title = "Load and replicas", .unit = "replicas", .time = {}, .series = {}};
  for (uint32_t i = 0; i < m.services.size(); ++i) {
    const ServiceKpis& k = world.kpis().services[i];
    std::vector<double> load = k.load_over_time.means(now);
    chart.time = times_of(k.load_over_time, now);
    chart.series.emplace_back(m.services[i].name + ", load", std::move(load));
    chart.series.emplace_back(m.services[i].name + ", replicas", k.serving_over_time.means(now));
  }
  return chart;
}

Table resources_table(const World& world) {
  const Model& m = world.model();
  const Time now = world.now();
  Table table;
  table.title = "Other resources";
  table.note = "Calls of jobs, first come first served. Use is of all time, calibration included.";
  table.columns = {{"Resource"},
                   {"Units"},
                   {"Calls answered"},
                   {"Use", "%"},
                   {"Calls in line, mean"},
                   {"Wait, mean", "s"},
                   {"Wait, p95", "s"}};
  for (uint32_t r = 0; r < m.resources.size(); ++r) {
    const ResourceKpis& k = world.kpis().resources[r];
    table.rows.push_back({m.resources[r].name, static_cast<double>(m.resources[r].units),
                          static_cast<double>(k.calls),
                          100 * k.busy.mean(now) / m.resources[r].units, k.line.mean(now),
                          k.wait.mean() * 1e-9, k.wait.quantile(0.95) * 1e-9});
  }
  return table;
}

}  // namespace

void add_service_kpis(const World& world, Report& out) {
  const Model& m = world.model();
  const Time now = world.now();
  if (!m.services.empty()) {
    double load = 0, served = 0;
    for (uint32_t i = 0; i < m.services.size(); ++i) {
      const ServiceKpis& k = world.kpis().services[i];
      const double gpus = static_cast<double>(m.services[i].replica.total_gpu_milli());
      load += gpus * k.load.integral(now);
      served += gpus * k.served.integral(now);
    }
    out.kpis.push_back({"All", "service_served", "Load of services served", "%",
                        load > 0 ? std::optional<double>(100 * served / load) : std::nullopt,
                        "by the GPUs of their replicas"});
  }
  for (uint32_t r = 0; r < m.resources.size(); ++r) {
    const ResourceKpis& k = world.kpis().resources[r];
    const std::string& name = m.resources[r].name;
    out.kpis.push_back({"All", "resource_" + std::to_string(r) + "_use", "Use of " + name, "%",
                        100 * k.busy.mean(now) / m.resources[r].units});
    out.kpis.push_back(
        {"All", "resource_" + std::to_string(r) + "_wait", "Wait of calls to " + name + ", mean",
         "s", k.wait.count() > 0 ? std::optional<double>(k.wait.mean() * 1e-9) : std::nullopt});
  }
}

Section services_section(const World& world) {
  const Model& m = world.model();
  Section section{"Services and resources", "", {}};
  if (!m.services.empty()) {
    section.items.push_back(load_chart(world));
    section.items.push_back(services_table(world));
  }
  if (!m.resources.empty()) section.items.push_back(resources_table(world));
  return section;
}

}  // namespace dure::fleet
