// A strict, fast reader of delimited text (RFC 4180) over a whole buffer: fields are views into it,
// and nothing is allocated per field unless a quoted one holds "". Several hundred MB/s.
//
// The header row names the columns; columns are looked up by name once, then read by index. A row
// with too few or too many fields is an Error, and so is a stray quote. Line ends may be LF or
// CRLF, a UTF-8 byte order mark and empty lines at the end are skipped. Errors carry the file, the
// line (of the file: line ends inside quotes count), the field's number in its row, and the
// column's name as key. Left out: comment lines, a lone CR as line end, UTF-16 (an Error).
//
//   DURE_TRY(auto csv, CsvReader::open(text, "jobs.csv"));
//   DURE_TRY(const int gpus, csv.column("gpus"));
//   const int user = csv.optional_column("user");  // -1: not there
//   for (;;) {
//     DURE_TRY(const bool more, csv.next());
//     if (!more) break;
//     DURE_TRY(const int64_t n, csv.integer(gpus, 0, 1024));
//   }
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dure {

struct CsvOptions {
  char separator = ',';
  // Names for a file without a header row; empty: the first row names them.
  std::vector<std::string> columns = {};
};

class CsvReader {
 public:
  // The text must outlive the reader. Column names are trimmed; two columns may not share a name.
  static Result<CsvReader> open(std::string_view text, std::string file_name,
                                const CsvOptions& options = {});

  CsvReader(CsvReader&&) = default;
  CsvReader& operator=(CsvReader&&) = default;

  // Index of a column; the Error lists the columns there are and names the nearest.
  Result<int> column(std::string_view name) const;
  // -1 when there is none; field(-1) is "" and the _or readers give their fallback.
  int optional_column(std::string_view name) const;
  const std::vector<std::string>& columns() const { return columns_; }

  // Goes to the next row; false at the end.
  Result<bool> next();

  // Fields of the current row. A view lives until the next next(). Numbers may have spaces around
  // them, other fields are taken as they are.
  std::string_view field(int col) const {
    return col < 0 ? std::string_view{} : fields_[static_cast<size_t>(col)];
  }
  Result<int64_t> integer(int col, int64_t min = std::numeric_limits<int64_t>::min(),
                          int64_t max = std::numeric_limits<int64_t>::max()) const;
  Result<double> number(int col, double min = -std::numeric_limits<double>::infinity(),
                        double max = std::numeric_limits<double>::infinity()) const;
  // The fallback when the column is absent (-1) or the field is empty.
  Result<int64_t> integer_or(int col, int64_t fallback,
                             int64_t min = std::numeric_limits<int64_t>::min(),
                             int64_t max = std::numeric_limits<int64_t>::max()) const;
  Result<double> number_or(int col, double fallback,
                           double min = -std::numeric_limits<double>::infinity(),
                           double max = std::numeric_limits<double>::infinity()) const;
  Result<Time> time(int col) const;          // as parse_time()
  Result<Duration> duration(int col) const;  // as parse_duration()
  // Not empty.
  Result<std::string_view> text(int col) const;

  // An Error at a field of the current row, for the caller's own checks; col -1: at the row.
  Error error(int col, std::string message) const;

  // Line of the file where the current row starts, from 1.
  int line() const { return row_line_; }

 private:
  CsvReader() = default;
  Result<bool> read_row();
  Error row_error(int line, std::string message) const;
  const char* quoted_field(const char* at, size_t index, Error& error);
  void store(size_t index, const char* begin, const char* end);

  std::string file_name_;
  char separator_ = ',';
  std::vector<std::string> columns_;

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  int line_ = 1;      // of at_
  int row_line_ = 0;  // of the current row's first byte

  size_t width_ = 0;                      // fields stored; rows may be longer, which is an Error
  std::vector<std::string_view> fields_;  // [columns]

  // Quoted fields that held "" are rewritten here. Their views are set at the end of the row,
  // because the buffer may move while it grows.
  struct Rewritten {
    size_t field, begin, size;
  };
  std::vector<char> scratch_;
  std::vector<Rewritten> rewritten_;
};

// A field as a file of ours has it: in quotes only where RFC 4180 asks for them.
std::string csv_field(std::string_view text);

}  // namespace dure
