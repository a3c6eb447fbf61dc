// dure describe
#include <algorithm>

#include "apps/cli/commands.h"
#include "apps/cli/flat_config.h"
#include "apps/cli/scenario_file.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "apps/cli/worlds.h"

namespace dure::cli {
namespace {

// "integer, GPUs, from 1 to 32; default 8"
std::string facts(const KeyDoc& key) {
  std::string out = key.type;
  if (!key.unit.empty()) out += ", " + key.unit;
  if (!key.range.empty()) out += ", " + key.range;
  if (key.value == "\"never\"") {
    out += "; optional";
  } else if (key.value == "required" || key.value == "optional") {
    out += "; " + key.value;
  } else if (!key.value.empty()) {
    out += "; default " + key.value;
  }
  return out;
}

// The keys by table, each with its facts and its documentation.
std::string keys_text(const WorldKind& world, size_t width) {
  const std::vector<KeyDoc> keys = Config::describe(world.describe);
  size_t widest = 0;
  const auto parent = [](const std::string& path) {
    const size_t dot = path.rfind('.');
    return dot == std::string::npos ? std::string() : path.substr(0, dot);
  };
  const auto name = [](const std::string& path) { return path.substr(path.rfind('.') + 1); };
  const auto is_table = [](const KeyDoc& key) {
    return key.type == "table" || key.type == "tables";
  };
  std::vector<std::string> tables{""};
  for (const KeyDoc& key : keys) {
    if (is_table(key)) {
      tables.push_back(key.type == "tables" ? key.path + "[]" : key.path);
    } else {
      widest = std::max(widest, display_width(name(key.path)));
      // Tables with names of the user's choice.
      const std::string table = parent(key.path);
      if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
    }
  }

  std::string out;
  for (const std::string& table : tables) {
    std::string body;
    for (const KeyDoc& key : keys) {
      if (is_table(key) || parent(key.path) != table) continue;
      const std::string about = wrapped(facts(key), widest + 4, width);
      body += "  " + pad_right(name(key.path), widest + 2) +
              about.substr(std::min(about.size(), widest + 4));
      body += wrapped(key.doc, widest + 4, width);
    }
    std::string head;
    for (const KeyDoc& key : keys) {
      if (!is_table(key) || (key.path != table && key.path + "[]" != table)) continue;
      if (!key.doc.empty()) head = "  " + key.doc;
    }
    if (body.empty() && head.empty()) continue;
    if (!out.empty()) out += '\n';
    if (!table.empty()) {
      const bool many = table.ends_with("[]");
      const std::string path = many ? table.substr(0, table.size() - 2) : table;
      out += cut_to((many ? "[[" + path + "]]" : "[" + path + "]") + head, width) + '\n';
    }
    out += body;
  }
  return out;
}

std::string world_text(const WorldKind& world, size_t width) {
  std::string out = "The world " + world.name + ": " + world.what + "\n\nKeys of a scenario\n\n";
  out += keys_text(world, width);
  if (world.policies.empty()) return out;
  TextTable policies;
  for (const WorldKind::Policy& policy : world.policies) policies.row({policy.name, policy.what});
  return out + "\nPolicies (--policy)\n" + policies.text(2, width);
}

Result<std::string> scenario_text(const std::string& what, size_t width) {
  DURE_TRY(const ScenarioFile scenario, load_scenario(what));
  std::string out = scenario.title() + '\n';
  if (!scenario.head.about.empty()) out += '\n' + wrapped(scenario.head.about, 0, width);
  TextTable values;
  for (const auto& [key, value] : flat_config(scenario.config)) {
    if (key != "title" && key != "about") values.row({key, cut_to(value, 200)});
  }
  out += "\nWhat " + scenario.file + " sets\n" + values.text(2, width);
  return out + '\n' + world_text(*scenario.kind, width);
}

}  // namespace

Result<int> describe_command(const DescribeOptions& options) {
  const size_t width = terminal_width();
  if (const WorldKind* world = find_world(options.what)) {
    print(world_text(*world, width));
    // A scenario may have its world's name.
    for (const ScenarioName& scenario : scenario_names()) {
      if (scenario.name != options.what) continue;
      DURE_TRY(const ScenarioFile file, load_scenario(scenario.name));
      print("\nThere is a scenario of that name too: `dure describe " + file.file + "`\n");
    }
    return kOk;
  }
  DURE_TRY(const std::string text, scenario_text(options.what, width));
  print(text);
  return kOk;
}

}  // namespace dure::cli
