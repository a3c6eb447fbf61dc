#include "worlds/fab/events_csv.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "worlds/fab/line_csv.h"
#include "worlds/fab/test_fab.h"
#include "worlds/fab/world.h"

using namespace dure;
using namespace dure::fab;

namespace {

// next_start is not in events: it follows from the work inside.
std::string without_next_start(const Model& m, LineState line) {
  for (LineTool& t : line.tools) t.next_start = Time{-1};
  return tools_csv(m, line);
}

// In order of names, as slots are used again.
std::string sorted_lots(const Model& m, LineState line) {
  std::sort(line.lots.begin(), line.lots.end(),
            [](const LineLot& a, const LineLot& b) { return a.name < b.name; });
  return lots_csv(m, line);
}

const Scenario& minifab() {
  static const Scenario s = read_shipped("minifab");
  return s;
}

LineState small_line() {
  LineText text;
  text.toml = "time = 2026-02-14T06:00:00Z\n";
  text.lots =
      "lot,product,step,state,tool,since,until\n"
      "A-1,Pa,2,waiting,,2026-02-14T05:00:00Z,\n"
      "A-2,Pa,3,processing,Lithography#1,2026-02-14T05:30:00Z,2026-02-14T06:30:00Z\n"
      "A-3,Pb,4,moving,,2026-02-14T05:59:00Z,2026-02-14T06:05:00Z\n";
  return *parse_line(*minifab().model, text);
}

Result<LineState> after(const std::string& events, std::optional<Time> until = {}) {
  LineState line = small_line();
  const auto n = apply_events(*minifab().model, line,
                              "time,event,lot,tool,step,until,release,product,setup\n" + events,
                              "events.csv", until);
  if (!n) return n.error();
  return line;
}

std::string refused(const std::string& events, std::optional<Time> until = {}) {
  const auto line = after(events, until);
  REQUIRE_FALSE(line.ok());
  return line.error().text();
}

const LineLot& lot(const LineState& line, const std::string& name) {
  const uint32_t i = line.find_lot(name);
  REQUIRE(i != kNone);
  return line.lots[i];
}

}  // namespace

TEST_CASE("a line and what was seen to happen give the line as it came to be") {
  for (const Scenario& s : {read_shipped("minifab"), *read_text(kFullLine)}) {
    const Model& m = *s.model;
    fab::World w(s.model);
    run(w, Rules(s.policy.rules), m.start + 30_d);
    for (const Duration span : {Duration(7_h), Duration(3_d), Duration(1_min)}) {
      CAPTURE(to_string(w.now()));
      LineState line = w.line_state();
      const std::string events = record_events(w, s.policy.rules, w.now() + span);
      const auto n = apply_events(m, line, events, "events.csv", w.now());
      REQUIRE_MESSAGE(n.ok(), n.error().text());
      if (span > 1_d) CHECK(*n > 100);
      const LineState truth = w.line_state();
      CHECK(line.time == w.now());
      CHECK(sorted_lots(m, line) == sorted_lots(m, truth));
      CHECK(without_next_start(m, line) == without_next_start(m, truth));
    }
  }
}

