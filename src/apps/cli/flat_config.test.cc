#include "apps/cli/flat_config.h"

#include <doctest/doctest.h>

using namespace dure;

TEST_CASE("a scenario as dotted keys") {
  const Result<Config> config = Config::parse(R"(
seed = 1
list = [1, 2]
[policy]
order = "easy"
[[owner]]
gpus = 8
name = "naver"
delivery = [{ at = "2026-01-01", gpus = 4 }, { at = "2027-01-01", gpus = 8 }]
[owner.site]
racks = 2
[[owner]]
gpus = 16
)",
                                              "x.toml");
  REQUIRE(config.ok());
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"seed", "1"},
      {"list", "[1, 2]"},
      {"policy.order", "\"easy\""},
      {"owner.naver.gpus", "8"},
      {"owner.naver.delivery.0.at", "\"2026-01-01\""},
      {"owner.naver.delivery.0.gpus", "4"},
      {"owner.naver.delivery.1.at", "\"2027-01-01\""},
      {"owner.naver.delivery.1.gpus", "8"},
      {"owner.naver.site.racks", "2"},
      {"owner.1.gpus", "16"},
  };
  CHECK(cli::flat_config(*config) == expected);
}
