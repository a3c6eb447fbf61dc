#include "worlds/floor/audit_lorr.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <set>

#include "../tests/reference_data.h"
#include "worlds/floor/lorr_json.h"
#include "worlds/floor/test_lorr.h"

using namespace dure;
using namespace dure::floor;

namespace {

using Kind = LorrViolation::Kind;

Json right_output() { return Json::parse(lorr_output(small_lorr(), small_lorr_log(), {})); }

LorrAudit audit(const Json& json) {
  const auto out = parse_lorr_output(json.dump(), "output.json");
  REQUIRE_MESSAGE(out.ok(), out.error().text());
  return audit_lorr(small_lorr(), *out).value();
}

// Something wrong in an output, and what is to be said about it.
struct Case {
  const char* name;
  Kind kind;
  const char* text;  // of a violation
  std::function<void(Json&)> change;
};

void set_paths(Json& j, const char* first, const char* second) {
  j["actualPaths"] = j["plannerPaths"] = {first, second};
}

const Case kCases[] = {
    {"exchange", Kind::move, "time 3: robots 0 and 1 exchange row 0, column 2 and row 0, column 3",
     [](Json& j) { set_paths(j, "F,F,F,W,W,W,W", "R,R,F,W,W,W,W"); }},
    {"shared cell", Kind::move, "time 3: robots 0 and 1 share row 0, column 3",
     [](Json& j) { set_paths(j, "F,F,F,W,W,W,W", "W,W,W,W,W,W,W"); }},
    {"shared cell, the other stays", Kind::move, "time 3: robots 0 and 1 share row 0, column 2",
     [](Json& j) { set_paths(j, "F,F,W,W,W,W,W", "R,R,F,W,W,W,W"); }},
    {"wall", Kind::move, "time 3: robot 0 goes south from row 0, column 1, into a blocked cell",
     [](Json& j) { set_paths(j, "F,R,F,W,W,W,W", "R,F,R,F,C,R,W"); }},
    {"off the map, not round a row's end", Kind::move,
     "time 1: robot 1 goes east from row 0, column 3, off the map",
     [](Json& j) { set_paths(j, "F,F,R,R,F,F,W", "F,W,W,W,W,W,W"); }},
    {"one moves in an invalid step", Kind::plan,
     "time 7: robot 1 does F, but the plan is invalid (unallowed move of robot 0): all wait",
     [](Json& j) { j["actualPaths"][1] = "R,F,R,F,C,R,F"; }},
    {"not as planned", Kind::plan, "time 6: robot 1 does C, planned was R and the plan is valid",
     [](Json& j) { j["actualPaths"][1] = "R,F,R,F,C,C,W"; }},
    {"no error told", Kind::plan,
     "error 1 is missing, by the rules [0, -1, 7, \"unallowed move\"] (0 reported, 1 by the rules)",
     [](Json& j) { j["errors"] = Json::array(); }},
    {"another error", Kind::plan,
     "error 1 is [0, 1, 7, \"vertex conflict\"], by the rules [0, -1, 7, \"unallowed move\"] "
     "(1 reported, 1 by the rules)",
     [](Json& j) {
       j["errors"][0] = {0, 1, 7, "vertex conflict"};
     }},
    {"an error too many", Kind::plan,
     "error 2 is [1, 0, 7, \"edge conflict\"], by the rules there is none (2 reported, 1 by the "
     "rules)",
     [](Json& j) {
       j["errors"].push_back({1, 0, 7, "edge conflict"});
     }},
    {"two robots, one task", Kind::sched, "time 1: robots 0 and 1 have task 0",
     [](Json& j) { j["actualSchedule"][1] = j["plannerSchedule"][1] = "1:0,5:1"; }},
    {"an opened task is dropped", Kind::sched, "time 6: robot 0 leaves task 3, which it has opened",
     [](Json& j) { j["actualSchedule"][0] = j["plannerSchedule"][0] = "1:0,3:3,6:-1"; }},
    {"an opened task goes to another", Kind::sched, "time 6: robots 0 and 1 have task 3",
     [](Json& j) { j["actualSchedule"][1] = j["plannerSchedule"][1] = "1:2,5:1,6:3"; }},
    {"not in the pool yet", Kind::sched,
     "time 3: robot 0 is given task 4, which is not in the pool",
     [](Json& j) { j["actualSchedule"][0] = j["plannerSchedule"][0] = "1:0,3:4"; }},
    {"finished", Kind::sched, "time 5: robot 1 is given task 0, which is not in the pool",
     [](Json& j) { j["actualSchedule"][1] = j["plannerSchedule"][1] = "1:2,5:0"; }},
    {"given what was not proposed", Kind::sched,
     "time 5: robot 1 is given task 4, the schedule that was taken says task 1",
     [](Json& j) { j["actualSchedule"][1] = "1:2,5:4"; }},
    {"not given what was proposed", Kind::sched,
     "time 5: robot 1 is given task 2, the schedule that was taken says task 1",
     [](Json& j) { j["actualSchedule"][1] = "1:2"; }},
    {"given although refused", Kind::sched,
     "time 7: robot 0 is given no task, but the schedule is refused (task is already opened by the "
     "second agent)",
     [](Json& j) { j["actualSchedule"][0] = "1:0,3:3,7:-1"; }},
    {"said twice", Kind::sched, "time 6: actualSchedule repeats task 1 of robot 1",
     [](Json& j) { j["actualSchedule"][1] = j["plannerSchedule"][1] = "1:2,5:1,6:1"; }},
    {"out of order", Kind::sched, "actualSchedule: robot 1 has an entry 1:2 after one of time 5",
     [](Json& j) { j["actualSchedule"][1] = j["plannerSchedule"][1] = "5:1,1:2"; }},
    {"after the end", Kind::sched,
     "actualSchedule: robot 1 has an entry 8:-1, the run has times 1 to 7",
     [](Json& j) { j["actualSchedule"][1] = j["plannerSchedule"][1] = "1:2,5:1,8:-1"; }},
    {"no schedule error told", Kind::sched,
     "schedule error 1 is missing, by the rules [-1, 0, 0, 8, \"task is already opened by the "
     "second agent\"] (0 reported, 1 by the rules)",
     [](Json& j) { j["scheduleErrors"] = Json::array(); }},
    {"revealed late", Kind::tasks, "task 3 is revealed at time 3, by the rules at 2",
     [](Json& j) { j["tasks"][3][1] = 3; }},
    {"another errand", Kind::tasks,
     "task 1 has the errands [2, 1, 0, 0], in the task file [2, 0, 0, 0]",
     [](Json& j) { j["tasks"][1][2][1] = 1; }},
    {"a task is missing", Kind::tasks, "4 tasks are revealed, the replay reveals 5",
     [](Json& j) { j["tasks"].erase(4); }},
    {"tasks in another order", Kind::tasks, "task 2 stands where task 1 belongs",
     [](Json& j) { std::swap(j["tasks"][1], j["tasks"][2]); }},
    {"an event is missing", Kind::events,
     "an event is missing: time 4: robot 1 does errand 1 of task 2",
     [](Json& j) { j["events"].erase(2); }},
    {"an event too many", Kind::events,
     "an event too many: time 7: robot 1 does errand 1 of task 1",
     [](Json& j) {
       j["events"].push_back({7, 1, 1, 1});
     }},
    {"an event's time", Kind::events, "an event too many: time 3: robot 1 does errand 1 of task 2",
     [](Json& j) { j["events"][2][0] = 3; }},
    {"an event's errand", Kind::events,
     "an event too many: time 2: robot 0 does errand 1 of task 0",
     [](Json& j) { j["events"][1][3] = 1; }},
    {"events in another order", Kind::events,
     "the event time 2: robot 0 does errand 2 of task 0 is not in the order of time and robot",
     [](Json& j) { std::swap(j["events"][1], j["events"][2]); }},
    {"finished tasks", Kind::count, "numTaskFinished is 3, by the replay 2",
     [](Json& j) { j["numTaskFinished"] = 3; }},
    {"planner errors", Kind::count, "numPlannerErrors is 0, by the replay 1",
     [](Json& j) { j["numPlannerErrors"] = 0; }},
    {"schedule errors", Kind::count, "numScheduleErrors is 2, by the replay 1",
     [](Json& j) { j["numScheduleErrors"] = 2; }},
    {"late steps", Kind::count, "numEntryTimeouts is 1, by the replay 0",
     [](Json& j) { j["numEntryTimeouts"] = 1; }},
    {"start", Kind::start,
     "robot 1 starts at row 1, column 3, heading E; the problem says row 0, column 3, E",
     [](Json& j) { j["start"][1][0] = 1; }},
    {"heading", Kind::start,
     "robot 0 starts at row 0, column 0, heading S; the problem says row 0, column 0, E",
     [](Json& j) { j["start"][0][2] = "S"; }},
    {"team", Kind::start, "teamSize is 3, the problem's is 2", [](Json& j) { j["teamSize"] = 3; }},
};

bool says(const LorrAudit& a, Kind kind, const std::string& text) {
  for (const LorrViolation& v : a.violations) {
    if (v.kind == kind && v.text == text) return true;
  }
  return false;
}

std::string all(const LorrAudit& a) {
  std::string out;
  for (const LorrViolation& v : a.violations)
    out += std::string(name_of(v.kind)) + ' ' + v.text + '\n';
  return out;
}

// Its answer; nothing when it could not be run.
std::optional<Json> check_output(const std::string& script, const LorrFolderOnDisk& folder) {
  const std::string command = "python3 '" + script + "' --json --max-msgs 1000 '" +
                              folder.at("problem.json") + "' '" + folder.at("output.json") +
                              "' 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), n);
  ::pclose(pipe);
  Json json = Json::parse(text, nullptr, false);
  CHECK_MESSAGE(!json.is_discarded(), text);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

}  // namespace

TEST_CASE("a right run has no violation, whatever the file lacks") {
  const Json right = right_output();
  const LorrAudit a = audit(right);
  CHECK_MESSAGE(a.count() == 0, all(a));
  CHECK(a.steps == 7);
  CHECK(a.finished == 2);
  CHECK(a.errands == 4);
  CHECK(a.planner_errors == 1);
  CHECK(a.schedule_errors == 1);
  for (auto it = right.begin(); it != right.end(); ++it) {
    const std::string& key = it.key();
    if (key == "actualPaths" || key == "actualSchedule" || key == "version" || key == "actionModel")
      continue;
    Json less = right;
    less.erase(key);
    const LorrAudit b = audit(less);
    CHECK_MESSAGE(b.count() == 0, key, ": ", all(b));
    CHECK(std::ranges::count(b.notes, "not checked, as the file lacks it: " + key) == 1);
  }
}

TEST_CASE("each kind of violation is found") {
  for (const Case& c : kCases) {
    Json json = right_output();
    c.change(json);
    const LorrAudit a = audit(json);
    CHECK_MESSAGE(says(a, c.kind, c.text), c.name, " is not told among\n", all(a));
    CHECK(a.count(c.kind) > 0);
  }
}

TEST_CASE("the data's own auditor finds the same kinds of violation") {
  const auto script = reference_data("robots/lorr24/check_output.py");
  if (!script) return;
  if (std::system("python3 -c '' 2>/dev/null") != 0) return;
  const LorrFolderOnDisk folder;
  for (const auto& [name, text] : small_lorr_files()) folder.write(name, text);
  Json json = right_output();
  folder.write("output.json", json.dump());
  auto theirs = check_output(*script, folder);
  REQUIRE(theirs);
  CHECK((*theirs)["violations"] == 0);
  CHECK((*theirs)["replayedTasks"] == 2);
  for (const Case& c : kCases) {
    json = right_output();
    c.change(json);
    folder.write("output.json", json.dump());
    theirs = check_output(*script, folder);
    REQUIRE(theirs);
    const LorrAudit a = audit(json);
    // The same kinds, not only the one that is meant.
    std::set<std::string> ours_found, theirs_found;
    for (size_t kind = 0; kind < LorrViolation::kKinds; ++kind) {
      if (a.counts[kind] > 0) ours_found.insert(name_of(static_cast<Kind>(kind)));
    }
    for (const auto& [kind, count] : (*theirs)["byKind"].items()) theirs_found.insert(kind);
    const bool same = ours_found == theirs_found;
    CHECK_MESSAGE(same, c.name, ": ours\n", all(a), "theirs ", theirs->dump(1));
    CHECK(a.finished == (*theirs)["replayedTasks"]);
  }
}

TEST_CASE("late steps change nothing") {
  Json json = right_output();
  for (const char* key : {"actualPaths", "plannerPaths"}) {
    for (Json& path : json[key]) path = path.get<std::string>() + ",T,T";
  }
  CHECK(audit(json).count() == 1);  // numEntryTimeouts
  json["numEntryTimeouts"] = 2;
  CHECK_MESSAGE(audit(json).count() == 0, all(audit(json)));
  CHECK(audit(json).late_steps == 2);
  json["plannerSchedule"][0] = "1:0,3:3,7:-1,8:3";
  CHECK(says(audit(json), Kind::sched, "time 8: an assignment changes in a late step"));
}

TEST_CASE("the horizon that is asked for, and other rules") {
  const auto out = parse_lorr_output(right_output().dump(), "output.json").value();
  LorrAuditOptions options;
  options.steps = 7;
  CHECK(audit_lorr(small_lorr(), out, options)->count() == 0);
  options.steps = 8;
  CHECK(says(*audit_lorr(small_lorr(), out, options), Kind::count,
             "the run has 7 steps, 8 were asked for"));
  LorrProblem other = small_lorr();
  other.ticks_per_move = 3;
  CHECK(!audit_lorr(other, out).ok());
}

TEST_CASE("many violations are counted and not all kept") {
  Json json = right_output();
  set_paths(json, "F,F,F,W,W,W,W", "W,W,W,W,W,W,W");
  LorrAuditOptions options;
  options.most = 1;
  const auto out = parse_lorr_output(json.dump(), "output.json").value();
  const LorrAudit a = audit_lorr(small_lorr(), out, options).value();
  CHECK(a.violations.size() == 1);
  CHECK(a.count(Kind::move) == 5);
}
