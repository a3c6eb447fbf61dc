// YAML (1.2, several documents in a text) as a tree of values that know where they stand.
//
// yaml-cpp parses; this adds what input from anywhere needs: limits of size and depth, and every
// mistake as an Error with file and line. Left out: aliases (an Error), tags (ignored), keys that
// are not plain text (an Error).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::fleet {

struct YamlNode {
  enum class Kind : uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  int line = 0, column = 0;       // from 1
  std::string text;               // scalar
  std::vector<std::string> keys;  // map: [items]
  std::vector<YamlNode> items;    // list, map

  bool is(Kind k) const { return kind == k; }
};

inline constexpr size_t kMaxYamlBytes = size_t{16} << 20;
inline constexpr size_t kMaxYamlNodes = 2'000'000;
inline constexpr size_t kMaxYamlDepth = 32;

// Calls visit for each document in turn, until it returns an Error.
Result<void> for_each_yaml(std::string_view text, const std::string& file,
                           const std::function<Result<void>(const YamlNode&)>& visit);

}  // namespace dure::fleet
