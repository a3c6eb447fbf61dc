// Scenarios that come with dure, for oracles: from scenarios/ in the working directory, beside the
// installed program, or beside the sources.
#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"
#include "worlds/fab/scenario.h"

namespace dure::fab {

inline Result<Scenario> shipped_scenario(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path sources = fs::path(__FILE__).parent_path().parent_path().parent_path();
  fs::path folder = sources.parent_path() / "scenarios";
  for (const fs::path& other :
       {program.parent_path().parent_path() / "share/dure/scenarios", fs::path("scenarios")}) {
    if (fs::exists(other / (name + ".toml"), error)) folder = other;
  }
  const std::string path = folder / (name + ".toml");
  DURE_TRY(const std::string text, read_file(path));
  DURE_TRY(const Config config, Config::parse(text, path));
  return read_scenario(config, folder);
}

}  // namespace dure::fab
