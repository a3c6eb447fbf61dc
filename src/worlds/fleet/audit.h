// An auditor of the fleet: looks at a world from outside after every event and every answer, and
// reckons everything anew from definitions, with none of the world's own bookkeeping.
//
//   capacity      no GPU, core or MiB is given twice, and only on nodes in service
//   gangs         a running job has all of its tasks, in one pool that its queue may use
//   attempts      one does what its job has not done yet, waits as long at first as its slowest
//                 victim writes, and checkpoints as its kind says; a start stops its victims only
//   topology      in one group of the level that its kind requires
//   quotas        at a start nobody exceeds what nominal, borrowing and lending limits leave
//   budgets       at a start nobody above the job has used up a budget
//   windows       at a start no node is kept free from the job
//   conservation  every GPU-second in service is in one class of its pool, and every one that a job
//                 holds in one use of its account; all as the world says, to the last bit. So is
//                 what each account borrows, what its subtree has used, and where every job is
//
// It is slow: for tests.
#pragma once

#include <algorithm>
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
  // The policy answers without end.
  void give_up(const World& world) { complain(world, "too many answers at one instant"); }
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
  struct Shares {  // [accounts] of one GPU model, GPU milli
    std::vector<QuotaLimits> limits;
    std::vector<int64_t> own, used;  // as of QuotaTree
    int64_t kept(uint32_t a) const { return std::max<int64_t>(0, own[a] - limits[a].lending); }
  };

  void complain(const World& world, std::string what);
  void integrate(const World& world);
  void follow(const World& world, const World::Action* action);
  void follow_stops(const World& world, const World::Action* action);
  void follow_starts(const World& world, const World::Action* action);
  void note_levels(const World& world);
  void check_capacity(const World& world);
  void check_start(const World& world, const JobSlot& s);
  void check_plan(const World& world, const JobSlot& s);
  void check_quota(const World& world, const Job& job, uint32_t gpu_model);
  void check_counts(const World& world);
  void check_accounts(const World& world);
  void check_pools(const World& world);
  Shares shares(const World& world, uint32_t gpu_model) const;
  static Split walk(const AttemptPlan& plan, Duration elapsed);
  void charge(const Run& r, Split split, bool preempted);

  std::vector<std::string> complaints_;
  uint64_t starts_ = 0, stops_ = 0;
  Time last_;
  std::map<uint32_t, Run> runs_;       // by slot
  std::map<uint64_t, Duration> safe_;  // by Job::number: work that ended attempts have saved
  Duration slowest_write_{0};          // of those stopped by the start in hand
  struct PoolSum {
    uint64_t installed = 0, held = 0, lent = 0, spare = 0, down = 0;  // GPU milli, at last_
    unsigned __int128 installed_time = 0, held_time = 0, lent_time = 0, spare_time = 0,
                      down_time = 0;
  };
  std::vector<PoolSum> pools_;
  std::vector<std::array<unsigned __int128, kUses>> uses_;  // [accounts]
  std::vector<unsigned __int128> used_, at_period_;         // [accounts] of subtrees
  std::vector<uint64_t> held_;                              // [accounts] by own jobs, at last_
  std::vector<unsigned __int128> borrowed_;                 // [accounts]
  std::vector<uint64_t> borrows_;                           // [accounts] GPU milli, at last_
};

// Lets the policy run the world, looked at throughout; not on where it answers without end.
template <class Policy>
Auditor audited(World& world, Policy& policy, Time until) {
  Auditor auditor(world);
  while (world.next_event_time() <= until) {
    auto request = world.advance(world.next_event_time());
    auditor.look(world);
    for (uint32_t answers = 0; request; ++answers) {
      if (answers > 100 * (world.slots() + 100)) {
        auditor.give_up(world);
        return auditor;
      }
      const World::Action action = policy.decide(world, *request);
      auditor.before(world);
      world.act(action);
      auditor.after(world, action);
      request = world.advance(world.now());
      auditor.look(world);
    }
  }
  world.advance(until);
  auditor.finish(world);
  return auditor;
}

}  // namespace dure::fleet
