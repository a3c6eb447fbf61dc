#include "apps/cli/kpi_table.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "apps/cli/figures.h"
#include "apps/cli/text_table.h"

namespace dure::cli {
namespace {

using Align = TextTable::Align;
constexpr size_t kIndent = 2;

// By group and key: a trace may have a thousand groups.
using Matrix = std::map<std::pair<std::string_view, std::string_view>, const Kpi*>;

std::string cell(const Matrix& kpis, const std::string& group, const std::string& key) {
  const auto at = kpis.find({group, key});
  if (at == kpis.end()) return "";
  const Kpi* kpi = at->second;
  return kpi->unit == "s" || !kpi->value ? figure(kpi->value, kpi->unit) : number(*kpi->value);
}

// Seconds say their unit cell by cell: minutes here, days there.
std::string unit_of(const Kpi& kpi) { return kpi.unit == "s" ? "" : kpi.unit; }

// Groups as columns.
TextTable by_column(const Matrix& kpis, const std::vector<const Kpi*>& rows,
                    const std::vector<std::string>& groups) {
  std::vector<Align> align(groups.size() + 2, Align::right);
  align[0] = align[1] = Align::left;
  TextTable table(align);
  std::vector<std::string> head{"", ""};
  head.insert(head.end(), groups.begin(), groups.end());
  table.row(head);
  for (const Kpi* row : rows) {
    std::vector<std::string> cells{row->label, unit_of(*row)};
    for (const std::string& group : groups) cells.push_back(cell(kpis, group, row->key));
    table.row(cells);
  }
  return table;
}

// Groups as rows.
TextTable by_row(const Matrix& kpis, const std::vector<const Kpi*>& rows,
                 const std::vector<std::string>& groups) {
  std::vector<Align> align(rows.size() + 1, Align::right);
  align[0] = Align::left;
  TextTable table(align);
  std::vector<std::string> head{""};
  for (const Kpi* row : rows) {
    head.push_back(row->label + (unit_of(*row).empty() ? "" : " [" + unit_of(*row) + ']'));
  }
  table.row(head);
  for (const std::string& group : groups) {
    std::vector<std::string> cells{group};
    for (const Kpi* row : rows) cells.push_back(cell(kpis, group, row->key));
    table.row(cells);
  }
  return table;
}

}  // namespace

std::vector<std::string> groups_of(const std::vector<Kpi>& kpis) {
  std::vector<std::string> out;
  for (const Kpi& kpi : kpis) {
    if (std::find(out.begin(), out.end(), kpi.group) == out.end()) out.push_back(kpi.group);
  }
  return out;
}

std::vector<const Kpi*> rows_of(const std::vector<Kpi>& kpis) {
  std::vector<const Kpi*> out;
  for (const Kpi& kpi : kpis) {
    const auto same = [&](const Kpi* other) { return other->key == kpi.key; };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back(&kpi);
  }
  return out;
}

const Kpi* find_kpi(const std::vector<Kpi>& kpis, const std::string& group,
                    const std::string& key) {
  for (const Kpi& kpi : kpis) {
    if (kpi.group == group && kpi.key == key) return &kpi;
  }
  return nullptr;
}

std::string kpi_table(const std::vector<Kpi>& kpis, size_t width) {
  if (kpis.empty()) return "";
  std::vector<std::string> groups = groups_of(kpis);
  TextTable first({Align::left, Align::right});
  for (const Kpi& kpi : kpis) {
    if (kpi.group == groups[0]) first.row({kpi.label, figure(kpi.value, kpi.unit)});
  }
  std::string out = groups[0] + '\n' + first.text(kIndent);
  groups.erase(groups.begin());
  if (groups.empty()) return out;
  out += '\n';

  std::vector<Kpi> others;
  for (const Kpi& kpi : kpis) {
    if (kpi.group != kpis[0].group) others.push_back(kpi);
  }
  Matrix matrix;
  for (const Kpi& kpi : others) matrix.try_emplace({kpi.group, kpi.key}, &kpi);
  const std::vector<const Kpi*> rows = rows_of(others);
  const TextTable columns = by_column(matrix, rows, groups);
  if (columns.width(kIndent) <= width) return out + columns.text(kIndent);
  const TextTable lines = by_row(matrix, rows, groups);
  if (lines.width(kIndent) <= width) return out + lines.text(kIndent);
  // Neither fits: as many groups at a time as do.
  while (!groups.empty()) {
    std::vector<std::string> some;
    for (const std::string& group : groups) {
      some.push_back(group);
      if (some.size() == 1 || by_column(matrix, rows, some).width(kIndent) <= width) continue;
      some.pop_back();
      break;
    }
    out += by_column(matrix, rows, some).text(kIndent);
    groups.erase(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(some.size()));
    if (!groups.empty()) out += '\n';
  }
  return out;
}

}  // namespace dure::cli
