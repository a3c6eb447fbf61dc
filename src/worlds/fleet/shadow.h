// EASY's reservation: when the first waiting job will fit if running jobs end when they said they
// would at the latest, and what is free then (Lifka, JSSPP 1995; Mu'alem and Feitelson, TPDS 2001).
//
// What is left of each GPU is foreseen; CPU, memory, quotas and windows are not (they are checked
// when the job starts). Jobs that have run into their limit are expected to end now, jobs without a
// limit never. A job that needs to be in one group of its pool (JobKind::required) is promised the
// group in which it fits first.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

// When the job would be expected to end if it started now with so many tasks.
Time end_if_started(const World& world, uint32_t slot, uint32_t tasks);

// What a job is promised. It holds until something happens in the pool that bears on it and that
// Shadow::delays() was not asked about: see Shadow::keeps().
struct Promise {
  uint64_t epoch = 0;    // 0: none
  uint64_t changes = 0;  // World::changes() of the pool
  uint32_t pool = 0;
  uint32_t first_node = 0, nodes = 0;  // its tasks will be on some of these
  Time shadow = Time::never();         // when it fits; never: that cannot be foreseen
  int64_t spare = 0;                   // tasks of it that fit then beyond its own
  // It is not GPUs that are missing. That it fits at the next end is a guess, which another start
  // may change.
  bool guessed = false;
  bool no_earlier = false;  // no more is known than that it is not before `shadow`
  bool overdue = false;     // it waits for a job that should have ended
};

class Shadow {
 public:
  // If it is not before `until`, that is all that is found out.
  Promise promise(const World& world, const Job& head, uint32_t pool, Time until = Time::never());
  // Whether it is the same promise as would be made anew. What ends before its time, as it should
  // have, and what starts and will be gone by then, changes nothing.
  static bool keeps(const World& world, Promise& p);
  // Whether delays() may be asked about it: nobody else has been promised anything in the pool
  // since, and nobody started there that it was not asked about.
  bool holds(const Promise& p) const {
    return p.epoch != 0 && p.pool < latest_.size() && latest_[p.pool] == p.epoch;
  }
  // Whether starting `job` on `places`, until `end`, takes from the head what it is promised. If
  // not, the promise is brought up to date as if it had started.
  bool delays(const World& world, const Job& head, const Job& job, Time end,
              const std::vector<Place>& places, Promise& p);
  static bool gone_by(Time end, const Promise& p) { return end <= p.shadow && end < Time::never(); }

 private:
  // The node as it will be at the shadow time: begun from what is left now, then changed.
  void foresee(const World& world, uint32_t node, uint64_t epoch);
  void change(const World& world, const Place& place, int32_t milli_per_gpu);
  uint32_t tasks_on(const World& world, const Job& head, uint32_t node) const;
  void count_free(const World& world, const Job& head, uint32_t pool, uint32_t group_size);

  std::vector<uint64_t> latest_;  // [pools] epoch of the newest promise
  std::vector<uint16_t> left_;    // [GPUs] milli left then, where stamped
  std::vector<uint32_t> free_;    // [nodes] GPUs with all of it left
  std::vector<uint64_t> stamp_;   // [nodes] epoch
  std::vector<int64_t> tasks_;    // [groups] that fit
  static constexpr uint64_t kForgotten = ~uint64_t{0};
  uint64_t epoch_ = 0;
};

}  // namespace dure::fleet
