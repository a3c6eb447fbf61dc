// dure fab replicate, dure fab sweep
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/fab_scenario.h"
#include "apps/cli/figures.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "base/digest.h"
#include "base/text.h"
#include "worlds/fab/operating.h"

namespace dure::cli {
namespace {

using Align = TextTable::Align;
constexpr size_t kMostColumns = 6;  // of lot groups, on the terminal

Result<void> check_ends(const fab::Scenario& s, const std::string& file) {
  if (s.model->end < Time::never()) return {};
  return Error{.message = "expected a scenario with an end: give `end`, or --set end=DATE",
               .file = file};
}

void note(FabResults& results, const FabScenario& s,
          const std::vector<std::vector<fab::Replication>>& runs) {
  results.info.policy = s.scenario.policy_name;
  results.info.digest = digest_text(s.scenario.model->digest());
  results.info.start = s.scenario.model->start;
  results.info.end = s.scenario.model->end;
  for (const auto& of_one : runs) {
    for (const fab::Replication& r : of_one) results.info.events += r.events;
  }
}

Result<std::vector<double>> parse_loads(const std::string& text) {
  std::vector<double> out;
  for (const std::string_view part : split(text, ',')) {
    const Result<double> x = parse_double(trim(part));
    if (!x || *x < 0.01 || *x > 100) {
      return Error{.message = "expected loads from 0.01 to 100 such as 0.7,0.9,1.0, found " +
                              dure::quoted(text),
                   .key = "--load"};
    }
    out.push_back(*x);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string replicate_table(const std::vector<KpiConfidence>& kpis) {
  TextTable table({Align::left, Align::left, Align::right, Align::right});
  table.row({"", "", "mean, 95 %", "sd"});
  for (const KpiConfidence& k : kpis) {
    if (k.over.n == 0) continue;
    table.row({k.what.group, k.what.label, plus_minus(k.over, k.what.unit),
               std::isfinite(k.over.sd) ? figure(k.over.sd, k.what.unit) : "-"});
  }
  return table.text();
}

std::string seeds_table(const std::vector<fab::Replication>& runs, uint64_t first) {
  TextTable table({Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"seed", "cycle time", "X-factor", "throughput", "WIP"});
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto of = [&](const char* key) -> std::string {
      for (const Kpi& k : runs[i].kpis) {
        if (k.group == "All" && k.key == key) return figure(k.value, k.unit);
      }
      return "-";
    };
    table.row(
        {std::to_string(first + i), of("cycle_time"), of("x_factor"), of("throughput"), of("wip")});
  }
  return table.text() + '\n';
}

std::string sweep_table(const fab::Scenario& s, const std::vector<fab::LoadPoint>& points) {
  std::vector<std::string> groups = fab::lot_groups_of(points[0]);
  const bool all = groups.size() <= kMostColumns;
  if (!all) groups.resize(1);
  std::vector<Align> columns(4 + groups.size(), Align::right);
  columns.push_back(Align::left);
  columns.insert(columns.end(), 2, Align::right);
  TextTable table(columns);
  std::vector<std::string> head = {"load", "lots/day", "WIP"};
  for (const std::string& g : groups) head.push_back(g == "All" ? "X-factor" : "X " + g);
  for (const char* h : {"bottleneck", "busy", "static load", ""}) head.push_back(h);
  table.row(head);
  for (const fab::LoadPoint& p : points) {
    const auto mean = [&](const char* key) {
      const Confidence* c = p.find("All", key);
      return c && c->n > 0 ? number(c->mean) : std::string("-");
    };
    std::vector<std::string> row = {shortest(p.load), mean("throughput"), mean("wip")};
    for (const std::string& g : groups) {
      const Confidence* c = p.find(g, "x_factor");
      row.push_back(c ? plus_minus(*c, "") : "-");
    }
    row.push_back(s.model->groups[p.bottleneck].name);
    row.push_back(fmt::format("{:.1f} %", p.utilisation.mean));
    row.push_back(fmt::format("{:.1f} %", p.static_load));
    row.push_back(p.steady ? "" : "keeps filling");
    table.row(row);
  }
  return table.text() + (all ? "" : "X-factors of each product are in the report.\n");
}

}  // namespace

Result<int> fab_replicate_command(const ReplicateOptions& options) {
  DURE_TRY(const FabScenario s, load_fab(options.common));
  DURE_CHECK(check_ends(s.scenario, s.file.file));
  DURE_TRY(FabResults results, FabResults::make(options.common, s.file, "replicate"));
  std::vector<std::vector<fab::Replication>> runs;
  {
    PieceProgress progress("runs", options.common.quiet);
    runs = fab::replicate_all({s.scenario}, options.n, threads_of(options.common),
                              [&](size_t done, size_t of) { progress.update(done, of); });
  }
  note(results, s, runs);
  results.info.title += fmt::format(", {} replications", options.n);
  DURE_CHECK(results.write(fab::replicate_report(s.scenario, runs[0])));
  if (options.common.quiet) return kOk;
  const fab::Model& m = *s.scenario.model;
  std::string out = fmt::format("{}\npolicy {}, {} replications, seeds {} to {}, {} to {}\n\n",
                                s.file.title(), s.scenario.policy_name, options.n, m.seed,
                                m.seed + options.n - 1, to_string(m.start), to_string(m.end));
  if (options.seeds) out += seeds_table(runs[0], m.seed);
  out += replicate_table(fab::kpis_of(runs[0])) + "\nwarm-up\n";
  for (const std::string& line : fab::transient_text(fab::transient_of(runs[0]), m.warm_up))
    out += "  " + line + '\n';
  print(out + '\n' + results.footer());
  return kOk;
}

Result<int> fab_sweep_command(const SweepOptions& options) {
  DURE_TRY(const std::vector<double> loads, parse_loads(options.load));
  DURE_TRY(FabScenario s, load_fab(options.common));
  DURE_CHECK(check_ends(s.scenario, s.file.file));
  std::vector<fab::Scenario> scenarios;
  for (const double load : loads) {
    DURE_CHECK(s.file.config.set("load", shortest(load)));
    DURE_TRY(scenarios.emplace_back(), fab::read_scenario(s.file.config, s.file.folder));
  }
  DURE_TRY(FabResults results, FabResults::make(options.common, s.file, "sweep"));
  std::vector<std::vector<fab::Replication>> runs;
  {
    PieceProgress progress("runs", options.common.quiet);
    runs = fab::replicate_all(scenarios, options.n, threads_of(options.common),
                              [&](size_t done, size_t of) { progress.update(done, of); });
  }
  std::vector<fab::LoadPoint> points;
  for (size_t i = 0; i < loads.size(); ++i)
    points.push_back(fab::load_point(scenarios[i], loads[i], runs[i]));
  note(results, s, runs);
  results.info.title += ", operating curve";
  DURE_CHECK(results.write(fab::sweep_report(s.scenario, points, options.n)));
  if (options.common.quiet) return kOk;
  print(fmt::format("{}\npolicy {}, {} replications a point, 95 % intervals\n\n{}\n{}",
                    s.file.title(), s.scenario.policy_name, options.n,
                    sweep_table(s.scenario, points), results.footer()));
  return kOk;
}

}  // namespace dure::cli
