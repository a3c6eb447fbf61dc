#include "kernel/scenario.h"

#include <doctest/doctest.h>

namespace dure {
namespace {

Result<ScenarioHead> head_of(const std::string& keys) {
  DURE_TRY(const Config config, Config::parse("world = \"w\"\n" + keys, "s.toml"));
  return config.read(read_scenario_head);
}

}  // namespace

TEST_CASE("a scenario's end is a time, or a duration from its start") {
  const Time start = *parse_time("2026-03-02T06:00:00");
  CHECK(head_of("start = 2026-03-02T06:00:00\nend = 2026-03-03")->end == *parse_time("2026-03-03"));
  CHECK(head_of("start = 2026-03-02T06:00:00\nend = \"90min\"")->end == start + 90_min);
  CHECK(head_of("end = \"90min\"")->end == Time{} + 90_min);
  CHECK(head_of("")->end == Time::never());
  // Where the start is that of a file.
  CHECK(head_of("end = \"2d\"")->until.from(start) == start + 2_d);
  CHECK(head_of("")->until.from(start) == Time::never());
  CHECK(Moment{std::nullopt, 2_d}.from(Time{Time::never().ns - 1}) == Time::never());

  CHECK(head_of("end = \"0s\"").error().text() ==
        "s.toml:2:7: end: expected a time after start, found 0s");
  CHECK(head_of("start = 2199-12-31\nend = \"2d\"").error().text() ==
        "s.toml:3:7: end: expected a time before 2200, found 2200-01-02T00:00:00Z");
  CHECK(head_of("end = \"-1h\"").error().text() ==
        "s.toml:2:7: end: expected a time such as 2030-01-01T12:00:00, or a duration from the "
        "start such as \"30d\", found \"-1h\"");
}

TEST_CASE("an Error of a model is told where its part stands in the scenario") {
  const auto config = Config::parse(
      "warm_up = \"1h\"\n[[robots]]\nname = \"a\"\n[[robots]]\nname = \"b\"\n[[docks]]\n[[docks]]\n"
      "[power]\npue = 1\n",
      "s.toml");
  REQUIRE(config.ok());
  constexpr ModelPart parts[] = {{"robot", "robots"}, {"dock", "docks"}};
  const auto told = [&](const char* key, const char* file = "") {
    return in_scenario(*config, {.message = "no", .file = file, .key = key}, parts).text();
  };
  CHECK(told("robot b") == "s.toml:4:1: robots.b: no");
  CHECK(told("dock 1") == "s.toml:7:1: docks.1: no");
  CHECK(told("power.pue") == "s.toml:9:7: power.pue: no");
  CHECK(told("power.cap") == "s.toml: power.cap: no");
  CHECK(in_scenario(*config, {.message = "name: no", .key = "robot b"}, parts).text() ==
        "s.toml:5:8: robots.b.name: no");
  CHECK(in_scenario(*config, {.message = "at: no", .key = "robot b"}, parts).text() ==
        "s.toml:4:1: robots.b: at: no");
  CHECK(told("robots") == "s.toml:2:1: robots: no");
  CHECK(told("robot c") == "s.toml: robot c: no");
  CHECK(told("warm_up") == "s.toml:1:11: warm_up: no");
  CHECK(told("end") == "s.toml: end: no");
  CHECK(told("") == "s.toml: no");
  CHECK(told("robot b", "t.csv") == "t.csv: robot b: no");
}

}  // namespace dure
