// A fleet of GPU nodes and the jobs on it, as a value.
//
// Everything that happens at an instant (ends, faults, deliveries, arrivals) happens before anyone
// is asked about it. Then the world asks once per queue whose jobs may have become startable; the
// policy answers with a start, a drop, or "wait", and is asked again until it says wait. The answer
// may be about another of the queues that are to be asked. A job's tasks all start at once and hold
// their resources until it ends or is stopped.
//
// A start may name victims: running jobs that are stopped at once and wait in their queues again.
// What they were granted passes on with the start. One that can write a checkpoint within
// Model::grace loses nothing, and the job that takes over waits while it is written. A job that a
// fault stops waits again too, and goes on from its last checkpoint.
//
// An elastic job may be started with fewer tasks than it would take, and started again with more
// while it runs (resize): it goes on from a checkpoint. The world also asks about queues without
// waiting jobs where such a job runs.
//
// Quotas, budgets, windows and caps on power are checked at every start: a policy that exceeds one
// is a bug. A job that starts where power is short runs at a lower clock, if that is allowed, until
// power becomes free. Where a cap falls, or power is drawn that no start foresaw (nodes that come
// back), the last to start run slower first, then are stopped.
//
// Services start and end replicas of their own accord, as load changes. Calls to other resources
// are served in the order in which they come.
//
// Jobs that could not run even on an empty pool with every node delivered are rejected on arrival
// and counted.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/event_queue.h"
#include "kernel/world.h"
#include "worlds/fleet/attempt.h"
#include "worlds/fleet/block_pool.h"
#include "worlds/fleet/change_log.h"
#include "worlds/fleet/free_index.h"
#include "worlds/fleet/group_index.h"
#include "worlds/fleet/kpis.h"
#include "worlds/fleet/model.h"
#include "worlds/fleet/ports.h"
#include "worlds/fleet/run_ends.h"

namespace dure::fleet {

// Where one task of a job runs.
struct Place {
  uint32_t node = 0;
  uint32_t gpus = 0;  // bit i: the node's GPU i; 0 for a CPU-only task

  bool operator==(const Place&) const = default;
};

inline constexpr uint32_t kNoSlot = ~uint32_t{0};

// A job that waits or runs, in a slot that is used again after it ends.
struct JobSlot {
  Job job;
  Time start;               // of this attempt, when it runs
  uint32_t places = 0;      // first of job.tasks places, when it runs
  uint32_t next = kNoSlot;  // in its queue, when it waits
  uint32_t previous = kNoSlot;
  enum class State : uint32_t { free, waiting, running } state = State::free;
  uint32_t pool = 0;        // where it runs
  uint32_t attempts = 0;    // begun
  uint64_t run = 0;         // number of this attempt among all of the world
  Duration done{0};         // work that is safe: ended attempts' checkpoints, with all its tasks
  AttemptPlan plan{};       // when it runs
  uint32_t most_tasks = 1;  // that it would take
  uint32_t next_call = 0;   // of its kind's

  // How far the attempt has come: by `since` it had made so much progress, and stood so long. A
  // replica starts before it serves; other jobs work from the start.
  enum class Phase : uint16_t { works, in_line, calls, starts } phase = Phase::works;
  uint16_t clock = 0;             // 0: the highest; else 1 + index into Model::clocks
  uint32_t service = kNoService;  // whose replica it is
  Time since;
  Duration progress{0};
  Duration stood{0};
  uint64_t full_mw = 0;        // that it draws above idle at the highest clock
  uint64_t stamp = 0;          // of its pending event: others are of the past
  Time crash = Time::never();  // a fault of the job
  Time answer;                 // of the resource that it calls

  bool moves() const { return phase == Phase::works || phase == Phase::starts; }
  // How long a scheduler may expect it to run yet with so many tasks, without the lead.
  Duration limit_left(uint32_t tasks) const;
  // start + lead + limit_left(): all a scheduler may know
  Time expected_end() const;
};

// A task in the list of those on its node.
struct TaskLink {
  uint32_t slot = kNoSlot;
  uint32_t next = kNoSlot;      // index of a place
  uint32_t previous = kNoSlot;  // the same
};

enum class NodeState : uint8_t { absent, up, spare, down };

// What an account's subtree holds and has used.
struct AccountState {
  uint64_t held = 0;  // GPU milli
  Time since;
  GpuTime used;            // up to since
  GpuTime used_at_tick;    // when the decayed use was last brought up to date
  GpuTime used_at_budget;  // when the budget period began
  double decayed_gpu_s = 0;

