#include "worlds/floor/report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "worlds/floor/report_parts.h"

namespace dure::floor {
namespace {

constexpr const char* kAll = "All";
constexpr double kNs = 1e-9;

double state_s(const ReportInput& in, RobotState s) { return in.state_s[static_cast<size_t>(s)]; }

void add_quantiles(std::vector<Kpi>& kpis, const std::string& key, const std::string& label,
                   const Quantiles& q, const std::string& note) {
  const auto add = [&](const char* suffix, const char* name, double ns) {
    kpis.push_back({kAll, key + suffix, label + ", " + name, "s",
                    q.count() > 0 ? std::optional<double>(ns * kNs) : std::nullopt, note});
  };
  add("_mean", "mean", q.mean());
  add("_p50", "median", q.quantile(0.5));
  add("_p95", "95th percentile", q.quantile(0.95));
  add("_p99", "99th percentile", q.quantile(0.99));
}

void add_task_kpis(const ReportInput& in, std::vector<Kpi>& kpis) {
  const Kpis& k = in.kpis;
  const auto count = [](uint64_t n) { return static_cast<double>(n); };
  kpis.push_back({kAll, "tasks_per_hour", "Tasks done per hour", "tasks/h",
                  ratio(count(k.done), in.span_s, 3600)});
  kpis.push_back({kAll, "tasks_done", "Tasks done", "tasks", count(k.done)});
  kpis.push_back({kAll, "tasks_released", "Tasks released", "tasks", count(k.released)});
  kpis.push_back({kAll, "tasks_open_end", "Tasks open at the end", "tasks",
                  count(in.world.pool().size()), "released and not done"});
  kpis.push_back({kAll, "on_time", "On time", "%", ratio(count(k.on_time), count(k.with_due), 100),
                  "of tasks done that had a due time"});
  add_quantiles(kpis, "completion", "Completion time", k.completion,
                "release to the end of the last stop, of tasks done; percentiles within 0.8 %");
  add_quantiles(kpis, "pickup", "Time to pickup", k.pickup,
                "release until a robot is at the first stop; percentiles within 0.8 %");
  if (k.with_due > 0)
    add_quantiles(kpis, "tardiness", "Tardiness", k.tardiness,
                  "of tasks done that had a due time; 0 when on time");
}

void add_robot_kpis(const ReportInput& in, std::vector<Kpi>& kpis) {
  const Kpis& k = in.kpis;
  const auto count = [](uint64_t n) { return static_cast<double>(n); };
  kpis.push_back({kAll, "robots", "Robots", "robots", count(in.world.robots())});
  const double tasks = state_s(in, RobotState::drive_empty) +
                       state_s(in, RobotState::drive_loaded) + state_s(in, RobotState::wait) +
                       state_s(in, RobotState::service) + state_s(in, RobotState::stale);
  kpis.push_back({kAll, "utilisation", "Robots at work", "%", ratio(tasks, in.robot_s, 100),
                  "share of robot time on the way, waiting on the way or at a stop; ways to "
                  "chargers and parking count"});
  const std::vector<std::string> names = state_names();
  constexpr std::array<const char*, kRobotStates> keys = {
      "idle", "drive_empty", "drive_loaded", "wait", "service", "charge", "stale", "down"};
  for (size_t s = 0; s < kRobotStates; ++s) {
    const bool driving_only = s > static_cast<size_t>(RobotState::wait);
    if (driving_only && in.model.motion == Motion::steps) continue;
    kpis.push_back({kAll, std::string("state_") + keys[s], names[s], "%",
                    ratio(in.state_s[s], in.robot_s, 100), "of robot time"});
  }
  const double km = (k.empty_m + k.loaded_m) / 1000;
  kpis.push_back({kAll, "distance", "Distance driven", "km", km});
  kpis.push_back({kAll, "loaded_distance", "Distance driven loaded", "%",
                  ratio(k.loaded_m, k.empty_m + k.loaded_m, 100)});
  kpis.push_back(
      {kAll, "distance_per_task", "Distance per task done", "m", ratio(1000 * km, count(k.done))});
  if (in.model.has_batteries) {
    kpis.push_back(
        {kAll, "energy", "Energy drawn from batteries", "kWh", in.world.energy_wh() / 1000});
    kpis.push_back({kAll, "energy_per_task", "Energy per task done", "Wh",
                    ratio(in.world.energy_wh(), count(k.done))});
    kpis.push_back({kAll, "charged", "Energy charged", "kWh", in.world.charged_wh() / 1000});
    kpis.push_back({kAll, "towed", "Batteries run empty", "", count(k.towed)});
  }
}

void add_trouble_kpis(const ReportInput& in, std::vector<Kpi>& kpis) {
  const Kpis& k = in.kpis;
  const auto add = [&](const char* key, const char* label, uint64_t n, std::string note = "") {
    kpis.push_back({kAll, key, label, "", static_cast<double>(n), std::move(note)});
  };
  add("deadlocks", "Deadlocks", k.deadlocks,
      "robots with a goal that came no nearer for " + to_string(in.model.jam_after));
  if (in.model.has_failures) add("failures", "Failures of robots", k.failures);
  if (in.model.motion == Motion::drive) {
    add("safety_stops", "Safety stops", k.safety_stops, "for a command that was too old");
  }
  if (in.model.delays.events != Delays::Events::none) add("delays", "Delays of robots", k.delays);
  add("collisions", "Collisions", k.collisions,
      "robots that came to a place taken up by another or passed one on a lane, looked for where "
      "they are; of the whole run");
  add("move_faults", "Plans refused", k.move_faults,
      "joint moves in which robots would have collided, or left the roads: all waited instead");
  add("order_faults", "Assignments refused", k.order_faults);
}

std::vector<Time> times_from(Time start, Duration interval, size_t points) {
  std::vector<Time> out(points);
  for (size_t i = 0; i < points; ++i) out[i] = start + static_cast<int64_t>(i) * interval;
  return out;
}

Section over_time(const ReportInput& in) {
  const Time now = in.world.now();
  Section section{"Tasks", "", {}};
  const Counts& done = in.kpis.done_over_time;
  TimeChart rate;
  rate.title = "Tasks done";
  rate.unit = "tasks/h";
  rate.series = {{"All", {}}};
  for (size_t i = 0; i < done.counts().size(); ++i) {
    const Time from = done.start() + static_cast<int64_t>(i) * done.interval();
    if (from >= now) break;
    const double s = (std::min(now, from + done.interval()) - from).seconds();
    rate.time.push_back(from);
    rate.series[0].second.push_back(done.counts()[i] / s * 3600);
  }
  if (!rate.time.empty()) section.items.push_back(std::move(rate));

  const Series& live = in.kpis.live_over_time;
  const std::vector<double> means = live.means(now);
  if (!means.empty()) {
    section.items.push_back(
        TimeChart{.title = "Tasks open",
                  .unit = "tasks",
                  .time = times_from(live.start(), live.interval(), means.size()),
                  .series = {{"All", means}},
                  .note = "Released and not done."});
  }
  CdfChart cdf;
  cdf.title = "How long tasks take";
  cdf.x_label = "time";
  cdf.x_unit = "s";
  for (const auto& [label, q] : {std::pair<const char*, const Quantiles*>{
                                     "until a robot is at the first stop", &in.kpis.pickup},
                                 {"until done", &in.kpis.completion},
                                 {"late by", &in.kpis.tardiness}}) {
    if (q->count() == 0) continue;
    CdfChart::Line line{label, {}, {}};
    for (const Quantiles::Point& p : q->cdf()) {
      line.x.push_back(p.value * kNs);
      line.p.push_back(p.share);
    }
    cdf.series.push_back(std::move(line));
  }
  section.items.push_back(std::move(cdf));
  return section;
}

Section robots_section(const ReportInput& in) {
  Section section{"Robots", "", {}};
  if (auto chart = states_over_time(in)) section.items.push_back(*std::move(chart));
  BarChart shares;
  shares.title = "What robots did";
  shares.unit = "%";
  std::vector<double> values;
  const std::vector<std::string> names = state_names();
  for (size_t s = 0; s < kRobotStates; ++s) {
    if (!(in.state_s[s] > 0)) continue;
    shares.categories.push_back(names[s]);
    values.push_back(100 * in.state_s[s] / in.robot_s);
  }
  shares.series = {{"share of robot time", std::move(values)}};
  shares.note = "From the end of the warm-up on.";
  if (!shares.categories.empty()) section.items.push_back(std::move(shares));
  return section;
}

void add_assumptions(const Model& m, std::vector<std::string>& out) {
  if (m.motion == Motion::steps) {
    out.push_back(
        "Robots move in steps, all together: in each tick one cell forward, a quarter turn, or "
        "nothing; they speed up and brake in no time.");
  } else {
    out.push_back(
        "A robot keeps the place it stands on and those it has been allowed to drive to for "
        "itself, "
        "and passes each place in the order that was planned: nothing slips, and nobody dodges.");
    out.push_back(
        "Robots drive straight from one place to the next and turn standing; they speed up and "
        "brake evenly.");
    out.push_back(
        "Commands arrive at once and are never lost, unless the floor is linked to a network.");
    if (!m.has_batteries) out.emplace_back("Batteries never run empty.");
    if (!m.has_failures) out.emplace_back("Robots never fail.");
    const bool served = std::any_of(m.stations.begin(), m.stations.end(),
                                    [](const Station& s) { return s.service != Distribution(); });
    if (!served) out.emplace_back("Loading and unloading take no time.");
  }
  out.emplace_back("There are no people, lift trucks or other traffic on the floor.");
}

}  // namespace

std::vector<std::string> state_names() {
  std::vector<std::string> out;
  for (size_t s = 0; s < kRobotStates; ++s) {
    std::string name = name_of(static_cast<RobotState>(s));
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    out.push_back(std::move(name));
  }
  return out;
}

Report report_of(const World& world) {
  const Model& m = world.model();
  ReportInput in{world, m, world.kpis(), (world.now() - world.kpis().since).seconds(),
                 world.state_s()};
  in.robot_s = std::accumulate(in.state_s.begin(), in.state_s.end(), 0.0);

  Report out;
  out.calendar = m.start.ns > 0;
  out.assumptions = m.assumptions;
  add_assumptions(m, out.assumptions);
  add_task_kpis(in, out.kpis);
  add_robot_kpis(in, out.kpis);
  add_trouble_kpis(in, out.kpis);
  for (Section section :
       {over_time(in), map_section(in), robots_section(in), stations_section(in)}) {
    if (!section.items.empty()) out.sections.push_back(std::move(section));
  }
  return out;
}

}  // namespace dure::floor
