#include "worlds/floor/lorr_log.h"

#include <algorithm>

#include "worlds/floor/lorr_output_file.h"
#include "worlds/floor/test_lorr.h"

using namespace dure;
using namespace dure::floor;

TEST_CASE("the output of a run that was worked out by hand") {
  const double planner_s[] = {0.5, 0.25, 0, 0, 0, 0, 0.125};
  const std::string expected =
      R"({"actionModel":"MAPF_T","version":"2024 LoRR","teamSize":2,)"
      R"("start":[[0,0,"E"],[0,3,"E"]],"numTaskFinished":2,"makespan":7,)"
      R"("numPlannerErrors":1,"numScheduleErrors":1,"numEntryTimeouts":0,)"
      R"("actualPaths":["F,F,R,R,F,F,W","R,F,R,F,C,R,W"],)"
      R"("plannerPaths":["F,F,R,R,F,F,F","R,F,R,F,C,R,F"],)"
      R"("plannerTimes":[0.5,0.25,0,0,0,0,0.125],)"
      R"("errors":[[0,-1,7,"unallowed move"]],)"
      R"("actualSchedule":["1:0,3:3","1:2,5:1"],"plannerSchedule":["1:0,3:3,7:-1","1:2,5:1"],)"
      R"("scheduleErrors":[[-1,0,0,8,"task is already opened by the second agent"]],)"
      R"("events":[[1,0,0,1],[2,0,0,2],[4,1,2,1],[5,0,3,1]],)"
      R"("tasks":[[0,0,[0,1,0,2]],[1,0,[2,0,0,0]],[2,0,[1,2]],[3,2,[0,1,0,2]],[4,4,[2,0,0,0]]]})";
  CHECK(lorr_output(small_lorr(), small_lorr_log(), planner_s) == expected);
}

TEST_CASE("a move that is none is written as none, and leaves what was executed alone") {
  const LorrProblem p = small_lorr();
  LorrLog log(2, 3);
  const Move proposed[] = {static_cast<Move>(7), static_cast<Move>(255)};
  const Move executed[] = {Move::wait, Move::left};
  const uint32_t tasks[] = {kNone, kNone};
  LorrStep step;
  step.proposed = proposed;
  step.executed = executed;
  step.tasks = tasks;
  step.move_error = {LorrMoveError::Kind::unallowed, 0, kNone};
  step.revealed = 3;
  log.add(step);
  const std::string out = lorr_output(p, log, {});
  CHECK(out.find(R"("actualPaths":["W","C"],"plannerPaths":["T","T"])") != std::string::npos);
}

TEST_CASE("the first schedule that is taken has an entry for every robot") {
  const LorrProblem p = small_lorr();
  LorrLog log(2, 3);
  const std::vector<Move> wait(2, Move::wait);
  LorrStep step;
  step.proposed = step.executed = wait;
  step.revealed = 3;
  const std::vector<uint32_t> wrong{7, kNone}, right{kNone, 0}, same = right;
  step.tasks = wrong;
  step.schedule_error = {LorrScheduleError::Kind::finished, 7, 0, kNone};
  log.add(step);
  step.schedule_error.reset();
  step.tasks = right;
  log.add(step);
  step.tasks = same;
  log.add(step);
  const auto out = parse_lorr_output(lorr_output(p, log, {}), "output.json");
  const auto text = [](const std::vector<LorrOutputFile::Entry>& entries) {
    std::string all;
    for (const auto& e : entries)
      all += std::to_string(e.robot) + '/' + std::to_string(e.time) + ':' + std::to_string(e.task) +
             ' ';
    return all;
  };
  CHECK(text(out->given) == "0/2:-1 1/2:0 ");
  CHECK(text(*out->proposed) == "0/1:7 0/2:-1 1/1:-1 1/2:0 ");
}

TEST_CASE("a planner that gives too few moves") {
  const LorrProblem p = small_lorr();
  LorrLog log(2, 3);
  const std::vector<Move> wait(2, Move::wait), few(1, Move::forward);
  LorrStep step;
  step.proposed = few;
  step.executed = wait;
  step.move_error = {LorrMoveError::Kind::size, kNone, kNone};
  step.schedule_error = {LorrScheduleError::Kind::size, kNone, kNone, kNone};
  step.revealed = 3;
  log.add(step);
  const std::string text = lorr_output(p, log, {});
  CHECK(text.find(R"("plannerPaths":["F","T"])") != std::string::npos);
  CHECK(text.find(R"("errors":[[-1,-1,1,"incorrect vector size"]])") != std::string::npos);
  CHECK(text.find(R"("scheduleErrors":[[-1,-1,-1,2,"Invalid schedule size"]])") !=
        std::string::npos);
}

TEST_CASE("a byte for each robot and step, and a file of them") {
  constexpr uint32_t robots = 1000, steps = 100;
  LorrLog log(robots, 0);
  const std::vector<Move> moves(robots, Move::left);
  const std::vector<uint32_t> none(robots, kNone);
  LorrStep step;
  step.proposed = step.executed = moves;
  step.tasks = none;
  for (uint32_t t = 0; t < steps; ++t) log.add(step);
  CHECK(log.bytes() < 2 * robots * steps + 64 * robots);
  CHECK(std::ranges::count(log.moves(), 2 | 2 << 4) == robots * steps);
}

TEST_CASE("an output file that cannot be understood") {
  const auto error = [](const std::string& text) {
    const auto out = parse_lorr_output(text, "o.json");
    return out ? "fine" : out.error().text();
  };
  const auto paths = [&](const std::string& list, const std::string& more = "") {
    return error(R"({"actualPaths":[)" + list + R"(],"actualSchedule":["",""])" + more + "}");
  };
  CHECK(paths(R"("F,R","W,T")") == "fine");
  CHECK(paths(R"("","")") == "fine");
  CHECK(error("{}") == "o.json: actualPaths: expected a list, found none");
  CHECK(error("[]") == "o.json: expected an object, found a list");
  CHECK(paths(R"("F,R","W")") ==
        "o.json: actualPaths[1]: expected 2 actions, as the first robot has, found 1");
  const std::string letters = "expected letters of F, R, C, W and T with commas between them";
  CHECK(paths(R"("F,X","W,W")") == "o.json: actualPaths[0]: " + letters + ", found \"X\"");
  CHECK(paths(R"("F,","W,")") == "o.json: actualPaths[0]: " + letters + ", found \"F,\"");
  CHECK(paths(R"("FFF","W,W")") == "o.json: actualPaths[0]: " + letters + ", found \"FFF\"");
  CHECK(paths(R"("F",7)") == "o.json: actualPaths[1]: expected a text such as \"F,R,W\", found 7");
  CHECK(paths(R"("F")") == "o.json: actualSchedule: expected 1 texts, as in actualPaths, found 2");
  CHECK(paths(R"("F","F")", R"(,"plannerSchedule":["1:2,3","" ])") ==
        "o.json: plannerSchedule[0]: expected time:task, found \"3\"");
  CHECK(paths(R"("F","F")", R"(,"events":[[1,2,3,4],[1,2,3]])") ==
        "o.json: events[1]: expected [time, robot, task, errand], found \"[1,2,3]\"");
  CHECK(paths(R"("F","F")", R"(,"numTaskFinished":-1)") ==
        "o.json: numTaskFinished: expected a whole number at least 0, found -1");
  const auto kit = parse_lorr_output(
      R"({"actualPaths":["W"],"actualSchedule":["1:-1"],"teamSize":1})", "o.json");
  CHECK(kit->absent.size() == 13);
}
