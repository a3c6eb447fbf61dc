#include "apps/cli/worlds.h"

#if __has_include("worlds/fleet/kind.h")
#include "worlds/fleet/kind.h"
#elif __has_include("stub_kind.h")
#include "stub_kind.h"
#endif

namespace dure::cli {

std::vector<const WorldKind*>& worlds() {
#if __has_include("worlds/fleet/kind.h")
  static std::vector<const WorldKind*> all{&fleet::kind()};
#elif __has_include("stub_kind.h")
  static std::vector<const WorldKind*> all{&stub::kind()};
#else
  static std::vector<const WorldKind*> all;
#endif
  return all;
}

const WorldKind* find_world(std::string_view name) {
  for (const WorldKind* kind : worlds()) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

}  // namespace dure::cli
