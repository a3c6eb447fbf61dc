#include "worlds/floor/read_lorr.h"

#include "../tests/reference_data.h"
#include "base/text.h"
#include "worlds/floor/test_lorr.h"

using namespace dure;
using namespace dure::floor;

namespace {

using Files = std::map<std::string, std::string>;

// The message when one thing in a file is written differently.
std::string error_when(const char* file, std::string_view what, std::string_view instead) {
  Files files = small_lorr_files();
  std::string& text = files[file];
  const size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), instead);
  const auto p = parse_lorr(files);
  return p ? "fine" : p.error().text();
}

struct Mistake {
  const char* file;
  std::string_view what, instead;
  const char* message;
};
void check_mistakes(std::initializer_list<Mistake> mistakes) {
  for (const Mistake& m : mistakes) CHECK(error_when(m.file, m.what, m.instead) == m.message);
}

std::vector<uint32_t> cells(const LorrProblem& p, std::span<const uint32_t> vertices) {
  std::vector<uint32_t> out;
  for (const uint32_t v : vertices) out.push_back(p.grid.cell_of[v]);
  return out;
}

}  // namespace

TEST_CASE("a problem of the 2024 rules") {
  const LorrProblem p = small_lorr();
  CHECK(p.name == "problem");
  CHECK(p.grid.width == 4);
  CHECK(p.grid.height == 3);
  CHECK(p.grid.roads.vertices() == 11);
  CHECK(p.letters == ".....@.ES...");
  CHECK(cells(p, p.starts) == std::vector<uint32_t>{0, 3});
  CHECK(p.task_lines() == 3);
  CHECK(cells(p, p.errands_of(0)) == std::vector<uint32_t>{1, 2});
  CHECK(cells(p, p.errands_of(2)) == std::vector<uint32_t>{6});
  CHECK(cells(p, p.errands_of(4)) == std::vector<uint32_t>{8, 0});
  CHECK(p.pool() == 3);
  CHECK(p.ticks_per_move == 1);
  CHECK(p.delays.events == Delays::Events::none);
}

TEST_CASE("only '@' and 'T' are blocked, and the pool is rounded down") {
  Files files = small_lorr_files();
  files["maps/small.map"] = "type octile\nheight 2\nwidth 4\nmap\n.TO.\nW@SE\n";
  files["small.agents"] = "2\n0\n2\n";
  files["small.tasks"] = "1\n 2 , 4 \n";
  files["problem.json"].replace(files["problem.json"].find("1.5"), 3, "1.4");
  const auto p = parse_lorr(files);
  CHECK_MESSAGE(p.ok(), p.error().text());
  CHECK(p->grid.roads.vertices() == 6);
  CHECK(p->pool() == 2);
}

TEST_CASE("numTasksReveal is 1 when it is not there") {
  Files files = small_lorr_files();
  files["problem.json"] = R"({"mapFile": "maps/small.map", "agentFile": "small.agents",
    "teamSize": 3, "taskFile": "small.tasks"})";
  CHECK(parse_lorr(files)->pool() == 3);
}

TEST_CASE("the keys of 2026") {
  Files files = small_lorr_files();
  std::string& json = files["problem.json"];
  json.insert(json.size() - 1, R"(, "agentCounter": 3, "agentSize": 1.0, "delayConfig": {
    "seed": 4, "minDelay": 2, "maxDelay": 8, "eventModel": "poisson", "pDelay": 0.003,
    "durationModel": "gaussian", "gaussMeanRatio": 0.4, "gaussStdRatio": 0.22})");
  const auto p = parse_lorr(files);
  CHECK_MESSAGE(p.ok(), p.error().text());
  CHECK(p->ticks_per_move == 3);
  CHECK(p->delays.events == Delays::Events::poisson);
  CHECK(p->delays.durations == Delays::Durations::gaussian);
  CHECK(p->delays.seed == 4);
  CHECK(p->delays.min == 2);
  CHECK(p->delays.max == 8);
  CHECK(p->delays.chance == 0.003);
  CHECK(p->delays.mean_ratio == 0.4);
  CHECK(p->delays.sd_ratio == 0.22);
  json.replace(json.find("poisson"), 7, "weibull");
  CHECK(parse_lorr(files).error().text() ==
        "problem.json: delayConfig.eventModel: expected \"bernoulli\" or \"poisson\", found "
        "\"weibull\"");
}

