// Where a run can be resumed from: the world's state, how much of the recording belongs to it, and
// what the run has cost so far. Stored as one snapshot file (kernel/snapshot.h), so that it is
// whole or absent.
#pragma once

#include "apps/cli/run_folder.h"
#include "base/result.h"
#include "kernel/session.h"

namespace dure::cli {

struct Checkpoint {
  uint64_t recording_position = 0;
  double cpu_s = 0;
  double wall_s = 0;

  void fields(auto& visit) { visit(recording_position, cpu_s, wall_s); }
};

Result<void> save_checkpoint(const RunFolder& folder, const Checkpoint& checkpoint,
                             const Session& session);
// Nothing when the run has no snapshot yet; the session is as it was then, and on an Error.
Result<std::optional<Checkpoint>> load_checkpoint(const RunFolder& folder, Session& session);

}  // namespace dure::cli
