#include "worlds/floor/audit_lorr.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace dure::floor {
namespace {

using Kind = LorrViolation::Kind;
using File = LorrOutputFile;
using Entry = File::Entry;

constexpr uint32_t kNobody = ~uint32_t{0};

const char* const kHeadingNames[] = {"east", "south", "west", "north"};
constexpr int64_t kRowStep[] = {0, 1, 0, -1}, kColumnStep[] = {1, 0, -1, 0};

class Replay {
 public:
  Replay(const LorrProblem& problem, const File& out, const LorrAuditOptions& options)
      : p_(problem), out_(out), options_(options), robots_(problem.robots()) {}

  LorrAudit run() {
    audit_.steps = out_.steps;
    if (!check_start()) return std::move(audit_);
    prepare();
    reveal(0);
    for (time_ = 1; time_ <= out_.steps; ++time_) step();
    compare_events();
    compare_tasks();
    if (out_.planned && out_.errors)
      compare_lists(Kind::plan, "error", *out_.errors, errors_, [](const File::MoveError& e) {
        return fmt::format("[{}, {}, {}, \"{}\"]", e.robot, e.other, e.time, e.text);
      });
    if (out_.proposed && out_.refusals)
      compare_lists(Kind::sched, "schedule error", *out_.refusals, refusals_,
                    [](const File::ScheduleError& e) {
                      return fmt::format("[{}, {}, {}, {}, \"{}\"]", e.task, e.robot, e.other,
                                         e.time, e.text);
                    });
    compare_counts();
    return std::move(audit_);
  }

 private:
  // --- words ---
  template <class... Args>
  void bad(Kind kind, fmt::format_string<Args...> format, Args&&... args) {
    ++audit_.counts[static_cast<size_t>(kind)];
    if (audit_.violations.size() < options_.most)
      audit_.violations.push_back({kind, fmt::format(format, std::forward<Args>(args)...)});
  }
  std::string place(int64_t cell) const {
    return fmt::format("row {}, column {}", cell / p_.grid.width, cell % p_.grid.width);
  }
  static std::string named(int64_t task) {
    return task == -1 ? std::string("no task") : fmt::format("task {}", task);
  }

  // --- the start ---
  // False: it is no run of this team.
  bool check_start() {
    if (out_.team_size && *out_.team_size != robots_)
      bad(Kind::start, "teamSize is {}, the problem's is {}", *out_.team_size, robots_);
    if (options_.steps && *options_.steps != out_.steps)
      bad(Kind::count, "the run has {} steps, {} were asked for", out_.steps, *options_.steps);
    if (out_.start) {
      const std::vector<File::Start>& start = *out_.start;
      if (start.size() != robots_)
        bad(Kind::start, "start has {} robots, the problem {}", start.size(), robots_);
      for (uint32_t i = 0; i < std::min<size_t>(start.size(), robots_); ++i) {
        const uint32_t cell = p_.grid.cell_of[p_.starts[i]];
        if (start[i].row == cell / p_.grid.width && start[i].column == cell % p_.grid.width &&
            start[i].heading == "E") {
          continue;
        }
        bad(Kind::start, "robot {} starts at row {}, column {}, heading {}; the problem says {}, E",
            i, start[i].row, start[i].column, start[i].heading, place(cell));
      }
    }
    if (out_.robots == robots_) return true;
    bad(Kind::start, "actualPaths has {} robots, the problem {}", out_.robots, robots_);
    return false;
  }

  void prepare() {
    for (const uint32_t vertex : p_.starts) cell_.push_back(p_.grid.cell_of[vertex]);
    heading_.assign(robots_, 0);
    target_.resize(robots_);
    was_at_.assign(p_.grid.vertex_of.size(), kNobody);
    is_at_.assign(p_.grid.vertex_of.size(), kNobody);
    has_.assign(robots_, -1);
    wants_.assign(robots_, -1);
    told_.assign(robots_, kUntold);
    asked_.assign(robots_, kUntold);
    busy_.assign(robots_, 0);
    given_ = in_order(out_.given, "actualSchedule");
    if (out_.proposed) proposed_ = in_order(*out_.proposed, "plannerSchedule");
    if (out_.errors) {
      for (const File::MoveError& e : *out_.errors)
        if (e.text == "incorrect vector size") short_plans_.push_back(e.time);
    }
    if (out_.refusals) {
      for (const File::ScheduleError& e : *out_.refusals)
        if (e.text == "Invalid schedule size") short_schedules_.push_back(e.time - 1);
    }
    std::ranges::sort(short_plans_);
    std::ranges::sort(short_schedules_);
  }

