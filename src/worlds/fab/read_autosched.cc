#include "worlds/fab/read_autosched.h"

#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "worlds/fab/autosched_reading.h"

namespace dure::fab {

namespace {

constexpr ReadLimits kLimits{.max_bytes = size_t{256} << 20};

bool is_file(const std::filesystem::path& path) {
  std::error_code code;
  return std::filesystem::exists(path, code) && !std::filesystem::is_directory(path, code);
}

}  // namespace

namespace autosched {

std::string Reading::shown(std::string_view name) const {
  std::string path = folder.path;
  if (!path.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

Result<std::optional<Table>> Reading::optional_table(const std::string& name) const {
  DURE_TRY(std::optional<std::string> text, folder.read(name));
  if (!text) return std::optional<Table>();
  DURE_TRY(Table t, Table::open(*std::move(text), shown(name)));
  return std::optional<Table>(std::move(t));
}

Result<Table> Reading::table(const std::string& name) const {
  DURE_TRY(std::optional<Table> t, optional_table(name));
  if (!t)
    return Error{.message = "there is no such file, and a fab needs one", .file = shown(name)};
  return *std::move(t);
}

void Reading::note_unread(const Table& table, std::string_view name) {
  const std::vector<std::string_view> columns = table.unread();
  if (columns.empty()) return;
  if (!unread.empty()) unread += "; ";
  unread.append(name) += ": ";
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) unread += ", ";
    unread.append(columns[i]);
  }
}

}  // namespace autosched

Result<Model> parse_autosched(const AutoschedFolder& folder, const AutoschedOptions& options) {
  using namespace autosched;
  Reading r(folder, options);
  DURE_CHECK(read_setup_groups(r));
  DURE_CHECK(read_tools(r));
  DURE_CHECK(read_parts(r));
  DURE_CHECK(read_setups(r));
  DURE_CHECK(read_minimum_runs(r));
  DURE_CHECK(read_transport(r));
  DURE_CHECK(read_upkeep(r));
  DURE_CHECK(read_orders(r));
  DURE_CHECK(read_wip(r));

  Model& m = r.model;
  if (r.start) m.start = *r.start;
  m.assumptions.push_back(options.half_spread ? "a uniform time is drawn from mean +- offset / 2"
                                              : "a uniform time is drawn from mean +- offset");
  if (!m.attachments.empty()) {
    m.assumptions.push_back(options.spread_first
                                ? "first maintenance is spread over the tools of a group"
                                : "first maintenance is at the same time for all tools of a group");
  }
  if (!r.unread.empty()) m.assumptions.push_back("columns not read: " + r.unread);
  return std::move(r.model);
}

Result<Model> read_autosched(const std::string& folder, const AutoschedOptions& options) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code))
    return Error{.message = "expected a folder of AutoSched tables, found none", .file = folder};
  const auto read = [&](const std::string& name) -> Result<std::optional<std::string>> {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    if (!is_file(path)) return std::optional<std::string>();
    DURE_TRY(std::string text, read_file(path.string(), kLimits));
    return std::optional<std::string>(std::move(text));
  };
  return parse_autosched({folder, read}, options);
}

bool looks_like_autosched(const std::string& folder) {
  const std::filesystem::path f(folder);
  return is_file(f / "part.txt") && is_file(f / "order.txt") &&
         (is_file(f / "tool.txt.1l") || is_file(f / "tool.txt"));
}

}  // namespace dure::fab
