// Shared by the fuzz targets of the readers: the input cut into texts at "\n---\n".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace dure::fleet {

inline std::string_view fuzz_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What is before the cut and after it; the second is empty when there is no cut.
inline std::pair<std::string_view, std::string_view> fuzz_cut(std::string_view text) {
  constexpr std::string_view cut = "\n---\n";
  const size_t at = text.find(cut);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + cut.size())};
}

}  // namespace dure::fleet
