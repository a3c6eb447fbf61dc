#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "worlds/floor/generate.h"
#include "worlds/floor/lanes.h"
#include "worlds/floor/read_floor.h"

namespace dure::floor {
namespace {

void use_cells(ConfigReader& in, std::string_view key, CellMap cells, Model& m, Sites& sites,
               bool letters_are_stations = false) {
  Grid grid = grid_of(cells);
  if (grid.roads.vertices() == 0) in.fail(key, "expected at least one free cell, found none");
  sites.set_grid(grid, std::move(cells), letters_are_stations);
  set_grid(m, std::move(grid));
}

struct Drawn {
  std::vector<DrawnPoint> points;
  std::vector<DrawnLane> lanes;
};

Drawn read_drawn(ConfigReader& in, Sites& sites) {
  Drawn d;
  std::vector<std::string> names;
  in.tables("vertex", "a named point of a road map", [&](ConfigReader& v, size_t) {
    DrawnPoint p;
    p.name = v.text("name", required, "of the point");
    constexpr double far = 1e6;
    p.at.x = v.number("x", required, {.unit = "m", .doc = "eastwards", .min = -far, .max = far});
    p.at.y = v.number("y", required, {.unit = "m", .doc = "southwards", .min = -far, .max = far});
    if (std::find(names.begin(), names.end(), p.name) != names.end()) {
      v.fail("name", "expected another name than an earlier vertex's, found " + quoted(p.name));
    }
    names.push_back(p.name);
    d.points.push_back(std::move(p));
  });
  sites.set_points(names);
  in.tables("lane", "a straight road between two points; longer than a cell it is cut into cells",
            [&](ConfigReader& l, size_t) {
              DrawnLane lane;
              const auto point = [&](std::string_view key) -> uint32_t {
                const std::string name = l.text(key, required, "name of a [[map.vertex]]");
                if (l.describing() || l.failed()) return 0;
                const Result<uint32_t> v = sites.vertex(name);
                if (!v) l.fail(key, v.error().message);
                return v ? *v : 0;
              };
              lane.from = point("from");
              lane.to = point("to");
              lane.two_way = l.boolean("two_way", false, "robots drive it both ways, on one track");
              d.lanes.push_back(lane);
            });
  return d;
}

void add_generated(ConfigReader& in, const WarehouseKeys& keys, const Distribution& rack_service,
                   const Distribution& station_service, Model& m, Sites& sites) {
  Warehouse house = generate(keys);
  const std::vector<Warehouse::Site> found = std::move(house.sites);
  Grid grid = grid_of(house.map);
  std::vector<std::string> groups;
  std::vector<std::vector<uint32_t>> of_group;
  for (const Warehouse::Site& site : found) {
    Station s;
    s.name = site.name;
    s.kinds =
        site.group == "charger" ? Station::charge | Station::park : Station::pick | Station::drop;
    s.service = site.group == "rack"      ? rack_service
                : site.group == "station" ? station_service
                                          : Distribution();
    for (const uint32_t cell : site.cells) s.docks.push_back(grid.vertex_of[cell]);
    const auto number = static_cast<uint32_t>(m.stations.size());
    if (groups.empty() || groups.back() != site.group) {
      groups.push_back(site.group);
      of_group.emplace_back();
    }
    of_group.back().push_back(number);
    sites.add_station(s.name, {number});
    m.stations.push_back(std::move(s));
  }
  for (size_t i = 0; i < groups.size(); ++i) sites.add_station(groups[i], of_group[i]);
  use_cells(in, "warehouse", std::move(house.map), m, sites);
}

}  // namespace

void read_map(ConfigReader& in, const std::optional<CellMap>& file, Model& m, Sites& sites) {
  in.table("map", "where robots may drive: one of file, rows, warehouse, vertex and lane",
           [&](ConfigReader& map) {
             m.cell_m = map.number("cell_m", 1,
                                   {.unit = "m",
                                    .doc = "length of a cell; lanes of a road map are cut into "
                                           "pieces as near to it as can be",
                                    .min = 0.01,
                                    .max = 1000});
             const std::vector<std::string_view> kinds = {"file", "rows", "warehouse", "vertex"};
             std::vector<std::string_view> given;
             for (const std::string_view kind : kinds) {
               if (map.has(kind)) given.push_back(kind);
             }
             if (!map.describing() && given.size() != 1) {
               map.fail(given.empty() ? "" : given[1], "expected one of " +
                                                           join_quoted(kinds, "and") + ", found " +
                                                           (given.empty() ? "none" : "several"));
             }
             const bool has_file = map.has("file"), has_rows = map.has("rows");
             map.text("file", "", "a map in MovingAI's format, relative to the scenario");
             const std::string rows = map.text(
                 "rows", "",
                 "the map as lines of letters: # or @ blocked, . free, > < ^ v free and one-way, "
                 "other letters and digits free, for stations");
             map.optional_table(
                 "warehouse",
                 "the map from a few figures; its stations are called rack, station and charger",
                 [&](ConfigReader& w) {
                   const WarehouseKeys keys = read_warehouse(w);
                   const Distribution rack =
                       read_law(w, "rack_service", "0s", "time that a robot stands at a rack");
                   const Distribution station = read_law(w, "station_service", "0s",
                                                         "time that a robot stands at a station");
                   if (!w.describing() && !w.failed() && given.size() == 1)
                     add_generated(w, keys, rack, station, m, sites);
                 });
             const Drawn drawn = read_drawn(map, sites);
             if (map.describing() || map.failed()) return;
             if (has_file) {
               if (file) use_cells(map, "file", *file, m, sites);
             } else if (has_rows) {
               Result<CellMap> cells = parse_rows(rows);
               if (cells)
                 use_cells(map, "rows", *std::move(cells), m, sites, true);
               else
                 map.fail("rows", cells.error().message);
             } else if (!drawn.points.empty()) {
               size_t at_fault = 0;
               Result<CutRoads> cut = cut_lanes(drawn.points, drawn.lanes, m.cell_m, &at_fault);
               if (!cut) {
                 map.tables("lane", "", [&](ConfigReader& lane, size_t i) {
                   if (i == at_fault) lane.fail("", cut.error().message);
                 });
                 return;
               }
               m.roads = std::move(cut->roads);
               m.lane_m = std::move(cut->lane_m);
               m.places = std::move(cut->places);
             }
           });
}

}  // namespace dure::floor