  GpuTime used_by(Time now) const { return used + GpuTime::of(held, now - since); }

  void fields(auto& visit) {
    visit(held, since, used, used_at_tick, used_at_budget, decayed_gpu_s);
  }
};

// What a task adds to the draw of its node, in mW.
inline uint64_t task_mw(const Job& job, uint64_t gpu_mw) {
  return uint64_t{job.gpus} * job.gpu_milli * job.busy_milli * gpu_mw / 1'000'000;
}

// A resource's units and line.
struct ResourceState {
  uint32_t busy = 0;           // units
  std::vector<uint32_t> line;  // slots whose calls wait
  Time wake = Time::never();   // the end of a calibration that the line waits for

  void fields(auto& visit) { visit(busy, line, wake); }
};

struct ServiceState {
  std::vector<uint32_t> replicas;  // slots that wait or run, by age
  uint32_t serving = 0;            // of them
  uint64_t count = 0;              // begun so far
  double load = 0;                 // in replicas' worth

  void fields(auto& visit) { visit(replicas, serving, count, load); }
};

class World {
 public:
  // "Queue `queue` has waiting jobs and something changed since you last said wait."
  struct Request {
    uint32_t queue = 0;
  };
  struct Action {
    enum class Kind : uint8_t { wait, start, drop, resize };
    Kind kind = Kind::wait;
    uint32_t slot = 0;              // start, drop: which waiting job; resize: which running one
    uint32_t queue = kNoSlot;       // wait: which queue; kNoSlot: the one that was asked about
    Time wake = Time::never();      // wait: ask again at this time even if nothing changes
    std::vector<Place> places;      // start, resize: of all its tasks; elastic: of those it gets
    std::vector<uint32_t> victims;  // start: slots of running jobs that are stopped for it

    void fields(auto& visit) {
      visit(kind);
      if constexpr (requires { visit.fail(); }) {
        if (kind > Kind::resize) return visit.fail();
      }
      if (kind == Kind::wait)
        visit(queue, wake);
      else
        visit(slot);
      if (kind == Kind::start) visit(places, victims);
      if (kind == Kind::resize) visit(places);
    }
  };

  explicit World(std::shared_ptr<const Model> model);

  Time now() const { return now_; }
  Time next_event_time() const { return next_question() != kNone ? now_ : events_.next_time(); }
  // Whether nothing will happen to jobs any more: of a model without an end, whose nodes fail for
  // ever. Nothing runs or is to come, and nothing waits; or what waits has waited for a month since
  // the last thing that the model has a date for.
  bool nothing_left() const;
  std::optional<Request> advance(Time until);
  void act(const Action& action);
  void receive(const Message& message);
  Outbox& outbox() { return outbox_; }

  // What a policy may look at.
  const Model& model() const { return *model_; }
  std::shared_ptr<const Model> shared_model() const { return model_; }
  uint32_t queue_head(uint32_t queue) const { return queues_[queue].head; }
  uint32_t queue_length(uint32_t queue) const {
    return static_cast<uint32_t>(queues_[queue].length);
  }
  // Tells the sets of waiting jobs of a queue apart (but for 1 chance in 2^64), whatever their
  // order: the sum over them of
  static uint64_t member(uint32_t slot, uint64_t number, uint32_t attempts) {
    return mix(mix(mix(1, slot), number), attempts);
  }
  uint64_t members(uint32_t queue) const { return queues_[queue].members; }
  const JobSlot& slot(uint32_t i) const { return slots_[i]; }
  const Place* places(const JobSlot& s) const { return places_.data(s.places); }
  // Elastic jobs of the queue that run with fewer tasks than they would take.
  const std::vector<uint32_t>& shrunk(uint32_t queue) const { return shrunk_[queue]; }
  const RunEnds& running(uint32_t pool) const { return running_[pool]; }
  const FreeIndex& free() const { return free_; }
  const GroupIndex& groups() const { return groups_; }
  bool in_service(uint32_t node) const { return state_[node] == NodeState::up; }
  NodeState node_status(uint32_t node) const { return state_[node]; }
  uint32_t cpu_left(uint32_t node) const { return cpu_left_[node]; }        // milli-cores
  uint64_t memory_left(uint32_t node) const { return memory_left_[node]; }  // MiB
  const uint16_t* gpu_left(uint32_t node) const {
    return gpu_left_.data() + model_->gpu_offset[node];
  }
  uint32_t free_gpus(uint32_t node) const { return free_gpus_[node]; }  // fully free
  uint32_t gpu_milli_left(uint32_t node) const { return gpu_milli_left_[node]; }
  uint32_t tasks_on(uint32_t node) const { return tasks_on_[node]; }
  // Calls visit(slot) for every task on the node; a job of several tasks there comes up as often.
  template <class F>
  void for_tasks_on(uint32_t node, F&& visit) const {
    for (uint32_t i = first_task_[node]; i != kNoSlot; i = links_[i].next) visit(links_[i].slot);
  }
  // Whether windows let the job start on the node now.
  bool open_to(uint32_t node, const Job& job) const;
  bool is_asked(uint32_t queue) const { return changed_[queue / 64] >> (queue % 64) & 1; }
  // What preempting a running job costs: the work it would lose, or the writing of its last
  // checkpoint, and another start-up.
  GpuTime cost_of_stopping(uint32_t slot) const;
  // Whether the job can be stopped for another: its kind says so.
  bool preemptible(uint32_t slot) const { return model_->kinds[slots_[slot].job.kind].preemptible; }
  // When an attempt under way ends if nothing stops it, its clock stays and calls are answered at
  // once.
  Time earliest_end(const JobSlot& s) const;
  // How an attempt under way divides.
  AttemptSplit split_of(const JobSlot& s) const;

