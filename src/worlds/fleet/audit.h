// An auditor of the fleet: looks at a world from outside after every event and every answer, and
// reckons everything anew from definitions, with none of the world's own bookkeeping.
//
//   capacity      no GPU, core or MiB is given twice, and only on nodes in service
//   gangs         a running job has all of its tasks, or as many as an elastic job can run with, in
//                 one pool that its queue may use
//   attempts      one does what its job has not done yet, waits as long at first as its slowest
//                 victim writes, and checkpoints as its kind says; a start stops its victims only
//   topology      in one group of the level that its kind requires
//   quotas        at a start nobody exceeds what nominal, borrowing and lending limits leave
//   budgets       at a start nobody above the job has used up a budget
//   windows       at a start no node is kept free from the job
//   power         at a start no site exceeds its cap; who runs slower has to; above a cap nobody is
//                 left to slow or to stop
//   calls         never more units than there are, none during a calibration, the first to come is
//                 the first to be served
//   conservation  every GPU-second in service is in one class of its pool, and every one that a job
//                 holds in one use of its account; all as the world says, to the last bit. So is
//                 what each account borrows, what its subtree has used, what sites have drawn, and
//                 where every job is
//
// Between two looks an attempt goes on as it was found at the first: at its clock, or standing.
// Only when the world rounds its progress to whole ns is taken from the world, not to what.
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
    uint32_t most_tasks;
    uint32_t service;
    uint64_t full_mw = 0;
    // As it was found last, and what had come of it by `since`.
    JobSlot::Phase phase = JobSlot::Phase::works;
    uint16_t clock = 0;
    uint32_t next_call = 0;
    Time since{};
    Duration progress{0}, stood{0};
    Time came{}, called{};  // its call to the resource: when it came, when it began
  };
  struct Split {
    Duration handover{0}, startup{0}, checkpoint{0}, saved{0}, lost{0}, waiting{0}, slowed{0};
    Duration left_over{0};  // after the end of all work
  };
  struct Shares {  // [accounts] of one GPU model, GPU milli
    std::vector<QuotaLimits> limits;
    std::vector<int64_t> own, used;  // as of QuotaTree
    int64_t kept(uint32_t a) const { return std::max<int64_t>(0, own[a] - limits[a].lending); }
  };

  void complain(const World& world, std::string what);
  void integrate(const World& world);
  void follow(const World& world, const World::Action* action);
  void follow_replicas(const World& world, const World::Action* action);
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
  static Split walk(const AttemptPlan& plan, Duration progress);

  // audit_progress.cc
  Duration progress_of(const World& world, const Run& r) const;
  Split split_of(const World& world, const Run& r) const;
  void note_progress(const World& world, uint32_t slot, Run& r);
  bool is_call_due(const World& world, const Run& r, Duration work) const;
  bool meets_calibration(const World& world, const Run& r) const;
  void check_calls(const World& world);
  uint64_t draw_of(const World& world, const Run& r, uint32_t clock) const;
  void check_power_at_start(const World& world, const Run& r);
  void check_power(const World& world);
  void check_elastic_and_services(const World& world);
  void charge(const Run& r, Split split, bool preempted);

  std::vector<std::string> complaints_;
  uint64_t starts_ = 0, stops_ = 0;
  // Replicas that were stopped and wait, by slot: their numbers. Those that go without another
  // attempt end with none.
  std::map<uint32_t, uint64_t> stopped_replicas_;
  uint64_t withdrawn_ = 0;
  Time last_;
  std::map<uint32_t, Run> runs_;            // by slot
  std::map<uint64_t, uint32_t> asked_for_;  // by Job::number: tasks, of the trace
  std::map<uint64_t, Duration> safe_;       // by Job::number: work that ended attempts have saved
  Duration slowest_write_{0};               // of those stopped by the start in hand
  struct PoolSum {
    uint64_t installed = 0, held = 0, lent = 0, spare = 0, down = 0;  // GPU milli, at last_
    unsigned __int128 installed_time = 0, held_time = 0, lent_time = 0, spare_time = 0,
                      down_time = 0;
    uint64_t mw = 0;  // IT, at last_
    int64_t cap_mw = kNoLimit;
    unsigned __int128 energy = 0;
    Duration over_cap{0};
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
