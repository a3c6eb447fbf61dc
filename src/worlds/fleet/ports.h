// The fleet's ports: jobs come in from other worlds or from a live cluster; starts and ends go out.
#pragma once

#include "kernel/port.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

struct JobStarted {
  uint64_t number;  // Job::number
  Duration waited;
  uint64_t gpu_milli;  // allocated
};

struct JobEnded {
  uint64_t number;
  Duration since_submit;
};

// An attempt that ended before the job did; the job waits again.
struct JobStopped {
  uint64_t number;  // Job::number
  uint64_t gpu_milli;
  Duration ran;
  Duration lost;  // of it, work to be done again
};

inline constexpr Port<Job> submit_in{0, "submit"};
inline constexpr Port<JobStarted> started_out{0, "started"};
inline constexpr Port<JobEnded> ended_out{1, "ended"};
inline constexpr Port<JobStopped> stopped_out{2, "stopped"};

}  // namespace dure::fleet
