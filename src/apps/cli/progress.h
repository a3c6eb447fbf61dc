// How far a run has come, on stderr: one line that is redrawn on a terminal, elsewhere (a log) at
// most a line every ten seconds.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/time.h"

namespace dure::cli {

class Progress {
 public:
  // `end` may be Time::never(). Draws nothing when quiet.
  Progress(Time start, Time end, uint64_t events, bool quiet);
  ~Progress();  // clears the line

  void update(Time now, uint64_t events);  // cheap; draws now and then
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_, terminal_, drawn_ = false;
  Time start_, end_;
  Time first_;  // where this process began: after a resume, not the start
  bool has_first_ = false;
  uint64_t first_events_;
  Clock::time_point began_, last_;
};

}  // namespace dure::cli
