// Scenarios that would run, but not as meant: each is refused with its line and key.
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
order = "fifo"

[power]
carbon_g_kwh = 400
clock = [{ pace = 0.9, power = 0.8 }, { pace = 0.7, power = 0.5 }]

[[node_type]]
name = "big"
gpus = 8
idle_w = 3000
busy_w = 9000

[[workload]]
name = "train"
gpus = 8
duration = "constant(2h)"

[[job_kind]]
name = "kind"

[[owner]]
name = "a"
node_type = "big"
gpus = 32
also_on = ["b"]
load = [{ workload = "train", share = 0.5 }]

[[owner]]
name = "b"
node_type = "big"
gpus = 8

[[account]]
name = "a"
quota = [{ nominal = 8 }, { at = "2026-01-06", nominal = 16 }]

[[account]]
name = "b"
quota = [{ nominal = 8 }]

[[service]]
name = "chat"
owner = "b"
gpus = 2
replicas = 1
by_hour = 0.5

[[job]]
name = "one"
owner = "a"
gpus = 8
submit = "1d"
duration = "1h"

[[site_power]]
owner = "b"
price_kwh = 2

[[power_cap]]
owner = "a"
megawatts = 1

[[power_cap]]
owner = "b"
megawatts = 1

[[window]]
name = "repair"
owner = "a"
from = "1d"
until = "2d"
nodes = 2

[[wait_slo]]
size = "1 GPU"
wait = "5min"
)toml";

struct Bad {
  std::string from, to, text;
};

void refuses(std::initializer_list<Bad> mistakes) {
  for (const Bad& b : mistakes) {
    CAPTURE(b.to);
    const auto s = read(replaced(kGood, b.from, b.to));
    REQUIRE_FALSE(s.ok());
    CHECK(s.error().text() == "small.toml:" + b.text);
  }
}

TEST_CASE("fleet scenario: a number stands for an array of it") {
  const auto s = read(kGood);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  CHECK(s->model->site_power[0].carbon_g_kwh[5] == 400);
  CHECK(s->model->site_power[1].price_kwh[23] == 2);
  CHECK(s->model->services[0].by_hour[12] == 0.5);
}

TEST_CASE("fleet scenario: what is said twice, or of itself") {
  refuses({
      {"{ at = \"2026-01-06\", nominal", "{ nominal",
       "40:27: account.a.quota.1.at: expected another time or gpu_model than an earlier quota's of "
       "the account, found both again"},
      {"{ at = \"2026-01-06\", nominal = 16",
       "{ at = \"2026-01-05\", gpu_model = \"GPU\", nominal = 1",
       "40:9: account.a.quota: expected another time or gpu_model than an earlier quota's of the "
       "account, found both again"},
      {"quota = [{ nominal = 8 }, {", "quota = [{ nominal = 8, lending = 9 }, {",
       "40:35: account.a.quota.0.lending: expected at most the nominal 8 GPUs, found 9"},
      {"[[wait_slo]]\n", "[[wait_slo]]\nsize = \"1 GPU\"\nwait = \"1h\"\n\n[[wait_slo]]\n",
       "84:8: wait_slo.1.size: expected another size than an earlier [[wait_slo]]'s, found \"1 "
       "GPU\""},
      {"share = 0.5 }]", "share = 0.5 }, { workload = \"train\", share = 0.1 }]",
       "31:8: owner.a.load: expected each workload and account once, found \"train\" twice"},
      {"name = \"b\"\nquota", "name = \"a\"\nquota",
       "43:8: account.a.name: expected another name than an earlier account's, found \"a\""},
      {"also_on = [\"b\"]", "also_on = [\"a\"]",
       "30:11: owner.a.also_on: expected others than \"a\" itself"},
      {"also_on = [\"b\"]", "also_on = [\"b\", \"b\"]",
       "30:11: owner.a.also_on: expected each once, found \"b\" twice"},
      {"name = \"chat\"", "name = \"train\"",
       "47:8: service.train.name: expected another name than a workload's or job kind's, found "
       "\"train\""},
      {"name = \"chat\"", "name = \"kind\"",
       "47:8: service.kind.name: expected another name than a workload's or job kind's, found "
       "\"kind\""},
      {"[[power_cap]]\n", "[[site_power]]\nowner = \"b\"\n\n[[power_cap]]\n",
       "65:9: site_power.1.owner: expected another site than an earlier [[site_power]]'s, found "
       "\"b\""},
      {"owner = \"b\"\nmegawatts", "owner = \"a\"\nmegawatts",
       "68:1: power_cap.1.from: expected another time than an earlier cap's of the same site, "
       "found it again"},
  });
}

