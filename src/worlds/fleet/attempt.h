// One attempt of a job: what it does from its start until it ends or is stopped.
//
//   lead (handover, start-up) | work I | checkpoint C | work I | checkpoint C | ... | work
//
// The last stretch of work ends the job and writes no checkpoint. A stop loses the work since the
// last checkpoint that was whole, and the part of one under way. A plan knows nothing of what slows
// the job (a lower clock) or makes it stand (a call to another resource): its time is progress.
#pragma once

#include "base/time.h"

namespace dure::fleet {

struct AttemptPlan {
  Duration handover{0};  // waits for victims
  Duration startup{0};
  Duration work{0};      // left to do at its start; max(): for ever
  Duration interval{0};  // of work between checkpoints; 0: none is written
  Duration checkpoint{0};

  // From start to the job's end when nothing comes between; max(): never.
  Duration length() const;
  // The progress at which so much work has been done, before a checkpoint that comes then.
  Duration at_work(Duration done) const;
};

// How the time of an attempt divides. The parts add up to the time.
struct AttemptSplit {
  Duration handover{0}, startup{0}, checkpoint{0};
  Duration saved{0};    // work that a checkpoint holds, or that ended the job
  Duration lost{0};     // work after that, and a checkpoint that was not finished
  Duration waiting{0};  // stood for another resource
  Duration slowed{0};   // what a lower clock took longer
};

// After `elapsed` <= length() of progress. At length() all work is saved.
AttemptSplit divide(const AttemptPlan& plan, Duration elapsed);

// d x times / by, whatever the product; rounded down, or up.
Duration scaled(Duration d, uint64_t times, uint64_t by);
Duration scaled_up(Duration d, uint64_t times, uint64_t by);

}  // namespace dure::fleet
