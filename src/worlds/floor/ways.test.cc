#include "worlds/floor/ways.h"

#include <doctest/doctest.h>

#include "base/config.h"
#include "worlds/floor/scenario.h"

using namespace dure;

namespace {

std::string error_of(const std::string& row, const std::string& more = "") {
  const std::string text =
      "world = \"floor\"\nend = \"1970-01-01T00:10:00\"\n[map]\nrows = \"\"\"\n" + row +
      "\n\"\"\"\n[[robots]]\nname = \"amr\"\ncount = 1\n" + more +
      "[[station]]\nname = \"in\"\nsymbol = \"A\"\n"
      "[[station]]\nname = \"out\"\nsymbol = \"B\"\n"
      "[[source]]\nname = \"flow\"\nstops = [\"in\", \"out\"]\nper_hour = 9\n";
  const auto config = Config::parse(text, "floor.toml");
  REQUIRE(config.ok());
  const auto scenario = floor::read_scenario(*config, ".");
  return scenario.ok() ? "" : scenario.error().text();
}

}  // namespace

TEST_CASE("a floor on which somebody cannot get somewhere is refused") {
  CHECK(error_of("A....B") == "");
  CHECK(error_of("A.#..B").find("expected a way from \"in\" to \"out\", found none") !=
        std::string::npos);
  CHECK(error_of("A.>>.B").find("expected a way from \"out\" to \"in\", found none") !=
        std::string::npos);
  CHECK(error_of("A...B#.", "at = [\"6,0\"]\n").find("expected a way from robot 1 to \"in\"") !=
        std::string::npos);
  CHECK(error_of("A....B", "battery_wh = 10\nidle_w = 1\ncharge_w = 5\n")
            .find("expected a [[station]] whose kinds have \"charge\"") != std::string::npos);
}
