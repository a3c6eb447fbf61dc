// What scenarios say of power, services, other resources and elastic jobs, and its mistakes.
#include <doctest/doctest.h>

#include "worlds/fleet/test_scenario.h"

namespace dure::fleet {
namespace {

using test::read;
using test::replaced;

const std::string kGood = R"toml(world = "fleet"
start = "2026-01-05"
end = "2026-01-08"

[policy]
grow_after = "30min"
reclaim_when = "period"

[accounting]
usage_period = "30min"

[power]
pue = 1.25
carbon_g_kwh = [400]
price_kwh = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]

[[power.clock]]
pace = 0.93
power = 0.8

[[power.clock]]
pace = 0.7
power = 0.5

[[site_power]]
owner = "b"
pue = 1.1

[[power_cap]]
owner = "a"
from = "2026-01-06"
megawatts = 0.04

[[resource]]
name = "QPU"
units = 2
calibrate_every = "1d"
calibration = "2h"

[[node_type]]
name = "big"
gpus = 8
idle_w = 3000
busy_w = 14300

[[workload]]
name = "hybrid"
gpus = 16
duration = "constant(2h)"
min_share = 0.5
resource = "QPU"
units = 2
calls = 20
shots = 20000
shot_time = "1ms"

[[owner]]
name = "a"
node_type = "big"
gpus = 32
load = [{ workload = "hybrid", share = 0.5 }]

[[owner]]
name = "b"
node_type = "big"
gpus = 8

[[service]]
name = "chat"
owner = "b"
gpus = 4
replicas = 2
by_hour = [0.5]
weekend = 0.8
)toml";

TEST_CASE("fleet scenario: power, services, resources and sizes are in the model") {
  const auto s = read(kGood);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(s->rules.grow_after == 30_min);
  CHECK(s->rules.reclaim_by_period);
  REQUIRE(m.site_power.size() == 2);
  CHECK(m.site_power[0].pue_milli == 1250);
  CHECK(m.site_power[0].carbon_g_kwh[23] == 400);
  CHECK(m.site_power[0].price_kwh[23] == 24);
  CHECK(m.site_power[1].pue_milli == 1100);
  CHECK(m.site_power[1].price_kwh[3] == 4);  // as everywhere
  REQUIRE(m.clocks.size() == 2);
  CHECK(m.clocks[1].pace_milli == 700);
  CHECK(m.clocks[1].power_milli == 500);
  REQUIRE(m.power_caps.size() == 1);
  CHECK(m.power_caps[0].time == *parse_time("2026-01-06"));
  CHECK(m.power_caps[0].mw == 40'000'000);
  CHECK(m.type_of(0).gpu_mw() == 11'300'000 / 8);
  REQUIRE(m.resources.size() == 1);
  CHECK(m.resources[0].calibration == 2_h);
  REQUIRE(m.sources.size() == 1);
  CHECK(m.sources[0].min_share == 0.5);
  const JobKind& kind = m.kinds[m.sources[0].kind];
  CHECK(kind.resource == 0);
  CHECK(kind.units == 2);
  CHECK(kind.calls == 20);
  CHECK(kind.call_time == 20_s);
  REQUIRE(m.services.size() == 1);
  CHECK(m.services[0].replica.gpus == 4);
  CHECK(m.services[0].by_hour[7] == 0.5);
  CHECK(m.services[0].replica.owner == 1);
}

TEST_CASE("fleet scenario: a cap that leaves no power for any job is told") {
  const auto good = read(kGood);
  REQUIRE(good.ok());
  CHECK(good->model->assumptions.empty());
  const auto s = read(replaced(kGood, "megawatts = 0.04", "megawatts = 0.001"));
  REQUIRE(s.ok());
  REQUIRE(s->model->assumptions.size() == 1);
  CHECK(s->model->assumptions[0].find("The cap of 0.001 MW on \"a\" from 2026-01-06") == 0);
}