TEST_CASE("each event") {
  const Model& m = *minifab().model;
  const auto line = after(
      "2026-02-14T06:10,start,A-1,Implant#1,,2026-02-14T07:10,,,\n"
      "2026-02-14T06:20,finish,A-2,,,,,,\n"
      "2026-02-14T06:30,down,,Implant#1,,2026-02-14T08:30,,,\n"
      "2026-02-14T06:30,setup,,Lithography#1,,,,,Pb 6\n"
      "2026-02-14T06:40,release,N-1,,,,Pa,,\n"
      "2026-02-14T06:41,release,N-2,,5,,,Pb,\n"
      "2026-02-14T06:45,move,N-1,,2,2026-02-14T09:00,,,\n"
      "2026-02-14T06:50,service,,Diffusion#2,,2026-02-14T08:00,,,\n",
      parse_time("2026-02-14T07:00").value());
  REQUIRE_MESSAGE(line.ok(), line.error().text());
  CHECK(to_string(line->time) == "2026-02-14T07:00:00Z");
  CHECK(lot(*line, "A-1").state == LineLot::State::processing);
  CHECK(to_string(lot(*line, "A-1").until) == "2026-02-14T09:10:00Z");  // 2 h later
  CHECK(lot(*line, "A-2").step == 3);
  CHECK(lot(*line, "A-2").state == LineLot::State::waiting);
  CHECK(lot(*line, "A-3").state == LineLot::State::waiting);  // arrived by itself
  CHECK(to_string(lot(*line, "A-3").since) == "2026-02-14T06:05:00Z");
  CHECK(lot(*line, "N-1").state == LineLot::State::moving);
  CHECK(lot(*line, "N-1").wafers == 24);
  CHECK(lot(*line, "N-2").step == 4);
  CHECK(line->tools[m.find_tool("Implant#1")].state == LineTool::State::down);
  CHECK(m.setups[line->tools[m.find_tool("Lithography#1")].setup].name == "Pb 6");
  const auto world = world_from(m, *line);
  REQUIRE(world.ok());
  run(**world, Rules(minifab().policy.rules), (*world)->now() + 5_d);

  const auto up = after(
      "2026-02-14T06:10,start,A-1,Implant#1,,2026-02-14T07:10,,,\n"
      "2026-02-14T06:30,down,,Implant#1,,2026-02-14T08:30,,,\n"
      "2026-02-14T07:00,up,,Implant#1,,,,,\n"
      "2026-02-14T07:30,out,A-3,,,,,,\n");
  REQUIRE(up.ok());
  CHECK(to_string(lot(*up, "A-1").until) == "2026-02-14T07:40:00Z");  // down for half an hour
  CHECK(up->find_lot("A-3") == kNone);
  CHECK(to_string(up->time) == "2026-02-14T07:30:00Z");
}

TEST_CASE("events that cannot be are told with file, line and column") {
  const auto until = parse_time("2026-02-14T07:00").value();
  CHECK(refused("2026-02-14T05:00,up,,Implant#1,,,,,\n") ==
        "events.csv:2:1: time: expected a time from the line's, 2026-02-14T06:00:00Z, on, found "
        "2026-02-14T05:00:00Z");
  CHECK(refused("2026-02-14T06:30,up,,Implant#1,,,,,\n2026-02-14T06:10,up,,Implant#1,,,,,\n")
            .find("events.csv:3:1: time: expected events in order of time") != std::string::npos);
  CHECK(refused("2026-02-14T07:10,up,,Implant#1,,,,,\n", until)
            .find("expected events up to 2026-02-14T07:00:00Z, found one at") != std::string::npos);
  CHECK(refused("2026-02-14T06:30,up,,Implant#9,,,,,\n").find("expected a tool from") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,finish,B-1,,,,,,\n") ==
        "events.csv:2:3: lot: expected a lot in the line, found \"B-1\"");
  CHECK(refused("2026-02-14T06:30,finish,A-1,,,,,,\n")
            .find("expected a lot in processing, found one waiting") != std::string::npos);
  CHECK(refused("2026-02-14T06:30,start,A-1,Diffusion#1,,,,,\n")
            .find("expected a tool of \"Implant\"") != std::string::npos);
  CHECK(refused("2026-02-14T06:30,move,A-2,,4,,,,\n2026-02-14T06:31,start,A-1,Implant#1,,,,,\n"
                "2026-02-14T06:32,start,A-2,Implant#1,,,,,\n")
            .find("expected a free place in \"Implant#1\", found lot \"A-1\"") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,start,A-2,Lithography#1,,,,,\n").find("already") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,finsh,A-2,,,,,,\n").find("did you mean \"finish\"?") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,release,A-2,,,,Pa,,\n").find("in the line already") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,release,N,,,,,,\n").find("release: expected one") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,move,A-1,,,,,,\n").find("step: expected one, for event") !=
        std::string::npos);
  CHECK(refused("2026-02-14T06:30,down,,Implant#1,,2026-02-14T06:00,,,\n")
            .find("expected a time after the event's") != std::string::npos);
  CHECK(refused("soon,up,,Implant#1,,,,,\n").find("events.csv:2:1: time") != std::string::npos);
  CHECK(refused("", parse_time("2026-02-14").value()).find("--until") != std::string::npos);
}

