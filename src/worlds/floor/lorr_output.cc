// Writes a LorrLog as the contest's output file.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/file.h"
#include "base/json.h"
#include "worlds/floor/lorr_log.h"

namespace dure::floor {
namespace {

constexpr std::string_view kLetters = "FRCWT";  // by Move; T: there was none

char letter(int move) {
  return kLetters[std::min<size_t>(static_cast<size_t>(move), LorrLog::kNoMove)];
}

int64_t id(uint32_t index) { return index == kNone ? -1 : int64_t{index}; }

void append(std::string& to, int64_t number) {
  char digits[20];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// A text of letters for each robot; of the low or high half of the bytes.
void write_paths(JsonWriter& out, const char* key, const LorrLog& log, int shift) {
  const size_t robots = log.robots(), steps = log.steps();
  const uint8_t* const moves = log.moves().data();
  out.key(key).begin_array();
  // Some robots at a time, for the caches.
  constexpr size_t kRobots = 64;
  std::vector<std::string> paths(kRobots);
  for (size_t first = 0; first < robots; first += kRobots) {
    const size_t n = std::min(kRobots, robots - first);
    for (std::string& path : paths) {
      path.assign(steps > 0 ? 2 * steps + 1 : 2, ',');
      path.front() = path.back() = '"';
    }
    for (size_t t = 0; t < steps; ++t) {
      for (size_t i = 0; i < n; ++i)
        paths[i][2 * t + 1] = letter(moves[t * robots + first + i] >> shift & 15);
    }
    for (size_t i = 0; i < n; ++i) out.raw(paths[i]);
  }
  out.end_array();
}

// A text "time:task,time:task" for each robot.
void write_schedule(JsonWriter& out, const char* key, const LorrLog& log,
                    std::span<const LorrLog::Change> changes) {
  std::vector<uint32_t> first(log.robots() + 1, 0);  // by robot, then time
  for (const LorrLog::Change& c : changes) ++first[c.robot + 1];
  for (size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<uint32_t> order(changes.size()), at(first);
  for (uint32_t i = 0; i < changes.size(); ++i) order[at[changes[i].robot]++] = i;

  out.key(key).begin_array();
  std::string text;
  for (size_t robot = 0; robot < log.robots(); ++robot) {
    text.clear();
    for (uint32_t i = first[robot]; i < first[robot + 1]; ++i) {
      const LorrLog::Change& c = changes[order[i]];
      if (!text.empty()) text += ',';
      append(text, c.time);
      text += ':';
      append(text, id(c.task));
    }
    out.value(text);
  }
  out.end_array();
}

void write_cell(JsonWriter& out, const Grid& grid, uint32_t vertex) {
  const uint32_t cell = grid.cell_of[vertex];
  out.value(cell / grid.width).value(cell % grid.width);
}

uint64_t finished(const LorrProblem& problem, const LorrLog& log) {
  uint64_t n = 0;
  for (const auto& [time, done] : log.done())
    n += done.errand == problem.errands_of(done.task).size();
  return n;
}

}  // namespace

const char* lorr_text(LorrMoveError::Kind kind) {
  switch (kind) {
    case LorrMoveError::Kind::unallowed:
      return "unallowed move";
    case LorrMoveError::Kind::vertex:
      return "vertex conflict";
    case LorrMoveError::Kind::edge:
      return "edge conflict";
    case LorrMoveError::Kind::size:
      return "incorrect vector size";
  }
  return "";
}

const char* lorr_text(LorrScheduleError::Kind kind) {
  switch (kind) {
    case LorrScheduleError::Kind::finished:
      return "task already finished";
    case LorrScheduleError::Kind::duplicate:
      return "task is already assigned by the second agent at the same time";
    case LorrScheduleError::Kind::opened:
      return "task is already opened by the second agent";
    case LorrScheduleError::Kind::size:
      return "Invalid schedule size";
  }
  return "";
}

std::string lorr_output(const LorrProblem& problem, const LorrLog& log,
                        std::span<const double> planner_s) {
  DURE_ASSERT(problem.robots() == log.robots(), "the log of this problem");
  JsonWriter out;
  out.begin_object();
  out.field("actionModel", "MAPF_T").field("version", "2024 LoRR");
  out.field("teamSize", log.robots());
  out.key("start").begin_array();
  for (const uint32_t vertex : problem.starts) {
    out.begin_array();
    write_cell(out, problem.grid, vertex);
    out.value("E").end_array();
  }
  out.end_array();
  out.field("numTaskFinished", finished(problem, log));
  out.field("makespan", log.robots() == 0 ? 0 : *std::ranges::max_element(log.busy()));
  out.field("numPlannerErrors", log.move_errors().size());
  out.field("numScheduleErrors", log.schedule_errors().size());
  out.field("numEntryTimeouts", 0);
  write_paths(out, "actualPaths", log, 4);
  write_paths(out, "plannerPaths", log, 0);
  out.key("plannerTimes").begin_array();
  for (const double s : planner_s) out.value(s);
  out.end_array();

  out.key("errors").begin_array();
  for (const auto& [time, e] : log.move_errors()) {
    out.begin_array().value(id(e.robot)).value(id(e.other)).value(time);
    out.value(lorr_text(e.kind)).end_array();
  }
  out.end_array();
  write_schedule(out, "actualSchedule", log, log.assignments());
  write_schedule(out, "plannerSchedule", log, log.proposals());
  out.key("scheduleErrors").begin_array();
  for (const auto& [time, e] : log.schedule_errors()) {
    out.begin_array().value(id(e.task)).value(id(e.robot)).value(id(e.other));
    out.value(time + 1).value(lorr_text(e.kind)).end_array();
  }
  out.end_array();
  out.key("events").begin_array();
  for (const auto& [time, done] : log.done()) {
    out.begin_array().value(time).value(done.robot).value(done.task).value(done.errand);
    out.end_array();
  }
  out.end_array();
  out.key("tasks").begin_array();
  for (size_t task = 0; task < log.revealed().size(); ++task) {
    out.begin_array().value(task).value(log.revealed()[task]).begin_array();
    for (const uint32_t vertex : problem.errands_of(task)) write_cell(out, problem.grid, vertex);
    out.end_array().end_array();
  }
  out.end_array();
  return out.end_object().take();
}

Result<void> write_lorr_output(const std::string& path, const LorrProblem& problem,
                               const LorrLog& log, std::span<const double> planner_s) {
  return write_file_atomic(path, lorr_output(problem, log, planner_s) + '\n');
}

}  // namespace dure::floor
