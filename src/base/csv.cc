#include "base/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace dure {

Result<CsvReader> CsvReader::open(std::string_view text, std::string file_name,
                                  const CsvOptions& options) {
  DURE_ASSERT(options.separator != '"' && options.separator != '\n' && options.separator != '\r',
              "a separator that the grammar needs");
  CsvReader csv;
  csv.file_name_ = std::move(file_name);
  csv.separator_ = options.separator;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return csv.row_error(1, "expected text in UTF-8, found UTF-16; save the table as UTF-8");
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  csv.at_ = text.data();
  csv.end_ = text.data() + text.size();

  csv.columns_ = options.columns;
  if (csv.columns_.empty()) {
    if (text.empty()) return csv.row_error(1, "expected a header row, found an empty file");
    // The header's width is not known yet: one more than its separators is enough for any row, and
    // quoted separators only leave some unused.
    const char* line_end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
    csv.width_ = 0;
    const char* from = text.data();
    const char* to = line_end == nullptr ? csv.end_ : line_end;
    csv.fields_.resize(static_cast<size_t>(std::count(from, to, csv.separator_)) + 1);
    DURE_TRY([[maybe_unused]] const bool more, csv.read_row());
    for (size_t i = 0; i < std::min(csv.width_, csv.fields_.size()); ++i) {
      csv.columns_.emplace_back(trim(csv.fields_[i]));
    }
    if (csv.width_ > csv.fields_.size()) {
      return csv.row_error(1, "expected a header row on one line, found a quoted line end in it");
    }
  }
  for (size_t i = 0; i < csv.columns_.size(); ++i) {
    if (csv.columns_[i].empty()) continue;  // an unnamed index column is usual in exports
    for (size_t j = 0; j < i; ++j) {
      if (csv.columns_[i] != csv.columns_[j]) continue;
      return Error{
          fmt::format("expected each column once, found it as columns {} and {}", j + 1, i + 1),
          csv.file_name_, 1, static_cast<int>(i + 1), csv.columns_[i]};
    }
  }
  csv.fields_.assign(csv.columns_.size(), {});
  return csv;
}

Result<int> CsvReader::column(std::string_view name) const {
  const int index = optional_column(name);
  if (index >= 0) return index;
  std::vector<std::string_view> names(columns_.begin(), columns_.end());
  const std::string hint = did_you_mean(name, names);
  constexpr size_t shown = 20;
  const size_t hidden = names.size() > shown ? names.size() - shown : 0;
  names.resize(names.size() - hidden);
  std::string found = join_quoted(names);
  if (hidden > 0) found += fmt::format(" and {} more", hidden);
  return Error{"expected a column of this name, found " + found + hint, file_name_, 1, 0,
               std::string(name)};
}

int CsvReader::optional_column(std::string_view name) const {
  const auto it = std::find(columns_.begin(), columns_.end(), name);
  return it == columns_.end() || name.empty() ? -1 : static_cast<int>(it - columns_.begin());
}

Result<bool> CsvReader::next() {
  if (at_ == end_) {
    // Fields of a row that has ended must not be taken for those of another.
    std::fill(fields_.begin(), fields_.end(), std::string_view{});
    return false;
  }
  Result<bool> read = read_row();
  if (read && width_ != columns_.size()) {
    return row_error(row_line_, "expected " + counted(columns_.size(), "field") +
                                    ", as many as there are columns, found " +
                                    std::to_string(width_));
  }
  return read;
}

// The grammar. A separator at the very end of the text still starts a last, empty field.
Result<bool> CsvReader::read_row() {
  const char separator = separator_;
  const char* const end = end_;
  const char* p = at_;
  row_line_ = line_;
  if (!rewritten_.empty()) {
    rewritten_.clear();
    scratch_.clear();
  }
  size_t index = 0;
  for (;;) {
    if (p != end && *p == '"') [[unlikely]] {
      Error error;
      p = quoted_field(p, index, error);
      if (p == nullptr) {
        at_ = end_;  // nothing after this can be trusted
        return error;
      }
    } else {
      const char* const begin = p;
      while (p != end && *p != separator && *p != '\n') ++p;
      const char* last = p;
      if (p != end && *p == '\n' && last != begin && last[-1] == '\r') --last;
      store(index, begin, last);
    }
    ++index;
    if (p == end) break;
    if (*p++ == '\n') {
      ++line_;
      break;
    }
  }
  at_ = p;
  width_ = index;
  for (const Rewritten& r : rewritten_) {
    if (r.field < fields_.size()) fields_[r.field] = {scratch_.data() + r.begin, r.size};
  }
  return true;
}

