// The folder of a run: what it holds, and what run.json says about it.
//
//   scenario.toml   the scenario with everything that flags changed in it
//   run.json        this file's RunRecord: what ran, and how far it came
//   recording.dure  the policy's decisions, in order (kernel/recording.h)
//   snapshot.dure   where the run can be resumed from (checkpoint.h)
//   summary.json    at the end: figures of the run and all KPIs
//   series.csv      at the end: what changed over time
//   report.html     at the end: all of it as a page
//   .lock           held by the process that runs it
//
// Each is replaced whole by rename, but for the recording, which grows: a run killed at any moment
// leaves a folder that can be resumed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dure::cli {

enum class RunStatus { running, done, stopped };
const char* to_string(RunStatus status);

struct RunRecord {
  std::string id;  // the folder's name
  std::string title;
  std::string scenario;  // "nation"
  std::string world;
  std::string policy;
  std::string folder;   // absolute: where the scenario's own files are
  std::string command;  // that started it
  std::string version;
  std::string started;  // "2026-11-22T08:14:29Z"
  std::string model;    // Session::model_digest() as text
  uint64_t seed = 0;
  std::optional<Time> until;  // --until
  bool recorded = true;       // not --no-record
  RunStatus status = RunStatus::running;
};

struct RunFolder {
  std::string path;

  std::string scenario_file() const { return path + "/scenario.toml"; }
  std::string record_file() const { return path + "/run.json"; }
  std::string recording_file() const { return path + "/recording.dure"; }
  std::string snapshot_file() const { return path + "/snapshot.dure"; }
  std::string summary_file() const { return path + "/summary.json"; }
  std::string series_file() const { return path + "/series.csv"; }
  std::string report_file() const { return path + "/report.html"; }
  std::string id() const;
};

// Where runs go unless --out says otherwise, and where `dure runs` looks.
inline constexpr const char* kRunsFolder = "runs";

// Makes the folder: `out`, which must be new or empty, or runs/<scenario>-<date>-<time>.
Result<RunFolder> make_run_folder(const std::optional<std::string>& out,
                                  const std::string& scenario);

Result<void> write_record(const RunFolder& folder, const RunRecord& record);
Result<RunRecord> read_record(const RunFolder& folder);

// A run as named on the command line: its folder, its id or the start of it, or "last".
Result<RunFolder> find_run(const std::string& name);
// Those in the runs folder, oldest name first.
std::vector<RunFolder> all_runs();

// Only one process may run in a folder.
class RunLock {
 public:
  static Result<RunLock> take(const RunFolder& folder);
  // Does a living process run there?
  static bool is_held(const RunFolder& folder);

  RunLock(RunLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

 private:
  explicit RunLock(int file) : file_(file) {}
  int file_;
};

// What a reader should be told: a run that nothing runs any more was killed.
RunStatus actual_status(const RunFolder& folder, const RunRecord& record);

// The shell command that resumes it.
std::string resume_hint(const RunFolder& folder);

}  // namespace dure::cli
