// What the parts of a floor's scenario call one another by: places and stations.
//
// A place is "column,row" on a grid and a vertex's name on a road map. A station's name may stand
// for a whole group of them ("rack" for "rack 1", "rack 2" ...).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config.h"
#include "base/distribution.h"
#include "worlds/floor/map_text.h"
#include "worlds/floor/model.h"

namespace dure::floor {

inline constexpr Duration kLongest = 60 * 365 * 1_d;

class Sites {
 public:
  // On a grid, with the letters that stations are found by. Letters of a map that was written for
  // the scenario all want a station.
  void set_grid(const Grid& grid, CellMap letters, bool all_used);
  void set_points(const std::vector<std::string>& names);  // vertices 0, 1, ...

  Result<uint32_t> vertex(std::string_view name) const;
  // Vertices of cells with this letter, row by row.
  std::vector<uint32_t> cells_with(char letter);
  // A letter that wants a station and has none; 0: there is none such.
  char unused_letter() const;

  // What the scenario calls a vertex; of a cut lane's inner vertices: nothing.
  std::string name_of(uint32_t vertex) const;

  // A new name, of a station or a group.
  bool add_station(const std::string& name, std::vector<uint32_t> stations);
  // Of a name, or of several with '|' between them.
  Result<std::vector<uint32_t>> stations(std::string_view names) const;
  // Of a name that is no station's and no place's.
  Error no_place(std::string_view name) const;

 private:
  uint32_t width_ = 0, height_ = 0;
  std::vector<uint32_t> vertex_of_;
  CellMap letters_;
  bool all_used_ = false;
  std::string used_;
  std::map<std::string, uint32_t, std::less<>> points_;
  std::map<std::string, std::vector<uint32_t>, std::less<>> stations_;
};

// A random duration: "30s", "uniform(20s, 40s)", "exponential(mean=8h)".
Distribution read_law(ConfigReader& in, std::string_view key,
                      std::optional<std::string_view> fallback, std::string_view doc);

// Station::Kind and its word.
inline constexpr std::pair<std::string_view, uint32_t> kKindWords[] = {{"pick", Station::pick},
                                                                       {"drop", Station::drop},
                                                                       {"charge", Station::charge},
                                                                       {"park", Station::park}};
std::string kinds_text(uint32_t kinds);  // "charge, park"

// A task of several stops picks at the first and drops at the last; in between, and with one stop,
// either is fine. An Error when the station is not for that.
Result<void> check_stop(const Station& station, size_t stop, size_t stops);

// Refuses keys that would have no effect: "expected no tick " and why.
void refuse(ConfigReader& in, std::initializer_list<std::string_view> keys, std::string_view why);

// A whole number that fits 32 bits.
uint32_t read_count(ConfigReader& in, std::string_view key, std::optional<int64_t> fallback,
                    const IntegerKey& about);

}  // namespace dure::floor
