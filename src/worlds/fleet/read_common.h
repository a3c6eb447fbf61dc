// What the readers of traces share: texts with a name for messages, lines, exact seconds, and how
// many GPUs or processors become a gang of equal tasks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "worlds/fleet/trace.h"

namespace dure::fleet {

// More is an Error: a wrong column would otherwise fill the memory.
inline constexpr int64_t kMaxTraceNodes = 1'000'000;
inline constexpr int64_t kMaxTasks = 1'000'000;
inline constexpr int64_t kMaxCpus = 4'000'000;  // of a node or a task: 1/1000 CPU fits 32 bits

// A file's content. Every reader has two forms: read_x() takes paths (gzip is fine), parse_x()
// takes texts, which must outlive the call only.
struct TraceText {
  std::string_view text;
  std::string name;  // of the file, for messages
};

// "1 job", "2,345 jobs".
std::string count_of(int64_t n, std::string_view what);
inline std::string count_of(size_t n, std::string_view what) {
  return count_of(static_cast<int64_t>(n), what);
}

// "12", "0.5", "1e3": seconds of at least 0, nearest nanosecond, exact for decimals.
Result<Duration> parse_seconds(std::string_view text);
// Shortest decimal that parse_seconds reads back as the same nanoseconds; a minus sign below 0.
std::string seconds_text(int64_t ns);

// Time + duration, or never/for ever when that is beyond the calendar.
Time add_clamped(Time t, Duration d);

// Lines of a text, without their ends (LF or CRLF).
class LineReader {
 public:
  explicit LineReader(const TraceText& text);
  bool next(std::string_view& line);
  int line() const { return line_; }  // of the line that next() gave, from 1
  // An Error in that line; column from 1, 0 = the whole line.
  Error error(int column, std::string key, std::string message) const;

 private:
  std::string_view rest_;
  std::string name_;
  int line_ = 0;
};

// Equal tasks that together are a job of `total` GPUs or processors.
struct TaskSplit {
  uint32_t tasks = 1;
  uint32_t each = 0;  // per task
};
// Exact: the fewest tasks, each at most `largest`. 12 on 8 is 2 x 6; 11 on 8 is 11 x 1.
TaskSplit split_exactly(uint32_t total, uint32_t largest);
// As few tasks as nodes of `largest` are needed, rounded up to equal ones: 12 on 8 is 2 x 6, 11 on
// 8 is 2 x 6 (one more than asked for).
TaskSplit split_rounded(uint32_t total, uint32_t largest);

// Appends `count` nodes like `node`, named NAME-0, NAME-1, ...; the pool's name unless `name` is
// given. False when there would be more than max_nodes.
bool add_nodes(Trace& trace, const TraceNode& node, int64_t count, int64_t max_nodes,
               std::string_view name = {});

// Use over time: adds and removes at instants, then the largest sum. Ends go before starts.
class PeakUse {
 public:
  void add(Time start, Time end, int64_t amount);
  int64_t peak();

 private:
  struct Change {
    Time time;
    int64_t amount;
  };
  std::vector<Change> changes_;
};

// A name as part of a list: each at most once. Keeps the order.
bool add_once(std::vector<std::string>& list, std::string_view name);

}  // namespace dure::fleet
