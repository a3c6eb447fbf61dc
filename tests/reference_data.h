// Where tests find the reference data, which is not part of the repository: the folder named by the
// environment variable DURE_DATA, else shared/data beside the repository (looked for from the
// current folder upwards).
//
//   const auto path = reference_data("fleet/openb");
//   if (!path) return;
//
// Data that are not there skip the test and say so, but fail it when the environment has CI=true.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include <doctest/doctest.h>

inline std::optional<std::string> reference_data(const char* sub) {
  namespace fs = std::filesystem;
  std::error_code code;
  fs::path found;
  if (const char* folder = std::getenv("DURE_DATA"); folder != nullptr && *folder != 0) {
    found = fs::path(folder) / sub;
  } else {
    for (fs::path at = fs::current_path(code); !at.empty(); at = at.parent_path()) {
      found = at / "shared" / "data" / sub;
      if (fs::exists(found, code) || at == at.root_path()) break;
    }
  }
  if (fs::exists(found, code)) return found.string();
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string(ci) == "true") {
    FAIL("no reference data for ", std::string(sub), ": set DURE_DATA to their folder");
  }
  std::cout << "skipped: no reference data (" << sub << ")\n";
  return std::nullopt;
}