  // Power: mW of IT that the cap of a pool leaves; kNoLimit without one.
  int64_t power_left(uint32_t pool) const { return kpis_.pools[pool].power.left_mw(); }
  // What a job adds to its pool's draw now.
  uint64_t power_of(const JobSlot& s) const;
  // Whether a cap lets so many tasks of the job start in the pool, be it at the lowest clock, where
  // `freed_mw` more will be left.
  bool fits_power(const Job& job, uint32_t tasks, uint32_t pool, int64_t freed_mw = 0) const;

  const std::vector<ServiceState>& services() const { return services_; }
  const std::vector<ResourceState>& resources() const { return resources_; }

  // Quotas. available(): kNoLimit without any.
  const QuotaTree& quota() const { return quota_; }
  int64_t quota_left(uint32_t account, uint32_t gpu_model) const;
  bool would_borrow(uint32_t account, uint32_t gpu_model, int64_t gpu_milli) const;
  const AccountState& account(uint32_t a) const { return accounts_[a]; }
  // Whether the account and all above it have budget left.
  bool in_budget(uint32_t account) const;
  // The time of the last tick of decayed use: what an order by it may depend on.
  Time usage_tick() const { return usage_tick_; }

  // Equal for nodes of equal type with equal resources left, and (but for 1 chance in 2^64)
  // different otherwise: what a rule's score may depend on, so what it may cache by.
  uint64_t node_state(uint32_t node) const { return node_state_[node]; }
  uint32_t slots() const { return static_cast<uint32_t>(slots_.size()); }
  // Of all jobs that have arrived so far.
  int32_t lowest_priority() const { return lowest_priority_; }
  // Changes with every start, end, drop and delivery in the pool, the only things that change what
  // waits and fits but for arrivals, and tells histories apart (but for 1 chance in 2^64): what a
  // policy may keep notes by.
  uint64_t changes(uint32_t pool) const { return changes_[pool]; }
  // Calls visit(PoolChange) for what has changed in the pool since changes() was `before`, the
  // latest first. False: that is not known.
  template <class F>
  bool changes_since(uint32_t pool, uint64_t before, F&& visit) const {
    return log_[pool].since(before, changes_[pool], visit);
  }
  // What changes() will be when `job` starts now on these places.
  uint64_t changes_after_start(uint32_t pool, const Job& job,
                               const std::vector<Place>& places) const;

  const Kpis& kpis() const { return kpis_; }
  // [accounts] What the jobs of each have used, attempts under way as if they ended now with their
  // work safe.
  std::vector<Uses> uses() const;
  PoolLedger ledger_of(uint32_t pool) const;
  uint64_t events_handled() const { return handled_; }

