#include "worlds/fab/line_csv.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "worlds/fab/futures.h"
#include "worlds/fab/test_fab.h"
#include "worlds/fab/world.h"

using namespace dure;
using namespace dure::fab;

namespace {

// The line of a scenario after some time, and its model.
struct At {
  Scenario scenario;
  LineState line;
};
At at(Scenario s, Duration after) {
  fab::World w(s.model);
  run(w, Rules(s.policy.rules), s.model->start + after);
  return {std::move(s), w.line_state()};
}

// In order of names, as slots are used again.
std::string sorted_lots(const Model& m, LineState line) {
  std::sort(line.lots.begin(), line.lots.end(),
            [](const LineLot& a, const LineLot& b) { return a.name < b.name; });
  return lots_csv(m, line);
}

LineText text_of(const Model& m, const LineState& line) {
  return {line_toml(m, line), lots_csv(m, line), tools_csv(m, line), ""};
}

LineText minifab_text() {
  return {"time = 2026-02-14T06:00:00Z\n",
          "lot,product,step,state,tool,since,until,released,release\n"
          "A-1,Pa,2,waiting,,2026-02-14T05:00:00Z,,2026-02-13,Pa\n"
          "A-2,Pa,S3,processing,Lithography#1,2026-02-14T05:30:00Z,2026-02-14T06:30:00Z,,Pa\n"
          "A-3,Pb,4,moving,,2026-02-14T05:59:00Z,2026-02-14T06:05:00Z,,Pb\n",
          "tool,state,until,setup,services\n"
          "Lithography#1,up,,Pa 3,lithography service=2026-02-14T09:00:00Z\n"
          "Implant#2,down,2026-02-14T12:00:00Z,,\n",
          "line"};
}

std::string refused(const LineText& text) {
  static const Scenario s = read_shipped("minifab");
  const auto line = parse_line(*s.model, text);
  REQUIRE_FALSE(line.ok());
  return line.error().text();
}

}  // namespace

TEST_CASE("a line is written and read as it was") {
  for (const At& m : {at(read_shipped("minifab"), 40_d + 5_h), at(*read_text(kFullLine), 30_d)}) {
    const Model& model = *m.scenario.model;
    const LineText text = text_of(model, m.line);
    const auto again = parse_line(model, text);
    REQUIRE_MESSAGE(again.ok(), again.error().text());
    CHECK(again->time == m.line.time);
    CHECK(again->lots.size() == m.line.lots.size());
    CHECK(lots_csv(model, *again) == text.lots);
    CHECK(tools_csv(model, *again) == text.tools);
  }
}

TEST_CASE("a world that begins from a line stands as the line does") {
  for (const At& m : {at(read_shipped("minifab"), 40_d + 5_h), at(*read_text(kFullLine), 30_d)}) {
    const auto world = world_from(*m.scenario.model, m.line);
    REQUIRE_MESSAGE(world.ok(), world.error().text());
    const fab::World& w = **world;
    CHECK(w.now() == m.line.time);
    CHECK(w.wip() == m.line.lots.size());
    const LineState again = w.line_state();
    const Model& model = *m.scenario.model;
    CHECK(lots_csv(model, again) == lots_csv(model, m.line));
    CHECK(tools_csv(model, again) == tools_csv(model, m.line));
  }
}

TEST_CASE("what a line does next is what its world does next, beyond luck") {
  // With no luck at all, they are the same: constant times, no breakdowns.
  Scenario s = *read_text(R"(world = "fab"
start = "2026-01-05"
end = "2026-06-01"
[[tool_group]]
name = "Wet"
capacity = 2
load = "1min"
[[tool_group]]
name = "Furnace"
tools = 2
load = "5min"
[[tool_group]]
name = "Scan"
keeps_setup = true
[[setup]]
name = "a"
minimum_run = 3
[[setup]]
name = "b"
[[setup_change]]
to = "a"
time = "15min"
[[setup_change]]
to = "b"
time = "10min"
[[transport]]
time = "7min"
[[route]]
name = "A"
step = [
  { name = "wet", tools = "Wet", time = "40min", gap = "20min", queue_time_to = "grow", queue_time = "4h" },
  { name = "grow", tools = "Furnace", time = "3h", batch = [50, 100], same_tool_at = "again" },
  { name = "expose", tools = "Scan", time = "30min", setup = "a" },
  { name = "again", tools = "Furnace", time = "50min" },
]
[[route]]
name = "B"
step = [{ name = "expose", tools = "Scan", time = "20min", setup = "b" }]
[[product]]
name = "A"
route = "A"
[[product]]
name = "B"
route = "B"
[[maintenance]]
name = "weekly"
every = "2d"
takes = "3h"
on = ["Furnace"]
[[maintenance]]
name = "counted"
wafers = 300
takes = "1h"
on = ["Scan", "Wet"]
[[release]]
name = "A"
product = "A"
every = "70min"
[[release]]
name = "B"
product = "B"
every = "130min"
)");
  fab::World real(s.model);
  const auto later = [&](fab::World& w, Duration d) { run(w, Rules(s.policy.rules), w.now() + d); };
  for (const Duration after : {Duration(10_d), Duration(3_h), Duration(11_h)}) {
    later(real, after);
    CAPTURE(to_string(real.now()));
    auto twin = world_from(*s.model, *parse_line(*s.model, text_of(*s.model, real.line_state())));
    REQUIRE(twin.ok());
    fab::World copy = real;
    copy.reset_kpis();
    (*twin)->reset_kpis();
    for (int day = 0; day < 5; ++day) {
      later(copy, 1_d);
      later(**twin, 1_d);
      CHECK(sorted_lots(*s.model, (*twin)->line_state()) ==
            sorted_lots(*s.model, copy.line_state()));
      CHECK(tools_csv(*s.model, (*twin)->line_state()) == tools_csv(*s.model, copy.line_state()));
      CHECK((*twin)->kpis().moves == copy.kpis().moves);
      for (uint32_t a = 0; a < s.model->areas.size(); ++a) {
        CHECK((*twin)->kpis().areas[a].lots.value() == copy.kpis().areas[a].lots.value());
      }
    }
  }
}