void CsvReader::store(size_t index, const char* begin, const char* end) {
  if (index < fields_.size()) fields_[index] = {begin, static_cast<size_t>(end - begin)};
}

// From an opening quote to the separator or line end after the closing one; null on an error.
const char* CsvReader::quoted_field(const char* at, size_t index, Error& error) {
  const int first_line = line_;
  const auto fail = [&](int line, std::string message) {
    error = row_error(line, std::move(message));
    error.column = static_cast<int>(index + 1);
    if (index < columns_.size()) error.key = columns_[index];
    return nullptr;
  };
  const char* begin = ++at;
  const size_t rewritten_at = scratch_.size();
  bool rewrites = false;
  for (;;) {
    const char* quote =
        static_cast<const char*>(std::memchr(at, '"', static_cast<size_t>(end_ - at)));
    if (quote == nullptr) return fail(first_line, "a quoted field starts here and never ends");
    line_ += static_cast<int>(std::count(at, quote, '\n'));
    at = quote + 1;
    if (at == end_ || *at != '"') break;
    // "" stands for one quote: keep the first.
    rewrites = true;
    scratch_.insert(scratch_.end(), begin, at);
    begin = ++at;
  }
  if (rewrites) {
    scratch_.insert(scratch_.end(), begin, at - 1);
    rewritten_.push_back({index, rewritten_at, scratch_.size() - rewritten_at});
  } else {
    store(index, begin, at - 1);
  }
  if (at != end_ && *at == '\r' && (at + 1 == end_ || at[1] == '\n')) ++at;
  if (at == end_ || *at == separator_ || *at == '\n') return at;
  return fail(line_, "expected a separator or a line end after a closing quote, found " +
                         quoted({at, 1}) + "; a quote inside quotes is written twice");
}

Result<int64_t> CsvReader::integer(int col, int64_t min, int64_t max) const {
  const std::string_view text = field(col);
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end == text.data() + text.size() && code == std::errc{} && value >= min && value <= max)
      [[likely]] {
    return value;
  }
  const Result<int64_t> slow = parse_int(trim(text), min, max);
  if (slow) return slow;
  return error(col, slow.error().message);
}

Result<double> CsvReader::number(int col, double min, double max) const {
  const std::string_view text = field(col);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || code != std::errc{} || !std::isfinite(value))
      [[unlikely]] {
    const Result<double> slow = parse_double(trim(text));
    if (!slow) return error(col, slow.error().message);
    value = *slow;
  }
  if (value >= min && value <= max) [[likely]]
    return value;
  return error(col, "expected a number " + range_text(min, max) + ", found " + quoted(text));
}

Result<int64_t> CsvReader::integer_or(int col, int64_t fallback, int64_t min, int64_t max) const {
  return trim(field(col)).empty() ? Result<int64_t>(fallback) : integer(col, min, max);
}

Result<double> CsvReader::number_or(int col, double fallback, double min, double max) const {
  return trim(field(col)).empty() ? Result<double>(fallback) : number(col, min, max);
}

Result<Time> CsvReader::time(int col) const {
  Result<Time> t = parse_time(field(col));
  if (!t) return error(col, t.error().message);
  return t;
}

Result<Duration> CsvReader::duration(int col) const {
  Result<Duration> d = parse_duration(field(col));
  if (!d) return error(col, d.error().message);
  return d;
}

Result<std::string_view> CsvReader::text(int col) const {
  if (field(col).empty()) return error(col, "expected text, found an empty field");
  return field(col);
}

Error CsvReader::error(int col, std::string message) const {
  Error e = row_error(row_line_, std::move(message));
  if (col >= 0) {
    e.column = col + 1;
    e.key = columns_[static_cast<size_t>(col)];
  }
  return e;
}

Error CsvReader::row_error(int line, std::string message) const {
  return {std::move(message), file_name_, line, 0, {}};
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace dure
