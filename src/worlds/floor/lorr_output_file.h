// An output file of the League of Robot Runners 2024 (Start-Kit v2.0.0 and v2.1.2) as it was read:
// what it says, right or wrong. Only what cannot be understood is an Error; audit_lorr.h tells
// whether the rest is true. gzip is fine.
//
// A file may lack keys, as the kit's --outputScreen and older versions write it. Only actualPaths
// and actualSchedule must be there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::floor {

struct LorrOutputFile {
  struct Start {
    int64_t row = 0, column = 0;
    std::string heading;  // "E"
  };
  struct Entry {  // of a schedule
    int64_t time = 0;
    uint32_t robot = 0;
    int64_t task = 0;  // -1: none
  };
  struct MoveError {
    int64_t robot = 0, other = 0, time = 0;
    std::string text;
    bool operator==(const MoveError&) const = default;
  };
  struct ScheduleError {
    int64_t task = 0, robot = 0, other = 0, time = 0;
    std::string text;
    bool operator==(const ScheduleError&) const = default;
  };
  struct Event {
    int64_t time = 0, robot = 0, task = 0, errand = 0;
    bool operator==(const Event&) const = default;
  };
  struct Task {
    int64_t id = 0, revealed = 0;
    std::vector<int64_t> cells;  // row, column, row, column, ...
    bool operator==(const Task&) const = default;
  };

  uint32_t robots = 0, steps = 0;  // of actualPaths
  std::optional<int64_t> team_size, finished, makespan, planner_errors, schedule_errors, timeouts;
  std::optional<std::vector<Start>> start;  // [robots]
  std::string actual;                       // [steps x robots] F, R, C, W or T
  std::optional<std::string> planned;       // [steps x robots]
  std::vector<Entry> given;                 // actualSchedule, by robot, as in the file
  std::optional<std::vector<Entry>> proposed;
  std::optional<uint64_t> planner_times;  // how many
  std::optional<std::vector<MoveError>> errors;
  std::optional<std::vector<ScheduleError>> refusals;  // scheduleErrors
  std::optional<std::vector<Event>> events;
  std::optional<std::vector<Task>> tasks;

  std::vector<std::string> absent;  // keys that are not there
};

Result<LorrOutputFile> read_lorr_output(const std::string& path);
Result<LorrOutputFile> parse_lorr_output(std::string_view json, const std::string& file);

}  // namespace dure::floor
