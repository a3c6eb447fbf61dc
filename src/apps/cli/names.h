// Names of benchmarks and oracles on the command line: those given, or all when none is.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace dure::cli {

// `all` is a vector of something with a name; several may share one. Sorted by name, since link
// order decides how they registered; an Error names the nearest.
template <class T>
Result<std::vector<T>> chosen(std::vector<T> all, const std::vector<std::string>& names,
                              const char* what) {
  std::stable_sort(all.begin(), all.end(),
                   [](const T& a, const T& b) { return std::string_view(a.name) < b.name; });
  if (names.empty()) return all;
  std::vector<std::string_view> known;
  for (const T& one : all) known.push_back(one.name);
  std::vector<T> out;
  for (const std::string& name : names) {
    const size_t before = out.size();
    for (const T& one : all) {
      if (one.name == name) out.push_back(one);
    }
    if (out.size() > before) continue;
    const std::string hint = did_you_mean(name, known);
    return Error{.message = std::string("there is no ") + what + ' ' + dure::quoted(name) +
                            (hint.empty() ? "; --list names them" : hint)};
  }
  return out;
}

}  // namespace dure::cli