  // Entries by time; those of a time that no step has are left out.
  std::vector<Entry> in_order(const std::vector<Entry>& entries, const char* key) {
    std::vector<Entry> out;
    out.reserve(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      const Entry& e = entries[i];
      const bool follows = i > 0 && entries[i - 1].robot == e.robot;
      if (follows && entries[i - 1].time >= e.time)
        bad(Kind::sched, "{}: robot {} has an entry {}:{} after one of time {}", key, e.robot,
            e.time, e.task, entries[i - 1].time);
      if (e.time < 1 || e.time > out_.steps) {
        bad(Kind::sched, "{}: robot {} has an entry {}:{}, the run has times 1 to {}", key, e.robot,
            e.time, e.task, out_.steps);
      } else {
        out.push_back(e);
      }
    }
    std::ranges::stable_sort(out, [](const Entry& a, const Entry& b) {
      return std::pair(a.time, a.robot) < std::pair(b.time, b.robot);
    });
    return out;
  }
  // Those of the present time, which are taken off.
  std::span<const Entry> due(const std::vector<Entry>& entries, size_t& at) const {
    const size_t first = at;
    while (at < entries.size() && entries[at].time == time_) ++at;
    return {entries.data() + first, at - first};
  }

  // --- a step ---
  void step() {
    const size_t row = size_t{time_ - 1} * robots_;
    const std::string_view actual = std::string_view(out_.actual).substr(row, robots_);
    const std::string_view planned =
        out_.planned ? std::string_view(*out_.planned).substr(row, robots_) : actual;
    const auto all = [](std::string_view moves, char letter) {
      return moves.find_first_not_of(letter) == std::string_view::npos;
    };
    const bool late = all(actual, 'T') && all(planned, 'T');
    if (out_.planned) check_plan(planned, actual);
    move(actual);
    const std::span<const Entry> proposed = due(proposed_, next_proposed_);
    const std::span<const Entry> given = due(given_, next_given_);
    if (late) {
      ++audit_.late_steps;
      if (!proposed.empty() || !given.empty())
        bad(Kind::sched, "time {}: an assignment changes in a late step", time_);
      return;
    }
    if (out_.proposed) check_schedule(proposed, given);
    assign(given);
    complete();
    reveal(time_);
  }

  // The cell that an action leads to, off the map or blocked as it may be; -1: off the map.
  int64_t leads_to(uint32_t robot, char action) const {
    const int64_t cell = cell_[robot];
    if (action != 'F') return cell;
    const int64_t width = p_.grid.width, height = p_.grid.height;
    const int64_t row = cell / width + kRowStep[heading_[robot]];
    const int64_t column = cell % width + kColumnStep[heading_[robot]];
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? row * width + column : -1;
  }
  bool is_free(int64_t cell) const {
    return cell >= 0 && p_.grid.vertex_of[static_cast<size_t>(cell)] != kNoVertex;
  }
  uint32_t& at(std::vector<uint32_t>& robot_at, int64_t cell) {
    return robot_at[static_cast<size_t>(cell)];
  }

