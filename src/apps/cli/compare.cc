// dure compare
#include <cmath>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/flat_config.h"
#include "apps/cli/kpi_table.h"
#include "apps/cli/stored_json.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "base/file.h"

namespace dure::cli {
namespace {

using Align = TextTable::Align;

struct Side {
  RunFolder folder;
  RunRecord record;
  StoredSummary summary;
  std::vector<std::pair<std::string, std::string>> settings;

  const std::string* setting(const std::string& key) const {
    for (const auto& [k, value] : settings) {
      if (k == key) return &value;
    }
    return nullptr;
  }
};

Result<Side> load(const std::string& name) {
  Side side;
  DURE_TRY(side.folder, find_run(name));
  DURE_TRY(side.record, read_record(side.folder));
  if (side.record.status != RunStatus::done) {
    return Error{.message = "this run has not ended; `" + resume_hint(side.folder) + "` ends it",
                 .file = side.folder.path};
  }
  DURE_TRY(side.summary, read_summary(side.folder));
  DURE_TRY(const std::string text, read_file(side.folder.scenario_file()));
  DURE_TRY(const Config config, Config::parse(text, side.folder.scenario_file()));
  const RunRecord& r = side.record;
  side.settings = {{"scenario", r.scenario}, {"policy", r.policy}, {"dure", r.version}};
  if (r.until) side.settings.emplace_back("--until", to_string(*r.until));
  for (auto& setting : flat_config(config)) side.settings.push_back(std::move(setting));
  return side;
}

// Settings that only one has or that differ.
std::string differences(const Side& a, const Side& b, size_t width) {
  TextTable table;
  const auto add = [&](const std::string& key) {
    const std::string* x = a.setting(key);
    const std::string* y = b.setting(key);
    if (x != nullptr && y != nullptr && *x == *y) return;
    const size_t room = width / 3;
    table.row({key, x == nullptr ? "-" : cut_to(*x, room), y == nullptr ? "-" : cut_to(*y, room)});
  };
  for (const auto& [key, value] : a.settings) add(key);
  for (const auto& [key, value] : b.settings) {
    if (a.setting(key) == nullptr) add(key);
  }
  if (table.rows() == 0) return "The settings are equal.\n";
  return "Settings that differ\n" + table.text(2);
}

std::string difference(double x, double y, const std::string& unit) {
  if (x == y) return "0";
  const std::string size = figure(std::abs(y - x), unit);
  return (y > x ? "+" : "-") + size;
}

std::string relative(double x, double y) {
  if (x == y) return "";
  if (x == 0) return "";
  const double percent = 100 * (y - x) / std::abs(x);
  return fmt::format("{:+.{}f} %", percent, std::abs(percent) < 10 ? 2 : 1);
}

std::string kpi_differences(const Side& a, const Side& b) {
  TextTable table({Align::left, Align::right, Align::right, Align::right, Align::right});
  table.row({"", "A", "B", "B - A", "relative"});
  std::vector<Kpi> both = a.summary.kpis;
  both.insert(both.end(), b.summary.kpis.begin(), b.summary.kpis.end());
  for (const std::string& group : groups_of(both)) {
    table.row({group});
    for (const Kpi* row : rows_of(both)) {
      const Kpi* x = find_kpi(a.summary.kpis, group, row->key);
      const Kpi* y = find_kpi(b.summary.kpis, group, row->key);
      if (x == nullptr && y == nullptr) continue;
      const auto value = [](const Kpi* k) {
        return k == nullptr ? std::optional<double>() : k->value;
      };
      std::vector<std::string> cells{"  " + row->label, figure(value(x), row->unit),
                                     figure(value(y), row->unit)};
      if (value(x) && value(y)) {
        cells.push_back(difference(*value(x), *value(y), row->unit));
        cells.push_back(relative(*value(x), *value(y)));
      }
      table.row(cells);
    }
  }
  return table.text();
}

}  // namespace

Result<int> compare_command(const CompareOptions& options) {
  DURE_TRY(const Side a, load(options.a));
  DURE_TRY(const Side b, load(options.b));
  std::string out = fmt::format("A  {}  {}\nB  {}  {}\n\n", a.record.id, a.record.title,
                                b.record.id, b.record.title);
  out += differences(a, b, terminal_width()) + '\n' + kpi_differences(a, b);
  if (a.summary.digest == b.summary.digest)
    out += "\nBoth ended in the same state, digest " + a.summary.digest + ".\n";
  print(out);
  return kOk;
}

}  // namespace dure::cli
