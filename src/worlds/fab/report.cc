#include "worlds/fab/report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "worlds/fab/report_parts.h"

namespace dure::fab {
namespace {

void merge(ClassKpis& into, const ClassKpis& from) {
  into.released += from.released;
  into.finished += from.finished;
  into.on_time += from.on_time;
  into.with_due += from.with_due;
  into.cycle_time.merge(from.cycle_time);
  into.cycle_time_squares += from.cycle_time_squares;
  into.tardiness.merge(from.tardiness);
  into.windows += from.windows;
  for (size_t i = 0; i < into.late.size(); ++i) into.late[i] += from.late[i];
}

// A stream's name where the stream is alone, else its product's, with the priority when the product
// has several.
std::string lot_group_name(const Model& m, uint32_t stream) {
  const LotClass& c = m.classes[stream];
  size_t same = 0;
  bool one_priority = true;
  for (size_t s = 0; s < m.streams.size(); ++s) {
    if (m.classes[s].product != c.product) continue;
    same += m.classes[s].priority == c.priority;
    one_priority = one_priority && m.classes[s].priority == c.priority;
  }
  if (same == 1) return c.name;
  const std::string& product = m.products[c.product].name;
  return one_priority ? product : product + ", priority " + std::to_string(c.priority);
}

std::vector<LotGroup> lot_groups(const Model& m, const Kpis& kpis, const StaticLoad& load) {
  std::vector<LotGroup> out(1);
  out[0].name = "All";
  for (uint32_t s = 0; s < m.streams.size(); ++s) {
    const LotClass& c = m.classes[s];
    const auto same = [&](const LotGroup& g) {
      if (g.classes.empty()) return false;
      const LotClass& first = m.classes[g.classes[0]];
      return first.product == c.product && first.priority == c.priority;
    };
    auto at = std::find_if(out.begin() + 1, out.end(), same);
    if (at == out.end()) at = out.insert(out.end(), LotGroup{lot_group_name(m, s), {}, {}});
    at->classes.push_back(s);
  }
  for (uint32_t s = 0; s < m.streams.size(); ++s) out[0].classes.push_back(s);
  if (out.size() == 2) out.pop_back();  // the same as all of them
  for (LotGroup& g : out) {
    double raw_sum = 0;
    for (const uint32_t c : g.classes) {
      const ClassKpis& k = kpis.classes[c];
      const double raw = load.raw_process_days[m.classes[c].product] * kDaySeconds;
      raw_sum += static_cast<double>(k.finished) * raw;
      if (raw > 0) g.x_factor_sum += k.cycle_time.sum() / raw;
      merge(g.stats, k);
    }
    if (g.stats.finished > 0) g.raw_process_s = raw_sum / static_cast<double>(g.stats.finished);
  }
  return out;
}

std::vector<GroupFigures> group_figures(const World& world) {
  const Model& m = world.model();
  const Kpis& k = world.kpis();
  std::vector<GroupFigures> out(m.groups.size());
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    const auto state = world.state_s(g);
    const auto of = [&](ToolState s) { return state[static_cast<size_t>(s)]; };
    GroupTimes& t = out[g].times;
    // A cascading tool may set up ahead of its work, so that not all of a setup has passed.
    t.setup = std::clamp(world.setup_s(g), 0.0, of(ToolState::busy));
    t.productive = of(ToolState::busy) - t.setup;
    t.standby = of(ToolState::standby);
    t.scheduled_down = of(ToolState::scheduled_down);
    t.unscheduled_down = of(ToolState::unscheduled_down);
    out[g].waited_s = k.groups[g].waited_s;
    for (const Waiting& w : world.waiting(g))
      out[g].waited_s += (world.now() - std::max(w.since, k.since)).seconds();
  }
  for (const Step& s : m.steps) {
    if (s.batch_max > 0) out[s.group].batches = true;
  }
  return out;
}

// The same figures of every lot group.
void add_lot_kpis(const LotGroup& g, std::vector<Kpi>& out) {
  const ClassKpis& k = g.stats;
  const auto finished = static_cast<double>(k.finished);
  const auto some = [&](double value) {
    return k.finished > 0 ? std::optional<double>(value) : std::nullopt;
  };
  out.push_back({g.name, "cycle_time", "Cycle time, mean", "s", some(k.cycle_time.mean()),
                 "release to the end of the last step"});
  out.push_back(
      {g.name, "x_factor", "X-factor", "", ratio(g.x_factor_sum, finished),
       "cycle time over raw process time: process, load, unload and transport without any "
       "queueing"});
  out.push_back({g.name, "on_time", "On-time delivery", "%",
                 ratio(static_cast<double>(k.on_time), static_cast<double>(k.with_due), 100),
                 "of the lots finished that had a due date"});
}

void add_more_lot_kpis(const LotGroup& g, std::vector<Kpi>& out) {
  const ClassKpis& k = g.stats;
  out.push_back(
      {g.name, "cycle_time_sd", "Cycle time, standard deviation", "s", standard_deviation_s(k)});
  out.push_back({g.name, "cycle_time_p95", "Cycle time, 95th percentile", "s",
                 k.finished > 0 ? std::optional<double>(k.cycle_time.quantile(0.95)) : std::nullopt,
                 "within 0.8 %"});
  out.push_back({g.name, "tardiness", "Tardiness, mean", "s",
                 ratio(k.tardiness.sum(), static_cast<double>(k.tardiness.count())),
                 "time past the due date, 0 for lots on time"});
  if (k.windows == 0) return;
  out.push_back({g.name, "queue_time_violations", "Queue-time violations", "%",
                 ratio(static_cast<double>(k.late[0]), static_cast<double>(k.windows), 100),
                 "share of queue-time windows that ended late"});
}

// Lots that left the line and their wafers, those that were in it at the start included.
struct Output {
  double lots = 0, wafers = 0;
};
Output output_of(const Kpis& kpis, const std::vector<uint32_t>& classes) {
  Output out;
  for (const uint32_t c : classes) {
    out.lots += static_cast<double>(kpis.classes[c].out);
    out.wafers += static_cast<double>(kpis.classes[c].wafers_out);
  }
  return out;
}

void add_line_kpis(const ReportInput& in, std::vector<Kpi>& kpis) {
  const Kpis& k = in.kpis;
  const Time now = in.world.now();
  const double days = in.span_s / kDaySeconds, wip = k.wip.mean(now);
  std::vector<uint32_t> all(in.model.classes.size());
  std::iota(all.begin(), all.end(), 0u);
  const Output done = output_of(k, all);
  const auto moves = static_cast<double>(k.moves);
  const std::string g = "All";

  kpis.push_back({g, "throughput", "Throughput", "lots/day", ratio(done.lots, days)});
  kpis.push_back({g, "wip", "WIP, mean", "lots", wip, "lots in the line, over time"});
  kpis.push_back(
      {g, "moves_per_day", "Moves", "moves/day", ratio(moves, days), "steps that lots completed"});
  add_more_lot_kpis(in.lots[0], kpis);
  kpis.push_back(
      {g, "throughput_wafers", "Throughput in wafers", "wafers/day", ratio(done.wafers, days)});
  kpis.push_back({g, "released", "Lots released", "lots/day",
                  ratio(static_cast<double>(in.lots[0].stats.released), days)});
  kpis.push_back({g, "turns", "Turns", "1/day", ratio(moves, days * wip),
                  "moves per day of a lot in the line"});

  GroupTimes all_tools;
  double fill = 0, possible = 0;
  for (size_t i = 0; i < in.groups.size(); ++i) {
    const GroupTimes& t = in.groups[i].times;
    all_tools.productive += t.productive;
    all_tools.setup += t.setup;
    all_tools.standby += t.standby;
    all_tools.scheduled_down += t.scheduled_down;
    all_tools.unscheduled_down += t.unscheduled_down;
    if (!in.groups[i].batches) continue;
    fill += static_cast<double>(k.groups[i].wafers);
    possible += static_cast<double>(k.groups[i].wafers_possible);
  }
  kpis.push_back({g, "utilisation", "Tool utilisation", "%",
                  ratio(all_tools.busy(), all_tools.up(), 100),
                  "tool time in work or setup over tool time not down, all tools alike"});
  kpis.push_back({g, "availability", "Tool availability", "%",
                  ratio(all_tools.up(), all_tools.total(), 100), "tool time not down"});
  kpis.push_back({g, "setup_share", "Setup share", "%",
                  ratio(all_tools.setup, all_tools.total(), 100), "of tool time"});
  kpis.push_back({g, "batch_fill", "Batch fill", "%", ratio(fill, possible, 100),
                  "wafers in the batches begun over those that had fitted"});
  kpis.push_back({g, "lots_finished", "Lots finished", "lots", done.lots});
  kpis.push_back({g, "wip_end", "WIP at the end", "lots", static_cast<double>(in.world.wip())});
  if (!in.model.asks_release) return;
  double held = 0;
  for (uint32_t s = 0; s < in.model.streams.size(); ++s) held += in.world.held(s);
  kpis.push_back({g, "lots_held", "Lots held back at the end", "lots", held,
                  "the streams' releases that the policy has not let in; no cycle time counts the "
                  "time before release"});
}

}  // namespace

