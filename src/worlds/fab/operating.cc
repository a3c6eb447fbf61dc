#include "worlds/fab/operating.h"

#include <algorithm>
#include <cmath>

#include "kernel/parallel.h"
#include "kernel/transient.h"
#include "worlds/fab/report.h"
#include "worlds/fab/static_load.h"
#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

constexpr size_t kWelchWindow = 7;        // days to each side
constexpr double kWelchTolerance = 0.05;  // of the level that is reached

double value_or_nan(double sum, double n) { return n > 0 ? sum / n : std::nan(""); }

// Sums of KPIs that a day's mean is the difference of; they begin anew after the warm-up.
struct Sums {
  double wip = 0, cycle_s = 0;
  uint64_t finished = 0;

  static Sums of(const World& w) {
    Sums s;
    s.wip = w.kpis().wip.integral(w.now());
    for (const ClassKpis& k : w.kpis().classes) {
      s.cycle_s += k.cycle_time.sum();
      s.finished += k.cycle_time.count();
    }
    return s;
  }
};

// Means over the replications of each day; days on which none has a value get the day before's.
std::vector<double> daily(const std::vector<Replication>& runs,
                          std::vector<double> Replication::*series) {
  size_t days = (runs[0].*series).size();
  for (const Replication& r : runs) days = std::min(days, (r.*series).size());
  std::vector<double> out;
  for (size_t d = 0; d < days; ++d) {
    double sum = 0, n = 0;
    for (const Replication& r : runs) {
      if (!std::isfinite((r.*series)[d])) continue;
      sum += (r.*series)[d];
      ++n;
    }
    if (n > 0 || !out.empty()) out.push_back(n > 0 ? sum / n : out.back());
  }
  return out;
}

std::string days(size_t n) { return std::to_string(n) + (n == 1 ? " day" : " days"); }

}  // namespace

Replication replicate(const Scenario& scenario, uint64_t seed) {
  auto model = std::make_shared<Model>(*scenario.model);
  model->seed = seed;
  World w(model);
  Rules rules(scenario.policy.rules);
  Replication out;
  const Time warm = model->start + model->warm_up;
  for (Time day = model->start; day < model->end; day += 1_d) {
    const Time end = std::min(day + 1_d, model->end);
    const Sums before = Sums::of(w);
    // On the day of the warm-up's end, what follows it counts.
    const bool reset = day < warm && warm <= end;
    run(w, rules, end);
    const Sums after = Sums::of(w), from = reset ? Sums{} : before;
    const double span = (end - (reset ? warm : day)).seconds();
    out.wip.push_back(span > 0 ? (after.wip - from.wip) / span : w.wip());
    out.cycle_d.push_back(value_or_nan((after.cycle_s - from.cycle_s) / 86400,
                                       static_cast<double>(after.finished - from.finished)));
    if (w.next_event_time() == Time::never()) break;  // nothing is left to happen
  }
  out.events = w.events_handled();
  out.kpis = report_of(w).kpis;
  for (uint32_t g = 0; g < model->groups.size(); ++g) {
    const auto state = w.state_s(g);
    const double busy = state[static_cast<size_t>(ToolState::busy)];
    const double up = busy + state[static_cast<size_t>(ToolState::standby)];
    const GroupKpis& k = w.kpis().groups[g];
    const double fill = k.wafers_possible > 0
                            ? static_cast<double>(k.wafers) / static_cast<double>(k.wafers_possible)
                            : 1;
    out.utilisation.push_back(up > 0 ? fill * busy / up : 0);
  }
  return out;
}

std::vector<std::vector<Replication>> replicate_all(
    const std::vector<Scenario>& scenarios, uint32_t n, unsigned threads,
    const std::function<void(size_t, size_t)>& done) {
  std::vector<std::vector<Replication>> out(scenarios.size());
  for (auto& runs : out) runs.resize(n);
  const size_t all = scenarios.size() * n;
  for_each_index(
      all, threads,
      [&](size_t i, unsigned) {
        const Scenario& s = scenarios[i / n];
        out[i / n][i % n] = replicate(s, s.model->seed + i % n);
      },
      [&](size_t k) { done(k, all); });
  return out;
}

