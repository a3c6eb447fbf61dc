#include "worlds/fleet/account_keys.h"

#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"
#include "worlds/fleet/kueue.h"
#include "worlds/fleet/scenario.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

const std::string kSites = R"toml(world = "fleet"
end = "60d"
[[node_type]]
name = "h"
gpu_model = "H100 80GB"
[[node_type]]
name = "b"
gpu_model = "b300"
[[workload]]
name = "w"
gpus = "1"
duration = "1h"
[[owner]]
name = "a"
node_type = "h"
gpus = 32
delivery = [{ at = 1970-01-21, gpus = 32 }]
load = [{ workload = "w", share = 0.1, account = "leaf" }]
[[owner]]
name = "b"
node_type = "b"
gpus = 64
)toml";

const std::string kAccounts = R"toml([[account]]
name = "all"
[[account]]
name = "a"
parent = "all"
quota = [{ gpu_model = "H100 80GB" }]
[[account]]
name = "leaf"
parent = "a"
weight = 2.5
[[account]]
name = "small"
parent = "a"
quota = [{ gpu_model = "b300", nominal = 4, borrowing = 2, lending = 1 },
         { gpu_model = "b300", nominal = 6, at = "10d" }]
[[account]]
name = "b"
parent = "all"
quota = [{ gpu_model = "b300", lending = 48 }]
)toml";

Scenario read(const std::string& text, const std::string& folder) {
  const auto config = Config::parse(text, "s.toml");
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().text()));
  auto s = read_scenario(*config, folder);
  REQUIRE_MESSAGE(s.ok(), (s.ok() ? "" : s.error().text()));
  return *std::move(s);
}

// What each account may take of each GPU model.
void check_equal(const Model& a, const Model& b) {
  const World x(std::make_shared<const Model>(a)), y(std::make_shared<const Model>(b));
  for (const char* name : {"leaf", "small", "b"}) {
    for (uint32_t g = 0; g < a.gpu_models.size(); ++g) {
      CAPTURE(name);
      CAPTURE(g);
      CHECK(x.quota_left(find_account(a, name), g) == y.quota_left(find_account(b, name), g));
    }
  }
}

TEST_CASE("account keys: a scenario's quotas survive Kueue's YAML") {
  const std::string folder = std::filesystem::temp_directory_path();
  const std::string file = "dure-account-keys-" + std::to_string(::getpid()) + ".yaml";
  const Scenario s = read(kSites + kAccounts, folder);
  for (const Time at : {Time{0}, Time{0} + 15_d, Time{0} + 30_d}) {
    const std::string yaml = kueue_yaml(account_keys_of(*s.model), at);
    CAPTURE(yaml);
    REQUIRE(write_file_atomic(folder + '/' + file, yaml).ok());
    const Scenario back = read(kSites + "[accounts]\nkueue = \"" + file + "\"\n", folder);
    // The same at that time: the quotas then, from the start.
    Model then = *s.model;
    std::erase_if(then.quotas, [&](const QuotaStep& q) { return q.time > at; });
    for (QuotaStep& q : then.quotas) q.time = then.start;
    check_equal(then, *back.model);
    const auto once = read_kueue(yaml, "q.yaml");
    REQUIRE(once.ok());
    CHECK(kueue_yaml(once->accounts) ==
          kueue_yaml(read_kueue(kueue_yaml(once->accounts), "q.yaml")->accounts));
  }
  std::filesystem::remove(folder + '/' + file);
}

}  // namespace
}  // namespace dure::fleet
