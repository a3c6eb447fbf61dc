// Two generated floors of a few dozen robots, for digests: one in steps, and one in drive motion
// with everything that may happen on a floor. And the policies that they may run under.
#pragma once

#include <string>
#include <vector>

#include "worlds/floor/rules.h"
#include "worlds/floor/scenario.h"

namespace dure::floor {

inline constexpr const char* kSmallSteps = R"toml(
world = "floor"
motion = "steps"
end = 1970-01-01T01:00:00
warm_up = "2min"
jam_after = "1min"
seed = 5
[map.warehouse]
rack_columns = 3
rack_rows = 4
rack_length = 6
ring = 2
[[station]]
name = "bay"
at = ["1,1", "2,1"]
kinds = ["park"]
[[robots]]
name = "amr"
count = 40
[[source]]
name = "picks"
stops = ["rack", "station"]
per_hour = 2000
priority = 1
due = "2min"
[[source]]
name = "returns"
stops = ["station", "rack", "rack"]
gap = "uniform(1s, 9s)"
[film]
interval = "1s"
frames = 50
)toml";

inline constexpr const char* kSmallDrive = R"toml(
world = "floor"
end = 1970-01-01T02:00:00
warm_up = "5min"
jam_after = "1min"
seed = 6
[map]
cell_m = 1.3
[map.warehouse]
rack_columns = 3
rack_rows = 3
rack_length = 6
ring = 2
chargers = 2
docks = 2
one_way = true
rack_service = "uniform(5s, 15s)"
station_service = "exponential(8s)"
[[station]]
name = "bay"
at = ["1,2", "1,3", "1,4"]
kinds = ["park"]
[[robots]]
name = "amr"
count = 16
battery_wh = 25
drive_wh_per_m = 0.02
loaded_wh_per_m = 0.04
idle_w = 10
charge_w = 400
battery_start = 0.3
battery_start_to = 0.9
tow = "4min"
mtbf = "exponential(1h)"
mttr = "lognormal(median=1min, sigma=0.8)"
[[robots]]
name = "tugger"
count = 4
speed = 1.9
acceleration = 0.7
turn = "1.3s"
payload_kg = 400
[[source]]
name = "picks"
stops = ["rack", "station"]
per_hour = 150
due = "5min"
[[source]]
name = "heavy"
stops = ["station", "rack"]
gap = "exponential(90s)"
payload_kg = 300
priority = 2
[[closure]]
at = ["1,6", "2,6"]
from = "10min"
until = "40min"
[[closure]]
at = ["12,6"]
from = "20min"
until = "1h"
[film]
interval = "2s"
frames = 50
)toml";

inline Result<Scenario> small_floor(Motion motion) {
  const char* text = motion == Motion::steps ? kSmallSteps : kSmallDrive;
  DURE_TRY(const Config config, Config::parse(text, "small floor"));
  return read_scenario(config, ".");
}

// Planner x assignment.
inline std::vector<PolicyKeys> all_policies() {
  std::vector<PolicyKeys> out;
  constexpr const char* kPlanners[] = {"pibt", "lns", "prioritised", "windowed"};
  constexpr const char* kAssignments[] = {"nearest", "matching", "congestion"};
  for (uint8_t p = 0; p < 4; ++p) {
    for (uint8_t a = 0; a < 3; ++a) {
      PolicyKeys& keys = out.emplace_back();
      keys.planner = static_cast<PlannerKind>(p);
      keys.assignment = static_cast<AssignmentKind>(a);
      keys.planner_name = kPlanners[p];
      keys.assignment_name = kAssignments[a];
    }
  }
  return out;
}

}  // namespace dure::floor
