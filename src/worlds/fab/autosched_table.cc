#include "worlds/fab/autosched_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace dure::fab::autosched {

namespace {

// More is an Error: sums of times stay far from the end of 64 bits.
constexpr int64_t kMaxDays = 36'500;

struct Unit {
  std::string_view name;  // as parse_duration() knows it
  double seconds;
};

constexpr Word<Unit> kUnits[] = {
    {"sec", {"s", 1}}, {"min", {"min", 60}}, {"hr", {"h", 3600}}, {"day", {"d", 86'400}}};

enum class Kind : uint8_t { constant, uniform, exponential };

constexpr Word<Kind> kKinds[] = {{"", Kind::constant},
                                 {"constant", Kind::constant},
                                 {"uniform", Kind::uniform},
                                 {"exponential", Kind::exponential}};

}  // namespace

bool Names::add(std::string_view name, uint32_t id) {
  if (!ids_.emplace(name, id).second) return false;
  list_.emplace_back(name);
  return true;
}

uint32_t Names::find_or_add(std::string_view name) {
  add(name, size());
  return find(name);
}

uint32_t Names::find(std::string_view name) const {
  const auto it = ids_.find(std::string(name));
  return it == ids_.end() ? kNone : it->second;
}

std::string Names::hint(std::string_view name) const {
  const std::vector<std::string_view> all(list_.begin(), list_.end());
  return did_you_mean(name, all);
}

Result<Table> Table::open(std::string text, std::string file) {
  Table t;
  t.file_ = std::move(file);
  t.text_ = std::make_unique<const std::string>(std::move(text));
  DURE_CHECK(t.read());
  return t;
}

Result<void> Table::read() {
  std::string_view rest = *text_;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  for (int line = 1; !rest.empty(); ++line) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view content = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!is_utf8(content) || content.find('\0') != std::string_view::npos)
      return error(line, "expected text in ASCII or UTF-8");
    if (line == 1) {
      for (const std::string_view name : split(content, '\t')) columns_.push_back(trim(name));
      asked_.resize(columns_.size());
      filled_.resize(columns_.size());
      continue;
    }
    Cells row{line, cells_.size(), 0};
    size_t column = 0;
    for (const std::string_view raw : split(content, '\t')) {
      const std::string_view cell = trim(raw);
      if (!cell.empty() && column >= columns_.size()) {
        Error e = error(line, fmt::format("expected at most {} cells, as many as there are "
                                          "columns, found {} in one more",
                                          columns_.size(), quoted(cell)));
        e.column = static_cast<int>(column + 1);
        return e;
      }
      if (!cell.empty()) {
        filled_[column] = true;
        row.count = column + 1;
      }
      if (column < columns_.size()) cells_.push_back(cell);
      ++column;
    }
    cells_.resize(row.first + row.count);
    if (row.count > 0) rows_.push_back(row);
  }
  if (columns_.empty()) return error(1, "expected a header row, found an empty file");
  return {};
}

Result<int> Table::optional_column(std::string_view name) {
  const auto first = std::find(columns_.begin(), columns_.end(), name);
  if (first == columns_.end()) return -1;
  const auto again = std::find(first + 1, columns_.end(), name);
  const auto index = first - columns_.begin();
  if (again != columns_.end()) {
    Error e = error(1, fmt::format("expected one column of this name, found another as column {}",
                                   again - columns_.begin() + 1));
    e.column = static_cast<int>(index + 1);
    e.key = name;
    return e;
  }
  asked_[static_cast<size_t>(index)] = true;
  return static_cast<int>(index);
}

Result<int> Table::column(std::string_view name) {
  DURE_TRY(const int index, optional_column(name));
  if (index >= 0) return index;
  const std::string hint = did_you_mean(name, columns_);
  constexpr size_t shown = 40;
  const std::span<const std::string_view> all = columns_;
  std::string found = join_quoted(all.first(std::min(shown, all.size())));
  if (all.size() > shown) found += fmt::format(" and {} more", all.size() - shown);
  Error e = error(1, "expected a column of this name, found " + found + hint);
  e.key = name;
  return e;
}

Result<LawColumns> Table::law(std::string_view kind, std::string_view value,
                              std::string_view second, std::string_view units) {
  LawColumns c;
  DURE_TRY(c.kind, optional_column(kind));
  DURE_TRY(c.value, column(value));
  DURE_TRY(c.second, optional_column(second));
  DURE_TRY(c.units, optional_column(units));
  return c;
}

std::vector<std::string_view> Table::unread() const {
  std::vector<std::string_view> names;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (filled_[c] && !asked_[c] && !columns_[c].empty() && columns_[c] != "IGNORE")
      names.push_back(columns_[c]);
  }
  return names;
}

Error Table::error(int line, std::string message) const {
  return {.message = std::move(message), .file = file_, .line = line};
}

