#include "apps/cli/worlds.h"

#include "worlds/fab/kind.h"
#include "worlds/fleet/kind.h"
#include "worlds/floor/kind.h"

namespace dure::cli {

const std::vector<const WorldKind*>& worlds() {
  static const std::vector<const WorldKind*> all{&fleet::kind(), &fab::kind(), &floor::kind()};
  return all;
}

const WorldKind* find_world(std::string_view name) {
  for (const WorldKind* kind : worlds()) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

}  // namespace dure::cli
