#include "apps/cli/places.h"

#include <cstdlib>
#include <filesystem>

#include "apps/cli/terminal.h"
#include "base/file.h"
#include "base/text.h"

namespace fs = std::filesystem;

namespace dure::cli {
namespace {

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

fs::path source() { return DURE_SOURCE_DIR; }

// <prefix>/share/dure for <prefix>/bin/dure.
fs::path installed() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : program.parent_path().parent_path() / "share" / "dure";
}

}  // namespace

const char* version() { return DURE_VERSION; }

std::string data_folder(const std::optional<std::string>& given) {
  if (given) return *given;
  if (const char* named = std::getenv("DURE_DATA"); named != nullptr && *named != 0) return named;
  std::error_code error;
  for (fs::path at = fs::current_path(error); !error && !at.empty(); at = at.parent_path()) {
    if (is_folder(at / "shared" / "data")) return at / "shared" / "data";
    if (at == at.parent_path()) break;
  }
  return source().parent_path() / "shared" / "data";
}

std::vector<std::string> scenario_folders() {
  std::vector<std::string> out;
  for (const fs::path& folder :
       {fs::path("scenarios"), installed() / "scenarios", source() / "scenarios"}) {
    std::error_code error;
    bool is_new = is_folder(folder);
    for (const std::string& other : out) is_new = is_new && !fs::equivalent(other, folder, error);
    if (is_new) out.push_back(folder);
  }
  return out;
}

std::string peers_folder() {
  const fs::path built = fs::path(DURE_BINARY_DIR) / "bench" / "peers";
  return exists(built / "ns3_hold") ? built.string() : "";
}

std::string peers_source() { return source() / "bench" / "peers"; }

std::string results_folder() {
  return is_folder(source() / "bench") ? (source() / "bench" / "results").string()
                                       : "bench/results";
}

Result<void> write_or_print(const std::optional<std::string>& path, std::string_view text) {
  if (path) return write_file_atomic(*path, text);
  print(text);
  return {};
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path full = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : full.string();
}

std::string file_name(const std::string& path) {
  fs::path p(path);
  if (!p.has_filename()) p = p.parent_path();
  return p.filename();
}

Result<void> check_out_file(const std::string& path, const char* option) {
  if (is_folder(path))
    return Error{
        .message = "expected a file to write, found a folder", .file = path, .key = option};
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !is_folder(folder))
    return Error{.message = "expected a file in a folder that is there, found no folder " +
                            dure::quoted(folder.string()),
                 .file = path,
                 .key = option};
  return {};
}

Result<void> check_new_file(const std::string& path, const char* option) {
  DURE_CHECK(check_out_file(path, option));
  std::error_code error;
  if (fs::exists(fs::symlink_status(path, error)))
    return Error{
        .message = "expected a new file, found one that is there", .file = path, .key = option};
  return {};
}

}  // namespace dure::cli