  // The first thing that makes the joint action invalid.
  std::optional<File::MoveError> first_fault(std::string_view moves) {
    if (std::ranges::binary_search(short_plans_, int64_t{time_}))
      return File::MoveError{-1, -1, time_, "incorrect vector size"};
    std::optional<File::MoveError> fault;
    uint32_t looked_at = 0;
    for (uint32_t i = 0; i < robots_; ++i) at(was_at_, cell_[i]) = i;
    for (uint32_t i = 0; i < robots_ && !fault; ++i) {
      const int64_t to = leads_to(i, moves[i]);
      if (!is_free(to)) {
        fault = {i, -1, time_, "unallowed move"};
        break;
      }
      target_[i] = to;
      looked_at = i + 1;
      const uint32_t there = at(is_at_, to), before = at(was_at_, to);
      if (there != kNobody) {
        fault = {i, there, time_, "vertex conflict"};
      } else {
        at(is_at_, to) = i;
        if (before < i && to != cell_[i] && target_[before] == cell_[i])
          fault = {i, before, time_, "edge conflict"};
      }
    }
    for (uint32_t i = 0; i < looked_at; ++i) at(is_at_, target_[i]) = kNobody;
    for (uint32_t i = 0; i < robots_; ++i) at(was_at_, cell_[i]) = kNobody;
    return fault;
  }

  void check_plan(std::string_view planned, std::string_view actual) {
    const std::optional<File::MoveError> fault = first_fault(planned);
    if (fault) {
      errors_.push_back(*fault);
      if (const size_t i = actual.find_first_not_of('W'); i != std::string_view::npos)
        bad(Kind::plan,
            "time {}: robot {} does {}, but the plan is invalid ({} of robot {}): all wait", time_,
            i, actual[i], fault->text, fault->robot);
      return;
    }
    const auto [a, b] = std::ranges::mismatch(actual, planned);
    if (a != actual.end())
      bad(Kind::plan, "time {}: robot {} does {}, planned was {} and the plan is valid", time_,
          a - actual.begin(), *a, *b);
  }

  // Takes the moves as they are, but for robots that would leave the free cells.
  void move(std::string_view moves) {
    for (uint32_t i = 0; i < robots_; ++i) at(was_at_, cell_[i]) = i;
    for (uint32_t i = 0; i < robots_; ++i) {
      target_[i] = leads_to(i, moves[i]);
      if (!is_free(target_[i])) {
        bad(Kind::move, "time {}: robot {} goes {} from {}, {}", time_, i,
            kHeadingNames[heading_[i]], place(cell_[i]),
            target_[i] < 0 ? "off the map" : "into a blocked cell");
        target_[i] = cell_[i];
      }
      uint32_t& there = at(is_at_, target_[i]);
      if (there != kNobody)
        bad(Kind::move, "time {}: robots {} and {} share {}", time_, there, i, place(target_[i]));
      else
        there = i;
    }
    for (uint32_t i = 0; i < robots_; ++i) {
      const uint32_t before = at(was_at_, target_[i]);
      if (target_[i] != cell_[i] && before < i && target_[before] == cell_[i] &&
          cell_[before] == target_[i])
        bad(Kind::move, "time {}: robots {} and {} exchange {} and {}", time_, before, i,
            place(target_[i]), place(cell_[i]));
    }
    for (uint32_t i = 0; i < robots_; ++i) {
      at(was_at_, cell_[i]) = kNobody;
      at(is_at_, target_[i]) = kNobody;
      cell_[i] = target_[i];
      if (moves[i] == 'R') heading_[i] = (heading_[i] + 1) % 4;
      if (moves[i] == 'C') heading_[i] = (heading_[i] + 3) % 4;
    }
  }

  // --- tasks ---
  struct Task {
    uint32_t revealed = 0;
    uint32_t done = 0;  // errands
    uint32_t opener = kNobody;
    uint64_t proposed_at = 0;   // the last time it was in a schedule that was looked at ...
    uint32_t proposed_for = 0;  // ... and its robot
  };
  bool in_pool(int64_t task) const {
    return task >= 0 && task < static_cast<int64_t>(tasks_.size()) &&
           tasks_[static_cast<size_t>(task)].done <
               p_.errands_of(static_cast<uint64_t>(task)).size();
  }
  Task& task(int64_t id) { return tasks_[static_cast<size_t>(id)]; }
  bool opened(int64_t id) { return id >= 0 && task(id).opener != kNobody; }

