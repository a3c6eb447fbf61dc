#include "apps/cli/progress.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "apps/cli/figures.h"
#include "base/text.h"

namespace dure::cli {
namespace {

constexpr int kBar = 24;  // columns

double share(Time from, Time at, Time to) {
  if (to == Time::never() || to <= from) return 0;
  return std::clamp((at - from).seconds() / (to - from).seconds(), 0.0, 1.0);
}

std::string bar(double done) {
  const int full = static_cast<int>(done * kBar);
  std::string out;
  for (int i = 0; i < kBar; ++i) out += i < full ? "█" : "░";
  return out;
}

// Dates to the minute; elsewhere the time since the start.
std::string simulated(Time start, Time now) {
  if (start.ns == 0) return to_human(now - start);
  std::string date = to_string(now);
  date.resize(std::min<size_t>(date.size(), 16));
  std::replace(date.begin(), date.end(), 'T', ' ');
  return date;
}

}  // namespace

Progress::Progress(Time start, Time end, uint64_t events, bool quiet)
    : line_(quiet), start_(start), end_(end), first_events_(events) {}

void Progress::update(Time now, uint64_t events) {
  if (!has_first_) {
    first_ = now;
    has_first_ = true;
  }
  if (!line_.due()) return;
  const double elapsed = line_.elapsed_s();
  const bool known = end_ != Time::never();
  std::string line;
  if (known) {
    const double done = share(start_, now, end_);
    if (line_.terminal()) line = bar(done) + ' ';
    line += fmt::format("{:3.0f} %  ", 100 * done);
  }
  line += fmt::format("{}  {} events/s", simulated(start_, now),
                      to_si(static_cast<double>(events - first_events_) / elapsed));
  if (const double here = share(first_, now, end_); known && here > 0.01) {
    line += "  " + seconds(elapsed * (1 - here) / here) + " left";
  }
  line_.draw(std::move(line));
}

void PieceProgress::update(size_t done, size_t of, double work) {
  const double elapsed = line_.elapsed_s();
  if (elapsed < 2 || work <= 0 || !line_.due()) return;
  const double left = elapsed * (static_cast<double>(of) - work) / work;
  line_.draw(fmt::format("{} of {} {}  {} left", done, of, what_, seconds(left)));
}

}  // namespace dure::cli
