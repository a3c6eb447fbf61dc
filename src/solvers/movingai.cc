#include "solvers/movingai.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"

namespace dure {
namespace {

constexpr int64_t kMaxSide = 1 << 15;  // cells are numbered in 32 bits

// The lines of a text, without their ends.
struct Lines {
  std::string_view rest;
  const std::string& file;
  int number = 0;  // of the line read last

  bool next(std::string_view& line) {
    if (rest.empty()) return false;
    const size_t end = rest.find('\n');
    line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    ++number;
    return true;
  }
  Error error(std::string message, std::string key = {}) const {
    return {.message = std::move(message), .file = file, .line = number, .key = std::move(key)};
  }
  // When the text is over: the line that is missing is the next one.
  Error ended(const std::string& message) {
    ++number;
    return error(message + ", but the file ends");
  }
};

// The whole number of the header line "height 32".
Result<uint32_t> side(const Lines& lines, std::string_view text, const char* key) {
  const Result<int64_t> number = parse_int(trim(text), 1, kMaxSide);
  if (!number) return lines.error(number.error().message, key);
  return static_cast<uint32_t>(*number);
}

Result<void> read_header(Lines& lines, MovingAiMap& map) {
  std::string_view line;
  bool type = false;
  while (true) {
    if (!lines.next(line))
      return lines.ended("expected the header \"type\", \"height\", \"width\", \"map\"");
    line = trim(line);
    const size_t space = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view name = line.substr(0, space);
    const std::string_view rest = trim(line.substr(space));
    if (name == "map" && rest.empty()) break;
    if (name == "type") {
      if (type) return lines.error("expected \"type\" once", "type");
      if (rest != "octile")
        return lines.error("expected \"octile\", found " + quoted(rest), "type");
      type = true;
    } else if (name == "height" || name == "width") {
      uint32_t& value = name == "height" ? map.height : map.width;
      const std::string key(name);
      if (value != 0) return lines.error("expected \"" + key + "\" once", key);
      DURE_TRY(value, side(lines, rest, key.c_str()));
    } else {
      return lines.error(
          "expected a header line \"type\", \"height\", \"width\" or \"map\", found " +
          quoted(line));
    }
  }
  if (!type) return lines.error("expected \"type octile\" before \"map\"", "type");
  if (map.height == 0) return lines.error("expected \"height\" before \"map\"", "height");
  if (map.width == 0) return lines.error("expected \"width\" before \"map\"", "width");
  return {};
}

Result<void> read_row(const Lines& lines, std::string_view line, MovingAiMap& map) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] > ' ' && line[i] <= '~') continue;
    Error error = lines.error("expected a letter for a cell, found " + quoted(line.substr(i, 1)));
    error.column = static_cast<int>(i + 1);
    return error;
  }
  if (line.size() != map.width) {
    return lines.error("expected a row of " + std::to_string(map.width) + " cells, found " +
                       std::to_string(line.size()));
  }
  map.letters += line;
  return {};
}

enum Column { kBucket, kMap, kWidth, kHeight, kStartX, kStartY, kGoalX, kGoalY, kDistance };
constexpr std::array<const char*, 9> kColumns = {"bucket",     "map",     "map width",
                                                 "map height", "start x", "start y",
                                                 "goal x",     "goal y",  "distance"};

Result<ScenEntry> read_entry(const Lines& lines, std::string_view line) {
  const std::vector<std::string_view> cells = split(line, '\t');
  if (cells.size() != kColumns.size()) {
    return lines.error("expected " + std::to_string(kColumns.size()) +
                       " columns separated by tabs, found " + std::to_string(cells.size()));
  }
  ScenEntry entry;
  const auto number = [&](Column c, int64_t min, int64_t max, uint32_t& value) -> Result<void> {
    const Result<int64_t> parsed = parse_int(trim(cells[c]), min, max);
    if (!parsed) return lines.error(parsed.error().message, kColumns[c]);
    value = static_cast<uint32_t>(*parsed);
    return {};
  };
  DURE_CHECK(number(kBucket, 0, std::numeric_limits<int32_t>::max(), entry.bucket));
  entry.map = trim(cells[kMap]);
  DURE_CHECK(number(kWidth, 1, kMaxSide, entry.width));
  DURE_CHECK(number(kHeight, 1, kMaxSide, entry.height));
  DURE_CHECK(number(kStartX, 0, int64_t{entry.width} - 1, entry.start_x));
  DURE_CHECK(number(kStartY, 0, int64_t{entry.height} - 1, entry.start_y));
  DURE_CHECK(number(kGoalX, 0, int64_t{entry.width} - 1, entry.goal_x));
  DURE_CHECK(number(kGoalY, 0, int64_t{entry.height} - 1, entry.goal_y));
  const Result<double> distance = parse_double(trim(cells[kDistance]));
  if (!distance) return lines.error(distance.error().message, kColumns[kDistance]);
  entry.distance = *distance;
  return entry;
}

}  // namespace

Result<MovingAiMap> read_movingai_map(std::string_view text, const std::string& file) {
  Lines lines{.rest = text, .file = file};
  MovingAiMap map;
  DURE_CHECK(read_header(lines, map));
  const std::string rows = std::to_string(map.height) + " rows";
  std::string_view line;
  for (uint32_t row = 0; row < map.height; ++row) {
    if (!lines.next(line))
      return lines.ended("expected " + rows + ", found " + std::to_string(row));
    DURE_CHECK(read_row(lines, line, map));
  }
  while (lines.next(line)) {
    if (!trim(line).empty()) return lines.error("expected " + rows + ", found one more");
  }
  return map;
}

Result<std::vector<ScenEntry>> read_movingai_scen(std::string_view text, const std::string& file) {
  Lines lines{.rest = text, .file = file};
  std::string_view line;
  if (!lines.next(line)) return lines.ended("expected \"version 1\"");
  if (const std::string_view first = trim(line); first != "version 1" && first != "version 1.0") {
    return lines.error("expected \"version 1\", found " + quoted(first));
  }
  std::vector<ScenEntry> entries;
  while (lines.next(line)) {
    if (trim(line).empty()) continue;
    DURE_TRY(ScenEntry entry, read_entry(lines, line));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<uint8_t> free_cells(const MovingAiMap& map) {
  std::vector<uint8_t> free;
  free.reserve(map.letters.size());
  for (const char c : map.letters) free.push_back(c != '@' && c != 'O' && c != 'T' && c != 'W');
  return free;
}

}  // namespace dure
