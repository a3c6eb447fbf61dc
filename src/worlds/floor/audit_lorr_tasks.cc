// The tasks' part of the auditor: the pool, schedules and errands.
#include <algorithm>
#include <limits>

#include "worlds/floor/audit_lorr_parts.h"

namespace dure::floor {
namespace {

constexpr int64_t kUntold = std::numeric_limits<int64_t>::min();

std::string named(int64_t task) {
  return task == -1 ? std::string("no task") : fmt::format("task {}", task);
}

}  // namespace

LorrTaskReplay::LorrTaskReplay(LorrFindings& found)
    : found_(found), p_(found.problem), robots_(found.problem.robots()) {}

void LorrTaskReplay::begin() {
  has_.assign(robots_, -1);
  wants_.assign(robots_, -1);
  told_.assign(robots_, kUntold);
  asked_.assign(robots_, kUntold);
  busy_.assign(robots_, 0);
  const LorrOutputFile& out = found_.out;
  given_ = in_order(out.given, "actualSchedule");
  if (out.proposed) proposed_ = in_order(*out.proposed, "plannerSchedule");
  if (out.refusals) {
    for (const ScheduleError& e : *out.refusals) {
      if (e.text == "Invalid schedule size") short_schedules_.push_back(e.time - 1);
    }
  }
  std::ranges::sort(short_schedules_);
  reveal();
}

void LorrTaskReplay::step(bool late, const std::vector<int64_t>& cells) {
  const std::span<const Entry> proposed = due(proposed_, next_proposed_);
  const std::span<const Entry> given = due(given_, next_given_);
  if (late) {
    if (!proposed.empty() || !given.empty())
      found_.bad(Kind::sched, "time {}: an assignment changes in a late step", found_.time);
    return;
  }
  if (found_.out.proposed) check_schedule(proposed, given);
  assign(given);
  complete(cells);
  reveal();
}

uint64_t LorrTaskReplay::most_busy() const {
  return busy_.empty() ? 0 : *std::ranges::max_element(busy_);
}

// Entries by time; those of a time that no step has are left out.
std::vector<LorrOutputFile::Entry> LorrTaskReplay::in_order(const std::vector<Entry>& entries,
                                                            const char* key) {
  std::vector<Entry> out;
  out.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& e = entries[i];
    const bool follows = i > 0 && entries[i - 1].robot == e.robot;
    if (follows && entries[i - 1].time >= e.time)
      found_.bad(Kind::sched, "{}: robot {} has an entry {}:{} after one of time {}", key, e.robot,
                 e.time, e.task, entries[i - 1].time);
    if (e.time < 1 || e.time > found_.out.steps) {
      found_.bad(Kind::sched, "{}: robot {} has an entry {}:{}, the run has times 1 to {}", key,
                 e.robot, e.time, e.task, found_.out.steps);
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
std::span<const LorrOutputFile::Entry> LorrTaskReplay::due(const std::vector<Entry>& entries,
                                                           size_t& at) const {
  const size_t first = at;
  while (at < entries.size() && entries[at].time == found_.time) ++at;
  return {entries.data() + first, at - first};
}

bool LorrTaskReplay::in_pool(int64_t task) const {
  return task >= 0 && task < static_cast<int64_t>(tasks_.size()) &&
         tasks_[static_cast<size_t>(task)].done < p_.errands_of(static_cast<uint64_t>(task)).size();
}

void LorrTaskReplay::reveal() {
  for (; live_ < p_.pool(); ++live_) tasks_.push_back({.revealed = found_.time});
}

// What rejects the schedule `wants_`.
std::optional<LorrOutputFile::ScheduleError> LorrTaskReplay::first_refusal() {
  const int64_t logged = int64_t{found_.time} + 1;
  if (std::ranges::binary_search(short_schedules_, int64_t{found_.time}))
    return ScheduleError{-1, -1, -1, logged, "Invalid schedule size"};
  ++look_;
  for (uint32_t i = 0; i < robots_; ++i) {
    const int64_t id = wants_[i];
    if (id != -1) {
      if (!in_pool(id)) return ScheduleError{id, i, -1, logged, "task already finished"};
      if (task(id).proposed_at == look_) {
        return ScheduleError{id, i, task(id).proposed_for, logged,
                             "task is already assigned by the second agent at the same time"};
      }
    }
    if (has_[i] != id && opened(has_[i])) {
      return ScheduleError{id, i, task(has_[i]).opener, logged,
                           "task is already opened by the second agent"};
    }
    if (id != -1) {
      task(id).proposed_at = look_;
      task(id).proposed_for = i;
    }
  }
  return std::nullopt;
}

void LorrTaskReplay::compare(uint32_t robot, std::span<const Entry> given) {
  const auto entry = std::ranges::lower_bound(given, robot, {}, &Entry::robot);
  const bool has_entry = entry != given.end() && entry->robot == robot;
  const int64_t told = has_entry ? entry->task : told_[robot];
  if (told == wants_[robot] || (told == kUntold && asked_[robot] == kUntold)) return;
  found_.bad(Kind::sched, "time {}: robot {} is given {}, the schedule that was taken says {}",
             found_.time, robot, told == kUntold ? std::string("nothing") : named(told),
             named(wants_[robot]));
}

// What is given must be what is proposed, or nothing new when that is refused.
void LorrTaskReplay::check_schedule(std::span<const Entry> proposed, std::span<const Entry> given) {
  for (const Entry& e : proposed) {
    if (asked_[e.robot] == e.task)
      found_.bad(Kind::sched, "time {}: plannerSchedule repeats {} of robot {}", found_.time,
                 named(e.task), e.robot);
    asked_[e.robot] = wants_[e.robot] = e.task;
  }
  for (uint32_t i = 0; i < robots_; ++i) busy_[i] += wants_[i] != -1;
  const std::optional<LorrOutputFile::ScheduleError> refusal = first_refusal();
  if (refusal) {
    refusals_.push_back(*refusal);
    behind_ = true;
    if (!given.empty())
      found_.bad(Kind::sched, "time {}: robot {} is given {}, but the schedule is refused ({})",
                 found_.time, given[0].robot, named(given[0].task), refusal->text);
    return;
  }
  if (behind_) {
    for (uint32_t i = 0; i < robots_; ++i) compare(i, given);
  } else {
    for (const Entry& e : proposed) compare(e.robot, given);
    for (const Entry& e : given) {
      const auto same = std::ranges::lower_bound(proposed, e.robot, {}, &Entry::robot);
      if (same == proposed.end() || same->robot != e.robot) compare(e.robot, given);
    }
  }
  behind_ = false;
}

// What is given takes effect where it may.
void LorrTaskReplay::assign(std::span<const Entry> given) {
  for (const Entry& e : given) {
    if (told_[e.robot] == e.task)
      found_.bad(Kind::sched, "time {}: actualSchedule repeats {} of robot {}", found_.time,
                 named(e.task), e.robot);
    told_[e.robot] = e.task;
    int64_t& has = has_[e.robot];
    if (has != e.task && opened(has))
      found_.bad(Kind::sched, "time {}: robot {} leaves {}, which it has opened", found_.time,
                 e.robot, named(has));
    if (e.task != -1 && !in_pool(e.task)) {
      found_.bad(Kind::sched, "time {}: robot {} is given {}, which is not in the pool",
                 found_.time, e.robot, named(e.task));
      has = -1;
    } else {
      has = e.task;
    }
  }
  if (!given.empty()) check_shared();
}

// No two robots have one task.
void LorrTaskReplay::check_shared() {
  ++look_;
  for (uint32_t i = 0; i < robots_; ++i) {
    if (has_[i] == -1) continue;
    Task& t = task(has_[i]);
    if (t.proposed_at == look_) {
      found_.bad(Kind::sched, "time {}: robots {} and {} have {}", found_.time, t.proposed_for, i,
                 named(has_[i]));
      has_[i] = -1;
    } else {
      t.proposed_at = look_;
      t.proposed_for = i;
    }
  }
}

void LorrTaskReplay::complete(const std::vector<int64_t>& cells) {
  for (uint32_t i = 0; i < robots_; ++i) {
    if (has_[i] == -1) continue;
    Task& t = task(has_[i]);
    const std::span<const uint32_t> errands = p_.errands_of(static_cast<uint64_t>(has_[i]));
    if (p_.grid.cell_of[errands[t.done]] != cells[i]) continue;
    ++t.done;
    t.opener = i;
    events_.push_back({found_.time, i, has_[i], t.done});
    if (t.done < errands.size()) continue;
    has_[i] = -1;
    --live_;
    ++found_.audit.finished;
  }
}

}  // namespace dure::floor
