#include "worlds/floor/lorr_falsified.h"

#include "base/text.h"

namespace dure::floor {
namespace {

void set_moves(Json& j, uint32_t robot, const char* first) {
  for (const char* key : {"actualPaths", "plannerPaths"}) {
    auto& path = j[key][robot].get_ref<std::string&>();
    path.replace(0, std::string_view(first).size(), first);
  }
}

// The robots that start side by side, the western one first.
bool neighbours(const LorrProblem& p, uint32_t& west, uint32_t& east) {
  for (west = 0; west < p.robots(); ++west) {
    const uint32_t next = p.grid.roads.to(p.starts[west], 0);
    for (east = 0; next != kNoVertex && east < p.robots(); ++east) {
      if (p.starts[east] == next) return true;
    }
  }
  return false;
}

// In both schedules the robot's entries from a time on, replaced.
void set_schedule(Json& j, uint32_t robot, int64_t from, const std::string& instead) {
  for (const char* key : {"actualSchedule", "plannerSchedule"}) {
    auto& text = j[key][robot].get_ref<std::string&>();
    std::string kept;
    for (const std::string_view entry : split(text, ',')) {
      if (parse_int(entry.substr(0, entry.find(':'))).value() < from)
        kept.append(entry).append(",");
    }
    text = kept + instead;
  }
}

const LorrFalsified kFalsified[] = {
    {"a start cell", LorrViolation::Kind::start,
     [](Json& j, const LorrProblem&) {
       j["start"][0][1] = j["start"][0][1].get<int>() + 1;
       return true;
     }},
    {"two robots exchange cells", LorrViolation::Kind::move,
     [](Json& j, const LorrProblem& p) {
       uint32_t west = 0, east = 0;
       if (!neighbours(p, west, east)) return false;
       set_moves(j, west, "W,W,F");
       set_moves(j, east, "R,R,F");
       return true;
     }},
    {"two robots share a cell", LorrViolation::Kind::move,
     [](Json& j, const LorrProblem& p) {
       uint32_t west = 0, east = 0;
       if (!neighbours(p, west, east)) return false;
       set_moves(j, west, "F");
       set_moves(j, east, "W");
       return true;
     }},
    {"a robot in a wall", LorrViolation::Kind::move,
     [](Json& j, const LorrProblem& p) {
       for (uint32_t r = 0; r < p.robots(); ++r) {
         if (p.grid.roads.to(p.starts[r], 0) != kNoVertex) continue;
         set_moves(j, r, "F");
         return true;
       }
       return false;
     }},
    {"a move that was not planned", LorrViolation::Kind::plan,
     [](Json& j, const LorrProblem&) {
       auto& path = j["plannerPaths"][0].get_ref<std::string&>();
       path[0] = path[0] == 'R' ? 'C' : 'R';
       return true;
     }},
    {"one task for two robots", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem&) {
       const auto first = j["actualSchedule"][0].get<std::string>();
       set_schedule(j, 1, 1, first.substr(0, first.find(',')));
       return true;
     }},
    {"an opened task that is dropped", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem& p) {
       for (const Json& e : j["events"]) {
         const auto task = e[2].get<uint64_t>();
         const int64_t time = e[0].get<int64_t>() + 1;
         const auto last = static_cast<int64_t>(j["actualPaths"][0].get<std::string>().size() / 2);
         if (e[3] == p.errands_of(task).size() || time > last) continue;
         set_schedule(j, e[1].get<uint32_t>(), time, std::to_string(time) + ":-1");
         return true;
       }
       return false;
     }},
    {"a task that is not known yet", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem&) {
       set_schedule(j, 0, 1, "1:" + std::to_string(j["tasks"].size()));
       return true;
     }},
    {"a reveal time", LorrViolation::Kind::tasks,
     [](Json& j, const LorrProblem&) {
       Json& time = j["tasks"].back()[1];
       time = time.get<int>() + 1;
       return true;
     }},
    {"an errand's cell", LorrViolation::Kind::tasks,
     [](Json& j, const LorrProblem&) {
       Json& row = j["tasks"][0][2][0];
       row = row.get<int>() + 1;
       return true;
     }},
    {"an event that is missing", LorrViolation::Kind::events,
     [](Json& j, const LorrProblem&) {
       if (j["events"].empty()) return false;
       j["events"].erase(j["events"].size() / 2);
       return true;
     }},
    {"tasks finished", LorrViolation::Kind::count,
     [](Json& j, const LorrProblem&) {
       j["numTaskFinished"] = j["numTaskFinished"].get<int>() + 1;
       return true;
     }},
};
const LorrFalsified kFalsifiedErrors[] = {
    {"a planner error that is missing", LorrViolation::Kind::plan,
     [](Json& j, const LorrProblem&) {
       if (j["errors"].empty()) return false;
       j["errors"].erase(0);
       return true;
     }},
    {"a schedule error that is missing", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem&) {
       if (j["scheduleErrors"].empty()) return false;
       j["scheduleErrors"].erase(0);
       return true;
     }},
    {"the number of planner errors", LorrViolation::Kind::count,
     [](Json& j, const LorrProblem&) {
       j["numPlannerErrors"] = j["numPlannerErrors"].get<int>() + 1;
       return true;
     }},
};

}  // namespace

std::span<const LorrFalsified> lorr_falsified() { return kFalsified; }
std::span<const LorrFalsified> lorr_falsified_errors() { return kFalsifiedErrors; }

}  // namespace dure::floor
