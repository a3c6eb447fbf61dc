// Any text as a folder of AutoSched tables: a line "@NAME" starts the file of that name.
#include "worlds/fab/read_autosched.h"

#include <map>

#include "base/text.h"

using namespace dure;
using namespace dure::fab;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::map<std::string, std::string> files;
  std::string* file = nullptr;
  for (const std::string_view line : split({reinterpret_cast<const char*>(data), size}, '\n')) {
    if (line.starts_with('@')) {
      file = &files[std::string(line.substr(1))];
    } else if (file != nullptr) {
      file->append(line).append("\n");
    }
  }
  const auto read = [&](const std::string& name) -> Result<std::optional<std::string>> {
    const auto it = files.find(name);
    return it == files.end() ? std::optional<std::string>() : it->second;
  };
  for (const bool other : {false, true}) {
    Result<Model> m = parse_autosched({"", read}, {.half_spread = other, .spread_first = !other});
    if (!m) continue;
    uint64_t tools = 0;
    for (const ToolGroup& g : m->groups) tools += g.tools;
    constexpr uint64_t few = 10'000;  // only for speed
    if (tools < few) (void)m->finish();
  }
  return 0;
}
