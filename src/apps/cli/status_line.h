// One line on stderr that is redrawn on a terminal; elsewhere (a log) at most one line every ten
// seconds.
#pragma once

#include <chrono>
#include <string>

namespace dure::cli {

class StatusLine {
 public:
  explicit StatusLine(bool quiet);  // quiet: draws nothing
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  bool terminal() const { return terminal_; }
  double elapsed_s() const;  // since it was made
  bool due();                // time to draw anew; the caller does, with draw()
  void draw(std::string line);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_, terminal_, drawn_ = false;
  Clock::time_point began_, last_;
};

}  // namespace dure::cli
