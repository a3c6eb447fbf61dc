#include "worlds/fleet/report.h"

#include <algorithm>

#include "worlds/fleet/report_power.h"
#include "worlds/fleet/report_series.h"
#include "worlds/fleet/report_services.h"
#include "worlds/fleet/report_showback.h"

namespace dure::fleet {
namespace {

constexpr double kNs = 1e-9;

// One owner, or all of them together.
struct Group {
  std::string name;
  std::vector<uint32_t> owners;
  std::vector<uint32_t> pools;  // bought by them
};

std::vector<Group> groups_of(const Model& m) {
  std::vector<Group> out(1);
  out[0].name = "All";
  for (uint32_t o = 0; o < m.owners.size(); ++o) {
    out[0].owners.push_back(o);
    if (m.owners.size() > 1) out.push_back({m.owners[o], {o}, {}});
  }
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    out[0].pools.push_back(p);
    if (m.owners.size() > 1) out[m.pools[p].owner + 1].pools.push_back(p);
  }
  return out;
}

JobStats stats_of(const World& world, const Group& group, uint32_t from_class, uint32_t to_class) {
  JobStats out;
  for (const uint32_t o : group.owners) {
    for (uint32_t c = from_class; c <= to_class; ++c) {
      const JobStats& s = world.kpis().owners[o].by_size[c];
      out.wait.merge(s.wait);
      out.completion.merge(s.completion);
      out.slowdown.merge(s.slowdown);
    }
  }
  return out;
}

// "wait" -> wait_mean, wait_p50, wait_p95, wait_p99, scaled.
void add_quantiles(std::vector<Kpi>& kpis, const std::string& group, const std::string& key,
                   const std::string& label, const std::string& unit, const Quantiles& q,
                   double scale, const std::string& note) {
  const auto add = [&](const std::string& suffix, const std::string& name, double value) {
    std::optional<double> v;
    if (q.count() > 0) v = value * scale;
    kpis.push_back({group, key + suffix, label + ", " + name, unit, v, note});
  };
  add("_mean", "mean", q.mean());
  add("_p50", "median", q.quantile(0.5));
  add("_p95", "95th percentile", q.quantile(0.95));
  add("_p99", "99th percentile", q.quantile(0.99));
}

void add_kpis(const World& world, const Group& group, Report& out) {
  const Time now = world.now();
  double allocated = 0, busy = 0, waiting = 0, waiting_jobs = 0;
  uint64_t arrived = 0, ended = 0, dropped = 0, rejected = 0, waiting_now = 0;
  uint64_t as_recorded = 0, not_as_recorded = 0;
  for (const uint32_t o : group.owners) {
    const OwnerKpis& k = world.kpis().owners[o];
    allocated += k.allocated.integral(now);
    busy += k.busy.integral(now);
    waiting += k.waiting.mean(now);
    waiting_jobs += k.waiting_jobs.mean(now);
    waiting_now += static_cast<uint64_t>(k.waiting_jobs.value());
    arrived += k.arrived;
    ended += k.ended;
    dropped += k.dropped;
    rejected += k.rejected;
    as_recorded += k.as_recorded;
    not_as_recorded += k.not_as_recorded;
  }
  double installed = 0, installed_now = 0;
  for (const uint32_t p : group.pools) {
    installed += world.kpis().pools[p].installed.integral(now);
    installed_now += world.kpis().pools[p].installed.value();
  }
  const auto percent = [&](double part) {
    return installed > 0 ? std::optional<double>(100 * part / installed) : std::nullopt;
  };
  const auto count = [](uint64_t n) { return std::optional<double>(static_cast<double>(n)); };
  auto& kpis = out.kpis;
  const std::string& g = group.name;
  kpis.push_back({g, "gpus", "GPUs in service at the end", "GPUs", installed_now / kWholeGpu});
  kpis.push_back({g, "allocation", "GPU allocation", "%", percent(allocated),
                  g == "All" ? "GPU time held by jobs over GPU time in service"
                             : "GPU time held by the owner's jobs, wherever they run, over GPU "
                               "time in service at its site"});
  kpis.push_back({g, "utilisation", "GPU utilisation", "%", percent(busy),
                  "allocated GPU time weighted by the share of it that a job computes, as its "
                  "workload states it"});
  if (g == "All" && !world.model().target.empty()) {
    const auto means = world.kpis().fragmentation.means(now);
    double sum = 0;
    for (const double x : means) sum += x;
    kpis.push_back({g, "fragmentation", "Fragmented GPUs", "%",
                    means.empty()
                        ? std::nullopt
                        : std::optional<double>(100 * sum / static_cast<double>(means.size())),
                    "idle GPU share that a typical task could not use (Weng et al., ATC'23), mean "
                    "over the run"});
  }
  kpis.push_back({g, "jobs_ended", "Jobs ended", "jobs", count(ended)});
  add_quantiles(kpis, g, "wait", "Queue wait", "s",
                stats_of(world, group, 0, kSizeClasses - 1).wait, kNs,
                "submit to start, of jobs that started; percentiles within 0.8 %");
  add_quantiles(kpis, g, "completion", "Completion time", "s",
                stats_of(world, group, 0, kSizeClasses - 1).completion, kNs,
                "submit to end, of jobs that ended; percentiles within 0.8 %");
  add_quantiles(kpis, g, "slowdown", "Bounded slowdown", "",
                stats_of(world, group, 0, kSizeClasses - 1).slowdown, 1e-3,
                "(wait + run) / max(run, 10 s), at least 1");
  kpis.push_back({g, "gpu_hours", "GPU time delivered", "GPU-h", allocated / kWholeGpu / 3600});
  kpis.push_back(
      {g, "queue_gpus", "GPUs asked for by waiting jobs, mean", "GPUs", waiting / kWholeGpu});
  kpis.push_back({g, "queue_jobs", "Waiting jobs, mean", "jobs", waiting_jobs});
  kpis.push_back({g, "jobs_arrived", "Jobs arrived", "jobs", count(arrived)});
  kpis.push_back({g, "jobs_running", "Jobs running at the end", "jobs",
                  count(arrived - ended - waiting_now - dropped - rejected)});
  kpis.push_back({g, "jobs_waiting", "Jobs waiting at the end", "jobs", count(waiting_now)});
  if (const Model& m = world.model(); m.as_recorded_until > m.start) {
    kpis.push_back({g, "jobs_as_recorded", "Jobs started as recorded", "jobs", count(as_recorded)});
    kpis.push_back({g, "jobs_not_as_recorded", "Jobs started later or elsewhere than recorded",
                    "jobs", count(not_as_recorded)});
  }
  kpis.push_back({g, "jobs_dropped", "Jobs dropped", "jobs", count(dropped),
                  "did not fit on arrival, under a rule that lets nobody wait"});
  kpis.push_back({g, "jobs_rejected", "Jobs rejected", "jobs", count(rejected),
                  "could never run in their pool"});
}

std::vector<double> scaled(std::vector<double> v, double factor) {
  for (double& x : v) x *= factor;
  return v;
}

// Sums the series that `pick` chooses from each index.
template <class Pick>
std::vector<double> sum_of(const std::vector<uint32_t>& which, Time now, Pick&& pick) {
  std::vector<double> out;
  for (const uint32_t i : which) {
    const std::vector<double> x = pick(i).means(now);
    out.resize(std::max(out.size(), x.size()));
    for (size_t t = 0; t < x.size(); ++t) out[t] += x[t];
  }
  return out;
}

Section over_time(const World& world, const std::vector<Group>& groups) {
  const Time now = world.now();
  const Kpis& k = world.kpis();
  Section section{"Over time", "Means over equal intervals.", {}};
  TimeChart share{.title = "GPU allocation", .unit = "%", .time = {}, .series = {}, .max = 100};
  for (const Queue& q : world.model().queues) {
    if (!q.others.empty())
      share.note = "what an owner's jobs hold, over its own GPUs: above 100 % on others' sites";
  }
  TimeChart use{.title = "GPUs in use", .unit = "GPUs", .time = {}, .series = {}, .stacked = true};
  TimeChart busy{
      .title = "GPUs computing", .unit = "GPUs", .time = {}, .series = {}, .stacked = true};
  TimeChart queue{
      .title = "GPUs asked for by waiting jobs", .unit = "GPUs", .time = {}, .series = {}};
  TimeChart installed{
      .title = "GPUs in service", .unit = "GPUs", .time = {}, .series = {}, .stacked = true};
  for (const Group& g : groups) {
    const auto allocated = sum_of(g.owners, now, [&](uint32_t o) -> const Series& {
      return k.owners[o].allocated_over_time;
    });
    const auto there = sum_of(
        g.pools, now, [&](uint32_t p) -> const Series& { return k.pools[p].installed_over_time; });
    std::vector<double> percent;
    for (size_t i = 0; i < std::min(allocated.size(), there.size()); ++i) {
      percent.push_back(there[i] > 0 ? 100 * allocated[i] / there[i] : 0);
    }
    if (!percent.empty()) share.series.emplace_back(g.name, std::move(percent));
    if (groups.size() > 1 && g.name == "All") continue;
    use.series.emplace_back(g.name, scaled(allocated, 1e-3));
    if (!there.empty()) installed.series.emplace_back(g.name, scaled(there, 1e-3));
    busy.series.emplace_back(
        g.name,
        scaled(sum_of(g.owners, now,
                      [&](uint32_t o) -> const Series& { return k.owners[o].busy_over_time; }),
               1e-3));
    queue.series.emplace_back(
        g.name,
        scaled(sum_of(g.owners, now,
                      [&](uint32_t o) -> const Series& { return k.owners[o].waiting_over_time; }),
               1e-3));
  }
  const std::vector<Time> time = times_of(k.pools[0].installed_over_time, now);
  for (TimeChart* c : {&share, &use, &busy, &queue, &installed}) {
    c->time = time;
    section.items.push_back(std::move(*c));
  }
  if (!world.model().target.empty()) {
    TimeChart f{.title = "Fragmented GPUs",
                .unit = "%",
                .time = time,
                .series = {{"All", scaled(k.fragmentation.means(now), 100)}},
                .note = "idle GPU share that a typical task could not use, sampled"};
    section.items.push_back(std::move(f));
  }
  return section;
}

CdfChart::Line cdf_line(const std::string& label, const Quantiles& q) {
  CdfChart::Line line{label, {}, {}};
  // Half a thousand points draw as well as all of them.
  const auto points = q.cdf();
  const size_t step = points.size() / 500 + 1;
  for (size_t i = 0; i < points.size(); ++i) {
    if (i % step != 0 && i + 1 != points.size()) continue;
    line.x.push_back(std::max(1.0, points[i].value * kNs));
    line.p.push_back(points[i].share);
  }
  return line;
}

Section waiting(const World& world, const std::vector<Group>& groups) {
  Section section{
      "Waiting", "How long jobs waited before they started. Waits below 1 s are drawn at 1 s.", {}};
  CdfChart by_owner{"Queue wait by owner", "wait", "s", true, {}, {}};
  for (const Group& g : groups) {
    by_owner.series.push_back(cdf_line(g.name, stats_of(world, g, 0, kSizeClasses - 1).wait));
  }
  CdfChart by_size{"Queue wait by job size", "wait", "s", true, {}, {}};
  Table table;
  table.title = "By job size";
  table.columns = {{"Job size", ""},         {"Jobs started", ""},       {"Wait mean", "s"},
                   {"Wait median", "s"},     {"Wait p95", "s"},          {"Wait p99", "s"},
                   {"Completion mean", "s"}, {"Completion median", "s"}, {"Completion p95", "s"},
                   {"Completion p99", "s"},  {"Slowdown median", ""},    {"Slowdown p95", ""}};
  for (uint32_t c = 0; c < kSizeClasses; ++c) {
    const JobStats s = stats_of(world, groups[0], c, c);
    if (s.wait.count() == 0) continue;
    by_size.series.push_back(cdf_line(size_class_name(c), s.wait));
    std::vector<Table::Cell> row{std::string(size_class_name(c)),
                                 static_cast<double>(s.wait.count())};
    const auto add = [&](const Quantiles& q, double value, double scale) {
      if (q.count() > 0)
        row.emplace_back(value * scale);
      else
        row.emplace_back();
    };
    add(s.wait, s.wait.mean(), kNs);
    for (const double p : {0.5, 0.95, 0.99}) add(s.wait, s.wait.quantile(p), kNs);
    add(s.completion, s.completion.mean(), kNs);
    for (const double p : {0.5, 0.95, 0.99}) add(s.completion, s.completion.quantile(p), kNs);
    for (const double p : {0.5, 0.95}) add(s.slowdown, s.slowdown.quantile(p), 1e-3);
    table.rows.push_back(std::move(row));
  }
  section.items.push_back(std::move(by_owner));
  section.items.push_back(std::move(by_size));
  section.items.push_back(std::move(table));
  return section;
}

Section machines(const World& world) {
  const Model& m = world.model();
  HeatMap map;
  map.title = "Nodes at the end of the run";
  map.scale_label = "GPU allocated";
  map.unit = "%";
  map.note = "One cell per node, in the order of racks.";
  for (const Pool& p : m.pools) {
    HeatMap::Group g{p.name, std::clamp<uint32_t>(p.nodes / 60, 8, 128), {}, "node"};
    for (uint32_t n = p.first_node; n < p.first_node + p.nodes; ++n) {
      const uint32_t total = m.type_of(n).gpus * kWholeGpu;
      if (!world.in_service(n) || total == 0)
        g.cells.emplace_back();
      else
        g.cells.emplace_back(100.0f * static_cast<float>(total - world.gpu_milli_left(n)) /
                             static_cast<float>(total));
    }
    map.groups.push_back(std::move(g));
  }
  return {"Machines", "", {std::move(map)}};
}

}  // namespace

Report report_of(const World& world, const WaitSlo& slo) {
  const Model& m = world.model();
  const std::vector<Group> groups = groups_of(m);
  Report out;
  out.calendar = m.start.ns > 0;
  out.assumptions = m.assumptions;
  for (const Group& g : groups) {
    add_kpis(world, g, out);
    add_showback_kpis(world, g.name, g.owners, g.pools, out);
    add_wait_slo_kpi(world, g.name, g.owners, slo, out);
    add_power_kpis(world, g.name, g.pools, out);
    if (g.name == "All") add_service_kpis(world, out);
  }
  out.sections.push_back(over_time(world, groups));
  out.sections.push_back(waiting(world, groups));
  if (has_showback(m)) {
    out.sections.push_back(showback(world, slo));
  } else if (slo != kNoWaitSlo) {
    out.sections.back().items.push_back(started_in_time(world, slo));
  }
  if (!m.services.empty() || !m.resources.empty()) out.sections.push_back(services_section(world));
  if (m.has_power()) out.sections.push_back(power_section(world));
  out.sections.push_back(machines(world));
  return out;
}

}  // namespace dure::fleet
