#include "apps/cli/floor_policy.h"

#include <ctime>
#include <filesystem>

#include "base/config.h"
#include "base/text.h"

namespace dure::cli {
namespace {

struct Word {
  std::string_view name;
  const char* key;
};
constexpr Word kWords[] = {
    {"pibt", "policy.planner"},          {"lns", "policy.planner"},
    {"prioritised", "policy.planner"},   {"windowed", "policy.planner"},
    {"nearest", "policy.assignment"},    {"matching", "policy.assignment"},
    {"congestion", "policy.assignment"},
};

Result<void> set_word(Config& config, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Word& known : kWords) {
    if (known.name == word) return config.set(known.key, word);
    names.push_back(known.name);
  }
  return Error{.message = "expected " + join_quoted(names, "or") + ", found " + dure::quoted(word) +
                          did_you_mean(word, names)};
}

Result<void> set_words(Config& config, const std::string& words) {
  if (words.find('=') != std::string::npos) return config.set("policy." + words);
  for (const std::string_view word : split(words, '+')) DURE_CHECK(set_word(config, word));
  return {};
}

}  // namespace

Result<floor::PolicyKeys> floor_policy(const std::vector<std::string>& words,
                                       const std::optional<uint64_t>& budget) {
  Config config;
  for (const std::string& word : words) {
    if (const auto done = set_words(config, word); !done) {
      Error error = done.error();
      if (error.key.empty()) error.key = "--policy " + word;
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

double cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace dure::cli
