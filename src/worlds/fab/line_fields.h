// What the readers of the line's CSV files share: fields that name things of a model.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "base/text.h"
#include "worlds/fab/line_state.h"

namespace dure::fab {

class LineFields {
 public:
  LineFields(const Model& model, const CsvReader& csv) : m_(model), csv_(csv) {}

  Result<uint32_t> product(int col) const;
  Result<uint32_t> stream(int col) const;
  Result<uint32_t> tool(int col) const { return tool(col, csv_.field(col)); }
  Result<uint32_t> tool(int col, std::string_view name) const;
  Result<uint32_t> setup(int col) const;
  // "12" or the step's name: from 0, in the product's route.
  Result<uint32_t> step(int col, uint32_t product) const {
    return step(col, product, csv_.field(col));
  }
  Result<uint32_t> step(int col, uint32_t product, std::string_view text) const;
  // One of the words; its index.
  Result<size_t> word(int col, const std::vector<std::string_view>& words) const;
  Result<Time> time_or(int col, Time fallback) const;
  Result<Time> time(int col, std::string_view text) const;  // from 1970 to 2200
  Result<int32_t> priority_or(int col, int32_t fallback) const;
  Result<uint32_t> wafers_or(int col, uint32_t fallback) const;
  // "a=b; c=d": each pair to `read`.
  template <class Read>
  Result<void> pairs(int col, Read&& read) const;

 private:
  Error not_found(int col, const char* what, std::string_view name,
                  const std::vector<std::string_view>& known) const;

  const Model& m_;
  const CsvReader& csv_;
};

// Every column must be one of these.
Result<void> check_columns(const CsvReader& csv, const std::vector<std::string_view>& known,
                           const std::string& file);

template <class Read>
Result<void> LineFields::pairs(int col, Read&& read) const {
  std::string_view rest = trim(csv_.field(col));
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view one = trim(rest.substr(0, end));
    rest = trim(rest.substr(std::min(end + 1, rest.size())));
    const size_t equals = one.rfind('=');
    if (equals == std::string_view::npos)
      return csv_.error(col, "expected NAME=VALUE, divided by semicolons, found " + quoted(one));
    DURE_CHECK(read(trim(one.substr(0, equals)), trim(one.substr(equals + 1))));
  }
  return {};
}

}  // namespace dure::fab