  void reveal(uint32_t time) {
    for (; live_ < p_.pool(); ++live_) tasks_.push_back({.revealed = time});
  }

  // What rejects the schedule `wants_`.
  std::optional<File::ScheduleError> first_refusal() {
    const int64_t logged = int64_t{time_} + 1;
    if (std::ranges::binary_search(short_schedules_, int64_t{time_}))
      return File::ScheduleError{-1, -1, -1, logged, "Invalid schedule size"};
    ++look_;
    for (uint32_t i = 0; i < robots_; ++i) {
      const int64_t id = wants_[i];
      if (id != -1) {
        if (!in_pool(id)) return File::ScheduleError{id, i, -1, logged, "task already finished"};
        if (task(id).proposed_at == look_) {
          return File::ScheduleError{
              id, i, task(id).proposed_for, logged,
              "task is already assigned by the second agent at the same time"};
        }
      }
      if (has_[i] != id && opened(has_[i])) {
        return File::ScheduleError{id, i, task(has_[i]).opener, logged,
                                   "task is already opened by the second agent"};
      }
      if (id != -1) {
        task(id).proposed_at = look_;
        task(id).proposed_for = i;
      }
    }
    return std::nullopt;
  }

  // What is given must be what is proposed, or nothing new when that is refused.
  void check_schedule(std::span<const Entry> proposed, std::span<const Entry> given) {
    for (const Entry& e : proposed) {
      if (asked_[e.robot] == e.task)
        bad(Kind::sched, "time {}: plannerSchedule repeats {} of robot {}", time_, named(e.task),
            e.robot);
      asked_[e.robot] = wants_[e.robot] = e.task;
    }
    for (uint32_t i = 0; i < robots_; ++i) busy_[i] += wants_[i] != -1;
    const std::optional<File::ScheduleError> refusal = first_refusal();
    if (refusal) {
      refusals_.push_back(*refusal);
      behind_ = true;
      if (!given.empty())
        bad(Kind::sched, "time {}: robot {} is given {}, but the schedule is refused ({})", time_,
            given[0].robot, named(given[0].task), refusal->text);
      return;
    }
    const auto compare = [&](uint32_t robot) {
      const auto entry = std::ranges::lower_bound(given, robot, {}, &Entry::robot);
      const bool has_entry = entry != given.end() && entry->robot == robot;
      const int64_t told = has_entry ? entry->task : told_[robot];
      if (told == wants_[robot] || (told == kUntold && asked_[robot] == kUntold)) return;
      bad(Kind::sched, "time {}: robot {} is given {}, the schedule that was taken says {}", time_,
          robot, told == kUntold ? std::string("nothing") : named(told), named(wants_[robot]));
    };
    if (behind_) {
      for (uint32_t i = 0; i < robots_; ++i) compare(i);
    } else {
      for (const Entry& e : proposed) compare(e.robot);
      for (const Entry& e : given) {
        const auto same = std::ranges::lower_bound(proposed, e.robot, {}, &Entry::robot);
        if (same == proposed.end() || same->robot != e.robot) compare(e.robot);
      }
    }
    behind_ = false;
  }

  // What is given takes effect where it may.
  void assign(std::span<const Entry> given) {
    for (const Entry& e : given) {
      if (told_[e.robot] == e.task)
        bad(Kind::sched, "time {}: actualSchedule repeats {} of robot {}", time_, named(e.task),
            e.robot);
      told_[e.robot] = e.task;
      int64_t& has = has_[e.robot];
      if (has != e.task && opened(has))
        bad(Kind::sched, "time {}: robot {} leaves {}, which it has opened", time_, e.robot,
            named(has));
      if (e.task != -1 && !in_pool(e.task)) {
        bad(Kind::sched, "time {}: robot {} is given {}, which is not in the pool", time_, e.robot,
            named(e.task));
        has = -1;
      } else {
        has = e.task;
      }
    }
    if (given.empty()) return;
    ++look_;
    for (uint32_t i = 0; i < robots_; ++i) {
      if (has_[i] == -1) continue;
      Task& t = task(has_[i]);
      if (t.proposed_at == look_) {
        bad(Kind::sched, "time {}: robots {} and {} have {}", time_, t.proposed_for, i,
            named(has_[i]));
        has_[i] = -1;
      } else {
        t.proposed_at = look_;
        t.proposed_for = i;
      }
    }
  }

