// dure whatif
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/places.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "apps/cli/whatif_changes.h"
#include "apps/cli/whatif_runs.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace dure::cli {
namespace {

using Align = TextTable::Align;

struct Answer {
  std::vector<Variant> variants;
  std::vector<Plan> plans;                          // as it is, then the variants
  std::vector<std::vector<KpiComparison>> against;  // [variants][KPIs]
  uint64_t first_seed = 0;
  uint32_t seeds = 0;
};

// --set and --policy together are one variant, each --variant is another.
Result<std::vector<Variant>> variants_of(const WhatIfOptions& options) {
  std::vector<Variant> out;
  if (!options.set.empty() || !options.policy.empty()) {
    Variant& v = out.emplace_back();
    v.policy = options.policy;
    v.set = options.set;
    v.name = v.changes();
  }
  for (const std::string& text : options.variant) {
    DURE_TRY(Variant v, parse_variant(text));
    for (const Variant& other : out) {
      if (other.name == v.name) {
        return Error{.message = "expected variants with names of their own, found " +
                                dure::quoted(v.name) + " twice",
                     .key = "--variant"};
      }
    }
    out.push_back(std::move(v));
  }
  if (out.empty()) {
    return Error{.message = "expected a change to compare with: --set, --policy or --variant"};
  }
  return out;
}

Result<Plan> load_plan(const WhatIfOptions& options, const Variant* variant) {
  Plan plan;
  plan.flag = variant == nullptr ? "--base" : variant->flag;
  Changes changes{.policy = {}, .seed = options.seed, .set = options.base};
  if (variant != nullptr) {
    changes.policy = variant->policy;
    changes.set.insert(changes.set.end(), variant->set.begin(), variant->set.end());
  }
  Result<ScenarioFile> file = load_scenario(options.scenario, changes);
  if (!file) return at_plan(file.error(), plan);
  plan.file = *std::move(file);
  return plan;
}

Result<std::vector<Plan>> load_plans(const WhatIfOptions& options,
                                     const std::vector<Variant>& variants, uint64_t& bytes) {
  std::vector<Plan> out;
  DURE_TRY(out.emplace_back(), load_plan(options, nullptr));
  DURE_TRY(bytes, check_plan(out[0], options.until));
  for (const Variant& v : variants) {
    DURE_TRY(Plan plan, load_plan(options, &v));
    if (plan.file.head.seed != out[0].file.head.seed) {
      return Error{.message = "expected the same seeds on both sides; --seed gives the first",
                   .key = plan.flag + " seed"};
    }
    if (plan.file.kind != out[0].file.kind) {
      return Error{.message = "expected a scenario of the same world, " +
                              dure::quoted(out[0].file.kind->name) + ", found " +
                              dure::quoted(plan.file.kind->name),
                   .key = plan.flag + " world"};
    }
    DURE_CHECK(check_plan(plan, options.until));
    out.push_back(std::move(plan));
  }
  return out;
}

// "all" pairs have a value, or "(5 of 8)".
std::string mark(const KpiComparison& c, uint32_t seeds) {
  std::string out = c.difference.n > 0 && c.difference.significant() ? "*" : "";
  if (c.difference.n < seeds && c.base.n + c.changed.n > 0)
    out += fmt::format("{}({} of {})", out.empty() ? "" : " ", c.difference.n, seeds);
  return out;
}

std::string mean_of(const Confidence& c, const Kpi& what) {
  if (c.n == 0) return "-";
  return what.unit == "s" ? seconds(c.mean) : number(c.mean);
}

// Seconds say their unit cell by cell.
std::string label_of(const Kpi& kpi) {
  return kpi.label + (kpi.unit.empty() || kpi.unit == "s" ? "" : ", " + kpi.unit);
}

std::string difference_of(const KpiComparison& c) {
  return plus_minus(c.difference, c.what.unit == "s" ? "s" : "", true);
}

// A row for each KPI, below its group where there are several.
std::string one_variant_table(const Answer& a) {
  TextTable table({Align::left, Align::right, Align::right, Align::right, Align::left});
  table.row({"", "as it is", "changed", "difference, 95 %", ""});
  const std::string* group = nullptr;
  const auto& rows = a.against[0];
  const bool groups = !rows.empty() && rows.front().what.group != rows.back().what.group;
  for (const KpiComparison& c : rows) {
    if (groups && (group == nullptr || *group != c.what.group)) table.row({c.what.group});
    group = &c.what.group;
    table.row({(groups ? "  " : "") + label_of(c.what), mean_of(c.base, c.what),
               mean_of(c.changed, c.what), difference_of(c), mark(c, a.seeds)});
  }
  return table.text();
}

// A block for each KPI, a row for each variant.
std::string variants_table(const Answer& a) {
  TextTable table({Align::left, Align::right, Align::right, Align::left});
  table.row({"", "mean", "difference, 95 %", ""});
  const std::string first = a.plans[0].known[0].group;
  for (const KpiComparison& base : a.against[0]) {
    const Kpi& what = base.what;
    table.row({(what.group == first ? "" : what.group + ": ") + label_of(what)});
    table.row({"  as it is", mean_of(base.base, what)});
    for (size_t v = 0; v < a.variants.size(); ++v) {
      for (const KpiComparison& c : a.against[v]) {
        if (c.what.group != what.group || c.what.key != what.key) continue;
        table.row({"  " + a.variants[v].name, mean_of(c.changed, what), difference_of(c),
                   mark(c, a.seeds)});
      }
    }
  }
  return table.text();
}

std::string notes_of(const Answer& a, const std::vector<std::vector<RunKpis>>& runs) {
  std::string out;
  bool starred = false;
  for (size_t v = 0; v < a.variants.size(); ++v) {
    for (const KpiComparison& c : a.against[v])
      starred = starred || (c.difference.n > 0 && c.difference.significant());
    const std::string name =
        a.variants.size() > 1 ? dure::quoted(a.variants[v].name) : "The change";
    const std::vector<KpiComparison> all = compare_kpis(runs[0], runs[v + 1]);
    if (std::all_of(all.begin(), all.end(), [](const KpiComparison& c) { return c.same; }))
      out += name + " makes no difference to any KPI in these runs.\n";
    const Plan &base = a.plans[0], &plan = a.plans[v + 1];
    if (plan.start != base.start || plan.end != base.end)
      out += name + " runs over another time: totals are not of the same length.\n";
  }
  return (starred ? "* beyond chance: the interval leaves out 0\n" : "") + out;
}

std::string time_text(Time t, Time start) {
  if (t == Time::never()) return "the last event";
  return start.ns == 0 ? to_human(t - start) : to_string(t);
}

std::string text_of(const Answer& a) {
  const Plan& base = a.plans[0];
  std::string out =
      fmt::format("{}\n{}, {} to {}, each as it is ({}) and changed, {} to {}\n", base.file.title(),
                  counted(a.seeds, "seed"), a.first_seed, a.first_seed + a.seeds - 1, base.policy,
                  time_text(base.start, base.start), time_text(base.end, base.start));
  for (const Variant& v : a.variants) {
    const std::string changes = v.changes();
    out += (v.name == changes ? "changed: " : v.name + ": ") + changes + '\n';
  }
  return out + '\n' + (a.variants.size() == 1 ? one_variant_table(a) : variants_table(a));
}

void confidence_json(JsonWriter& out, std::string_view key, const Confidence& c) {
  out.key(key).begin_object();
  out.field("n", c.n).field("mean", c.mean).field("sd", c.sd).field("half_width", c.half_width);
  out.end_object();
}

std::string json_of(const Answer& a) {
  const Plan& base = a.plans[0];
  JsonWriter out(JsonWriter::Style::pretty);
  out.begin_object().field("scenario", base.file.name).field("title", base.file.title());
  out.field("world", base.file.kind->name).field("policy", base.policy);
  out.field("start", to_string(base.start));
  if (base.end != Time::never()) out.field("end", to_string(base.end));
  out.field("first_seed", a.first_seed).field("seeds", a.seeds).field("level", 0.95);
  out.key("variants").begin_array();
  for (size_t v = 0; v < a.variants.size(); ++v) {
    out.begin_object().field("name", a.variants[v].name);
    out.field("changes", a.variants[v].changes()).field("policy", a.plans[v + 1].policy);
    out.key("kpis").begin_array();
    for (const KpiComparison& c : a.against[v]) {
      out.begin_object().field("group", c.what.group).field("key", c.what.key);
      out.field("label", c.what.label).field("unit", c.what.unit);
      confidence_json(out, "base", c.base);
      confidence_json(out, "changed", c.changed);
      confidence_json(out, "difference", c.difference);
      out.field("beyond_chance", c.difference.n > 0 && c.difference.significant());
      out.end_object();
    }
    out.end_array().end_object();
  }
  return out.end_array().end_object().take() + '\n';
}

// "seed,variant,All: allocation [%],...": one row for each run, every KPI that all have.
std::string csv_of(const Answer& a, const std::vector<std::vector<RunKpis>>& runs) {
  std::vector<Kpi> columns;
  for (const KpiComparison& c : compare_kpis(runs[0], runs[0])) {
    const auto has = [&](const std::vector<RunKpis>& of) {
      return std::any_of(of[0].begin(), of[0].end(), [&](const Kpi& k) {
        return k.group == c.what.group && k.key == c.what.key;
      });
    };
    if (std::all_of(runs.begin(), runs.end(), has)) columns.push_back(c.what);
  }
  std::string out = "seed,variant";
  for (const Kpi& k : columns) out += ',' + csv_field(kpi_column(k));
  out += '\n';
  for (uint32_t i = 0; i < a.seeds; ++i) {
    for (size_t p = 0; p < runs.size(); ++p) {
      out += std::to_string(a.first_seed + i) + ',' +
             (p == 0 ? "as it is" : csv_field(a.variants[p - 1].name));
      size_t k = 0;  // columns and KPIs have the same order
      for (const Kpi& column : columns) {
        const RunKpis& here = runs[p][i];
        const auto same = [&](const Kpi& x) {
          return x.group == column.group && x.key == column.key;
        };
        if (k >= here.size() || !same(here[k])) {
          k = static_cast<size_t>(std::find_if(here.begin(), here.end(), same) - here.begin());
        }
        out += ',' + (here[k].value ? shortest(*here[k].value) : "");
        ++k;
      }
      out += '\n';
    }
  }
  return out;
}

}  // namespace