std::string_view Row::cell(int col) const {
  const Table::Cells& row = table_->rows_[index_];
  const auto c = static_cast<size_t>(col);
  return col < 0 || c >= row.count ? std::string_view{} : table_->cells_[row.first + c];
}

Error Row::error(int col, std::string message) const {
  Error e = table_->error(table_->rows_[index_].line, std::move(message));
  if (col >= 0) {
    e.column = col + 1;
    e.key = table_->columns_[static_cast<size_t>(col)];
  }
  return e;
}

Error Row::unexpected(int col, std::string_view what, std::string_view hint) const {
  return error(col, fmt::format("expected {}, found {}{}", what,
                                empty(col) ? "nothing" : quoted(cell(col)), hint));
}

Error Row::unknown_word(int col, std::string_view part, std::vector<std::string_view> known) const {
  const bool may_be_empty = std::erase(known, std::string_view{}) > 0;
  std::string expected = join_quoted(known, "or");
  if (may_be_empty) expected += known.size() > 1 ? ", or nothing" : " or nothing";
  return error(
      col, fmt::format("expected {}, found {}{}", expected, part.empty() ? "nothing" : quoted(part),
                       did_you_mean(part, known)));
}

Result<std::string> Row::name(int col) const {
  if (empty(col)) return unexpected(col, "a name");
  return std::string(cell(col));
}

Result<double> Row::number(int col, double min, double max) const {
  const Result<double> x = parse_double(cell(col));
  if (x && *x >= min && *x <= max) return x;
  const std::string range = range_text(min, max);
  return unexpected(col, range.empty() ? "a number" : "a number " + range);
}

Result<int64_t> Row::whole(int col, int64_t min, int64_t max) const {
  std::string_view text = cell(col);
  const size_t point = text.find('.');
  if (point != std::string_view::npos && point > 0 &&
      text.find_first_not_of('0', point + 1) == std::string_view::npos)
    text = text.substr(0, point);
  const Result<int64_t> x = parse_int(text, min, max);
  if (x) return x;
  const std::string range = range_text(min, max);
  return unexpected(col, range.empty() ? "a whole number" : "a whole number " + range);
}

Result<int64_t> Row::whole_or(int col, int64_t fallback, int64_t min, int64_t max) const {
  if (empty(col)) return fallback;
  return whole(col, min, max);
}

Result<Time> Row::date(int col) const {
  // The same with its parts in another order.
  const std::string_view text = cell(col);
  constexpr std::string_view form = "00/00/00 00:00:00";
  bool formed = text.size() == form.size();
  for (size_t i = 0; formed && i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    formed = form[i] == '0' ? digit : text[i] == form[i];
  }
  if (formed) {
    const Result<Time> time = parse_time(fmt::format(
        "20{}-{}-{}T{}", text.substr(6, 2), text.substr(0, 2), text.substr(3, 2), text.substr(9)));
    if (time) return time;
  }
  return unexpected(col, "a date as MM/DD/YY HH:MM:SS");
}

Result<Duration> Row::duration(int value, int units) const {
  if (empty(value)) return Duration{};
  DURE_TRY(const double x, number(value, 0, std::numeric_limits<double>::infinity()));
  if (x == 0 && empty(units)) return Duration{};
  if (units < 0) return unexpected(value, "a column with this time's unit beside it");
  DURE_TRY(const Unit unit, word(units, kUnits));
  if (x * unit.seconds > kMaxDays * 86'400.0)
    return unexpected(value, fmt::format("a time of at most {} days", kMaxDays));
  // Decimals are exact this way; what has an exponent is near enough.
  const Result<Duration> exact = parse_duration(std::string(cell(value)).append(unit.name));
  return exact ? *exact : from_seconds(x * unit.seconds);
}

Result<DurationLaw> Row::law(const LawColumns& columns, const LawOptions& options) const {
  DURE_TRY(const Kind kind, word(columns.kind, kKinds));
  DURE_TRY(const Duration mean, duration(columns.value, columns.units));
  if (mean < options.least)
    return unexpected(columns.value, "a time of at least " + to_human(options.least));
  if (mean.ns == 0 && kind == Kind::exponential) return unexpected(columns.value, "a time above 0");
  if (kind == Kind::exponential) return DurationLaw::exponential(mean);
  if (kind == Kind::constant) return DurationLaw::constant(mean);
  DURE_TRY(Duration half, duration(columns.second, columns.units));
  if (options.half_spread) half = half / 2;
  if (half > mean) return unexpected(columns.second, "a spread that leaves the time at 0 or more");
  return DurationLaw::uniform(mean, half);
}

Result<uint32_t> Row::find(int col, const Names& names, std::string_view what) const {
  const uint32_t id = names.find(cell(col));
  if (id != kNone) return id;
  return unexpected(col, what, names.hint(cell(col)));
}

}  // namespace dure::fab::autosched