TEST_CASE("fleet scenario: mistakes of power, services, resources and sizes are named") {
  struct Bad {
    std::string from, to, what;
  };
  for (const Bad& b : {
           Bad{"pue = 1.25", "pue = 0.9", "pue"},
           {"carbon_g_kwh = [400]", "carbon_g_kwh = [1, 2]", "24, one for each hour"},
           {"carbon_g_kwh = [400]", "carbon_g_kwh = [-1]", "carbon_g_kwh"},
           {"pace = 0.7", "pace = 0.95", "expected clocks by falling pace and power"},
           {"power = 0.5", "power = 0.8", "expected clocks by falling pace and power"},
           {"pace = 0.7", "pace = 1.5", "pace"},
           {"pace = 0.7\n", "", "pace"},
           {"owner = \"b\"\npue", "owner = \"c\"\npue", "\"c\""},
           {"owner = \"a\"\nfrom", "owner = \"c\"\nfrom", "\"c\""},
           {"from = \"2026-01-06\"", "from = \"soon\"", "soon"},
           {"megawatts = 0.04", "megawatts = -1", "megawatts"},
           {"busy_w = 14300", "busy_w = 200", "expected at least idle_w, 3000, found 200"},
           {"idle_w = 3000\nbusy_w = 14300", "", "expected busy_w in a [[node_type]]"},
           {"units = 2", "units = 0", "units"},
           {"units = 2", "units = 1", "expected 1 to 1 units of \"QPU\", found 2"},
           {"calibration = \"2h\"", "calibration = \"1d\"", "expected less than calibrate_every"},
           {"calibrate_every = \"1d\"\n", "calibrate_every = \"7205s\"\n",
            "that fit between two calibrations"},
           {"[[resource]]", "[[resource]]\nname = \"QPU\"\n\n[[resource]]", "another name"},
           {"resource = \"QPU\"", "resource = \"QPV\"", "QPV"},
           {"resource = \"QPU\"\n", "", "expected resource with it"},
           {"shots = 20000\nshot_time = \"1ms\"", "shots = 1000000000\nshot_time = \"1d\"",
            "expected a call of at most ten years"},
           {"min_share = 0.5", "min_share = 1.5", "min_share"},
           {"min_share = 0.5", "min_share = 0", "min_share"},
           {"reclaim_when = \"period\"", "reclaim_when = \"never\"", "reclaim_when"},
           {"usage_period = \"30min\"", "", "with policy.reclaim_when = \"period\""},
           {"owner = \"b\"\ngpus = 4", "owner = \"c\"\ngpus = 4", "\"c\""},
           {"gpus = 4\n", "gpus = 16\n", "expected replicas that fit on one of its sites"},
           {"replicas = 2\n", "",
            "replicas: expected either replicas or share above 0, found neither"},
           {"replicas = 2\n", "replicas = 2\nshare = 0.1\n",
            "expected either replicas or share above 0, found both"},
           {"replicas = 2\n", "replicas = 2\nfewest = 3\nmost = 2\n", "expected at most 2 as most"},
           {"weekend = 0.8", "account = \"x\"", "expected the name of an [[account]], found \"x\""},
       }) {
    CAPTURE(b.to);
    const auto s = read(replaced(kGood, b.from, b.to));
    REQUIRE_FALSE(s.ok());
    const std::string text = s.error().text();
    CAPTURE(text);
    CHECK(text.starts_with("small.toml"));
    CHECK(text.find(b.what) != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("fleet scenario: a quota is a share of what a site gets, or a number") {
  const std::string quota = kGood +
                            "[[account]]\nname = \"a\"\nquota = [{ nominal = 8 }]\n"
                            "[[account]]\nname = \"b\"\n";
  const auto s = read(quota + "quota = [{ share = 0.5 }]\n");
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  int64_t b = -1;
  for (const QuotaStep& q : s->model->quotas) {
    if (q.account == 1 && q.time <= s->model->start) b = q.limits.nominal;
  }
  CHECK(b == 4'000);
  const auto bad = read(quota + "quota = [{ share = 0.5, nominal = 4 }]\n");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().text().find("expected either share or nominal") != std::string::npos);
}

}  // namespace
}  // namespace dure::fleet