TEST_CASE("fleet scenario: what could have no effect, or not that which is said") {
  refuses({
      {"quota = [{ nominal = 8 }]", "quota = []",
       "44:9: account.b.quota: expected a quota, or no such key, found an empty array"},
      {"gpus = 2\n", "gpus = 3.5\n",
       "49:8: service.chat.gpus: expected a whole number, or a share below 1, found 3.5"},
      {"by_hour = 0.5", "by_hour = [0]",
       "51:11: service.chat.by_hour: expected a load above 0 at some hour, found none"},
      {"by_hour = 0.5", "by_hour = [1, 2]",
       "51:11: service.chat.by_hour: expected a number, or an array of 24, found 2 numbers"},
      {"gpus = 8\nsubmit", "gpus = 2.5\nsubmit",
       "56:8: job.one.gpus: expected a whole number, or a share below 1, found 2.5"},
      {"submit = \"1d\"", "submit = \"3d\"",
       "57:10: job.one.submit: expected a time before the end, 2026-01-08T00:00:00Z, found "
       "2026-01-08T00:00:00Z"},
      {"submit = \"1d\"", "submit = 2026-01-04",
       "57:10: job.one.submit: expected a time from the start, 2026-01-05T00:00:00Z, on, found "
       "2026-01-04T00:00:00Z"},
      {"gpus = 8\nduration", "gpus = -3\nduration",
       "20:8: workload.train.gpus: expected numbers of GPUs above 0, such as 8 or empirical(1:3, "
       "8:1), found a mean of -3"},
      {"gpus = 8\nduration", "gpus = \"constant(2h)\"\nduration",
       "20:8: workload.train.gpus: expected numbers of GPUs above 0, such as 8 or empirical(1:3, "
       "8:1), found durations"},
      {"constant(2h)", "constant(0s)",
       "21:12: workload.train.duration: expected durations above 0, found a mean of 0 s"},
      {"name = \"kind\"", "name = \"kind\"\nmin_gpus = 8\nmax_gpus = 4",
       "26:12: job_kind.kind.max_gpus: expected at least min_gpus, 8, found 4"},
      {"from = \"1d\"\nuntil = \"2d\"", "from = 2025-01-01\nuntil = 2025-01-02",
       "76:9: window.repair.until: expected a time after the start, 2026-01-05T00:00:00Z, found "
       "2025-01-02T00:00:00Z"},
      {"name = \"one\"", "name = \"\"", "54:8: job.0.name: expected a name, found \"\""},
      {"[[owner]]\nname = \"b\"", "[[owner]]\nname = \"*\"",
       "34:8: owner.\"*\".name: expected a name, found \"*\", which stands for all"},
  });
}

TEST_CASE("fleet scenario: mistakes between tables have the line and the key of theirs") {
  refuses({
      {"owner = \"b\"\nprice", "owner = \"c\"\nprice",
       "61:9: site_power.0.owner: expected the name of an owner, found \"c\""},
      {"owner = \"b\"\nmegawatts", "owner = \"c\"\nmegawatts",
       "69:9: power_cap.1.owner: expected the name of an owner, found \"c\""},
      {"power = 0.5", "power = 0.85",
       "10:61: power.clock.1.power: expected clocks by falling pace and power, found 0.85 after "
       "0.8"},
      {"pace = 0.7", "pace = 0.95",
       "10:48: power.clock.1.pace: expected clocks by falling pace and power, found 0.95 after "
       "0.9"},
      {"nodes = 2", "nodes = 2\nfirst_node = 3",
       "77:9: window.repair.nodes: expected nodes among the 4 of the site, found 2 from 3 on"},
      {"until = \"2d\"", "until = \"1d\"",
       "76:9: window.repair.until: expected a time after from, 2026-01-06T00:00:00Z, found "
       "2026-01-06T00:00:00Z"},
      {"[[account]]\nname = \"a\"",
       "[accounts]\nkueue = \"none.yaml\"\n\n[[account]]\nname = \"a\"",
       "39:9: accounts.kueue: ./none.yaml: there is no such file"},
      {"order = \"fifo\"", "rank = \"multifactor\"\n\n[accounting]\nusage_period = \"0s\"",
       "9:16: accounting.usage_period: expected a time above 0, such as \"5min\", with policy.rank "
       "= \"multifactor\", found 0s"},
      {"name = \"b\"\nquota", "name = \"b\"\nparent = \"c\"\nquota",
       "44:10: account.b.parent: expected the name of an earlier [[account]], found \"c\""},
  });
}

TEST_CASE("fleet scenario: a misspelt key is told, and not what is missing without it") {
  const auto told = [](const std::string& from, const std::string& to) {
    return read(replaced(kGood, from, to)).error().text();
  };
  CHECK(told("[[workload]]", "[[workloads]]") ==
        "small.toml:18:3: workloads: unknown key, did you mean \"workload\"?");
  CHECK(told("[[node_type]]", "[[node_types]]") ==
        "small.toml:12:3: node_types: unknown key, did you mean \"node_type\"?");
  CHECK(told("end = ", "ends = ").find("unknown key, did you mean \"end\"?") != std::string::npos);
  CHECK(read("world = \"fleet\"\n[[owners]]\nname = \"a\"\n").error().text() ==
        "small.toml:2:3: owners: unknown key, did you mean \"owner\"?");
}

}  // namespace
}  // namespace dure::fleet
