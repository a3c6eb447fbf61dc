// For the fuzzers of scenarios: the input as a Config, or nothing where it is no TOML, or has a
// number so long that reading what it asks for would be slow (reading is bounded, but a million of
// something takes a while).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/config.h"

namespace dure {

inline std::optional<Config> fuzz_config(const uint8_t* data, size_t size, size_t most_digits) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Result<Config> config = Config::parse(text, "scenario.toml");
  if (!config) return std::nullopt;
  size_t digits = 0;
  for (const char c : text) {
    digits = (c >= '0' && c <= '9') || c == '_' || c == 'x' || c == 'e' ? digits + 1 : 0;
    if (digits > most_digits) return std::nullopt;
  }
  return *std::move(config);
}

// An input that is refused must say why.
inline int refused(const Error& error) {
  DURE_ASSERT(!error.message.empty(), "an Error that says nothing");
  return 0;
}

}  // namespace dure
