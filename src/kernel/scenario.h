// The keys that every scenario has, whatever its world, and how an Error of a world's model is told
// as one of its scenario.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/config.h"
#include "base/time.h"

namespace dure {

// A date, or a duration from the scenario's start.
struct Moment {
  std::optional<Time> date;
  Duration after;

  // At most Time::never().
  Time from(Time start) const {
    return date ? *date : after < Time::never() - start ? start + after : Time::never();
  }
};
Moment read_moment(ConfigReader& in, std::string_view key, std::optional<std::string_view> fallback,
                   std::string_view doc);

struct ScenarioHead {
  std::string world;
  std::string title;
  std::string about;  // a paragraph for `dure describe`
  Time start;
  Time end;      // Time::never() when not given
  Moment until;  // the same, for worlds whose start is that of their files
  uint64_t seed = 1;
};

ScenarioHead read_scenario_head(ConfigReader& in);

// An Error of a model says in its key which part it means ("end", "station dock 3"), but not where
// that stands in the scenario. `parts` are arrays of tables whose entries have names, or else
// indices from 0: the word that such a key begins with, and the table. A message may begin with a
// key of the entry: "submit: expected ...".
struct ModelPart {
  std::string_view word, table;  // "robot", "robots"
};
Error in_scenario(const Config& config, const Error& error, std::span<const ModelPart> parts = {});

}  // namespace dure
