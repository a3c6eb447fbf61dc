// What the readers of a fab's TOML share: names that refer to one another, random durations, and
// the limits that keep a run within memory and the calendar.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "worlds/fab/model.h"

namespace dure::fab {

inline constexpr Duration kLongest = 60 * 365 * 1_d;  // 60 years
inline constexpr int64_t kMostWafers = 10'000;        // of a lot or batch
inline constexpr int64_t kMostTools = 100'000;        // of a group
inline constexpr size_t kMostSetups = 2'000;          // their table of changes is square
inline constexpr size_t kMostPlaces = 200;            // likewise transport

// The names of one kind of thing, in the document's order.
class Names {
 public:
  explicit Names(std::string_view what) : what_(what) {}  // "[[tool_group]]"

  // The place of a name that may be there already.
  uint32_t place(const std::string& name);
  uint32_t find(std::string_view name) const;  // kNone: not there
  size_t size() const { return list_.size(); }
  const std::vector<std::string>& list() const { return list_; }
  // "expected the name of a [[tool_group]], found "x", did you mean "y"?"
  std::string not_found(std::string_view name) const;

  // Reads `name` of an entry, which must be new.
  std::string read_new(ConfigReader& in, std::string_view doc);
  // Reads a key that holds one of the names; kNone when it is absent and may be, or on an error.
  uint32_t read(ConfigReader& in, std::string_view key, bool is_required,
                std::string_view doc) const;

 private:
  std::string what_;
  std::vector<std::string> list_;
  std::map<std::string, uint32_t, std::less<>> places_;
};

// A random duration: "30min", "uniform(28min, 32min)", "exponential(mean=8h)". `fallback` as in
// ConfigReader::parsed.
DurationLaw read_law(ConfigReader& in, std::string_view key,
                     std::optional<std::string_view> fallback, std::string_view doc);

// A duration that may be absent.
std::optional<Duration> read_maybe(ConfigReader& in, std::string_view key, std::string_view doc,
                                   Duration min = {0}, Duration max = kLongest);

// A whole number that fits 32 bits.
uint32_t read_count(ConfigReader& in, std::string_view key, std::optional<int64_t> fallback,
                    const IntegerKey& about);

// The distribution with its quantities multiplied by `factor` and written as durations, so that it
// reads back as the same law: "uniform(lo=28m, hi=32m)".
std::string law_text(const DurationLaw& law, double factor = 1);

// Releases come `load` times as often: their gaps are divided by it.
void scale_load(Model& model, double load);

}  // namespace dure::fab
