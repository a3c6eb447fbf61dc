#include "worlds/floor/kind.h"

#include <doctest/doctest.h>

#include "kernel/test_session.h"

using namespace dure;

namespace {

constexpr const char* kFloor = R"toml(
world = "floor"
seed = 3
end = 1970-01-01T00:30:00
[map.warehouse]
rack_columns = 2
rack_rows = 3
rack_length = 5
chargers = 1
docks = 2
rack_service = "uniform(5s, 15s)"
station_service = "8s"
[[robots]]
name = "amr"
count = 12
battery_wh = 20
drive_wh_per_m = 0.02
charge_w = 400
battery_start = 0.3
battery_start_to = 0.9
mtbf = "exponential(5h)"
mttr = "1min"
[[source]]
name = "picks"
stops = ["rack", "station"]
per_hour = 200
due = "5min"
[film]
interval = "5s"
frames = 100
)toml";

Config floor_config() {
  auto config = Config::parse(kFloor, "floor.toml");
  REQUIRE_MESSAGE(config.ok(), config.error().text());
  return *std::move(config);
}

double value_of(const Session& session, std::string_view key) {
  for (const Kpi& k : session.report().kpis) {
    if (k.key == key) return k.value.value_or(-1);
  }
  FAIL("no KPI " << key);
  return 0;
}

}  // namespace

TEST_CASE("floor: every policy word is one that a scenario takes, and moves robots") {
  for (const WorldKind::Policy& policy : floor::kind().policies) {
    CAPTURE(policy.name);
    Config config = floor_config();
    const auto set = floor::kind().set_policy(config, policy.name);
    REQUIRE_MESSAGE(set.ok(), set.error().text());
    const auto session = floor::kind().open(config, ".");
    REQUIRE_MESSAGE(session.ok(), session.error().text());
    CHECK((", " + (*session)->policy() + ",").find(", " + policy.name + ",") != std::string::npos);
    (*session)->advance((*session)->end(), nullptr);
    CHECK(value_of(**session, "tasks_done") > 50);
    CHECK(value_of(**session, "move_faults") == 0);
    CHECK(value_of(**session, "order_faults") == 0);
  }
}

TEST_CASE("floor: a session goes on from its snapshot as if it had not stopped") {
  check_goes_on(floor::kind(), floor_config(), 700_s);
}
