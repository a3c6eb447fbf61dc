#include "worlds/floor/scenario.h"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"

namespace dure::floor {
namespace {

constexpr const char* kSmall = R"toml(
world = "floor"
title = "Small"
start = 2026-03-02
end = 2026-03-02T08:00:00
seed = 7
warm_up = "30min"
samples = 100
plan_period = "500ms"
jam_after = "2min"

[map]
cell_m = 1.5
rows = """
  ##P##
  #>>>D
  C....
"""

[[station]]
name = "rack"
symbol = "P"
service = "uniform(10s, 20s)"

[[station]]
name = "line"
at = ["4,1"]
symbol = "D"
kinds = ["drop"]

[[station]]
name = "bay"
symbol = "C"
kinds = ["charge", "park"]
each = true

[[robots]]
name = "amr"
count = 2
speed = 1.6
battery_wh = 800
charge_w = 1500
drive_wh_per_m = 0.05
battery_start = 0.9
mtbf = "exponential(40h)"
mttr = "20min"

[[robots]]
name = "tugger"
count = 1
at = ["bay"]

[[source]]
name = "kits"
stops = ["rack", "line"]
per_hour = 40
due = "10min"
priority = 2
start = "5min"

[[closure]]
at = ["1,2", "2,2"]
from = "1h"
until = 2026-03-02T02:00:00

[commands]
deadline = "300ms"

[film]
interval = "1s"
frames = 200
)toml";

Result<Scenario> read_text(std::string text, const std::string& folder = "/nowhere") {
  DURE_TRY(const Config config, Config::parse(text, "floor.toml"));
  return read_scenario(config, folder);
}

// The small floor with one part of its text changed.
std::string changed(std::string from, std::string to) {
  std::string text = kSmall;
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// What is changed, and the Error of that; nullptr: whatever it says.
struct Mistake {
  const char *from, *to, *key, *message;
};

// The Error of that, without the place.
std::string problem(const std::string& from, const std::string& to, const char* key) {
  const auto s = read_text(changed(from, to));
  if (s) return "";
  CHECK(s.error().file == "floor.toml");
  CHECK((s.error().line > 0 || s.error().key == "end"));  // a missing key of the whole has no line
  CHECK(s.error().key == key);
  return s.error().message;
}

void check_mistakes(std::initializer_list<Mistake> mistakes) {
  for (const Mistake& m : mistakes) {
    const std::string message = problem(m.from, m.to, m.key);
    CHECK_FALSE(message.empty());
    if (m.message != nullptr) CHECK(message == m.message);
  }
}

}  // namespace

TEST_CASE("floor scenario: what it says is in the model") {
  const auto s = read_text(kSmall);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(m.start == *parse_time("2026-03-02"));
  CHECK(m.warm_up == 30_min);
  CHECK(m.samples == 100);
  CHECK(m.seed == 7);
  CHECK(m.motion == Motion::drive);
  CHECK(m.plan_period == 500_ms);
  CHECK(m.jam_after == 2_min);
  CHECK(m.command_deadline == 300_ms);
  CHECK(m.film.interval == 1_s);
  CHECK(m.film.frames == 200);

  // P is vertex 0, then > > > D, then C . . .
  CHECK(m.vertices() == 10);
  CHECK(m.width == 5);
  CHECK(m.cell_m == 1.5);
  CHECK(m.roads.to(1, 0) == 2);
  CHECK(m.roads.to(2, 2) == kNoVertex);
  CHECK(m.places[4].x == doctest::Approx(4.5 * 1.5));
  REQUIRE(m.stations.size() == 3);
  CHECK(m.stations[0].docks == std::vector<uint32_t>{0});
  CHECK(m.stations[0].kinds == (Station::pick | Station::drop));
  CHECK(m.stations[0].service.mean() == doctest::Approx(15));
  CHECK(m.stations[2].name == "bay 1");
  CHECK(m.stations[2].kinds == (Station::charge | Station::park));

  REQUIRE(m.types.size() == 2);
  CHECK(m.types[0].speed_mps == 1.6);
  CHECK(m.types[0].loaded_wh_per_m == 0.05);  // as empty
  CHECK(m.types[0].mtbf.mean() == doctest::Approx(40 * 3600));
  CHECK(m.types[1].battery_wh == 0);
  REQUIRE(m.robots.size() == 3);
  CHECK(m.robots[0].type == 1);  // those with places come first
  CHECK(m.robots[0].vertex == 5);
  for (size_t i = 1; i < 3; ++i) {
    CHECK(m.station_of[m.robots[i].vertex] == kNone);
    CHECK(m.robots[i].battery == 0.9);
  }

  REQUIRE(m.sources.size() == 1);
  CHECK(m.sources[0].chain == std::vector<std::vector<uint32_t>>{{0}, {1}});
  CHECK(m.sources[0].gap.mean() == doctest::Approx(90));
  CHECK(m.sources[0].due == 10_min);
  CHECK(m.sources[0].priority == 2);
  CHECK(m.sources[0].start == m.start + 5_min);
  REQUIRE(m.closures.size() == 2);
  CHECK(m.closures[1].vertex == 7);
  CHECK(m.closures[1].from == m.start + 1_h);
  CHECK(m.closures[1].until == m.start + 2_h);
}

TEST_CASE("floor scenario: mistakes are told with their place") {
  check_mistakes({
      {"symbol = \"P\"", "symbol = \"Q\"", "station.rack.symbol",
       "expected a letter of the map, found \"Q\""},
      {"\"4,1\"", "\"0,0\"", "station.line.at",
       "expected a free cell of the map of 5 x 3, found \"0,0\", which is blocked"},
      {"\"4,1\"", "\"9,1\"", "station.line.at",
       "expected a free cell of the map of 5 x 3, found \"9,1\""},
      {"\"4,1\"", "\"here\"", "station.line.at",
       "expected a cell, \"column,row\" from 0, found \"here\""},
      {"kinds = [\"drop\"]", "kinds = [\"dorp\"]", "station.line.kinds",
       "expected \"pick\", \"drop\", \"charge\" or \"park\", found \"dorp\", did you mean "
       "\"drop\"?"},
      {"name = \"line\"", "name = \"rack\"", "station.rack.name", nullptr},
      {"stops = [\"rack\", \"line\"]", "stops = [\"rack\", \"lien\"]", "source.kits.stops",
       "expected the name of a [[station]], found \"lien\", did you mean \"line\"?"},
      {"per_hour = 40", "", "source.kits.gap", nullptr},
      {"at = [\"bay\"]", "at = [\"5,5\"]", "robots.tugger.at", nullptr},
      {"count = 1\nat", "count = 2\nat", "robots.tugger.at",
       "expected places for 2 robots, found 1 that are free"},
      {"count = 2", "count = 20", "robots",
       "expected at most 7 robots without at, for so many places have no dock and no robot, "
       "found 20"},
      {"charge_w = 1500", "", "robots.amr.battery_wh", "expected charge_w beside it, found none"},
      {"from = \"1h\"", "from = \"3h\"", "closure.0.until",
       "expected a time after 2026-03-02T03:00:00Z, found 2026-03-02T02:00:00Z"},
      {"frames = 200", "frames = 201", "film.frames", "expected an even number, found 201"},
      {"#>>>D", "#>>>Z", "station.line.symbol", nullptr},
      {"C....", "C..Z.", "map",
       "expected a [[station]] with symbol \"Z\" for that letter, found none"},
      {"#>>>D", "#>>D", "map.rows", "row 2: expected 5 cells as in the first row, found 4"},
      {"warm_up = \"30min\"", "warm_up = \"8h\"", "warm_up", nullptr},
      {"end = 2026-03-02T08:00:00", "", "end", nullptr},
      {"[[closure]]", "[[robots]]\nname = \"cart\"\ncount = 9\n[[closure]]", "robots", nullptr},
      {"cell_m = 1.5", "warehouse = { rack_rows = 2 }", "map.warehouse",
       "expected one of \"file\", \"rows\", \"warehouse\" and \"vertex\", found several"},
      {"at = [\"bay\"]", "at = [\"0,0\"]", "robots.tugger.at",
       "expected a free cell of the map of 5 x 3, found \"0,0\", which is blocked"},
      {"at = [\"bay\"]", "at = [\"bey\"]", "robots.tugger.at",
       "expected the name of a [[station]] or a cell, \"column,row\" from 0, found \"bey\", did "
       "you mean \"bay\"?"},
      {"\"4,1\"", "\"4,1\", \"4,1\"", "station.line.at",
       "expected each dock once, found \"4,1\" twice"},
      {"at = [\"4,1\"]", "at = [\"2,0\"]", "station.line.at",
       "expected docks that no other station has, found \"2,0\", a dock of \"rack\""},
      {"at = [\"1,2\", \"2,2\"]", "at = []", "closure.0.at",
       "expected at least one place, found none"},
      {"stops = [\"rack\", \"line\"]", "stops = [\"rack\", \"bay\"]", "source.kits.stops",
       "expected a station for drop as the last stop, found \"bay 1\", which is for charge, park"},
      {"stops = [\"rack\", \"line\"]", "stops = [\"line\", \"rack\"]", "source.kits.stops",
       "expected a station for pick as the first stop, found \"line\", which is for drop"},
      {"stops = [\"rack\", \"line\"]", "stops = [\"bay\"]", "source.kits.stops",
       "expected a station for pick or drop as a stop, found \"bay 1\", which is for charge, park"},
      {"end = 2026-03-02T08:00:00", "end = \"20min\"", "warm_up",
       "expected a warm-up that is over before the end, found 30m"},
      {"speed = 1.6", "sped = 1.6", "robots.amr.sped", "unknown key, did you mean \"speed\"?"},
      {"[film]", "[lorr]\nproblem = \"x.json\"\nsteps = 10\n[film]", "map",
       "expected no map beside [lorr], which has its own"},
  });
}

TEST_CASE("floor scenario: keys that would have no effect are refused") {
  check_mistakes({
      {"mttr = \"20min\"", "", "robots.amr.mtbf",
       "expected mttr beside it, the time to repair the robot, found none"},
      {"mtbf = \"exponential(40h)\"", "", "robots.amr.mttr",
       "expected no mttr without mtbf, as the robot never fails"},
      {"battery_wh = 800\n", "", "robots.amr.charge_w",
       "expected no charge_w without battery_wh, as the robot has no battery"},
      {"count = 1\n", "count = 1\nbattery_start = 0.5\n", "robots.tugger.battery_start",
       "expected no battery_start without battery_wh, as the robot has no battery"},
      {"plan_period = \"500ms\"", "tick = \"500ms\"", "tick",
       "expected no tick with motion \"drive\", which has plan_period"},
      {"jam_after", "motion = \"steps\"\njam_after", "plan_period",
       "expected no plan_period with motion \"steps\", which plans every tick"},
      {"plan_period = \"500ms\"", "motion = \"steps\"", "robots.amr.speed",
       "expected no speed with motion \"steps\", in which a move or a turn takes a tick"},
  });
  CHECK(read_text(changed("battery_wh = 800", "battery_wh = 0")).ok());  // to see what it does
}

TEST_CASE("floor scenario: end is a time, or a duration from the start") {
  const auto s = read_text(changed("end = 2026-03-02T08:00:00", "end = \"8h\""));
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  CHECK(s->model->end == s->model->start + 8_h);
}

TEST_CASE("floor scenario: a film is taken of any run, of the whole of it") {
  const std::string film = "[film]\ninterval = \"1s\"\nframes = 200\n";
  const auto plan = [&](const std::string& instead) {
    const auto s = read_text(changed(film, instead));
    REQUIRE_MESSAGE(s.ok(), s.error().text());
    return s->model->film;
  };
  CHECK(plan("").frames == 300);
  CHECK(plan("").interval == 97_s);  // of 8 h
  CHECK(plan("[film]\nframes = 30\n").interval == 994_s);
  CHECK(plan("[film]\nframes = 0\n").interval == Duration{});
  CHECK(plan("[film]\ninterval = \"2s\"\n").interval == 2_s);
  CHECK(plan("[film]\nframes = 100000\ninterval = \"2s\"\n").frames == 100'000);
  CHECK(problem("interval = \"1s\"", "interval = \"1us\"", "film.interval") ==
        "expected 0 s or at least 1 ms, found 1us");

  // Many robots have fewer frames.
  const auto many = read_text(R"toml(
world = "floor"
end = "2h"
map.warehouse = { rack_columns = 40, rack_rows = 20 }
source = [{ name = "picks", stops = ["rack", "station"], per_hour = 100 }]
robots = [{ name = "amr", count = 5000 }]
)toml");
  REQUIRE_MESSAGE(many.ok(), many.error().text());
  CHECK(many->model->film.frames == 208);
  CHECK(many->model->film.interval == 35_s);

  const auto no_end = read_text(R"toml(
world = "floor"
map.rows = "A.."
station = [{ name = "a", symbol = "A" }]
robots = [{ name = "amr", count = 1 }]
source = [{ name = "few", stops = ["a"], per_hour = 100, count = 3 }]
)toml");
  REQUIRE_MESSAGE(no_end.ok(), no_end.error().text());
  CHECK(no_end->model->film.interval == 1_s);
}

TEST_CASE("floor scenario: a road map") {
  const auto s = read_text(R"toml(
world = "floor"
end = 1970-01-01T01:00:00
[map]
cell_m = 2
[[map.vertex]]
name = "a"
x = 0
y = 0
[[map.vertex]]
name = "b"
x = 10
y = 0
[[map.vertex]]
name = "c"
x = 5
y = 5
[[map.lane]]
from = "a"
to = "b"
[[map.lane]]
from = "b"
to = "c"
[[map.lane]]
from = "c"
to = "a"
[[station]]
name = "dock"
at = ["a"]
[[robots]]
name = "agv"
count = 1
at = ["c"]
[[source]]
name = "s"
stops = ["dock"]
gap = "1min"
)toml");
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(m.vertices() == 3 + 4 + 3 + 3);
  CHECK(m.robots[0].vertex == 2);
  CHECK(m.cell_of.empty());
  CHECK(m.lane_length(0, 0) == doctest::Approx(2));
  CHECK(m.sources[0].gap.mean() == 60);
}

TEST_CASE("floor scenario: a warehouse from a few figures") {
  const std::string text = R"toml(
world = "floor"
end = 1970-01-01T01:00:00
[map.warehouse]
rack_columns = 3
rack_rows = 2
rack_length = 4
chargers = 2
docks = 3
station_service = "10s"
one_way = true
[[robots]]
name = "amr"
count = 40
[[source]]
name = "picks"
stops = ["rack", "station"]
gap = "exponential(5s)"
)toml";
  const auto s = read_text(text);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(m.width == 3 * 4 + 2 * 2 + 2 * 3 + 2);
  CHECK(m.height == 2 * 2 + 2 + 2 * 3 + 2);
  CHECK(m.robots.size() == 40);
  CHECK(m.sources[0].chain[0].size() == 6);
  const uint32_t first = m.sources[0].chain[0][0];
  CHECK(m.stations[first].name == "rack 1");
  CHECK(m.stations[first].docks.size() == 8);  // both long sides
  CHECK(m.stations[m.sources[0].chain[1][0]].service.mean() == 10);
  const auto chargers = std::count_if(m.stations.begin(), m.stations.end(), [](const Station& x) {
    return (x.kinds & Station::charge) != 0;
  });
  CHECK(chargers == 2);
  std::string many = text;
  many.replace(many.find("chargers = 2"), 12, "chargers = 99");
  CHECK(read_text(many).error().text() ==
        "floor.toml:8:12: map.warehouse.chargers: expected at most 11 chargers, as there are 12 "
        "stations on the wall and tasks need one, found 99");
  // Every dock of every station can be reached, and left again.
  for (const Station& x : m.stations) {
    for (const uint32_t dock : x.docks) CHECK_FALSE(m.roads.into(dock).empty());
  }
}

TEST_CASE("floor scenario: tasks and maps from files") {
  const std::string folder = std::filesystem::temp_directory_path() /
                             ("dure_floor_scenario_" + std::to_string(::getpid()));
  REQUIRE(make_directories(folder).ok());
  REQUIRE(
      write_file_atomic(folder + "/m.map", "type octile\nheight 2\nwidth 3\nmap\n..@\n...\n").ok());
  const std::string head =
      "world = \"floor\"\n[map]\nfile = \"m.map\"\n[[station]]\nname = \"a\"\nat = [\"0,0\"]\n"
      "[[robots]]\nname = \"r\"\ncount = 1\n[tasks]\nfile = \"t.csv\"\n";
  const auto tasks = [&](const char* text) {
    REQUIRE(write_file_atomic(folder + "/t.csv", text).ok());
    return read_text(head, folder);
  };
  const auto s = tasks(
      "id,release,stops,due,priority,payload_kg\n"
      "x,90s,a;2 1,10min,1,5\n"
      "y,30,\"1,1\",,,\n");
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(m.vertices() == 5);
  REQUIRE(m.lines.size() == 2);
  CHECK(m.lines[0].release == Time{0} + 30_s);  // in order of release
  CHECK(m.lines[0].due < Duration{});
  CHECK(m.stops[m.lines[0].first].vertex == 3);
  CHECK(m.lines[1].stops == 2);
  CHECK(m.lines[1].due == 10_min);
  CHECK(m.lines[1].priority == 1);
  CHECK(m.lines[1].payload_kg == 5);
  CHECK(m.stops[m.lines[1].first].station == 0);
  CHECK(m.stops[m.lines[1].first + 1].vertex == 4);

  const auto wrong = [&](const char* text) {
    const auto read = tasks(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().file == folder + "/t.csv");
    CHECK(read.error().line == 2);
    return read.error().message;
  };
  CHECK(wrong("stops\nb\n") ==
        "expected the name of a [[station]] or a cell, \"column,row\" from 0, found \"b\"");
  CHECK(wrong("stops\n2 0\n") ==
        "expected a free cell of the map of 3 x 2, found \"2,0\", which is blocked");
  CHECK(wrong("stops,release\na,soon\n").find("expected a duration") == 0);
  CHECK(wrong("stops,release\na,1500-01-01\n") != "");
  CHECK(wrong("stops,due\na,-5\n") != "");
  CHECK(tasks("stops,relase\na,9\n").error().text() ==
        folder + "/t.csv:1:2: relase: unknown column, did you mean \"release\"?");
  CHECK(tasks("Stops\na\n").error().text() ==
        folder + "/t.csv:1:1: Stops: unknown column, did you mean \"stops\"?");
  CHECK(tasks("stops,zone\na,9\n").error().message ==
        "unknown column; known are \"id\", \"release\", \"stops\", \"priority\", \"due\" and "
        "\"payload_kg\"");
  CHECK_FALSE(read_text(head).ok());
  std::filesystem::remove_all(folder);
}

TEST_CASE("floor scenario: every key is documented") {
  const std::vector<KeyDoc> keys = Config::describe(describe_scenario);
  const auto has = [&](std::string_view path) {
    return std::any_of(keys.begin(), keys.end(), [&](const KeyDoc& k) { return k.path == path; });
  };
  for (const char* path :
       {"map.rows", "map.warehouse.rack_columns", "map.vertex[].x", "map.lane[].two_way",
        "station[].symbol", "robots[].speed", "source[].per_hour", "tasks.file", "lorr.problem",
        "policy.planner", "film.interval", "commands.deadline", "closure[].until"}) {
    CAPTURE(path);
    CHECK(has(path));
  }
  for (const KeyDoc& k : keys) CHECK_MESSAGE(!k.doc.empty(), k.path);
}

}  // namespace dure::floor