  void complete() {
    for (uint32_t i = 0; i < robots_; ++i) {
      if (has_[i] == -1) continue;
      Task& t = task(has_[i]);
      const std::span<const uint32_t> errands = p_.errands_of(static_cast<uint64_t>(has_[i]));
      if (p_.grid.cell_of[errands[t.done]] != cell_[i]) continue;
      ++t.done;
      t.opener = i;
      events_.push_back({time_, i, has_[i], t.done});
      if (t.done < errands.size()) continue;
      has_[i] = -1;
      --live_;
      ++audit_.finished;
    }
  }

  // --- what the file reports ---
  // Both in the order of time and robot; what only one has is told.
  void compare_events() {
    audit_.errands = events_.size();
    if (!out_.events) return;
    const auto text = [](const File::Event& e) {
      return fmt::format("time {}: robot {} does errand {} of task {}", e.time, e.robot, e.errand,
                         e.task);
    };
    const auto before = [](const File::Event& a, const File::Event& b) {
      return std::tuple(a.time, a.robot, a.task, a.errand) <
             std::tuple(b.time, b.robot, b.task, b.errand);
    };
    std::vector<File::Event> told = *out_.events;
    const auto at = std::ranges::is_sorted_until(told, [](const auto& a, const auto& b) {
      return std::pair(a.time, a.robot) < std::pair(b.time, b.robot);
    });
    if (at != told.end()) {
      bad(Kind::events, "the event {} is not in the order of time and robot", text(*at));
      std::ranges::sort(told, before);
    }
    size_t a = 0, b = 0;
    while (a < told.size() || b < events_.size()) {
      if (b == events_.size() || (a < told.size() && before(told[a], events_[b]))) {
        bad(Kind::events, "an event too many: {}", text(told[a++]));
      } else if (a == told.size() || before(events_[b], told[a])) {
        bad(Kind::events, "an event is missing: {}", text(events_[b++]));
      } else {
        ++a;
        ++b;
      }
    }
  }

  void compare_tasks() {
    if (!out_.tasks) return;
    const std::vector<File::Task>& told = *out_.tasks;
    if (told.size() != tasks_.size())
      bad(Kind::tasks, "{} tasks are revealed, the replay reveals {}", told.size(), tasks_.size());
    std::vector<int64_t> cells;
    for (size_t k = 0; k < std::min(told.size(), tasks_.size()); ++k) {
      const File::Task& t = told[k];
      if (t.id != static_cast<int64_t>(k)) {
        bad(Kind::tasks, "task {} stands where task {} belongs", t.id, k);
        continue;
      }
      if (t.revealed != tasks_[k].revealed)
        bad(Kind::tasks, "task {} is revealed at time {}, by the rules at {}", k, t.revealed,
            tasks_[k].revealed);
      cells.clear();
      for (const uint32_t vertex : p_.errands_of(k)) {
        cells.push_back(p_.grid.cell_of[vertex] / p_.grid.width);
        cells.push_back(p_.grid.cell_of[vertex] % p_.grid.width);
      }
      if (t.cells != cells)
        bad(Kind::tasks, "task {} has the errands [{}], in the task file [{}]", k,
            fmt::join(t.cells, ", "), fmt::join(cells, ", "));
    }
  }

  // The first difference of two lists.
  template <class T, class Text>
  void compare_lists(Kind kind, const char* what, const std::vector<T>& told,
                     const std::vector<T>& right, const Text& text) {
    const auto [a, b] = std::ranges::mismatch(told, right);
    if (a == told.end() && b == right.end()) return;
    bad(kind, "{} {} is {}, by the rules {} ({} reported, {} by the rules)", what,
        a - told.begin() + 1, a == told.end() ? "missing" : text(*a),
        b == right.end() ? "there is none" : text(*b), told.size(), right.size());
  }

