#include "worlds/fab/kind.h"

#include <doctest/doctest.h>

#include "kernel/test_session.h"
#include "worlds/fab/test_fab.h"

using namespace dure;

namespace {

Config full_line() {
  auto config = Config::parse(fab::kFullLine, "fab.toml");
  REQUIRE_MESSAGE(config.ok(), config.error().text());
  return *std::move(config);
}

}  // namespace

TEST_CASE("every policy word is one that a scenario takes") {
  for (const WorldKind::Policy& policy : fab::kind().policies) {
    Config config = full_line();
    REQUIRE(config.set("policy.wip", "20").ok());
    const auto set = fab::kind().set_policy(config, policy.name);
    REQUIRE_MESSAGE(set.ok(), set.error().text());
    const auto session = fab::kind().open(config, ".");
    REQUIRE_MESSAGE(session.ok(), session.error().text());
    CHECK((", " + (*session)->policy() + ",").find(", " + policy.name + ",") != std::string::npos);
    (*session)->advance((*session)->start() + 5_d, nullptr);
    CHECK((*session)->report().kpis.size() > 10);
  }
  Config config = full_line();
  const auto unknown = fab::kind().set_policy(config, "fifoo");
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().text().find("did you mean \"fifo\"") != std::string::npos);
  const auto two = fab::kind().set_policy(config, "cr+fifo");
  REQUIRE(!two.ok());
  CHECK(two.error().text().find("expected one word for policy.dispatch") != std::string::npos);
}

TEST_CASE("a session goes on from its snapshot as if it had not stopped") {
  check_goes_on(fab::kind(), full_line(), 20_d);
}
