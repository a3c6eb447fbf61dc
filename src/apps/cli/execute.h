// Runs a session in its run folder to the end: recording, snapshots, and at the end the results.
// `dure run` begins here, `dure resume` goes on here.
#pragma once

#include <optional>
#include <string>

#include "apps/cli/checkpoint.h"
#include "apps/cli/commands.h"
#include "apps/cli/run_folder.h"
#include "base/result.h"
#include "kernel/session.h"

namespace dure::cli {

// --until: "2030-01-01", or a time after the start: "90d".
Result<Time> parse_until(const std::string& text, const Session& session);

// When the run ends: its own end or an earlier --until.
Time end_of(const Session& session, const RunRecord& record);

// An Error when the scenario or a file of its has changed since the run began.
Result<void> check_model(const RunFolder& folder, const RunRecord& record, const Session& session);

// `from`: the checkpoint that the session has been restored to. Returns the exit code.
Result<int> execute(const RunFolder& folder, RunRecord record, Session& session,
                    const std::optional<Checkpoint>& from, const Pace& pace);

}  // namespace dure::cli
