#include "worlds/fab/scenario.h"

#include <set>

#include <doctest/doctest.h>

#include "worlds/fab/test_fab.h"

namespace dure::fab {
namespace {

TEST_CASE("fab scenario: what it says is in the model") {
  const auto s = read_text(kFullLine);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(m.areas == std::vector<std::string>{"Photo", "Hot", "Idle"});
  CHECK(m.locations == std::vector<std::string>{"North", "South"});
  CHECK(m.start == *parse_time("2026-01-05"));
  CHECK(m.warm_up == 7_d);
  CHECK(m.seed == 9);
  CHECK(m.samples == 200);
  CHECK(m.trace.from == *parse_time("2026-01-15"));
  CHECK(m.trace.to == *parse_time("2026-01-20"));
  CHECK(m.trace.groups == std::vector<uint32_t>{1});
  CHECK(m.follow == "A_7");

  REQUIRE(m.groups.size() == 2);
  CHECK(m.groups[0].ranking == std::vector<Rank>{Rank::critical_ratio, Rank::fifo});
  CHECK(m.groups[1].ranking == std::vector<Rank>{Rank::priority, Rank::setup, Rank::fifo});
  CHECK(m.groups[0].area == 1);
  CHECK(m.groups[0].location == 1);
  CHECK(m.groups[0].unload == 4_min);
  CHECK(m.groups[1].capacity == 2);
  CHECK(m.groups[1].keeps_setup);
  CHECK(m.setups[1].minimum_run == 4);
  CHECK(m.setup_times[0 * 3 + 2] == 20_min);
  CHECK(m.setup_times[1 * 3 + 2] == 450_s);

  REQUIRE(m.steps.size() == 6);
  const Step* x = m.steps.data();
  CHECK(x[0].per == Per::wafer);
  CHECK(x[0].gap_per == Per::wafer);
  CHECK(x[0].queue_time_to == 1);
  CHECK(x[0].queue_time == 3_h);
  CHECK(x[1].per == Per::batch);
  CHECK(x[1].batch_min == 50);
  CHECK(x[1].batch_max == 100);
  CHECK(x[2].name == "3 Scan");
  CHECK(x[2].same_tool_at == 4);
  CHECK(x[2].setup == 1);
  CHECK(x[2].setup_time.ns < 0);
  CHECK(x[3].rework_to == 2);
  CHECK(x[3].rework_chance == 0.02);
  CHECK(x[3].sampled == 0.4);
  CHECK(x[4].setup_time == 4_min);
  CHECK(m.routes[1].first == 5);
  CHECK(m.products[1].route == 1);

  REQUIRE(m.upkeeps.size() == 3);
  REQUIRE(m.attachments.size() == 5);
  CHECK(m.attachments[0].group == 1);  // the area Photo
  CHECK(m.attachments[1].group == 0);
  CHECK(m.attachments[0].first.mean_ns() == m.upkeeps[0].interval.mean_ns());
  CHECK(m.attachments[2].upkeep == 1);
  CHECK_FALSE(m.attachments[2].spread);
  CHECK(m.attachments[3].first_wafers == 500);
  CHECK(m.attachments[4].first.mean_ns() == doctest::Approx(3 * 86400e9));

  CHECK(m.transport[1].mean_ns() == doctest::Approx(11 * 60e9));
  CHECK(m.transport[2].mean_ns() == doctest::Approx(4.5 * 60e9));
  CHECK(m.streams[0].gap.mean_ns() == doctest::Approx(7 * 86400e9 / 30));
  CHECK(m.streams[0].due == 6_d);
  CHECK(m.streams[1].start == m.start + 1_d);
  CHECK(m.streams[1].count == 50);
  CHECK(m.streams[1].reserves);
  CHECK(m.streams[1].due.ns < 0);
  REQUIRE(m.wip.size() == 2);
  CHECK(m.wip[0].step == 3);
  CHECK(m.wip[0].due == m.start - 48_h);
  CHECK(m.wip[0].released == m.start - 126_h);
  CHECK(m.wip[1].released < Time{});
  CHECK(m.wip[1].due == Time::never());

  CHECK(s->policy.rules.dispatch == Dispatch::critical_ratio);
  CHECK(s->policy.rules.batching == Batching::wait);
  CHECK(s->policy.rules.batch_wait == 2_h);
  CHECK(s->policy_name == "cr, wait, constant");
  CHECK_FALSE(m.asks_release);
}

TEST_CASE("fab scenario: load divides the gaps of releases") {
  const auto s = read_text(replaced(kFullLine, "load = 1.0", "load = 1.25"));
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  CHECK(s->model->streams[0].gap.mean_ns() == doctest::Approx(7 * 86400e9 / 30 / 1.25));
  CHECK(s->model->streams[1].gap.mean_ns() == doctest::Approx(9 * 3600e9 / 1.25));
}

TEST_CASE("fab scenario: a release policy is asked") {
  const auto s =
      read_text(replaced(kFullLine, "release = \"constant\"", "release = \"conwip\"\nwip = 40"));
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  CHECK(s->model->asks_release);
  CHECK(s->policy.rules.releasing == Releasing::conwip);
  CHECK(s->policy.rules.wip == 40);
  CHECK(s->policy_name == "cr, wait, conwip");
}

struct Bad {
  std::string from, to, error;  // the error's text after the file, "line:column: key: message"
};

void check_bad(const std::string& text, const std::vector<Bad>& all) {
  for (const Bad& bad : all) {
    CAPTURE(bad.to);
    const auto s = read_text(replaced(text, bad.from, bad.to));
    REQUIRE_FALSE(s.ok());
    CHECK(s.error().text() == "fab.toml" + bad.error);
  }
}

TEST_CASE("fab scenario: mistakes in tools and setups are named with their line and key") {
  check_bad(
      kFullLine,
      {
          {"name = \"Furnace\"\narea", "name = \"\"\narea",
           ":25:8: tool_group.0.name: expected a name, found none"},
          {"name = \"Scan\"\narea = \"Photo\"", "name = \"Furnace\"\narea = \"Photo\"",
           ":34:8: tool_group.Furnace.name: expected another name than an earlier "
           "[[tool_group]]'s, found \"Furnace\""},
          {"tools = 3", "tools = 0",
           ":28:9: tool_group.Furnace.tools: expected a whole number from 1 to 100000 tools, found "
           "0"},
          {"tools = 3", "tols = 3",
           ":28:1: tool_group.Furnace.tols: unknown key, did you mean \"tools\"?"},
          {"load = \"5min\"", "load = \"5\"",
           ":29:8: tool_group.Furnace.load: expected a duration such as \"90s\", \"1.5h\" or "
           "\"2h30m\" (units ns, us, ms, s, m or min, h, d, w), found \"5\""},
          {"capacity = 2", "capacity = 65",
           ":40:12: tool_group.Scan.capacity: expected a whole number from 1 to 64 lots or "
           "batches, found 65"},
          {"\"critical-ratio\", \"fifo\"", "\"critical-ratio\", \"fifi\"",
           ":31:11: tool_group.Furnace.ranking: expected \"priority\", \"setup\", \"fifo\" or "
           "\"critical-ratio\", found \"fifi\", did you mean \"fifo\"?"},
          {"\"critical-ratio\", \"fifo\"", "\"fifo\", \"fifo\"",
           ":31:11: tool_group.Furnace.ranking: expected each word once, found \"fifo\" twice"},
          {"keeps_setup = true", "keeps_setup = 1",
           ":42:15: tool_group.Scan.keeps_setup: expected true or false, found 1"},
          {"areas = [\"Photo\", \"Hot\", \"Idle\"]", "areas = [\"Photo\", \"Photo\"]",
           ":9:9: areas: expected each name once, found \"Photo\" twice"},
          {"name = \"y\"", "name = \"x\"",
           ":48:8: setup.x.name: expected another name than an earlier [[setup]]'s, found \"x\""},
          {"minimum_run = 4", "minimum_run = -4",
           ":46:15: setup.x.minimum_run: expected a whole number from 0 to 1000000 lots, found -4"},
          {"from = \"x\"", "from = \"X\"",
           ":54:8: setup_change.1.from: expected the name of a [[setup]], found \"X\", did you "
           "mean \"x\"?"},
          {"to = \"y\"\ntime = \"7min30s\"", "time = \"7min30s\"",
           ":53:1: setup_change.1.to: expected text in quotes, found nothing: this key is "
           "required"},
      });
}

TEST_CASE("fab scenario: mistakes in routes are named with their line and key") {
  check_bad(
      kFullLine,
      {
          {"tools = \"Furnace\", time = \"9min\"", "tools = \"Furnaces\", time = \"9min\"",
           ":64:28: route.R.step.look.tools: expected the name of a [[tool_group]], found "
           "\"Furnaces\", did you mean \"Furnace\"?"},
          {"time = \"9min\"", "time = \"9\"",
           ":64:46: route.R.step.look.time: expected durations with units, such as uniform(28min, "
           "32min), found \"9\""},
          {"time = \"9min\"", "time = \"uniform(9min)\"",
           ":64:46: route.R.step.look.time: uniform: expected a hi, found none"},
          {"time = \"9min\"", "time = \"poisson(3)\"",
           ":64:46: route.R.step.look.time: expected durations with units, such as uniform(28min, "
           "32min), found \"poisson(3)\""},
          {"time = \"9min\"", "time = \"exponential(mean=9y)\"",
           ":64:46: route.R.step.look.time: exponential mean: expected a number or a duration such "
           "as \"2h\", found \"9y\""},
          {"time = \"9min\"", "time = \"exponential(mean=9999d)\"",
           ":64:46: route.R.step.look.time: expected durations of at most 60 years, found "
           "\"exponential(mean=9999d)\""},
          {"\"uniform(0.5min, 0.7min)\"", "\"41h\"",
           ":61:44: route.R.step.clean.time: expected at most 40 h per wafer, found 1d17h"},
          {"per = \"wafer\", gap", "per = \"piece\", gap",
           ":61:77: route.R.step.clean.per: expected \"lot\", \"wafer\" or \"batch\", found "
           "\"piece\""},
          {"batch = [50, 100]", "batch = [100, 50]",
           ":62:90: route.R.step.grow.batch: expected a smallest batch of at most the largest, "
           "found 100 and 50"},
          {"batch = [50, 100]", "batch = [50]",
           ":62:90: route.R.step.grow.batch: expected [smallest, largest] in wafers, such as [75, "
           "150], found 1 numbers"},
          {"batch = [50, 100]", "batch = [0, 50]",
           ":62:91: route.R.step.grow.batch: expected an array of whole numbers from 1 to 10000 "
           "wafers, found 0"},
          {"batch = [50, 100]", "per = \"batch\"",
           ":62:88: route.R.step.grow.per: expected batch = [smallest, largest] with a time per "
           "batch, found none"},
          {"time = \"9min\"", "time = \"9min\", gap = \"2min\"",
           ":64:60: route.R.step.look.gap: expected a tool group with a capacity above 1, found "
           "\"Furnace\" with 1"},
          {"setup = \"x\"", "setup = \"z\"",
           ":63:90: route.R.step.2.setup: expected the name of a [[setup]], found \"z\""},
          {"setup = \"y\", setup_time", "setup_time",
           ":65:92: route.R.step.again.setup_time: expected setup beside it, found none"},
          {"same_tool_at = \"again\"", "same_tool_at = \"agin\"",
           ":63:110: route.R.step.2.same_tool_at: expected the name of a step of this route, found "
           "\"agin\", did you mean \"again\"?"},
          {"same_tool_at = \"again\"", "same_tool_at = 6",
           ":63:110: route.R.step.2.same_tool_at: expected a step of the route from 1 to 5, found "
           "6"},
          {"same_tool_at = \"again\"", "same_tool_at = 3",
           ":63:110: route.R.step.2.same_tool_at: expected a later step, found step 3"},
          {"same_tool_at = \"again\"", "same_tool_at = \"look\"",
           ":63:110: route.R.step.2.same_tool_at: expected a step of the same tools, \"Scan\", "
           "found step 4 of \"Furnace\""},
          {"rework_to = 3", "rework_to = \"again\"",
           ":64:81: route.R.step.look.rework_to: expected this step or an earlier one, found step "
           "5"},
          {", rework = 0.02", "",
           ":64:81: route.R.step.look.rework_to: expected rework beside it, found none"},
          {"rework = 0.02", "rework = 1.0",
           ":64:93: route.R.step.look.rework: expected a number from 0 to 0.99, found 1.0"},
          {"sampled = 0.4", "sampled = 40",
           ":64:64: route.R.step.look.sampled: expected a number from 0 to 1, found 40"},
          {"queue_time_to = \"grow\", ", "",
           ":61:131: route.R.step.clean.queue_time: expected queue_time_to beside it, found none"},
          {"queue_time_to = \"grow\"", "queue_time_to = \"clean\"",
           ":61:134: route.R.step.clean.queue_time_to: expected a later step, found step 1"},
          {"queue_time = \"3h\"", "queue_time = \"0s\"",
           ":61:155: route.R.step.clean.queue_time: expected a duration from 1ns to 21900d, found "
           "\"0s\""},
          {"step = [{ name = \"only\", tools = \"Scan\", time = \"exponential(mean=30min)\" }]",
           "step = []", ":69:8: route.Q.step: expected at least one step, found none"},
          {"step = [{ name = \"only\", tools = \"Scan\", time = \"exponential(mean=30min)\" }]",
           "step = 3", ":69:8: route.Q.step: expected tables, each as [[route.Q.step]], found 3"},
          {"name = \"A\"\nroute = \"R\"", "name = \"A\"\nroute = \"S\"",
           ":73:9: product.A.route: expected the name of a [[route]], found \"S\""},
          {"name = \"Q\"", "name = \"R\"",
           ":68:8: route.R.name: expected another name than an earlier [[route]]'s, found \"R\""},
      });
}

TEST_CASE(
    "fab scenario: mistakes in upkeep, transport and lots are named with their line and key") {
  check_bad(
      kFullLine,
      {
          {"on = [\"Photo\", \"Furnace\"]", "on = [\"Photo\", \"Furnac\"]",
           ":82:6: breakdown.stops.on: expected the name of a [[tool_group]] or area, found "
           "\"Furnac\", did you mean \"Furnace\"?"},
          {"every = \"weibull(scale=3d, shape=1.5)\"", "every = \"0s\"",
           ":80:9: breakdown.stops.every: expected a mean of at least 1 s, found less"},
          {"every = \"weibull(scale=3d, shape=1.5)\"\n", "",
           ":78:1: breakdown.stops.every: expected a distribution of durations, found nothing: "
           "this key is required"},
          {"every = \"30d\"", "every = \"30d\"\nwafers = 7",
           ":86:10: maintenance.monthly.wafers: expected either every or wafers, found both"},
          {"every = \"30d\"\n", "",
           ":83:1: maintenance.monthly.every: expected either every or wafers, found neither"},
          {"wafers = 500", "wafers = 0",
           ":92:10: maintenance.counted.wafers: expected a whole number of at least 1 wafers, "
           "found 0"},
          {"first = \"12d\"", "first_wafers = 12",
           ":87:16: maintenance.monthly.first_wafers: expected first, since this is not counted in "
           "wafers, found first_wafers"},
          {"first_wafers = 120.5", "first = \"1d\"",
           ":94:9: maintenance.counted.first: expected first_wafers, since this is counted in "
           "wafers, found first"},
          {"takes = \"exponential(mean=2h)\"", "takes = \"exponential(mean=2h)\"\nspread = false",
           ":82:10: breakdown.stops.spread: expected no spread: each tool draws its breakdowns"},
          {"name = \"monthly\"", "name = \"stops\"",
           ":84:8: maintenance.stops.name: expected another name than an earlier [[breakdown]] or "
           "[[maintenance]]'s, found \"stops\""},
          {"upkeep = \"monthly\"", "upkeep = \"weekly\"",
           ":99:10: attachment.1.upkeep: expected the name of a [[breakdown]] or [[maintenance]], "
           "found \"weekly\""},
          {"from = \"North\"", "from = \"Nord\"",
           ":106:8: transport.1.from: expected the name of a location, found \"Nord\""},
          {"time = \"11min\"", "time = \"-11min\"",
           ":108:8: transport.1.time: expected durations of at least 0, found \"-11min\""},
          {"lots_per_week = 30", "lots_per_week = 30\nevery = \"1h\"",
           ":114:17: release.A.lots_per_week: expected either every or lots_per_week, found both"},
          {"lots_per_week = 30\n", "",
           ":110:1: release.A.every: expected either every or lots_per_week, found neither"},
          {"lots_per_week = 30", "lots_per_week = 0.0001",
           ":114:17: release.A.lots_per_week: expected at least 0.001 lots a week, found 1e-04"},
          {"every = \"exponential(mean=9h)\"", "every = \"1us\"",
           ":121:9: release.B.every: expected a mean of at least 1 ms, found less"},
          {"product = \"A\"\npriority", "product = \"C\"\npriority",
           ":112:11: release.A.product: expected the name of a [[product]], found \"C\""},
          {"due = \"6d\"", "due = \"six days\"",
           ":115:7: release.A.due: expected a duration such as \"90s\", \"1.5h\" or \"2h30m\" "
           "(units ns, us, ms, s, m or min, h, d, w), found \"six days\""},
          {"due = \"6d\"", "due = \"-6d\"",
           ":115:7: release.A.due: expected a duration from 0s to 21900d, found \"-6d\""},
          {"wafers = 12\nevery", "wafers = 12345\nevery",
           ":120:10: release.B.wafers: expected a whole number from 1 to 10000 wafers, found "
           "12345"},
          {"transport]]\ntime = \"uniform(3min, 6min)\"", "transport]]\ntime = \"3\"",
           ":104:8: transport.0.time: expected durations with units, such as uniform(28min, "
           "32min), found \"3\""},
          {"count = 50", "count = 0.5",
           ":122:9: release.B.count: expected a whole number from 0 to 1000000000000 releases, "
           "found 0.5"},
          {"step = \"look\"", "step = \"lock\"",
           ":130:8: lot.old.step: expected the name of a step of this route, found \"lock\", did "
           "you mean \"look\"?"},
          {"step = 1\n", "step = 2\n",
           ":138:8: lot.new.step: expected a step of the route from 1 to 1, found 2"},
          {"age = \"5d6h\"", "age = \"99999d\"",
           ":132:7: lot.old.age: expected a duration from 0s to 21900d, found \"99999d\""},
          {"age = \"5d6h\"", "age = \"21000d\"",
           ":132:7: lot.old.age: expected a release in 1970 or later, found 1968-07-08T00:00:00Z: "
           "set the scenario's start"},
          {"name = \"new\"", "name = \"old\"",
           ":134:8: lot.old.name: expected another name than an earlier [[lot]]'s, found \"old\""},
      });
}

TEST_CASE("fab scenario: mistakes in the scenario's own keys are named with their line and key") {
  check_bad(
      kFullLine,
      {
          {"world = \"fab\"\n", "",
           ": world: expected text in quotes, found nothing: this key is required"},
          {"end = \"2026-03-02\"\n", "",
           ": end: expected a date or a duration, since releases go on for ever"},
          {"end = \"2026-03-02\"", "end = \"2026-01-02\"",
           ":4:7: end: expected a time after start, found 2026-01-02T00:00:00Z"},
          {"end = \"2026-03-02\"", "end = \"2201-01-01\"",
           ":4:7: end: expected a time before 2200, found 2201-01-01T00:00:00Z"},
          {"start = \"2026-01-05\"", "start = \"1969-01-05\"",
           ":3:9: start: expected a time from 1970 on, found 1969-01-05T00:00:00Z"},
          {"warm_up = \"7d\"", "warm_up = \"70d\"",
           ":5:11: warm_up: expected a warm-up that is over before the end, found 70d"},
          {"samples = 200", "samples = 0",
           ":7:11: samples: expected a whole number from 1 to 1000, found 0"},
          {"load = 1.0", "load = 0", ":8:8: load: expected a number from 0.01 to 100, found 0"},
          {"load = 1.0", "laod = 1.0", ":8:1: laod: unknown key, did you mean \"load\"?"},
          {"dispatch = \"cr\"", "dispatch = \"crr\"",
           ":13:12: policy.dispatch: expected \"testbed\", \"fifo\", \"cr\", \"edd\", \"srpt\", "
           "\"atc\", \"least-setup\" or \"queue-time\", found \"crr\", did you mean \"cr\"?"},
          {"batch = \"wait\"", "batch = \"later\"",
           ":14:9: policy.batch: expected \"min\", \"full\" or \"wait\", found \"later\""},
          {"release = \"constant\"", "release = \"conwip\"",
           ":16:11: policy.release: expected wip beside it, the number of lots in the line, found "
           "none"},
          {"from = \"10d\"", "from = \"soon\"",
           ":19:8: trace.from: expected a time such as 2030-01-01T12:00:00, or a duration from the "
           "start such as \"30d\", found \"soon\""},
          {"to = \"2026-01-20\"", "to = \"2026-01-10\"",
           ":20:6: trace.to: expected a time after from, 2026-01-15T00:00:00Z, found "
           "2026-01-10T00:00:00Z"},
          {"groups = [\"Scan\"]", "groups = [\"Scans\"]",
           ":21:10: trace.groups: expected the name of a tool group, found \"Scans\", did you mean "
           "\"Scan\"?"},
          {"[policy]", "[generate]\n[policy]",
           ":25:1: tool_group: expected one of [autosched], [generate] and a line written out "
           "([[tool_group]] and what belongs to it), found several"},
      });
}

TEST_CASE("fab scenario: mistakes in [generate] are named with their line and key") {
  const std::string text = R"toml(world = "fab"
end = "1971-01-01"
[generate]
[[generate.area]]
name = "A"
work = "etch"
groups = 4
steps_per_layer = 2
time = "1h"
[[generate.product]]
name = "P"
layers = 3
lots_per_week = 10
)toml";
  const auto good = read_text(text);
  REQUIRE_MESSAGE(good.ok(), good.error().text());
  check_bad(
      text,
      {
          {"work = \"etch\"", "work = \"etching\"",
           ":6:8: generate.area.A.work: expected \"litho\", \"litho-metrology\", \"etch\", "
           "\"implant\", \"wet\", \"furnace\", \"film\", \"polish\" or \"metrology\", found "
           "\"etching\""},
          {"work = \"etch\"", "work = \"etch\"\nrework = 0.1",
           ":7:10: generate.area.A.rework: expected work = \"litho-metrology\" with rework"},
          {"groups = 4", "groups = 0",
           ":7:10: generate.area.A.groups: expected a whole number from 1 to 1000 tool groups, "
           "found 0"},
          {"time = \"1h\"", "time = \"1\"",
           ":9:8: generate.area.A.time: expected durations with units, such as uniform(28min, "
           "32min), found \"1\""},
          {"time = \"1h\"", "time = \"1h\"\nsampled = \"uniform(0.3, 3)\"",
           ":10:11: generate.area.A.sampled: expected shares from 0 to 1, such as uniform(0.3, "
           "0.7), found \"uniform(0.3, 3)\""},
          {"time = \"1h\"", "time = \"1h\"\nper = \"batch\"",
           ":10:7: generate.area.A.per: expected batch = [smallest, largest] with a time per "
           "batch, found none"},
          {"time = \"1h\"", "time = \"1h\"\nbatch = [9, 3]",
           ":10:9: generate.area.A.batch: expected [smallest, largest] in wafers, such as [75, "
           "150]"},
          {"time = \"1h\"", "time = \"1h\"\ncascade = 0.01",
           ":10:11: generate.area.A.cascade: expected 0, or at least 0.05, found 0.01"},
          {"time = \"1h\"", "time = \"1h\"\nfrom = 0.5\nto = 0.4",
           ":11:6: generate.area.A.to: expected a share above from, found 0.4"},
          {"time = \"1h\"", "time = \"1h\"\nutilisation = 1.0",
           ":10:15: generate.area.A.utilisation: expected a number from 0.05 to 0.99, found 1.0"},
          {"time = \"1h\"", "time = \"1h\"\nqueue_time_to = \"B\"",
           ":10:17: generate.area.A.queue_time_to: expected the name of a [[generate.area]], found "
           "\"B\""},
          {"time = \"1h\"", "time = \"1h\"\nmaintenance = [{ takes = \"1h\" }]",
           ":10:16: generate.area.A.maintenance.0.every: expected either every or wafers, found "
           "neither"},
          {"time = \"1h\"", "time = \"1h\"\nbreakdown = [{ every = \"0s\", takes = \"1h\" }]",
           ":10:24: generate.area.A.breakdown.0.every: expected a mean of at least 1 s, found "
           "less"},
          {"layers = 3", "layers = 0",
           ":12:10: generate.product.P.layers: expected a whole number from 1 to 200, found 0"},
          {"lots_per_week = 10\n",
           "lots_per_week = 10\n[[generate.product]]\nname = \"P hot\"\nlayers = 2\nlots_per_week "
           "= 1\n",
           ":10:1: generate.product: expected products whose releases have different names, found "
           "\"P hot\" twice"},
          {"steps_per_layer = 2", "steps_per_layer = 0.01",
           ":12:10: generate.product.P.layers: expected at least one step, found none"},
          {"[[generate.area]]\nname = \"A\"\nwork = \"etch\"\ngroups = 4\nsteps_per_layer = "
           "2\ntime = \"1h\"\n",
           "", ":3:1: generate.area: expected at least one area, found none"},
          {"[generate]", "[[setup]]\nname = \"s\"\n[generate]",
           ":3:1: setup: expected one of [autosched], [generate] and a line written out "
           "([[tool_group]] and what belongs to it), found several"},
      });
}

TEST_CASE("fab scenario: [autosched] and what may not stand beside it") {
  const std::string text =
      "world = \"fab\"\nend = \"2019-01-01\"\n[autosched]\nfolder = \"none\"\n";
  const auto missing = read_text(text);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().text() == "./none: expected a folder of AutoSched tables, found none");
  check_bad(text, {
                      {"folder = \"none\"", "folder = \"\"",
                       ":4:10: autosched.folder: expected a folder, found none"},
                      {"folder = \"none\"", "folder = \"none\"\nhalf_spread = \"no\"",
                       ":5:15: autosched.half_spread: expected true or false, found \"no\""},
                      {"[autosched]", "start = \"2018-01-01\"\n[autosched]",
                       ":3:9: start: expected no start beside [autosched], which starts on the "
                       "first day of its tables"},
                      {"[autosched]", "[generate]\n[autosched]",
                       ":3:1: generate: expected one of [autosched], [generate] and a line written "
                       "out ([[tool_group]] and what belongs to it), found several"},
                      {"[autosched]\nfolder = \"none\"\n", "",
                       ": expected one of [autosched], [generate] and a line written out "
                       "([[tool_group]] and what belongs to it), found none"},
                  });
}

TEST_CASE("fab scenario: every key is documented") {
  const std::vector<KeyDoc> docs = Config::describe(describe_scenario);
  std::set<std::string> keys;
  for (const KeyDoc& d : docs) {
    CAPTURE(d.path);
    CHECK_FALSE(d.doc.empty());
    keys.insert(d.path);
  }
  for (const char* key :
       {"load", "policy.dispatch", "trace.follow", "autosched.folder",
        "generate.area[].maintenance[].wafers", "tool_group[].ranking",
        "route[].step[].queue_time_to", "attachment[].first_wafers", "lot[].age"}) {
    CAPTURE(key);
    CHECK(keys.count(key) == 1);
  }
}

TEST_CASE("fab scenario: those that ship read") {
  CHECK(read_shipped("minifab").model->tools == 5);
  CHECK(read_shipped("fab").model->tools > 1000);
}

}  // namespace
}  // namespace dure::fab
