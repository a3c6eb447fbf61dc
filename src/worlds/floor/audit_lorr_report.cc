// The last part of the auditor: what the file reports against what the replay has come to.
#include <algorithm>

#include "worlds/floor/audit_lorr_parts.h"

namespace dure::floor {
namespace {

using Kind = LorrViolation::Kind;
using File = LorrOutputFile;

// Both in the order of time and robot; what only one has is told.
void compare_events(LorrFindings& found, const std::vector<File::Event>& right) {
  found.audit.errands = right.size();
  if (!found.out.events) return;
  const auto text = [](const File::Event& e) {
    return fmt::format("time {}: robot {} does errand {} of task {}", e.time, e.robot, e.errand,
                       e.task);
  };
  const auto before = [](const File::Event& a, const File::Event& b) {
    return std::tuple(a.time, a.robot, a.task, a.errand) <
           std::tuple(b.time, b.robot, b.task, b.errand);
  };
  std::vector<File::Event> told = *found.out.events;
  const auto at = std::ranges::is_sorted_until(told, [](const auto& a, const auto& b) {
    return std::pair(a.time, a.robot) < std::pair(b.time, b.robot);
  });
  if (at != told.end()) {
    found.bad(Kind::events, "the event {} is not in the order of time and robot", text(*at));
    std::ranges::sort(told, before);
  }
  size_t a = 0, b = 0;
  while (a < told.size() || b < right.size()) {
    if (b == right.size() || (a < told.size() && before(told[a], right[b]))) {
      found.bad(Kind::events, "an event too many: {}", text(told[a++]));
    } else if (a == told.size() || before(right[b], told[a])) {
      found.bad(Kind::events, "an event is missing: {}", text(right[b++]));
    } else {
      ++a;
      ++b;
    }
  }
}

void compare_tasks(LorrFindings& found, const LorrTaskReplay& tasks) {
  if (!found.out.tasks) return;
  const LorrProblem& p = found.problem;
  const std::vector<File::Task>& told = *found.out.tasks;
  if (told.size() != tasks.revealed())
    found.bad(Kind::tasks, "{} tasks are revealed, the replay reveals {}", told.size(),
              tasks.revealed());
  std::vector<int64_t> cells;
  for (size_t k = 0; k < std::min(told.size(), tasks.revealed()); ++k) {
    const File::Task& t = told[k];
    if (t.id != static_cast<int64_t>(k)) {
      found.bad(Kind::tasks, "task {} stands where task {} belongs", t.id, k);
      continue;
    }
    if (t.revealed != tasks.revealed_at(k))
      found.bad(Kind::tasks, "task {} is revealed at time {}, by the rules at {}", k, t.revealed,
                tasks.revealed_at(k));
    cells.clear();
    for (const uint32_t vertex : p.errands_of(k)) {
      cells.push_back(p.grid.cell_of[vertex] / p.grid.width);
      cells.push_back(p.grid.cell_of[vertex] % p.grid.width);
    }
    if (t.cells != cells)
      found.bad(Kind::tasks, "task {} has the errands [{}], in the task file [{}]", k,
                fmt::join(t.cells, ", "), fmt::join(cells, ", "));
  }
}

// The first difference of two lists.
template <class T, class Text>
void compare_lists(LorrFindings& found, Kind kind, const char* what, const std::vector<T>& told,
                   const std::vector<T>& right, const Text& text) {
  const auto [a, b] = std::ranges::mismatch(told, right);
  if (a == told.end() && b == right.end()) return;
  found.bad(kind, "{} {} is {}, by the rules {} ({} reported, {} by the rules)", what,
            a - told.begin() + 1, a == told.end() ? "missing" : text(*a),
            b == right.end() ? "there is none" : text(*b), told.size(), right.size());
}

void compare_counts(LorrFindings& found, const LorrMoveReplay& moves, const LorrTaskReplay& tasks) {
  const LorrOutputFile& out = found.out;
  LorrAudit& audit = found.audit;
  audit.planner_errors = out.planned ? moves.errors().size() : out.errors ? out.errors->size() : 0;
  audit.schedule_errors = out.proposed   ? tasks.refusals().size()
                          : out.refusals ? out.refusals->size()
                                         : 0;
  const auto compare = [&](const char* key, const std::optional<int64_t>& told, uint64_t right,
                           bool known) {
    if (told && known && *told != static_cast<int64_t>(right))
      found.bad(Kind::count, "{} is {}, by the replay {}", key, *told, right);
  };
  compare("numTaskFinished", out.finished, audit.finished, true);
  compare("numPlannerErrors", out.planner_errors, audit.planner_errors, out.planned || out.errors);
  compare("numScheduleErrors", out.schedule_errors, audit.schedule_errors,
          out.proposed || out.refusals);
  compare("numEntryTimeouts", out.timeouts, audit.late_steps, true);
  const uint64_t calls = out.steps - audit.late_steps;
  if (out.planner_times && *out.planner_times != calls && audit.late_steps == 0)
    audit.notes.push_back(
        fmt::format("plannerTimes has {} entries for {} calls", *out.planner_times, calls));
  const uint64_t most = tasks.most_busy();
  if (out.makespan && out.proposed && audit.late_steps == 0 &&
      *out.makespan != static_cast<int64_t>(most))
    audit.notes.push_back(fmt::format(
        "makespan is {}, the busiest robot was proposed a task in {} steps", *out.makespan, most));
  for (const std::string& key : out.absent)
    audit.notes.push_back("not checked, as the file lacks it: " + key);
}

}  // namespace

void compare_reported(LorrFindings& found, const LorrMoveReplay& moves,
                      const LorrTaskReplay& tasks) {
  const LorrOutputFile& out = found.out;
  compare_events(found, tasks.events());
  compare_tasks(found, tasks);
  if (out.planned && out.errors) {
    compare_lists(found, Kind::plan, "error", *out.errors, moves.errors(),
                  [](const File::MoveError& e) {
                    return fmt::format("[{}, {}, {}, \"{}\"]", e.robot, e.other, e.time, e.text);
                  });
  }
  if (out.proposed && out.refusals) {
    compare_lists(found, Kind::sched, "schedule error", *out.refusals, tasks.refusals(),
                  [](const File::ScheduleError& e) {
                    return fmt::format("[{}, {}, {}, {}, \"{}\"]", e.task, e.robot, e.other, e.time,
                                       e.text);
                  });
  }
  compare_counts(found, moves, tasks);
}

}  // namespace dure::floor
