// Finds and reads scenarios: a path to a TOML file, a folder that holds scenario.toml, or a name
// that is looked up in the scenario folders ("nation" for scenarios/nation.toml).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "kernel/scenario.h"
#include "kernel/session.h"

namespace dure::cli {

struct ScenarioFile {
  std::string name;    // "nation"
  std::string file;    // where it was read
  std::string folder;  // absolute; files that the scenario names are relative to it
  Config config;
  ScenarioHead head;
  const WorldKind* kind = nullptr;

  std::string title() const { return head.title.empty() ? name : head.title; }
};

// What the command line changes in a scenario, applied in this order.
struct Changes {
  std::vector<std::string> policy;  // "easy+fgd", or "order=easy" for the key policy.order
  std::optional<std::string> seed;
  std::vector<std::string> set;  // key=value
};

Result<ScenarioFile> load_scenario(const std::string& what, const Changes& changes = {});
// The scenario.toml of a run, whose own files are relative to `folder`.
Result<ScenarioFile> load_scenario_file(const std::string& file, const std::string& folder);

struct ScenarioName {
  std::string name;
  std::string title;  // or why it cannot be read
};
// Those that are found by name, sorted.
std::vector<ScenarioName> scenario_names();

}  // namespace dure::cli
