#include "worlds/floor/lorr_log.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::floor {

void LorrLog::Schedule::see(std::span<const uint32_t> tasks, uint32_t time) {
  const bool first = last.empty();
  if (first) last.assign(tasks.begin(), tasks.end());
  for (uint32_t i = 0; i < tasks.size(); ++i) {
    if (!first && last[i] == tasks[i]) continue;
    last[i] = tasks[i];
    changes.push_back({time, i, tasks[i]});
  }
}

LorrLog::LorrLog(uint32_t robots, uint64_t revealed)
    : robots_(robots), busy_(robots, 0), revealed_(revealed, 0) {}

void LorrLog::add(const LorrStep& step) {
  DURE_ASSERT(step.executed.size() == robots_, "a move for each robot");
  const uint32_t time = ++steps_;
  for (uint32_t i = 0; i < robots_; ++i) {
    const uint8_t proposed = i < step.proposed.size()
                                 ? std::min(static_cast<uint8_t>(step.proposed[i]), kNoMove)
                                 : kNoMove;
    moves_.push_back(static_cast<uint8_t>(proposed | static_cast<uint8_t>(step.executed[i]) << 4));
  }
  if (step.move_error) move_errors_.push_back({time, *step.move_error});

  if (step.tasks.size() == robots_) {
    proposed_.see(step.tasks, time);
    for (uint32_t i = 0; i < robots_; ++i) busy_[i] += step.tasks[i] != kNone;
  } else {
    DURE_ASSERT(step.schedule_error, "a schedule of another size is an error");
  }
  if (step.schedule_error) {
    schedule_errors_.push_back({time, *step.schedule_error});
  } else {
    given_.see(step.tasks, time);
  }
  for (const LorrDone& done : step.done) done_.push_back({time, done});
  DURE_ASSERT(step.revealed >= revealed_.size(), "tasks stay revealed");
  revealed_.resize(step.revealed, time);
}

size_t LorrLog::bytes() const {
  return moves_.capacity() +
         (proposed_.changes.capacity() + given_.changes.capacity()) * sizeof(Change) +
         (proposed_.last.capacity() + given_.last.capacity() + busy_.capacity() +
          revealed_.capacity()) *
             sizeof(uint32_t) +
         move_errors_.capacity() * sizeof(At<LorrMoveError>) +
         schedule_errors_.capacity() * sizeof(At<LorrScheduleError>) +
         done_.capacity() * sizeof(At<LorrDone>);
}

}  // namespace dure::floor