  // State only; the model is told apart by Model::digest(). False: damaged, the state fits no world
  // of this model.
  void fields(auto& visit) {
    visit(now_, handled_, next_sample_, asked_, changed_, events_, state_, down_reasons_,
          node_faults_, cpu_left_, memory_left_, gpu_left_, free_gpus_, gpu_milli_left_, tasks_on_,
          first_task_, node_state_, free_, groups_, spares_, outage_count_, slots_, free_slots_,
          places_, links_, runs_, lowest_priority_, queues_, running_, shrunk_, services_,
          resources_, clocked_, power_changed_, changes_, next_job_, source_count_, quota_,
          accounts_, usage_tick_, kpis_, outbox_);
  }
  bool consistent() const;

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9E3779B97F4A7C15;
    return h ^ (h >> 32);
  }

  struct Event {
    enum class Kind : uint32_t {
      trace,
      source,
      end,
      delivery,
      wake,
      fault,          // of a job
      node_fault,     // node
      node_repaired,  // node
      outage,         // group of all outages
      outage_over,    // the same
      window_begins,
      window_ends,
      quota_step,
      budget_period,
      usage_tick,
      call,        // of a job to another resource
      answer,      // to it
      calibrated,  // resource
      service,
      power_cap,
      ready,  // a replica
    };
    Time time;
    Kind kind;
    uint32_t index;   // source, slot, delivery, queue ...
    uint64_t number;  // JobSlot::stamp, so that an event of the past is told apart
  };
  struct QueueState {
    uint32_t head = kNoSlot;
    uint32_t tail = kNoSlot;
    uint64_t length = 0;
    uint64_t members = 0;
    Time wake = Time::never();  // the earliest wake that is pending
  };

  struct Consistency;  // world_consistent.cc
  uint32_t next_question() const;
  void ask_about(uint32_t queue) { changed_[queue / 64] |= uint64_t{1} << (queue % 64); }
  void move_to(Time t);
  double fragmentation() const;
  void sample_ledgers(Time t, double fragmented);
  void handle(const Event& event);
  bool is_under_way(const Event& event) const;
  uint32_t arrive(const Job& job);
  void arrive_from_trace();
  void arrive_from_source(uint32_t source);
  void schedule_source(uint32_t source);
  void ask_all();

  // ---- jobs (world_jobs.cc) ----
  enum class Stop { fault, preempted };
  struct Next {
    Time time;
    Event::Kind kind;
  };
  Next next_of(const JobSlot& s) const;
  void schedule(uint32_t slot);
  void settle(JobSlot& s);
  Duration progress_of(const JobSlot& s) const;
  uint32_t pace(const JobSlot& s) const {
    return s.clock == 0 ? 1000 : model_->clocks[s.clock - 1].pace_milli;
  }
  void resize(uint32_t slot, const std::vector<Place>& places);
  void run_on(uint32_t slot, const std::vector<Place>& places, Duration handover);
  void start(uint32_t slot, const std::vector<Place>& places, const std::vector<uint32_t>& victims);
  void check_limits(const Job& job, const std::vector<Place>& places) const;
  AttemptPlan plan_of(const JobSlot& s, Duration handover) const;
  double faults_per_s(const JobSlot& s) const;  // of everything that may stop it
  void end(uint32_t slot);
  // Returns how long it writes its last checkpoint.
  Duration stop(uint32_t slot, Stop why);
  void take(uint32_t slot, const std::vector<Place>& places);
  Time release(uint32_t slot);  // returns when it would have ended at the latest
  void charge(uint32_t slot, const AttemptSplit& split, Stop why);
  void append(uint32_t slot);    // to its queue
  void put_back(uint32_t slot);  // into its queue, in the order of submission
  void unlink(uint32_t slot);
  void waits(uint32_t slot, double sign);
  void release_slot(uint32_t slot);
  void hold(const Job& job, uint32_t pool, uint32_t gpu_model, int64_t sign);

  // ---- nodes (world_nodes.cc) ----
  void start_nodes();
  void deliver(uint32_t node);
  void put_in_service(uint32_t node);
  void take_down(uint32_t node, Stop why);
  void bring_back(uint32_t node);
  void schedule_node_fault(uint32_t node);
  void node_fault(uint32_t node);
  void schedule_outage(uint32_t group);
  void outage(uint32_t group, bool begins);
  void window(uint32_t window, bool begins);
  void stop_tasks_on(uint32_t node, Stop why, uint32_t spare_account = kNoAccount);
  void node_changed(uint32_t node);
  void pool_freed(uint32_t pool, uint64_t what, PoolChange change = {});
  void changed(uint32_t pool, uint64_t after, PoolChange change = {});

