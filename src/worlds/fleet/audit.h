// An auditor of the fleet: looks at a world from outside after every event and every answer, and
// reckons everything anew from definitions, with none of the world's own bookkeeping.
//
//   capacity      no GPU, core or MiB is given twice, and only on nodes in service
//   gangs         a running job has all of its tasks, in one pool that its queue may use
//   topology      in one group of the level that its kind requires
//   quotas        at a start nobody exceeds what nominal, borrowing and lending limits leave
//   budgets       at a start nobody above the job has used up a budget
//   windows       at a start no node is kept free from the job
//   conservation  every GPU-second in service is in one class of its pool, and every one that a job
//                 holds in one use of its account; all as the world says, to the last bit
//
// It is slow: for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

class Auditor {
 public:
  explicit Auditor(const World& world);

  // After advance(): every instant at which something happens must be looked at.
  void look(const World& world);
  // Before act(), and after it.
  void before(const World& world);
  void after(const World& world, const World::Action& action);
  // At the end: the world's ledgers against the auditor's.
  void finish(const World& world);

  const std::vector<std::string>& complaints() const { return complaints_; }
  uint64_t starts() const { return starts_; }
  uint64_t stops() const { return stops_; }

 private:
  struct Run {  // an attempt under way
    uint64_t run;
    Job job;
    Time start;
    AttemptPlan plan;
    uint32_t pool;
  };
  struct Split {
    Duration handover{0}, startup{0}, checkpoint{0}, saved{0}, lost{0};
  };

  void complain(const World& world, std::string what);
  void integrate(const World& world);
  void follow(const World& world, const World::Action* action);
  void check_capacity(const World& world);
  void check_start(const World& world, const JobSlot& s);
  void check_quota(const World& world, const Job& job, uint32_t gpu_model);
  static Split walk(const AttemptPlan& plan, Duration elapsed);
  void charge(const Run& r, Split split, bool preempted);

  std::vector<std::string> complaints_;
  uint64_t starts_ = 0, stops_ = 0;
  Time last_;
  std::map<uint32_t, Run> runs_;  // by slot
  struct PoolSum {
    uint64_t installed = 0, held = 0, lent = 0, spare = 0, down = 0;  // GPU milli, at last_
    unsigned __int128 installed_time = 0, held_time = 0, lent_time = 0, spare_time = 0,
                      down_time = 0;
  };
  std::vector<PoolSum> pools_;
  std::vector<std::array<unsigned __int128, kUses>> uses_;  // [accounts]
  std::vector<unsigned __int128> used_, at_period_;         // [accounts] of subtrees
  std::vector<uint64_t> held_;                              // [accounts] by own jobs, at last_
};

}  // namespace dure::fleet
