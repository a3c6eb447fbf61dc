// Takes a session to its end in slices short enough for smooth progress, timely snapshots and a
// quick answer to Ctrl-C. Where the slices end depends on wall time and makes no difference to the
// result.
#pragma once

#include <functional>

#include "apps/cli/progress.h"
#include "base/result.h"
#include "kernel/session.h"

namespace dure::cli {

struct Drive {
  Time until;  // Time::never(): until nothing is left to happen
  // Runs the session to a time: advance() or replay().
  std::function<Result<void>(Time)> step;
  // Between slices; false stops.
  std::function<Result<bool>()> between;
};

// True: done; false: `between` stopped it.
Result<bool> drive(const Session& session, const Drive& how, Progress& progress);

}  // namespace dure::cli
