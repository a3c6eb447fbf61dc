#include "solvers/movingai.h"

#include <doctest/doctest.h>

#include "../tests/reference_data.h"
#include "base/file.h"

using namespace dure;

namespace {

std::string map_error(std::string_view text) {
  const Result<MovingAiMap> map = read_movingai_map(text, "a.map");
  return map ? "no error" : map.error().text();
}

std::string scen_error(std::string_view text) {
  const Result<std::vector<ScenEntry>> scen = read_movingai_scen(text, "a.scen");
  return scen ? "no error" : scen.error().text();
}

}  // namespace

TEST_CASE("movingai: a map") {
  const Result<MovingAiMap> map = read_movingai_map(
      "type octile\r\nheight 2\r\nwidth 6\r\nmap\r\n.@TGSE\r\nOW....\r\n\r\n", "a.map");
  REQUIRE_MESSAGE(map.ok(), (map.ok() ? "" : map.error().text()));
  CHECK(map->width == 6);
  CHECK(map->height == 2);
  CHECK(map->letters == ".@TGSEOW....");
  CHECK(free_cells(*map) == std::vector<uint8_t>{1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1});
  CHECK(map_error("type octile\nwidth 1\nheight 1\nmap\n.") == "no error");  // no line end
}

TEST_CASE("movingai: a map's mistakes name the line") {
  CHECK(map_error("") ==
        "a.map:1: expected the header \"type\", \"height\", \"width\", \"map\", but the file ends");
  CHECK(map_error("type tile\n") == "a.map:1: type: expected \"octile\", found \"tile\"");
  CHECK(map_error("type octile\nheight 2\nheight 2\n") ==
        "a.map:3: height: expected \"height\" once");
  CHECK(
      map_error("type octile\nheight x\n").starts_with("a.map:2: height: expected a whole number"));
  CHECK(map_error("type octile\nheight 0\n").starts_with("a.map:2: height: "));
  CHECK(map_error("type octile\nheight 40000\n").starts_with("a.map:2: height: "));
  CHECK(map_error("type octile\nheight 1\nmap\n") ==
        "a.map:3: width: expected \"width\" before \"map\"");
  CHECK(map_error("height 1\nwidth 1\nmap\n.\n") ==
        "a.map:3: type: expected \"type octile\" before \"map\"");
  CHECK(map_error("type octile\ndepth 1\n") ==
        "a.map:2: expected a header line \"type\", \"height\", \"width\" or \"map\", found \"depth "
        "1\"");
  const std::string header = "type octile\nheight 2\nwidth 3\nmap\n";
  CHECK(map_error(header + "...\n..\n") == "a.map:6: expected a row of 3 cells, found 2");
  CHECK(map_error(header + "....\n") == "a.map:5: expected a row of 3 cells, found 4");
  CHECK(map_error(header + "...\n") == "a.map:6: expected 2 rows, found 1, but the file ends");
  CHECK(map_error(header + "...\n...\n...\n") == "a.map:7: expected 2 rows, found one more");
  CHECK(map_error(header + ". .\n") == "a.map:5:2: expected a letter for a cell, found \" \"");
}

TEST_CASE("movingai: a scenario") {
  const Result<std::vector<ScenEntry>> scen = read_movingai_scen(
      "version "
      "1\n3\tmaps/a.map\t32\t16\t11\t6\t7\t15\t13.65685425\n\n0\ta.map\t4\t4\t0\t0\t3\t3\t0\r\n",
      "a.scen");
  REQUIRE_MESSAGE(scen.ok(), (scen.ok() ? "" : scen.error().text()));
  REQUIRE(scen->size() == 2);
  const ScenEntry& entry = scen->front();
  CHECK(entry.bucket == 3);
  CHECK(entry.map == "maps/a.map");
  CHECK(entry.width == 32);
  CHECK(entry.height == 16);
  CHECK(entry.start_cell() == 6 * 32 + 11);
  CHECK(entry.goal_cell() == 15 * 32 + 7);
  CHECK(entry.distance == doctest::Approx(13.65685425));
  CHECK(scen->back().goal_cell() == 15);
  CHECK(scen_error("version 1.0\n") == "no error");
}

TEST_CASE("movingai: a scenario's mistakes name line and column") {
  CHECK(scen_error("") == "a.scen:1: expected \"version 1\", but the file ends");
  CHECK(scen_error("version 2\n") == "a.scen:1: expected \"version 1\", found \"version 2\"");
  CHECK(scen_error("version 1\n0 a.map 4 4 0 0 3 3 0\n") ==
        "a.scen:2: expected 9 columns separated by tabs, found 1");
  CHECK(
      scen_error("version 1\n0\ta.map\t4\t4\t4\t0\t3\t3\t0\n").starts_with("a.scen:2: start x: "));
  CHECK(
      scen_error("version 1\n0\ta.map\t4\t4\t0\t0\t3\t-1\t0\n").starts_with("a.scen:2: goal y: "));
  CHECK(scen_error("version 1\n0\ta.map\t4\t4\t0\t0\t3\t3\tfar\n")
            .starts_with("a.scen:2: distance: "));
}

TEST_CASE("movingai: the reference files") {
  const auto folder = reference_data("robots/mapf");
  if (!folder) return;
  const auto text = [&](const char* name) {
    const Result<std::string> content = read_file(*folder + "/" + name);
    REQUIRE(content.ok());
    return *content;
  };
  const Result<MovingAiMap> map = read_movingai_map(text("warehouse-20-40-10-2-2.map.gz"), "map");
  REQUIRE(map.ok());
  const std::vector<uint8_t> free = free_cells(*map);
  const Result<std::vector<ScenEntry>> scen =
      read_movingai_scen(text("warehouse-20-40-10-2-2-10000agents-1.scen.gz"), "scen");
  REQUIRE(scen.ok());
  CHECK(scen->size() == 10'000);
  int blocked = 0;
  for (const ScenEntry& entry : *scen) {
    REQUIRE(entry.width == map->width);
    blocked += (free[entry.start_cell()] == 0) + (free[entry.goal_cell()] == 0);
  }
  CHECK(blocked == 0);
}
