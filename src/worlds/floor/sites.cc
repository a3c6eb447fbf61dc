#include "worlds/floor/sites.h"

#include <algorithm>

#include "base/text.h"

namespace dure::floor {
namespace {

// Whether it is written like a cell, "3,4".
bool is_cell(std::string_view name) {
  const size_t comma = name.find(',');
  return comma != std::string_view::npos && parse_int(trim(name.substr(0, comma))) &&
         parse_int(trim(name.substr(comma + 1)));
}

template <class T>
std::string not_found(const std::map<std::string, T, std::less<>>& all, std::string_view what,
                      std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& entry : all) known.push_back(entry.first);
  return "expected the name of a " + std::string(what) + ", found " + quoted(name) +
         did_you_mean(name, known);
}

Result<Distribution> parse_law(std::string_view text) {
  DURE_TRY(const Distribution law, Distribution::parse(text));
  if (law.lowest() == 0 && law.highest() == 0) return Distribution();  // however it is written
  if (!law.in_seconds()) {
    return Error{"expected durations with units, such as uniform(20s, 40s), found " + quoted(text)};
  }
  // Draws beyond this chance may be longer; nobody will live to see them.
  if (!(law.quantile(1 - 1e-6) <= kLongest.seconds()))
    return Error{"expected durations of at most 60 years, found " + quoted(text)};
  if (law.lowest() < 0 && !(law.mean() > 0))
    return Error{"expected durations of at least 0, found " + quoted(text)};
  return law;
}

}  // namespace

void Sites::set_grid(const Grid& grid, CellMap letters, bool all_used) {
  all_used_ = all_used;
  width_ = grid.width;
  height_ = grid.height;
  vertex_of_ = grid.vertex_of;
  letters_ = std::move(letters);
}

void Sites::set_points(const std::vector<std::string>& names) {
  for (uint32_t v = 0; v < names.size(); ++v) points_.emplace(names[v], v);
}

Result<uint32_t> Sites::vertex(std::string_view name) const {
  if (vertex_of_.empty()) {
    const auto it = points_.find(name);
    if (it == points_.end()) return Error{not_found(points_, "[[map.vertex]]", name)};
    return it->second;
  }
  const size_t comma = name.find(',');
  if (comma != std::string_view::npos) {
    const Result<int64_t> column = parse_int(trim(name.substr(0, comma)), 0);
    const Result<int64_t> row = parse_int(trim(name.substr(comma + 1)), 0);
    if (column && row) {
      const bool inside = *column < width_ && *row < height_;
      const uint32_t v =
          inside ? vertex_of_[static_cast<size_t>(*row) * width_ + static_cast<size_t>(*column)]
                 : kNoVertex;
      if (v != kNoVertex) return v;
      return Error{"expected a free cell of the map of " + std::to_string(width_) + " x " +
                   std::to_string(height_) + ", found " + quoted(name) +
                   (inside ? ", which is blocked" : "")};
    }
  }
  return Error{"expected a cell, \"column,row\" from 0, found " + quoted(name)};
}

std::vector<uint32_t> Sites::cells_with(char letter) {
  used_ += letter;
  std::vector<uint32_t> out;
  for (size_t i = 0; i < letters_.letters.size(); ++i) {
    if (letters_.letters[i] == letter && vertex_of_[i] != kNoVertex) out.push_back(vertex_of_[i]);
  }
  return out;
}

char Sites::unused_letter() const {
  for (const char letter : letters_.letters) {
    const bool plain = letter == '.' || letter == '#' || arrow_heading(letter);
    if (all_used_ && !plain && used_.find(letter) == std::string::npos) return letter;
  }
  return 0;
}

bool Sites::add_station(const std::string& name, std::vector<uint32_t> stations) {
  return stations_.emplace(name, std::move(stations)).second;
}

Result<std::vector<uint32_t>> Sites::stations(std::string_view names) const {
  std::vector<uint32_t> out;
  for (const std::string_view part : split(names, '|')) {
    const auto it = stations_.find(trim(part));
    if (it == stations_.end()) return Error{not_found(stations_, "[[station]]", trim(part))};
    out.insert(out.end(), it->second.begin(), it->second.end());
  }
  return out;
}

std::string Sites::name_of(uint32_t vertex) const {
  for (size_t i = 0; i < vertex_of_.size(); ++i) {
    if (vertex_of_[i] == vertex)
      return std::to_string(i % width_) + "," + std::to_string(i / width_);
  }
  for (const auto& [name, v] : points_) {
    if (v == vertex) return name;
  }
  return "";
}

Error Sites::no_place(std::string_view name) const {
  if (!vertex_of_.empty() && is_cell(name)) return vertex(name).error();
  const char* place = vertex_of_.empty() ? "a [[map.vertex]]" : "a cell, \"column,row\" from 0";
  return Error{not_found(stations_, std::string("[[station]] or ") + place, name)};
}

std::string kinds_text(uint32_t kinds) {
  std::string out;
  for (const auto& [word, kind] : kKindWords) {
    if (kinds & kind) out.append(out.empty() ? "" : ", ").append(word);
  }
  return out;
}

Result<void> check_stop(const Station& station, size_t stop, size_t stops) {
  const bool first = stops > 1 && stop == 0, last = stops > 1 && stop + 1 == stops;
  const uint32_t needed = first  ? Station::pick
                          : last ? Station::drop
                                 : Station::pick | Station::drop;
  if (station.kinds & needed) return {};
  return Error{std::string("expected a station for ") +
               (first  ? "pick as the first stop"
                : last ? "drop as the last stop"
                       : "pick or drop as a stop") +
               ", found " + quoted(station.name) + ", which is for " + kinds_text(station.kinds)};
}

void refuse(ConfigReader& in, std::initializer_list<std::string_view> keys, std::string_view why) {
  for (const std::string_view key : keys) {
    if (!in.describing() && in.has(key))
      in.fail(key, "expected no " + std::string(key) + ' ' + std::string(why));
  }
}

Distribution read_law(ConfigReader& in, std::string_view key,
                      std::optional<std::string_view> fallback, std::string_view doc) {
  return in.parsed<Distribution>(key, fallback, parse_law, doc, "distribution of durations");
}

uint32_t read_count(ConfigReader& in, std::string_view key, std::optional<int64_t> fallback,
                    const IntegerKey& about) {
  return static_cast<uint32_t>(in.integer(key, fallback, about));
}

}  // namespace dure::floor
