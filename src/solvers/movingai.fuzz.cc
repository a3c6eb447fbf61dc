// Any text as a map and as a scenario.
#include "solvers/movingai.h"

using namespace dure;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<MovingAiMap> map = read_movingai_map(text, "a.map")) {
    DURE_ASSERT(map->width > 0 && map->letters.size() == size_t{map->width} * map->height,
                "a map of another size");
    DURE_ASSERT(free_cells(*map).size() == map->letters.size(), "a mask of another size");
  } else {
    DURE_ASSERT(map.error().line > 0, "an error without its line");
  }
  if (const Result<std::vector<ScenEntry>> scen = read_movingai_scen(text, "a.scen")) {
    for (const ScenEntry& entry : *scen) {
      const uint64_t cells = uint64_t{entry.width} * entry.height;
      DURE_ASSERT(entry.start_cell() < cells && entry.goal_cell() < cells, "outside the map");
    }
  } else {
    DURE_ASSERT(scen.error().line > 0, "an error without its line");
  }
  return 0;
}
