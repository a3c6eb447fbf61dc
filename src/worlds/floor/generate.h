// A warehouse from a few figures: rows and columns of racks with aisles between them, a road all
// round, and on the outside docks of work stations and chargers.
//
//   #SS##SS##CC#      S, C: docks, each open to the road only
//   S..........S      .: road, aisles
//   S.####.####S      #: racks, rack_length x rack_depth cells
//   #..........#
//
// Racks are obstacles; a robot serves one from any cell along its long sides. With `one_way` every
// aisle and cross aisle that is two cells wide has a lane each way, and traffic keeps to the right.
// Left out: robots that drive under racks, floors above floors.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "worlds/floor/map_text.h"

namespace dure::floor {

struct WarehouseKeys {
  uint32_t rack_columns = 4, rack_rows = 4;
  uint32_t rack_length = 10, rack_depth = 2;
  uint32_t aisle = 2;         // cells between racks, along their long sides
  uint32_t cross_aisle = 2;   // cells between their ends
  uint32_t ring = 3;          // cells of road round the racks
  uint32_t dock_spacing = 2;  // a dock every so many cells of the outer wall
  uint32_t docks = 4;         // of a station
  uint32_t chargers = 0;      // of the stations on the wall so many are chargers
  bool one_way = false;
};

struct Warehouse {
  struct Site {
    std::string group, name;  // "rack", "rack 17"
    std::vector<uint32_t> cells;
  };
  CellMap map;
  std::vector<Site> sites;  // racks, stations, chargers, each in rows from the north west
};

WarehouseKeys read_warehouse(ConfigReader& in);
Warehouse generate(const WarehouseKeys& keys);

}  // namespace dure::floor
