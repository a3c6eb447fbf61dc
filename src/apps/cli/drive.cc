#include "apps/cli/drive.h"

#include <algorithm>
#include <chrono>

namespace dure::cli {
namespace {

constexpr int kSlices = 400;
constexpr double kShort_s = 0.01;  // slices outside these grow and shrink
constexpr double kLong_s = 0.05;

double wall_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Until a time. An idle stretch is one slice.
Result<bool> drive_until(const Session& session, const Drive& how, Progress& progress) {
  Duration slice = std::max(Duration{1}, (how.until - session.now()) / kSlices);
  while (session.now() < how.until) {
    const Time now = session.now();
    const Time at_least = std::max(now, std::min(session.next_event_time(), how.until));
    const Time stop = how.until - at_least > slice ? at_least + slice : how.until;
    const double began = wall_s();
    DURE_CHECK(how.step(stop));
    const double took = wall_s() - began;
    if (took < kShort_s && slice.ns < Duration::max().ns / 2) slice = slice * 2;
    if (took > kLong_s) slice = std::max(Duration{1}, slice / 2);
    progress.update(session.now(), session.events_handled());
    DURE_TRY(const bool go_on, how.between());
    if (!go_on && session.now() < how.until) return false;
  }
  return true;
}

// From event to event: the last one is when the world's time ends, however it was sliced.
Result<bool> drive_to_the_last_event(const Session& session, const Drive& how, Progress& progress) {
  int steps = 16;
  while (session.next_event_time() != Time::never()) {
    const double began = wall_s();
    for (int i = 0; i < steps && session.next_event_time() != Time::never(); ++i) {
      DURE_CHECK(how.step(session.next_event_time()));
    }
    const double took = wall_s() - began;
    if (took < kShort_s && steps < (1 << 20)) steps *= 2;
    if (took > kLong_s && steps > 1) steps /= 2;
    progress.update(session.now(), session.events_handled());
    DURE_TRY(const bool go_on, how.between());
    if (!go_on && session.next_event_time() != Time::never()) return false;
  }
  return true;
}

}  // namespace

Result<bool> drive(const Session& session, const Drive& how, Progress& progress) {
  if (how.until == Time::never()) return drive_to_the_last_event(session, how, progress);
  return drive_until(session, how, progress);
}

}  // namespace dure::cli
