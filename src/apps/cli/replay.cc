// dure replay
#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/drive.h"
#include "apps/cli/execute.h"
#include "apps/cli/results.h"
#include "apps/cli/scenario_file.h"
#include "apps/cli/stored_json.h"
#include "apps/cli/terminal.h"
#include "base/digest.h"
#include "base/file.h"

namespace dure::cli {

Result<int> replay_command(const ReplayOptions& options) {
  DURE_TRY(const RunFolder folder, find_run(options.run));
  DURE_TRY(const RunRecord record, read_record(folder));
  if (record.status != RunStatus::done) {
    return Error{.message = "this run has not ended; `" + resume_hint(folder) + "` ends it",
                 .file = folder.path};
  }
  if (!record.recorded) {
    return Error{.message = "this run was made with --no-record, so there is nothing to replay",
                 .file = folder.path};
  }
  DURE_TRY(const StoredSummary summary, read_summary(folder));
  DURE_TRY(const ScenarioFile scenario, load_scenario_file(folder.scenario_file(), record.folder));
  DURE_TRY(const std::unique_ptr<Session> session,
           scenario.kind->open(scenario.config, scenario.folder));
  DURE_CHECK(check_model(folder, record, *session));
  DURE_TRY(RecordingReader recording, RecordingReader::open(folder.recording_file()));

  const Time end = end_of(*session, record);
  Progress progress(session->start(), end, 0, options.quiet);
  const auto step = [&](Time until) { return session->replay(until, recording); };
  const auto between = []() -> Result<bool> { return true; };
  DURE_CHECK(drive(*session, {end, step, between}, progress));
  progress.clear();

  const std::string digest = digest_text(session->digest());
  const bool all_used = recording.next() == RecordingReader::Next::kEnd;
  if (digest == summary.digest && all_used) {
    print(fmt::format("equal: the recording of {} replays to digest {}\n", record.id, digest));
    return kOk;
  }
  print(fmt::format("different: the recording of {} replays to digest {}, the run had {}{}\n",
                    record.id, digest, summary.digest,
                    all_used ? "" : ", and decisions are left over"));
  return kFailed;
}

}  // namespace dure::cli
