// What the parts of the auditor of League of Robot Runners outputs share; audit_lorr.h tells what
// they check. audit_lorr_moves.cc replays the robots, audit_lorr_tasks.cc their tasks, and
// audit_lorr_report.cc compares what the file reports.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "worlds/floor/audit_lorr.h"

namespace dure::floor {

// What is audited, and what was found.
struct LorrFindings {
  using Kind = LorrViolation::Kind;

  const LorrProblem& problem;
  const LorrOutputFile& out;
  const LorrAuditOptions& options;
  LorrAudit audit = {};
  uint32_t time = 0;  // that the replay has come to

  template <class... Args>
  void bad(Kind kind, fmt::format_string<Args...> format, Args&&... args) {
    ++audit.counts[static_cast<size_t>(kind)];
    if (audit.violations.size() < options.most)
      audit.violations.push_back({kind, fmt::format(format, std::forward<Args>(args)...)});
  }
  std::string place(int64_t cell) const {
    return fmt::format("row {}, column {}", cell / problem.grid.width, cell % problem.grid.width);
  }
};

// Robots on cells, by the moves that the file has.
class LorrMoveReplay {
 public:
  explicit LorrMoveReplay(LorrFindings& found);

  // Team and start cells. False: it is no run of this team, and there is nothing to replay.
  bool check_start();
  void begin();
  // A step, [robots] letters each.
  void step(std::string_view planned, std::string_view actual);

  const std::vector<int64_t>& cells() const { return cell_; }  // [robots]
  // By the rules, from what was planned.
  const std::vector<LorrOutputFile::MoveError>& errors() const { return errors_; }

 private:
  using Kind = LorrViolation::Kind;
  using MoveError = LorrOutputFile::MoveError;

  int64_t leads_to(uint32_t robot, char action) const;
  bool is_free(int64_t cell) const;
  std::optional<MoveError> first_fault(std::string_view moves);
  void check_plan(std::string_view planned, std::string_view actual);
  void move(std::string_view moves);

  LorrFindings& found_;
  const LorrProblem& p_;
  const uint32_t robots_;
  std::vector<int64_t> cell_, target_;    // [robots]
  std::vector<uint32_t> heading_;         // [robots]
  std::vector<uint32_t> was_at_, is_at_;  // [cells] robot, during a check; else kNobody
  std::vector<int64_t> short_plans_;      // times
  std::vector<MoveError> errors_;
};

// The pool of tasks, who has which, and what is done, by the schedules that the file has.
class LorrTaskReplay {
 public:
  explicit LorrTaskReplay(LorrFindings& found);

  void begin();
  // A step after the robots have come to their cells. In a late one nothing may change.
  void step(bool late, const std::vector<int64_t>& cells);

  const std::vector<LorrOutputFile::Event>& events() const { return events_; }
  const std::vector<LorrOutputFile::ScheduleError>& refusals() const { return refusals_; }
  size_t revealed() const { return tasks_.size(); }
  uint32_t revealed_at(size_t task) const { return tasks_[task].revealed; }
  uint64_t most_busy() const;  // steps with a task proposed, of the busiest robot

 private:
  using Kind = LorrViolation::Kind;
  using Entry = LorrOutputFile::Entry;
  using ScheduleError = LorrOutputFile::ScheduleError;

  struct Task {
    uint32_t revealed = 0;
    uint32_t done = 0;  // errands
    uint32_t opener = ~uint32_t{0};
    uint64_t proposed_at = 0;   // the last time it was in a schedule that was looked at ...
    uint32_t proposed_for = 0;  // ... and its robot
  };
  std::vector<Entry> in_order(const std::vector<Entry>& entries, const char* key);
  std::span<const Entry> due(const std::vector<Entry>& entries, size_t& at) const;
  bool in_pool(int64_t task) const;
  Task& task(int64_t id) { return tasks_[static_cast<size_t>(id)]; }
  bool opened(int64_t id) { return id >= 0 && task(id).opener != ~uint32_t{0}; }
  void reveal();
  std::optional<ScheduleError> first_refusal();
  void check_schedule(std::span<const Entry> proposed, std::span<const Entry> given);
  void compare(uint32_t robot, std::span<const Entry> given);
  void assign(std::span<const Entry> given);
  void check_shared();
  void complete(const std::vector<int64_t>& cells);

  LorrFindings& found_;
  const LorrProblem& p_;
  const uint32_t robots_;
  std::vector<Task> tasks_;  // revealed
  uint64_t live_ = 0;        // of them, unfinished
  uint64_t look_ = 0;
  std::vector<int64_t> has_;           // [robots] task by what was given; -1: none
  std::vector<int64_t> wants_;         // [robots] task by what was proposed
  std::vector<int64_t> told_, asked_;  // [robots] last entry of actualSchedule, plannerSchedule
  bool behind_ = false;                // the last schedule was refused
  std::vector<uint64_t> busy_;         // [robots] steps with a task proposed
  std::vector<Entry> given_, proposed_;
  size_t next_given_ = 0, next_proposed_ = 0;
  std::vector<int64_t> short_schedules_;  // times
  std::vector<LorrOutputFile::Event> events_;
  std::vector<ScheduleError> refusals_;
};

// Events, tasks, errors and counts in the file against those of the replay.
void compare_reported(LorrFindings& found, const LorrMoveReplay& moves,
                      const LorrTaskReplay& tasks);

}  // namespace dure::floor
