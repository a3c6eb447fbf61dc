// Any bytes give rows or an Error; every field of a good row is reachable, and lines only grow.
#include "base/csv.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dure;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const CsvOptions& options :
       {CsvOptions{}, CsvOptions{.separator = '|'}, CsvOptions{.columns = {"a", "b"}}}) {
    Result<CsvReader> csv = CsvReader::open(text, "f.csv", options);
    if (!csv) {
      csv.error().text();
      continue;
    }
    (void)csv->column("gpus");
    int line = 0;
    size_t bytes = 0;
    for (;;) {
      const Result<bool> more = csv->next();
      if (!more || !*more) break;
      DURE_ASSERT(csv->line() > line, "rows on one line");
      line = csv->line();
      for (int i = 0; i < static_cast<int>(csv->columns().size()); ++i) {
        for (const char c : csv->field(i)) bytes += c == 'x' ? 2 : 1;
        (void)csv->integer(i);
        (void)csv->number(i, 0, 1);
        (void)csv->integer_or(i, 0);
      }
    }
    DURE_ASSERT(bytes <= 2 * size, "more text than was given");
  }
  return 0;
}