namespace {

// A line of kFullLine at one time: Scan tools hold two jobs.
Result<LineState> full_after(const std::string& lots, const std::string& events) {
  static const Scenario s = *read_text(kFullLine);
  LineText text;
  text.toml = "time = 2026-02-01T00:00:00Z\n";
  text.lots = "lot,product,step,state,tool,since,bound\n" + lots;
  LineState line = *parse_line(*s.model, text);
  const auto n = apply_events(*s.model, line, "time,event,lot,tool,step,until\n" + events,
                              "events.csv", std::nullopt);
  if (!n) return n.error();
  CHECK(world_from(*s.model, line).ok());
  return line;
}

}  // namespace

TEST_CASE("lots of several steps that go in at once are several jobs") {
  const std::string lots =
      "A,A,1,waiting,,,\nB,A,3,waiting,,,\nC,A,5,waiting,,,\nF,A,2,waiting,,,\nG,A,2,waiting,,,\n"
      "H,A,2,waiting,,,\nI,A,2,waiting,,,\nJ,A,2,waiting,,,\n";
  const std::string two = "2026-02-01T01:00,start,A,Scan#1,,\n2026-02-01T01:00,start,B,Scan#1,,\n";
  CHECK(full_after(lots, two).ok());
  const auto three = full_after(lots, two + "2026-02-01T01:00,start,C,Scan#1,,\n");
  REQUIRE_FALSE(three.ok());
  CHECK(three.error().text().find("expected a free place in \"Scan#1\"") != std::string::npos);
  std::string batch;
  for (const char* lot : {"F", "G", "H", "I"})
    batch += std::string("2026-02-01T01:00,start,") + lot + ",Furnace#1,,\n";
  CHECK(full_after(lots, batch).ok());
  const auto large = full_after(lots, batch + "2026-02-01T01:00,start,J,Furnace#1,,\n");
  REQUIRE_FALSE(large.ok());
  CHECK(large.error().text().find("a batch of at most 100 wafers in \"Furnace#1\", found 125") !=
        std::string::npos);
}

TEST_CASE("a step that is skipped frees the tool it would keep, and one done again does not") {
  const std::string lots = "A,A,3,waiting,,,again=Scan#1\nB,A,5,waiting,,,again=Scan#1\n";
  const auto line = full_after(lots, "2026-02-01T01:00,move,A,,5,\n2026-02-01T01:00,move,B,,3,\n");
  REQUIRE_MESSAGE(line.ok(), line.error().text());
  CHECK(lot(*line, "A").bound_to == std::vector<uint32_t>{kNone});
  CHECK(lot(*line, "B").bound_to != std::vector<uint32_t>{kNone});
}

TEST_CASE("a lot starts only in a tool that is up, and in the one it is bound to") {
  const std::string lots = "B,A,5,waiting,,,again=Scan#1\n";
  const auto other = full_after(lots, "2026-02-01T01:00,start,B,Scan#2,,\n");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().text().find("expected \"Scan#1\", which an earlier step was done in") !=
        std::string::npos);
  const std::string down = "2026-02-01T01:00,down,,Scan#1,,\n";
  const auto early = full_after(lots, down + "2026-02-01T02:00,start,B,Scan#1,,\n");
  REQUIRE_FALSE(early.ok());
  CHECK(early.error().text().find("expected a tool that is up") != std::string::npos);
  CHECK(
      full_after(lots, down + "2026-02-01T02:00,up,,Scan#1,,\n2026-02-01T02:00,start,B,Scan#1,,\n")
          .ok());
}
