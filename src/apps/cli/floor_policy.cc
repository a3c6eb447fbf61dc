#include "apps/cli/floor_policy.h"

#include <filesystem>

#include "base/config.h"
#include "base/text.h"
#include "worlds/floor/kind.h"

namespace dure::cli {
Result<floor::PolicyKeys> floor_policy(const std::vector<std::string>& words,
                                       const std::optional<uint64_t>& budget) {
  Config config;
  for (const std::string& word : words) {
    const Result<void> done = word.find('=') != std::string::npos
                                  ? config.set("policy." + word)
                                  : floor::kind().set_policy(config, word);
    if (!done) {
      Error error = done.error();
      error.key = "--policy " + word;
      return error;
    }
  }
  if (budget) DURE_CHECK(config.set("policy.budget", std::to_string(*budget)));
  return config.read([](ConfigReader& in) {
    floor::PolicyKeys keys;
    in.table("policy", "", [&](ConfigReader& p) { keys = floor::read_policy(p); });
    return keys;
  });
}

Result<void> check_out_file(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error))
    return Error{
        .message = "expected a file to write, found a folder", .file = path, .key = "--out"};
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error))
    return Error{.message = "expected a file in a folder that is there, found no folder " +
                            dure::quoted(folder.string()),
                 .file = path,
                 .key = "--out"};
  return {};
}

}  // namespace dure::cli
