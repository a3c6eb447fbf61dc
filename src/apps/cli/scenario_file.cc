#include "apps/cli/scenario_file.h"

#include <algorithm>
#include <filesystem>

#include "apps/cli/places.h"
#include "apps/cli/run_folder.h"
#include "apps/cli/worlds.h"
#include "base/file.h"
#include "base/text.h"

namespace fs = std::filesystem;

namespace dure::cli {
namespace {

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_directory(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// The file of a scenario of that name in a folder of scenarios; "" when there is none.
std::string in_folder(const fs::path& folder, const std::string& name) {
  if (is_file(folder / (name + ".toml"))) return folder / (name + ".toml");
  if (is_file(folder / name / "scenario.toml")) return folder / name / "scenario.toml";
  return "";
}

// Name and file of all scenarios in the folders, sorted; the first of a name wins.
std::vector<std::pair<std::string, std::string>> all_scenarios() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& folder : scenario_folders()) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
      const std::string name =
          entry.path().extension() == ".toml" ? entry.path().stem() : entry.path().filename();
      const std::string file = in_folder(folder, name);
      const auto same = [&](const auto& other) { return other.first == name; };
      if (!file.empty() && std::none_of(out.begin(), out.end(), same)) out.emplace_back(name, file);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Error not_found(const std::string& what) {
  const auto scenarios = all_scenarios();
  std::vector<std::string_view> names;
  for (const auto& [name, file] : scenarios) names.push_back(name);
  std::string message = "there is no scenario " + dure::quoted(what);
  if (const std::string hint = did_you_mean(what, names); !hint.empty()) {
    message += hint;
  } else if (names.empty()) {
    message += "; give the path of a TOML file";
  } else {
    message += "; give the path of a TOML file, or " + join_quoted(names, "or");
  }
  return {.message = message};
}

Result<std::string> find_file(const std::string& what) {
  if (is_folder(what) && is_file(fs::path(what) / "scenario.toml")) {
    return (fs::path(what) / "scenario.toml").string();
  }
  if (is_file(what)) return what;
  const bool is_path = what.find('/') != std::string::npos || what.ends_with(".toml");
  if (!is_path) {
    for (const std::string& folder : scenario_folders()) {
      if (std::string file = in_folder(folder, what); !file.empty()) return file;
    }
  }
  if (is_folder(what) && is_path) {
    return Error{.message = "expected a scenario, found a folder without scenario.toml",
                 .file = what};
  }
  if (is_path) return Error{.message = "there is no such file", .file = what};
  return not_found(what);
}

Result<ScenarioHead> read_head(const Config& config, const WorldKind*& kind) {
  ConfigReader in(config);
  const ScenarioHead head = read_scenario_head(in);
  if (!in.failed()) {
    kind = find_world(head.world);
    std::vector<std::string_view> names;
    for (const WorldKind* world : worlds()) names.push_back(world->name);
    if (kind == nullptr) {
      in.fail("world", "expected " + join_quoted(names, "or") + ", found " +
                           dure::quoted(head.world) + did_you_mean(head.world, names));
    }
  }
  // finish() would also complain about the keys of the world, which nobody asked for yet.
  if (in.failed()) return in.finish().error();
  return head;
}

Error at_flag(Error error, const std::string& flag) {
  if (error.key.empty()) error.key = flag;
  return error;
}

Result<void> set_policy(ScenarioFile& scenario, const std::string& policy) {
  const std::string flag = "--policy " + policy;
  if (policy.find('=') != std::string::npos) {
    const Result<void> done = scenario.config.set("policy." + policy);
    return done ? done : at_flag(done.error(), flag);
  }
  const Result<void> done = scenario.kind->set_policy(scenario.config, policy);
  return done ? done : at_flag(done.error(), flag);
}

}  // namespace

Result<ScenarioFile> load_scenario_file(const std::string& file, const std::string& folder) {
  DURE_TRY(const std::string text, read_file(file));
  ScenarioFile scenario;
  scenario.file = file;
  scenario.folder = folder;
  const fs::path path(file);
  scenario.name = path.filename() == "scenario.toml"
                      ? file_name(absolute(path.has_parent_path() ? path.parent_path() : "."))
                      : path.stem().string();
  DURE_TRY(scenario.config, Config::parse(text, file));
  DURE_TRY(scenario.head, read_head(scenario.config, scenario.kind));
  return scenario;
}

Result<ScenarioFile> load_scenario(const std::string& what, const Changes& changes) {
  DURE_TRY(const std::string file, find_file(what));
  std::string folder =
      absolute(fs::path(file).has_parent_path() ? fs::path(file).parent_path() : ".");
  std::string name;
  // A run's folder: its scenario's files are where they were when it ran.
  if (fs::path(file).filename() == "scenario.toml" && exists(RunFolder{folder}.record_file())) {
    DURE_TRY(const RunRecord record, read_record(RunFolder{folder}));
    folder = record.folder;
    name = record.scenario;
  }
  DURE_TRY(ScenarioFile scenario, load_scenario_file(file, folder));
  if (!name.empty()) scenario.name = name;

  for (const std::string& policy : changes.policy) DURE_CHECK(set_policy(scenario, policy));
  if (changes.seed) {
    const Result<int64_t> seed = parse_int(*changes.seed, 0);
    if (!seed) return at_flag(seed.error(), "--seed");
    DURE_CHECK(scenario.config.set("seed", std::to_string(*seed)));
  }
  for (const std::string& assignment : changes.set) DURE_CHECK(scenario.config.set(assignment));
  DURE_TRY(scenario.head, read_head(scenario.config, scenario.kind));
  return scenario;
}

std::vector<ScenarioName> scenario_names() {
  std::vector<ScenarioName> out;
  for (const auto& [name, file] : all_scenarios()) {
    const Result<ScenarioFile> scenario = load_scenario_file(file, "");
    out.push_back(
        {name, scenario ? scenario->head.title : "cannot be read: " + scenario.error().text()});
  }
  return out;
}

}  // namespace dure::cli
