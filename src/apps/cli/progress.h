// How far a run has come, as a status line.
#pragma once

#include <cstdint>

#include "apps/cli/status_line.h"
#include "base/time.h"

namespace dure::cli {

class Progress {
 public:
  // `end` may be Time::never(). Draws nothing when quiet.
  Progress(Time start, Time end, uint64_t events, bool quiet);
  void update(Time now, uint64_t events);  // cheap; draws now and then
  void clear() { line_.clear(); }

 private:
  StatusLine line_;
  Time start_, end_;
  Time first_;  // where this process began: after a resume, not the start
  bool has_first_ = false;
  uint64_t first_events_;
};

}  // namespace dure::cli