  // ---- calls to other resources (world_resources.cc) ----
  void start_resources();
  Duration call_at(const JobSlot& s) const;  // progress; max(): none is left
  uint32_t first_call(const JobSlot& s) const;
  void call(uint32_t slot);
  void answered(uint32_t slot);
  void leave_resource(uint32_t slot);
  void serve(uint32_t resource);

  // ---- services (world_services.cc) ----
  void start_services();
  void follow_load(uint32_t service);
  void count_service(uint32_t service);
  void replica_serves(uint32_t slot, bool serves);
  void replica_ready(uint32_t slot);
  void end_replica(uint32_t slot);

  // ---- power (world_power.cc) ----
  void start_power();
  void draw(uint32_t slot, bool on);
  void pool_power(uint32_t pool, uint64_t more_idle_mw, uint64_t more_busy_mw);
  void set_clock(uint32_t slot, uint32_t clock);
  uint32_t clock_within(const JobSlot& s, int64_t mw) const;
  int64_t it_mw(const PowerCap& cap) const;
  void power_cap(uint32_t cap);
  void review_power();
  void relieve(uint32_t pool);

  // ---- accounts (world_accounts.cc) ----
  void start_accounts();
  void settle_accounts();
  // Whether anything is left to happen to jobs. If not, nothing that recurs does.
  bool goes_on() const {
    return model_->end < Time::never()
               ? now_ < model_->end
               : slots_.size() > free_slots_.size() || next_job_ < model_->jobs.size();
  }
  // Nothing fails while jobs start as recorded.
  Time faults_from() const { return std::max(now_, model_->as_recorded_until); }
  void quota_step(uint32_t step);
  void budget_period();
  void tick_usage();

  std::shared_ptr<const Model> model_;
  Time now_;
  uint64_t handled_ = 0;
  Time next_sample_;        // of fragmentation
  uint32_t asked_ = kNone;  // queue whose answer is due
  EventQueue<Event> events_;

  std::vector<NodeState> state_;          // [nodes]
  std::vector<uint16_t> down_reasons_;    // [nodes] faults, outages and windows that hold it down
  std::vector<uint32_t> node_faults_;     // [nodes] so far
  std::vector<uint32_t> cpu_left_;        // [nodes] milli-cores
  std::vector<uint64_t> memory_left_;     // [nodes] MiB
  std::vector<uint16_t> gpu_left_;        // [GPUs] milli
  std::vector<uint32_t> free_gpus_;       // [nodes] GPUs with all of their 1000 milli left
  std::vector<uint32_t> gpu_milli_left_;  // [nodes] sum over the node's GPUs
  std::vector<uint32_t> tasks_on_;        // [nodes]
  std::vector<uint32_t> first_task_;      // [nodes] index of a place
  std::vector<uint64_t> node_state_;      // [nodes]
  FreeIndex free_;
  GroupIndex groups_;
  std::vector<uint32_t> spares_;        // [pools] nodes that stand by
  std::vector<uint32_t> outage_count_;  // [groups of all outages] so far

  std::vector<JobSlot> slots_;
  std::vector<uint32_t> free_slots_;
  BlockPool<Place> places_;
  std::vector<TaskLink> links_;  // [places_]
  uint64_t runs_ = 0;            // attempts begun and changed
  int32_t lowest_priority_ = std::numeric_limits<int32_t>::max();
  std::vector<QueueState> queues_;              // [queues]
  std::vector<uint64_t> changed_;               // bit q: queue q is to be asked about
  std::vector<RunEnds> running_;                // [pools]
  std::vector<std::vector<uint32_t>> shrunk_;   // [queues] slots, by age
  std::vector<ServiceState> services_;          // [services]
  std::vector<ResourceState> resources_;        // [resources]
  std::vector<std::vector<uint32_t>> clocked_;  // [pools] slots below the highest clock, by age
  std::vector<uint8_t> power_changed_;          // [pools] to be reviewed at this instant
  std::vector<uint64_t> changes_;               // [pools]
  std::vector<ChangeLog> log_;                  // [pools] of changes_; not state
  uint64_t next_job_ = 0;                       // of Model::jobs
  std::vector<uint64_t> source_count_;          // [sources] jobs drawn so far

  QuotaTree quota_;                     // empty without quotas
  std::vector<AccountState> accounts_;  // [accounts]
  Time usage_tick_;

  Kpis kpis_;
  Outbox outbox_;
};

}  // namespace dure::fleet
