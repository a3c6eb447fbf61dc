// How far a run has come, or many runs at once, as a status line.
#pragma once

#include <cstdint>
#include <string>

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

// Pieces of work that are done. Nothing in the first two seconds.
class PieceProgress {
 public:
  PieceProgress(std::string what, bool quiet) : what_(std::move(what)), line_(quiet) {}
  void update(size_t done, size_t of) { update(done, of, static_cast<double>(done)); }
  // `work` counts the begun parts of pieces too.
  void update(size_t done, size_t of, double work);
  void clear() { line_.clear(); }

 private:
  std::string what_;
  StatusLine line_;
};

}  // namespace dure::cli