TEST_CASE("what is wrong in the JSON is told with its key") {
  check_mistakes({
      {"problem.json", "\"teamSize\": 2", "\"teamSize\": 0",
       "problem.json: teamSize: expected a whole number from 1 to 50000, found 0"},
      {"problem.json", "\"teamSize\": 2", "\"teamSize\": 2.5",
       "problem.json: teamSize: expected a whole number from 1 to 50000, found 2.5"},
      {"problem.json", "\"teamSize\": 2,", "",
       "problem.json: teamSize: expected a whole number, found none"},
      {"problem.json", "1.5", "0.25",
       "problem.json: numTasksReveal: expected a number that reveals from 1 to 1,000,000,000 "
       "tasks to 2 robots, found 0.25"},
      {"problem.json", "1.5", "\"x\"",
       "problem.json: numTasksReveal: expected a number from 0 to 1e+06, found \"x\""},
      {"problem.json", "maps/small.map", "maps/big.map",
       "problem.json: mapFile: expected a file, found none at \"maps/big.map\""},
      {"problem.json", "\"small.agents\"", "[1]",
       "problem.json: agentFile: expected a text, found a list"},
      {"problem.json", "}", "",
       "problem.json:2:77: expected JSON, found the end of the file inside of it"},
      {"problem.json", "{", "{,", "problem.json:1:2: expected JSON, found \",\" where none may be"},
      {"problem.json", "1.5", "1e999",
       "problem.json: expected JSON, found a number that is too large"},
  });
}

TEST_CASE("what is wrong in agents and tasks is told with its line") {
  check_mistakes({
      {"small.agents", "\n3\n0", "\n1\n0",
       "small.agents:2: expected at least 2 agents, as teamSize says, found 1"},
      {"small.agents", "\n11\n", "\n",
       "small.agents:4: expected 3 agents, as the file's count says, found 2"},
      {"small.agents", "\n11\n", "\n11\n10\n",
       "small.agents:6: expected 3 agents, as the file's count says, found one more"},
      {"small.agents", "0\n3\n11", "0\n0\n11",
       "small.agents:4: expected a cell of its own for robot 1, found 0, where robot 0 stands"},
      {"small.agents", "0\n3\n11", "3\n5\n11",
       "small.agents:4: expected a free cell, found 5 (row 1, column 1), which is blocked"},
      {"small.agents", "\n3\n0", "\nthree\n0",
       "small.agents:2: expected a whole number, found \"three\" as the number of agents"},
      {"small.agents", "11", "12",
       "small.agents:5: expected a whole number from 0 to 11, found \"12\" as a cell of the map"},
      {"small.tasks", "8,0", "8,5",
       "small.tasks:4: expected a free cell, found 5 (row 1, column 1), which is blocked"},
      {"small.tasks", "8,0", "8,",
       "small.tasks:4: expected a whole number, found \"\" as a cell of the map"},
      {"small.tasks", "8,0", "8;0",
       "small.tasks:4: expected a whole number, found \"8;0\" as a cell of the map"},
      {"small.tasks", "3\n1,2\n8,0\n6\n", "",
       "small.tasks:1: expected the number of tasks, found none"},
  });
  CHECK(error_when("maps/small.map", "....", "..x..").starts_with("maps/small.map:5: "));
}

TEST_CASE("files are looked for beside the JSON, and with .gz added") {
  const LorrFolderOnDisk folder;
  for (const auto& [name, text] : small_lorr_files()) folder.write(name, text);
  const auto p = read_lorr(folder.at("problem.json"));
  CHECK_MESSAGE(p.ok(), p.error().text());
  CHECK(p->robots() == 2);
  std::filesystem::rename(folder.at("small.tasks"), folder.at("small.tasks.gz"));
  CHECK(read_lorr(folder.at("problem.json")).ok());
  std::filesystem::remove(folder.at("small.tasks.gz"));
  CHECK(read_lorr(folder.at("problem.json")).error().key == "taskFile");
  CHECK(read_lorr(folder.at("other.json")).error().file == folder.at("other.json"));
}

TEST_CASE("the contest's own problems") {
  const auto data = reference_data("robots/lorr24");
  if (!data) return;
  const auto p = read_lorr(*data + "/game.domain/brc202d_500.json");
  CHECK_MESSAGE(p.ok(), p.error().text());
  CHECK(p->robots() == 500);
  CHECK(p->pool() == 750);
  CHECK(p->grid.width == 530);
  CHECK(p->grid.roads.vertices() == 43151);
  CHECK(p->task_lines() == 100000);
  CHECK(p->errands.size() == 200000);
}
