#include "apps/cli/kpi_table.h"

#include <algorithm>

#include "apps/cli/figures.h"
#include "apps/cli/text_table.h"

namespace dure::cli {
namespace {

using Align = TextTable::Align;
constexpr size_t kIndent = 2;

std::string cell(const std::vector<Kpi>& kpis, const std::string& group, const std::string& key) {
  const Kpi* kpi = find_kpi(kpis, group, key);
  if (kpi == nullptr) return "";
  return kpi->unit == "s" || !kpi->value ? figure(kpi->value, kpi->unit) : number(*kpi->value);
}

// Seconds say their unit cell by cell: minutes here, days there.
std::string unit_of(const Kpi& kpi) { return kpi.unit == "s" ? "" : kpi.unit; }

// Groups as columns.
TextTable by_column(const std::vector<Kpi>& kpis, const std::vector<const Kpi*>& rows,
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
TextTable by_row(const std::vector<Kpi>& kpis, const std::vector<const Kpi*>& rows,
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
    if (kpi.group != groups_of(kpis)[0]) others.push_back(kpi);
  }
  const std::vector<const Kpi*> rows = rows_of(others);
  const TextTable columns = by_column(others, rows, groups);
  if (columns.width(kIndent) <= width) return out + columns.text(kIndent);
  const TextTable lines = by_row(others, rows, groups);
  if (lines.width(kIndent) <= width) return out + lines.text(kIndent);
  // Neither fits: as many groups at a time as do.
  while (!groups.empty()) {
    size_t n = groups.size();
    std::vector<std::string> some = groups;
    for (; n > 1; --n) {
      some.assign(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(n));
      if (by_column(others, rows, some).width(kIndent) <= width) break;
    }
    some.resize(n);
    out += by_column(others, rows, some).text(kIndent);
    groups.erase(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(n));
    if (!groups.empty()) out += '\n';
  }
  return out;
}

}  // namespace dure::cli