std::optional<double> standard_deviation_s(const ClassKpis& k) {
  if (k.finished < 2) return std::nullopt;
  const auto n = static_cast<double>(k.finished);
  const double mean_h = k.cycle_time.mean() / 3600;
  const double variance = (k.cycle_time_squares - n * mean_h * mean_h) / (n - 1);
  return 3600 * std::sqrt(std::max(0.0, variance));
}

Report report_of(const World& world) {
  const Model& m = world.model();
  const Kpis& k = world.kpis();
  ReportInput in{world, m, k, (world.now() - k.since).seconds(), static_load(m), {}, {}};
  in.lots = lot_groups(m, k, in.load);
  in.groups = group_figures(world);

  Report out;
  out.calendar = m.start.ns > 0;
  out.assumptions = m.assumptions;
  add_lot_kpis(in.lots[0], out.kpis);
  add_line_kpis(in, out.kpis);
  for (size_t i = 1; i < in.lots.size(); ++i) {
    add_lot_kpis(in.lots[i], out.kpis);
    add_more_lot_kpis(in.lots[i], out.kpis);
    out.kpis.push_back({in.lots[i].name, "throughput", "Throughput", "lots/day",
                        ratio(output_of(k, in.lots[i].classes).lots, in.span_s / kDaySeconds)});
  }
  for (Section section :
       {over_time(in), lots_section(in), tools_section(in), areas_section(in), trace_section(in)}) {
    if (!section.items.empty()) out.sections.push_back(std::move(section));
  }
  return out;
}

}  // namespace dure::fab
