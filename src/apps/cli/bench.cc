// dure bench
#include "kernel/bench.h"

#include <cstdio>

#include <fmt/format.h>

#include "apps/cli/bench_csv.h"
#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/names.h"
#include "apps/cli/places.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"

namespace dure::cli {
namespace {

using Align = TextTable::Align;

void print_list(const std::vector<Bench>& all) {
  TextTable table;
  for (const Bench& bench : all) table.row({bench.name, bench.what});
  print(table.text(0, terminal_width()));
}

bool has_goal(const Figure& f) { return f.goal != 0 || (f.peer && f.peer->goal_ratio != 0); }

std::string goal_text(const Figure& f) {
  std::string out;
  if (f.goal != 0) out = (f.higher_is_better ? "at least " : "at most ") + number(f.goal);
  if (f.peer && f.peer->goal_ratio != 0) {
    out += (out.empty() ? "" : ", ") + number(f.peer->goal_ratio) + " x peer";
  }
  return out;
}

std::string verdict(const Figure& f, bool smoke) {
  if (smoke || !has_goal(f)) return "";
  return f.met() ? "met" : "MISSED";
}

// Figures, then their notes, which are too long for a column; each once.
std::string figures_text(const std::vector<Figure>& figures, bool smoke) {
  TextTable table({Align::left, Align::right, Align::left, Align::left, Align::left, Align::right});
  table.row({"figure", "value", "unit", "goal", "peer", "ratio", ""});
  std::vector<std::string> notes;
  for (const Figure& f : figures) {
    const std::string peer =
        f.peer ? fmt::format("{} ({})", number(f.peer->value), f.peer->name) : "";
    const std::string ratio = f.ratio() > 0 ? number(f.ratio()) : "";
    table.row({f.what, number(f.value), f.unit, goal_text(f), peer, ratio, verdict(f, smoke)});
    if (!f.note.empty() && (notes.empty() || notes.back() != f.note)) notes.push_back(f.note);
  }
  std::string out = table.text(2);
  for (const std::string& note : notes) out += wrapped("- " + note, 2, terminal_width());
  return out;
}

}  // namespace

Result<int> bench_command(const BenchOptions& options) {
  DURE_TRY(const std::vector<Bench> all, chosen(benches(), options.names, "benchmark"));
  if (options.list) {
    print_list(all);
    return kOk;
  }
  if (options.smoke && (options.csv || options.check)) {
    return Error{.message = "--smoke measures nothing, so it goes with neither --csv nor --check"};
  }
  const BenchContext context{data_folder(options.data), peers_folder(), peers_source(),
                             options.smoke};
  int met = 0, missed = 0, failed = 0;
  std::vector<BenchRow> rows;
  for (const Bench& bench : all) {
    print(fmt::format("{}: {}\n", bench.name, bench.what));
    std::fflush(stdout);
    const Result<std::vector<Figure>> figures = bench.run(context);
    if (!figures) {
      ++failed;
      print("  failed: " + figures.error().text() + '\n');
      continue;
    }
    print(figures_text(*figures, options.smoke));
    std::fflush(stdout);
    for (const Figure& f : *figures) {
      rows.push_back({bench.name, f});
      if (has_goal(f)) ++(f.met() ? met : missed);
    }
  }
  if (options.csv) {
    DURE_TRY(const std::string file, append_bench_csv(results_folder(), rows));
    print("written to " + file + '\n');
  }
  if (options.smoke) {
    print(fmt::format("{} benchmarks ran, {} failed\n", all.size() - static_cast<size_t>(failed),
                      failed));
  } else {
    print(fmt::format("{} goals met, {} missed, {} benchmarks failed\n", met, missed, failed));
  }
  return failed > 0 || (options.check && missed > 0) ? kFailed : kOk;
}

}  // namespace dure::cli