Result<int> whatif_command(const WhatIfOptions& options) {
  Answer a;
  DURE_TRY(a.variants, variants_of(options));
  if (options.csv) DURE_CHECK(check_out_file(*options.csv, "--csv"));
  uint64_t bytes = 0;
  DURE_TRY(a.plans, load_plans(options, a.variants, bytes));
  DURE_TRY(const KpiChoice shown, KpiChoice::parse(options.kpi, options.groups, a.plans[0].known));
  a.first_seed = a.plans[0].file.head.seed;
  a.seeds = options.n;

  const unsigned threads = options.threads > 0 ? options.threads : runs_at_once(bytes);
  DURE_TRY(const PlanRuns runs, run_plans(a.plans, a.first_seed, a.seeds, threads, options.quiet));
  if (runs.interrupted) {
    std::fputs(fmt::format("stopped after {} of {}; nothing is written\n", runs.done,
                           counted(a.plans.size() * a.seeds, "run"))
                   .c_str(),
               stderr);
    return 128 + interrupted();
  }
  for (size_t v = 0; v < a.variants.size(); ++v) {
    std::vector<KpiComparison>& of = a.against.emplace_back();
    for (KpiComparison& c : compare_kpis(runs.kpis[0], runs.kpis[v + 1])) {
      if (shown.wants(c.what)) of.push_back(std::move(c));
    }
  }
  if (options.csv) DURE_CHECK(write_file_atomic(*options.csv, csv_of(a, runs.kpis)));
  if (options.json) {
    print(json_of(a));
  } else {
    print(text_of(a) + notes_of(a, runs.kpis));
  }
  return kOk;
}

}  // namespace dure::cli
