#include "apps/cli/floor_policy.h"

#include "base/config.h"
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

}  // namespace dure::cli