  void compare_counts() {
    audit_.planner_errors = out_.planned ? errors_.size() : out_.errors ? out_.errors->size() : 0;
    audit_.schedule_errors = out_.proposed   ? refusals_.size()
                             : out_.refusals ? out_.refusals->size()
                                             : 0;
    const auto compare = [&](const char* key, const std::optional<int64_t>& told, uint64_t right,
                             bool known) {
      if (told && known && *told != static_cast<int64_t>(right))
        bad(Kind::count, "{} is {}, by the replay {}", key, *told, right);
    };
    compare("numTaskFinished", out_.finished, audit_.finished, true);
    compare("numPlannerErrors", out_.planner_errors, audit_.planner_errors,
            out_.planned || out_.errors);
    compare("numScheduleErrors", out_.schedule_errors, audit_.schedule_errors,
            out_.proposed || out_.refusals);
    compare("numEntryTimeouts", out_.timeouts, audit_.late_steps, true);
    const uint64_t calls = out_.steps - audit_.late_steps;
    if (out_.planner_times && *out_.planner_times != calls && audit_.late_steps == 0)
      audit_.notes.push_back(
          fmt::format("plannerTimes has {} entries for {} calls", *out_.planner_times, calls));
    const uint32_t most = robots_ == 0 ? 0 : *std::ranges::max_element(busy_);
    if (out_.makespan && out_.proposed && audit_.late_steps == 0 && *out_.makespan != most)
      audit_.notes.push_back(
          fmt::format("makespan is {}, the busiest robot was proposed a task in {} steps",
                      *out_.makespan, most));
    for (const std::string& key : out_.absent)
      audit_.notes.push_back("not checked, as the file lacks it: " + key);
  }

  static constexpr int64_t kUntold = std::numeric_limits<int64_t>::min();

  const LorrProblem& p_;
  const File& out_;
  const LorrAuditOptions& options_;
  const uint32_t robots_;
  LorrAudit audit_;

  uint32_t time_ = 0;
  std::vector<int64_t> cell_, target_;    // [robots]
  std::vector<uint32_t> heading_;         // [robots]
  std::vector<uint32_t> was_at_, is_at_;  // [cells] robot, during a check; else kNobody
  std::vector<Task> tasks_;               // revealed
  uint64_t live_ = 0;                     // of them, unfinished
  uint64_t look_ = 0;
  std::vector<int64_t> has_;           // [robots] task by what was given; -1: none
  std::vector<int64_t> wants_;         // [robots] task by what was proposed
  std::vector<int64_t> told_, asked_;  // [robots] last entry of actualSchedule, plannerSchedule
  bool behind_ = false;                // the last schedule was refused
  std::vector<uint64_t> busy_;         // [robots] steps with a task proposed
  std::vector<Entry> given_, proposed_;
  size_t next_given_ = 0, next_proposed_ = 0;
  std::vector<int64_t> short_plans_, short_schedules_;  // times

  std::vector<File::Event> events_;
  std::vector<File::MoveError> errors_;
  std::vector<File::ScheduleError> refusals_;
};

}  // namespace

const char* name_of(LorrViolation::Kind kind) {
  constexpr const char* names[] = {"START", "MOVE", "PLAN", "SCHED", "TASKS", "EVENTS", "COUNT"};
  return names[static_cast<size_t>(kind)];
}

uint64_t LorrAudit::count() const { return std::accumulate(counts.begin(), counts.end(), 0ULL); }

Result<LorrAudit> audit_lorr(const LorrProblem& problem, const LorrOutputFile& output,
                             const LorrAuditOptions& options) {
  if (problem.ticks_per_move > 1 || problem.delays.events != Delays::Events::none) {
    return Error{.message =
                     "expected a problem of the 2024 rules, found one with the 2026 rules' "
                     "agentCounter or delayConfig, which cannot be audited",
                 .file = problem.name};
  }
  return Replay(problem, output, options).run();
}

}  // namespace dure::floor
