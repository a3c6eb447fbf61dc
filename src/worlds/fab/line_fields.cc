#include "worlds/fab/line_fields.h"

namespace dure::fab {
namespace {

template <class Things>
std::vector<std::string_view> names_of(const Things& things) {
  std::vector<std::string_view> out;
  for (const auto& x : things) out.push_back(x.name);
  return out;
}

template <class Things>
uint32_t find_name(const Things& things, std::string_view name) {
  for (uint32_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
  }
  return kNone;
}

}  // namespace

Error LineFields::not_found(int col, const char* what, std::string_view name,
                            const std::vector<std::string_view>& known) const {
  std::string hint = did_you_mean(name, known);
  if (hint.empty() && !known.empty() && known.size() <= 6) {
    hint = "; there is " + join_quoted(known);
  }
  return csv_.error(col,
                    std::string("expected the name of ") + what + ", found " + quoted(name) + hint);
}

Result<uint32_t> LineFields::product(int col) const {
  const uint32_t i = find_name(m_.products, csv_.field(col));
  if (i == kNone) return not_found(col, "a product", csv_.field(col), names_of(m_.products));
  return i;
}

Result<uint32_t> LineFields::stream(int col) const {
  const uint32_t i = find_name(m_.streams, csv_.field(col));
  if (i == kNone) return not_found(col, "a release", csv_.field(col), names_of(m_.streams));
  return i;
}

Result<uint32_t> LineFields::tool(int col, std::string_view name) const {
  const uint32_t tool = m_.find_tool(name);
  if (tool != kNone) return tool;
  const uint32_t g = m_.find_group(name.substr(0, name.rfind('#')));
  if (g == kNone) return not_found(col, "a tool, GROUP#NUMBER", name, names_of(m_.groups));
  return csv_.error(
      col, "expected a tool from " + quoted(m_.tool_name(m_.groups[g].first_tool)) + " to " +
               quoted(m_.tool_name(m_.groups[g].first_tool + m_.groups[g].tools - 1)) + ", found " +
               quoted(name));
}

Result<uint32_t> LineFields::setup(int col) const {
  const uint32_t i = find_name(m_.setups, csv_.field(col));
  if (i == kNone) return not_found(col, "a setup", csv_.field(col), names_of(m_.setups));
  return i;
}

Result<uint32_t> LineFields::step(int col, uint32_t product, std::string_view text) const {
  const Route& route = m_.routes[m_.products[product].route];
  if (const Result<int64_t> n = parse_int(text)) {
    if (*n >= 1 && *n <= route.steps) return static_cast<uint32_t>(*n - 1);
  } else {
    for (uint32_t i = 0; i < route.steps; ++i) {
      if (m_.steps[route.first + i].name == text) return i;
    }
  }
  return csv_.error(col, "expected a step of route " + quoted(route.name) + ", its name or 1 to " +
                             std::to_string(route.steps) + ", found " + quoted(text));
}

Result<size_t> LineFields::word(int col, const std::vector<std::string_view>& words) const {
  const std::string_view found = csv_.field(col);
  const auto at = std::find(words.begin(), words.end(), found);
  if (at != words.end()) return static_cast<size_t>(at - words.begin());
  return csv_.error(col, "expected " + join_quoted(words, "or") + ", found " + quoted(found) +
                             did_you_mean(found, words));
}

Result<Time> LineFields::time_or(int col, Time fallback) const {
  const std::string_view text = trim(csv_.field(col));
  return text.empty() ? fallback : time(col, text);
}

Result<Time> LineFields::time(int col, std::string_view text) const {
  static const Time last = *from_civil(2200, 1, 1);
  const Result<Time> t = parse_time(text);
  if (!t) return csv_.error(col, t.error().message);
  if (*t < Time{0} || *t > last)
    return csv_.error(col, "expected a time from 1970 to 2200, found " + to_string(*t));
  return *t;
}

Result<int32_t> LineFields::priority_or(int col, int32_t fallback) const {
  DURE_TRY(const int64_t p, csv_.integer_or(col, fallback, -1'000'000'000, 1'000'000'000));
  return static_cast<int32_t>(p);
}

Result<uint32_t> LineFields::wafers_or(int col, uint32_t fallback) const {
  DURE_TRY(const int64_t n, csv_.integer_or(col, fallback, 1, 10'000));
  return static_cast<uint32_t>(n);
}

Result<void> check_columns(const CsvReader& csv, const std::vector<std::string_view>& known,
                           const std::string& file) {
  for (const std::string& column : csv.columns()) {
    if (std::find(known.begin(), known.end(), column) != known.end()) continue;
    return Error{.message = "expected the columns " + join_quoted(known) + ", found " +
                            quoted(column) + did_you_mean(column, known),
                 .file = file,
                 .line = 1,
                 .key = column};
  }
  return {};
}

}  // namespace dure::fab
