// The floor of a scenario: its map, stations, robots, where tasks come from, closures, commands.
#pragma once

#include <optional>
#include <string>

#include "base/config.h"
#include "worlds/floor/map_text.h"
#include "worlds/floor/model.h"
#include "worlds/floor/sites.h"

namespace dure::floor {

// [map]; `file` is what map.file holds. Fills the model's roads and, of a generated one, stations.
void read_map(ConfigReader& in, const std::optional<CellMap>& file, Model& model, Sites& sites);

// [[station]], [[robots]], [[source]], [[closure]] and the keys of robots' commands. The model's
// start is known.
void read_floor(ConfigReader& in, Model& model, Sites& sites);

}  // namespace dure::floor