std::vector<KpiConfidence> kpis_of(const std::vector<Replication>& runs) {
  std::vector<RunKpis> kpis;
  for (const Replication& r : runs) kpis.push_back(r.kpis);
  return kpi_confidences(kpis);
}

Transient transient_of(const std::vector<Replication>& runs) {
  Transient t;
  t.wip = daily(runs, &Replication::wip);
  t.cycle_d = daily(runs, &Replication::cycle_d);
  t.window = std::min(kWelchWindow, t.wip.size() / 8);
  t.wip_average = welch_average(t.wip, t.window);
  t.mser_wip = mser5(t.wip);
  t.mser_cycle = mser5(t.cycle_d);
  // Days without any finished lot, at the start, are dropped too.
  if (t.mser_cycle) *t.mser_cycle += t.wip.size() - t.cycle_d.size();
  t.welch_wip = welch(t.wip, t.window, kWelchTolerance);
  return t;
}

std::vector<std::string> transient_text(const Transient& t, Duration warm_up) {
  // One figure is advised, the longest of the three, and only where the run shows that it lasts.
  const size_t run = t.wip.size();
  std::vector<std::string> out;
  bool told = true;
  size_t most = 0;
  const auto settles = [&](const std::string& method, const std::optional<size_t>& drop) {
    const bool known = drop && 2 * *drop < run;
    out.push_back(method + (known ? ": settled after " + days(*drop)
                                  : ": cannot be told from a run of " + days(run)));
    told = told && known;
    if (known) most = std::max(most, *drop);
  };
  settles("MSER-5 on daily WIP (White 1997)", t.mser_wip);
  settles("MSER-5 on daily mean cycle time", t.mser_cycle);
  settles("Welch's moving average of daily WIP, " + days(2 * t.window + 1) +
              ", within 5 % of its later level",
          t.welch_wip);
  std::string verdict = "warm_up is " + to_string(warm_up) + ": ";
  if (!told) {
    verdict += "whether it is long enough cannot be told from a run of " + days(run) +
               "; figures may still depend on the start, so run longer";
  } else if (warm_up.seconds() / 86400 + 1e-9 < static_cast<double>(most)) {
    verdict += "shorter than the longest of these; try --set warm_up=" + std::to_string(most) + "d";
  } else {
    verdict += "long enough by all three";
  }
  out.push_back(verdict);
  return out;
}

const Confidence* LoadPoint::find(const std::string& group, const std::string& key) const {
  for (const KpiConfidence& k : kpis) {
    if (k.what.group == group && k.what.key == key) return &k.over;
  }
  return nullptr;
}

std::vector<std::string> lot_groups_of(const LoadPoint& point) {
  std::vector<std::string> out;
  for (const KpiConfidence& k : point.kpis) {
    if (k.what.key == "x_factor") out.push_back(k.what.group);
  }
  return out;
}

LoadPoint load_point(const Scenario& scenario, double load, const std::vector<Replication>& runs) {
  const Model& m = *scenario.model;
  LoadPoint p;
  p.load = load;
  p.kpis = kpis_of(runs);
  double most = -1;
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    double sum = 0;
    for (const Replication& r : runs) sum += r.utilisation[g];
    if (sum <= most) continue;
    most = sum;
    p.bottleneck = g;
  }
  std::vector<double> of_bottleneck;
  for (const Replication& r : runs) of_bottleneck.push_back(100 * r.utilisation[p.bottleneck]);
  p.utilisation = confidence(of_bottleneck);
  for (const double u : static_load(m).utilisation)
    p.static_load = std::max(p.static_load, 100 * u);
  // Filling: the last quarter of the time that counts holds a tenth more than the quarter before.
  const std::vector<double> wip = daily(runs, &Replication::wip);
  const auto from = std::min(wip.size(), static_cast<size_t>(m.warm_up / 1_d));
  const size_t quarter = (wip.size() - from) / 4;
  if (quarter > 0) {
    double last = 0, before = 0;
    for (size_t i = 1; i <= quarter; ++i) {
      last += wip[wip.size() - i];
      before += wip[wip.size() - quarter - i];
    }
    p.steady = last <= 1.1 * before + static_cast<double>(quarter);
  }
  return p;
}

}  // namespace dure::fab