TEST_CASE("a line by hand") {
  const Scenario s = read_shipped("minifab");
  const Model& m = *s.model;
  const auto line = parse_line(m, minifab_text());
  REQUIRE_MESSAGE(line.ok(), line.error().text());
  REQUIRE(line->lots.size() == 3);
  CHECK(line->lots[0].wafers == 24);  // of its release
  CHECK(line->lots[1].step == 2);
  CHECK(line->lots[1].wafers == 24);
  CHECK(line->lots[2].state == LineLot::State::moving);
  CHECK(line->tools[m.find_tool("Implant#2")].state == LineTool::State::down);
  const auto world = world_from(m, *line);
  REQUIRE(world.ok());
  fab::World& w = **world;
  CHECK(w.tool(m.find_tool("Implant#2")).down_until == *parse_time("2026-02-14T12:00:00Z"));
  CHECK(w.tool(m.find_tool("Lithography#1")).jobs == 1);
  CHECK(w.waiting(m.find_group("Implant")).size() == 1);
  CHECK(w.waiting(m.find_group("Implant"))[0].since == *parse_time("2026-02-14T05:00:00Z"));
  // A-2 leaves at 06:30 for step 4 and waits: the other implanter is taken by A-1, or by it.
  run(w, Rules(s.policy.rules), *parse_time("2026-02-14T06:31:00Z"));
  CHECK(w.kpis().moves >= 1);
  run(w, Rules(s.policy.rules), w.now() + 20_d);
  CHECK(w.find_lot("A-2") == kNone);
  CHECK(w.kpis().classes[0].finished > 10);
}

TEST_CASE("what cannot be is told with file, line and column") {
  const auto lots = [](const std::string& from, const std::string& to) {
    LineText text = minifab_text();
    text.lots = replaced(text.lots, from, to);
    return refused(text);
  };
  const auto tools = [](const std::string& from, const std::string& to) {
    LineText text = minifab_text();
    text.tools = replaced(text.tools, from, to);
    return refused(text);
  };
  CHECK(lots("A-1,Pa", "A-1,Px") ==
        "line/lots.csv:2:2: product: expected the name of a product, found \"Px\", did you mean "
        "\"Pa\"?");
  CHECK(lots("Pa,2,", "Pa,7,")
            .find("lots.csv:2:3: step: expected a step of route \"Pa\", its name or 1 to 6") !=
        std::string::npos);
  CHECK(lots("A-3", "A-1").find("lots.csv:4:1: lot: there is a lot \"A-1\" above") !=
        std::string::npos);
  CHECK(lots("waiting", "wating").find("did you mean \"waiting\"?") != std::string::npos);
  CHECK(lots("Lithography#1", "Implant#1").find("\"Lithography\", found \"Implant#1\"") !=
        std::string::npos);
  CHECK(lots("Lithography#1", "").find("expected the tool that a lot in processing is in") !=
        std::string::npos);
  CHECK(lots("05:00:00Z", "07:00:00Z").find("since: expected a time up to the line's") !=
        std::string::npos);
  CHECK(lots("2026-02-13,Pa", "2026-02-13,Pb").find("expected a release of product \"Pa\"") !=
        std::string::npos);
  CHECK(lots(",since,", ",sinse,").find("did you mean \"since\"?") != std::string::npos);
  CHECK(lots("A-1,Pa,2,waiting,,2026-02-14T05:00:00Z",
             "A-1,Pa,3,processing,Lithography#1,2026-02-14T05:00:00Z")
            .find("expected at most 1 lots or batches in \"Lithography#1\"") != std::string::npos);
  CHECK(tools("Implant#2", "Implant#3").find("tools.csv:3:1: tool: expected a tool from") !=
        std::string::npos);
  CHECK(tools("Implant#2", "Lithography#1").find("above already") != std::string::npos);
  CHECK(tools("Pa 3", "Pa 5").find("expected the name of a setup") != std::string::npos);
  CHECK(tools("lithography service=2026-02-14T09:00:00Z", "daily service=1")
            .find("expected a maintenance of the tool, \"lithography service\"") !=
        std::string::npos);
  CHECK(tools("lithography service=2026-02-14T09:00:00Z", "lithography service")
            .find("expected NAME=VALUE") != std::string::npos);
  CHECK(tools("=2026-02-14T09", "=1700-02-14T09").find("expected a time from 1970 to 2200") !=
        std::string::npos);
  LineText text = minifab_text();
  text.toml = "tim = 2026-01-01\n";
  CHECK(refused(text).find("line.toml") != std::string::npos);
}

TEST_CASE("ends that are not known are expected") {
  const Scenario s = read_shipped("minifab");
  LineText text = minifab_text();
  text.lots = replaced(text.lots, "2026-02-14T06:30:00Z", "");
  text.tools = replaced(text.tools, "2026-02-14T12:00:00Z", "");
  const auto world = world_from(*s.model, *parse_line(*s.model, text));
  REQUIRE(world.ok());
  const LineState line = (*world)->line_state();
  // 10 min load, 55 min process, 10 min unload from 05:30.
  CHECK(to_string(line.lots[1].until) == "2026-02-14T06:45:00Z");
  // A repair takes 7 h on average.
  CHECK(to_string(line.tools[s.model->find_tool("Implant#2")].until) == "2026-02-14T13:00:00Z");
}
