#include "apps/cli/flat_config.h"

#include <map>

#include "base/text.h"

namespace dure::cli {
namespace {

// An entry of an array of tables: [[owner]].
struct Entry {
  std::string array;  // "owner"
  std::string path;   // "owner.naver"
};

// The path that a header's path stands for: the latest entries of the arrays it goes through.
std::string resolve(std::string_view header, const std::vector<Entry>& entries) {
  const Entry* longest = nullptr;
  for (const Entry& entry : entries) {
    const bool inside = header == entry.array || header.starts_with(entry.array + '.');
    if (inside && (longest == nullptr || entry.array.size() >= longest->array.size()))
      longest = &entry;
  }
  if (longest == nullptr) return std::string(header);
  return longest->path + std::string(header.substr(longest->array.size()));
}

std::string without_quotes(std::string_view text) {
  return std::string(text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2)
                                                             : text);
}

}  // namespace

// Config::text() writes a header or one key = value per line.
std::vector<std::pair<std::string, std::string>> flat_config(const Config& config) {
  std::vector<std::pair<std::string, std::string>> out;
  std::vector<Entry> entries;
  std::map<std::string, int> counts;  // of an array's entries
  std::string path;
  bool names_entry = false;  // a name here is that of an entry
  const std::string text = config.text();
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("[[") && line.ends_with("]]")) {
      const std::string array(line.substr(2, line.size() - 4));
      const size_t dot = array.rfind('.');
      std::string parent;  // another array may hold this one
      if (dot != std::string::npos) parent = resolve(array.substr(0, dot), entries) + '.';
      const std::string base = parent + (dot == std::string::npos ? array : array.substr(dot + 1));
      path = base + '.' + std::to_string(counts[base]++);
      entries.push_back({array, path});
      names_entry = true;
    } else if (line.starts_with('[') && line.ends_with(']')) {
      path = resolve(line.substr(1, line.size() - 2), entries);
      names_entry = false;
    } else if (const size_t equals = line.find(" = "); equals != std::string_view::npos) {
      const std::string key(line.substr(0, equals));
      const std::string value(line.substr(equals + 3));
      if (names_entry && key == "name") {
        // Keys before the name have the index in their path: give them the name too.
        const std::string by_index = path + '.';
        const std::string by_name = path.substr(0, path.rfind('.') + 1) + without_quotes(value);
        for (auto& [other, unused] : out) {
          if (other.starts_with(by_index)) other = by_name + '.' + other.substr(by_index.size());
        }
        entries.back().path = path = by_name;
        continue;
      }
      out.emplace_back(path.empty() ? key : path + '.' + key, value);
    }
  }
  return out;
}

}  // namespace dure::cli
