#include "apps/cli/execute.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "apps/cli/drive.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/results.h"
#include "apps/cli/run_index.h"
#include "base/digest.h"
#include "base/text.h"

namespace dure::cli {
namespace {

// CPU and wall seconds of a run, over all processes that worked on it.
class Cost {
 public:
  explicit Cost(const std::optional<Checkpoint>& from)
      : cpu_s_(from ? from->cpu_s : 0), wall_s_(from ? from->wall_s : 0) {}

  double cpu_s() const { return cpu_s_ + seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_began_; }
  double wall_s() const { return wall_s_ + here_s(); }
  double here_s() const { return seconds_of(CLOCK_MONOTONIC) - wall_began_; }

 private:
  static double seconds_of(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  }

  double cpu_s_, wall_s_;
  double cpu_began_ = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  double wall_began_ = seconds_of(CLOCK_MONOTONIC);
};

class Execution {
 public:
  Execution(const RunFolder& folder, RunRecord record, Session& session,
            const std::optional<Checkpoint>& from, const Pace& pace)
      : folder_(folder),
        record_(std::move(record)),
        session_(session),
        from_(from),
        pace_(pace),
        cost_(from) {}

  Result<int> run() {
    if (record_.recorded) {
      DURE_TRY(recording_, RecordingWriter::open(folder_.recording_file(),
                                                 from_ ? from_->recording_position : 0));
    }
    DURE_CHECK(note_status(RunStatus::running));
    catch_interrupts();

    const Time end = end_of(session_, record_);
    Progress progress(session_.start(), end, session_.events_handled(), pace_.quiet);
    RecordingWriter* recording = record_.recorded ? &recording_ : nullptr;
    const auto step = [&](Time until) -> Result<void> {
      session_.advance(until, recording);
      return {};
    };
    DURE_TRY(const bool done, drive(session_, {end, step, [&] { return between(); }}, progress));
    progress.clear();
    DURE_CHECK(save());
    return done ? finish() : stop();
  }

 private:
  // False when the user wants it to stop.
  Result<bool> between() {
    if (interrupted() != 0) return false;
    if (cost_.here_s() - last_saved_s_ < pace_.snapshot_every_s) return true;
    DURE_CHECK(save());
    return true;
  }

  // The recording first: a snapshot must never be ahead of it.
  Result<void> save() {
    Checkpoint checkpoint;
    if (record_.recorded) {
      DURE_TRY(checkpoint.recording_position, recording_.flush());
    }
    checkpoint.cpu_s = cost_.cpu_s();
    checkpoint.wall_s = cost_.wall_s();
    DURE_CHECK(save_checkpoint(folder_, checkpoint, session_));
    last_saved_s_ = cost_.here_s();
    return {};
  }

  Result<void> note_status(RunStatus status) {
    record_.status = status;
    DURE_CHECK(write_record(folder_, record_));
    index_run(folder_);
    return {};
  }

  Result<int> finish() {
    const Report report = session_.report();
    const RunInfo info = run_info(record_, session_, cost_.cpu_s(), cost_.wall_s());
    DURE_CHECK(write_results(folder_, report, info));
    DURE_CHECK(note_status(RunStatus::done));
    if (!pace_.quiet) print_results(folder_, report, info);
    return kOk;
  }

  Result<int> stop() {
    DURE_CHECK(note_status(RunStatus::stopped));
    const std::string line = fmt::format(
        "stopped at {} after {} events; `{}` goes on from there\n", record_time(session_),
        with_commas(static_cast<int64_t>(session_.events_handled())), resume_hint(folder_));
    std::fputs(line.c_str(), stderr);
    return 128 + interrupted();
  }

  const RunFolder& folder_;
  RunRecord record_;
  Session& session_;
  const std::optional<Checkpoint>& from_;
  const Pace& pace_;
  Cost cost_;
  double last_saved_s_ = 0;
  RecordingWriter recording_;
};

}  // namespace

Result<Time> parse_until(const std::string& text, const Session& session) {
  Time until;
  if (const Result<Duration> after = parse_duration(text); after) {
    if (after->ns > Time::never().ns - 1 - session.start().ns) {
      return Error{.message = "expected a time within 292 years, found " + text, .key = "--until"};
    }
    until = session.start() + *after;
  } else if (const Result<Time> at = parse_time(text); at) {
    until = *at;
  } else {
    return Error{
        .message =
            "expected a date such as 2030-01-01 or a time from the start such as 90d, found " +
            text,
        .key = "--until"};
  }
  const auto time_text = [&](Time t) {
    return session.start() > Time{0} ? to_string(t) : to_string(t - session.start());
  };
  if (until <= session.start()) {
    return Error{.message = "expected a time after the scenario's start, " +
                            time_text(session.start()) + ", found " + text,
                 .key = "--until"};
  }
  if (session.end() != Time::never() && until > session.end()) {
    return Error{.message = "expected a time up to the scenario's end, " +
                            time_text(session.end()) + " (--set end=... moves it), found " + text,
                 .key = "--until"};
  }
  return until;
}

Time end_of(const Session& session, const RunRecord& record) {
  return record.until ? std::min(session.end(), *record.until) : session.end();
}

Result<void> check_model(const RunFolder& folder, const RunRecord& record, const Session& session) {
  if (record.model.empty() || record.model == digest_text(session.model_digest())) return {};
  return Error{.message =
                   "the run is of another model: its scenario or a file that it names has "
                   "changed since; run the scenario again",
               .file = folder.path};
}

Result<int> execute(const RunFolder& folder, RunRecord record, Session& session,
                    const std::optional<Checkpoint>& from, const Pace& pace) {
  return Execution(folder, std::move(record), session, from, pace).run();
}

}  // namespace dure::cli
