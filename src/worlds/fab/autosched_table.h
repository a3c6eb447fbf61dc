// A table as AutoSched AP keeps them: text, a header row, columns split by tabs, found by name.
//
// Other than in CSV a row may have fewer cells than the header or more empty ones, column names may
// come twice as long as nobody asks for them, rows without any content are skipped, and there are
// no quotes. Cells are trimmed; an empty one means "not set". Errors carry file, line, the cell's
// number in its row, and the column's name as key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "worlds/fab/model.h"

namespace dure::fab::autosched {

// Names and what they stand for, with a hint for those that are not there.
class Names {
 public:
  // False when the name is there already.
  bool add(std::string_view name, uint32_t id);
  // The id of the name; a new one, the number of names so far, when it is not there.
  uint32_t find_or_add(std::string_view name);
  uint32_t find(std::string_view name) const;  // kNone when it is not there
  // ", did you mean ...?" or "".
  std::string hint(std::string_view name) const;
  uint32_t size() const { return static_cast<uint32_t>(list_.size()); }
  const std::string& operator[](uint32_t i) const { return list_[i]; }  // in the order added

 private:
  std::vector<std::string> list_;
  std::unordered_map<std::string, uint32_t> ids_;
};

// A word that a cell may hold, and what it means; "" lets the cell be empty.
template <class T>
struct Word {
  std::string_view word;
  T value;
};

// Columns of a random duration: its kind, one or two values, their unit. Of those that the table
// does not have the index is -1.
struct LawColumns {
  int kind = -1, value = -1, second = -1, units = -1;
};
struct LawOptions {
  bool half_spread = false;  // uniform: mean +- second / 2, else mean +- second
  Duration least;            // of the mean
};

class Table;

// A row of a table, which must outlive it. Column -1 is one that is not there: empty.
class Row {
 public:
  Row(const Table* table, size_t index) : table_(table), index_(index) {}

  std::string_view cell(int col) const;
  bool empty(int col) const { return cell(col).empty(); }
  Error error(int col, std::string message) const;
  // "expected WHAT, found "x"", or "found nothing" in an empty cell.
  Error unexpected(int col, std::string_view what, std::string_view hint = {}) const;

  Result<std::string> name(int col) const;  // not empty
  Result<double> number(int col, double min, double max) const;
  // "2.0" is a whole number, too. An empty cell is the fallback, or an Error without one.
  Result<int64_t> whole(int col, int64_t min, int64_t max) const;
  Result<int64_t> whole_or(int col, int64_t fallback, int64_t min, int64_t max) const;
  Result<Time> date(int col) const;  // MM/DD/YY HH:MM:SS in the years 2000 to 2099
  // A value and its unit, exact to the nanosecond; an empty value is 0.
  Result<Duration> duration(int value, int units) const;
  Result<DurationLaw> law(const LawColumns& columns, const LawOptions& options) const;

  // The id of a name; `what` says what it names: "a tool family of tool.txt".
  Result<uint32_t> find(int col, const Names& names, std::string_view what) const;

  template <class T, size_t N>
  Result<T> word(int col, const Word<T> (&words)[N]) const {
    return word_in<T>(col, cell(col), words);
  }
  // As above, of a part of the cell.
  template <class T>
  Result<T> word_in(int col, std::string_view part, std::span<const Word<T>> words) const {
    std::vector<std::string_view> known;
    for (const Word<T>& w : words) {
      if (w.word == part) return w.value;
      known.push_back(w.word);
    }
    return unknown_word(col, part, known);
  }

 private:
  Error unknown_word(int col, std::string_view part, std::vector<std::string_view> known) const;

  const Table* table_;
  size_t index_;
};

class Table {
 public:
  // `file` is for messages.
  static Result<Table> open(std::string text, std::string file);

  // Index of a column. The Error of a missing one lists those there are and names the nearest; a
  // name that two columns share is an Error, too.
  Result<int> column(std::string_view name);
  Result<int> optional_column(std::string_view name);  // -1 when there is none
  // The value's column must be there.
  Result<LawColumns> law(std::string_view kind, std::string_view value, std::string_view second,
                         std::string_view units);

  size_t rows() const { return rows_.size(); }
  Row row(size_t i) const { return {this, i}; }
  const std::string& file() const { return file_; }
  // Columns with content that were not asked for, without those named IGNORE.
  std::vector<std::string_view> unread() const;

 private:
  friend class Row;
  struct Cells {
    int line = 0;
    size_t first = 0, count = 0;  // of cells_
  };
  Table() = default;
  Result<void> read();
  Error error(int line, std::string message) const;

  std::unique_ptr<const std::string> text_;  // cells are views into it, also after a move
  std::string file_;
  std::vector<std::string_view> columns_;
  std::vector<bool> asked_, filled_;  // [columns]
  std::vector<std::string_view> cells_;
  std::vector<Cells> rows_;
};

}  // namespace dure::fab::autosched
