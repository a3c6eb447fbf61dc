#include "worlds/floor/generate.h"

#include <algorithm>

#include "base/text.h"
#include "worlds/floor/sites.h"

namespace dure::floor {
namespace {

struct Size {
  size_t width, height;
};

Size size_of(const WarehouseKeys& k) {
  const size_t across =
      size_t{k.rack_columns} * k.rack_length + (size_t{k.rack_columns} - 1) * k.cross_aisle;
  const size_t down = size_t{k.rack_rows} * k.rack_depth + (size_t{k.rack_rows} - 1) * k.aisle;
  return {across + 2 * k.ring + 2, down + 2 * k.ring + 2};
}

// On the wall: those that serve tasks, and chargers.
size_t stations_of(const WarehouseKeys& k) {
  const Size size = size_of(k);
  const size_t wall = 2 * (size.width - 2) + 2 * (size.height - 2);
  const size_t docks = (wall + k.dock_spacing - 1) / k.dock_spacing;
  return (docks + k.docks - 1) / k.docks;
}

// The cells of the outer wall clockwise from the north west, without the corners.
std::vector<uint32_t> wall_of(const CellMap& m) {
  std::vector<uint32_t> out;
  const auto put = [&](uint32_t c, uint32_t r) { out.push_back(r * m.width + c); };
  for (uint32_t c = 1; c + 1 < m.width; ++c) put(c, 0);
  for (uint32_t r = 1; r + 1 < m.height; ++r) put(m.width - 1, r);
  for (uint32_t c = m.width - 2; c > 0; --c) put(c, m.height - 1);
  for (uint32_t r = m.height - 2; r > 0; --r) put(0, r);
  return out;
}

void draw_arrows(const WarehouseKeys& k, CellMap& m) {
  const uint32_t edge = 1 + k.ring;
  const uint32_t right = m.width - edge, bottom = m.height - edge;
  if (k.aisle == 2) {
    for (uint32_t i = 1; i < k.rack_rows; ++i) {
      const uint32_t row = edge + i * (k.rack_depth + 2) - 2;
      for (uint32_t c = edge; c < right; ++c) {
        m.at(c, row) = '<';
        m.at(c, row + 1) = '>';
      }
    }
  }
  if (k.cross_aisle != 2) return;
  for (uint32_t i = 1; i < k.rack_columns; ++i) {
    const uint32_t column = edge + i * (k.rack_length + 2) - 2;
    for (uint32_t r = edge; r < bottom; ++r) {
      for (uint32_t side = 0; side < 2; ++side) {
        char& cell = m.at(column + side, r);
        const bool crossing = cell != '.';
        cell = crossing ? '.' : side == 0 ? 'v' : '^';
      }
    }
  }
}

}  // namespace

WarehouseKeys read_warehouse(ConfigReader& in) {
  WarehouseKeys k;
  const auto cells = [&](uint32_t& out, std::string_view key, int64_t min, int64_t max,
                         std::string_view unit, std::string_view doc) {
    out = read_count(in, key, out, {.unit = unit, .doc = doc, .min = min, .max = max});
  };
  cells(k.rack_columns, "rack_columns", 1, 1000, "racks", "from west to east");
  cells(k.rack_rows, "rack_rows", 1, 1000, "racks", "from north to south");
  cells(k.rack_length, "rack_length", 1, 1000, "cells", "of a rack from west to east");
  cells(k.rack_depth, "rack_depth", 1, 100, "cells", "of a rack from north to south");
  cells(k.aisle, "aisle", 1, 100, "cells", "between the long sides of racks");
  cells(k.cross_aisle, "cross_aisle", 1, 100, "cells", "between the ends of racks");
  cells(k.ring, "ring", 1, 100, "cells", "of road round all racks");
  cells(k.dock_spacing, "dock_spacing", 1, 100, "cells",
        "of the outer wall for each dock: 2 leaves every other cell closed");
  cells(k.docks, "docks", 1, 1000, "docks", "of a station on the wall");
  cells(k.chargers, "chargers", 0, 100'000, "stations",
        "on the wall that are chargers, evenly among the others");
  k.one_way =
      in.boolean("one_way", false, "aisles and cross aisles of two cells have a lane each way");
  if (in.describing() || in.failed()) return k;
  const Size size = size_of(k);
  if (size.width > kMostCells || size.width * size.height > kMostCells) {
    in.fail("", "expected a floor of at most " + with_commas(kMostCells) + " cells, found " +
                    with_commas(static_cast<int64_t>(size.width)) + " x " +
                    with_commas(static_cast<int64_t>(size.height)));
  }
  if (const size_t stations = stations_of(k); k.chargers >= stations) {
    in.fail("chargers", "expected at most " + counted(stations - 1, "charger") + ", as there are " +
                            with_commas(static_cast<int64_t>(stations)) +
                            " stations on the wall and tasks need one, found " +
                            with_commas(k.chargers));
  }
  return k;
}

Warehouse generate(const WarehouseKeys& k) {
  Warehouse out;
  CellMap& m = out.map;
  const Size size = size_of(k);
  m.width = static_cast<uint32_t>(size.width);
  m.height = static_cast<uint32_t>(size.height);
  m.letters.assign(size.width * size.height, '.');
  const std::vector<uint32_t> wall = wall_of(m);
  for (uint32_t c = 0; c < m.width; ++c) m.at(c, 0) = m.at(c, m.height - 1) = '#';
  for (uint32_t r = 0; r < m.height; ++r) m.at(0, r) = m.at(m.width - 1, r) = '#';
  if (k.one_way) draw_arrows(k, m);

  const uint32_t edge = 1 + k.ring;
  for (uint32_t i = 0; i < k.rack_rows; ++i) {
    for (uint32_t j = 0; j < k.rack_columns; ++j) {
      const uint32_t left = edge + j * (k.rack_length + k.cross_aisle);
      const uint32_t top = edge + i * (k.rack_depth + k.aisle);
      Warehouse::Site rack{"rack", "rack " + std::to_string(out.sites.size() + 1), {}};
      for (uint32_t c = left; c < left + k.rack_length; ++c) {
        for (uint32_t r = top; r < top + k.rack_depth; ++r) m.at(c, r) = '#';
        // Of an aisle of one cell each rack has the side below it: no cell is at two racks.
        if (k.aisle > 1 || i == 0) rack.cells.push_back((top - 1) * m.width + c);
        rack.cells.push_back((top + k.rack_depth) * m.width + c);
      }
      out.sites.push_back(std::move(rack));
    }
  }

  std::vector<uint32_t> docks;
  for (size_t i = 0; i < wall.size(); i += k.dock_spacing) docks.push_back(wall[i]);
  const size_t stations = stations_of(k), chargers = k.chargers;
  DURE_ASSERT(chargers < stations, "a station that serves tasks");
  std::vector<Warehouse::Site> charging;
  size_t working = 0;
  for (size_t i = 0; i < stations; ++i) {
    // Every so-many-th, so that there are `chargers` of them.
    const bool charger = (i + 1) * chargers / stations > i * chargers / stations;
    const std::string group = charger ? "charger" : "station";
    const size_t number = charger ? charging.size() + 1 : ++working;
    Warehouse::Site site{group, group + " " + std::to_string(number), {}};
    for (size_t d = i * k.docks; d < std::min(docks.size(), (i + 1) * k.docks); ++d) {
      m.letters[docks[d]] = '.';
      site.cells.push_back(docks[d]);
    }
    (charger ? charging : out.sites).push_back(std::move(site));
  }
  for (Warehouse::Site& site : charging) out.sites.push_back(std::move(site));
  return out;
}

}  // namespace dure::floor
