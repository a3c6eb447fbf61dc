// The fleet's own policies: an order in which waiting jobs are looked at, what becomes of those
// that do not fit, and a placement rule.
//
//   fifo          the first job that does not fit blocks those behind it
//   easy          fifo with EASY backfill: the blocked first job is promised the earliest time at
//                 which it will fit (shadow.h); later jobs start now if they delay it not
//   conservative  every job gets the earliest time that delays none before it (conservative.h), and
//                 starts when that is now. Planned anew whenever something happens, so that times
//                 move up when jobs end early
//   loss          a job that does not fit on arrival is dropped
//
// The order within a queue is by rank.h. A job over its account's quota or budget is held: it is
// passed over, promised nothing and blocks nobody, as under Slurm's association limits or Kueue's
// BestEffortFIFO; so small jobs of its account may pass it again and again. Where quotas are, a job
// that may have several GPU models gets one of those with quota left, in the order of the models.
//
// With quotas the queue whose first job's account holds least of its own quota is answered first;
// else queues are answered in the order in which they are asked about. A promise is kept within its
// queue only: other queues know nothing of it.
//
// An elastic job starts with as many tasks as fit, and is given more when nobody waits for its site
// and that is worth another start (rules_elastic.cc). Conservative plans foresee it with all.
//
// With reclaim, the first job that fits nowhere may take from others, and so may jobs before it
// that are held only because others have borrowed what is their account's (reclaim.h): at the site
// where that costs least, and at most once at one instant. An elastic job gets back as many tasks
// as it can.
//
// Until Model::as_recorded_until jobs of a trace start when, and where, they did; nothing else does
// (rules_recorded.cc).
//
// Every decision is a function of the world alone: what Rules keeps is only there to save time, so
// a run that goes on with new Rules goes on alike.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "worlds/fleet/conservative.h"
#include "worlds/fleet/place.h"
#include "worlds/fleet/rank.h"
#include "worlds/fleet/reclaim.h"
#include "worlds/fleet/shadow.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

enum class Order { fifo, easy, conservative, loss };

using Placement = std::variant<FirstFit, BestFit, RandomFit, Scored>;

struct EasyOptions {
  uint32_t depth = 100;  // waiting jobs looked at per pass, beyond the first
};

struct RuleOptions {
  Order order = Order::easy;
  RankOptions rank{};  // of all but loss
  Placement placement = BestFit{};
  EasyOptions easy{};  // depth: of conservative, too
  bool reclaim = false;
  ReclaimOptions reclaim_options{};
  // Reclaim is tried for a job when it is submitted and after each Model::usage_period; else
  // whenever it is looked at.
  bool reclaim_by_period = false;
  uint32_t reclaim_depth = 1;  // jobs of an account that reclaim is tried for per pass
  Duration grow_after = 1_h;   // that an elastic job has run before it is given more tasks
};

class Rules {
 public:
  explicit Rules(RuleOptions options) : o_(std::move(options)), reclaim_(o_.reclaim_options) {}
  Rules(Order order, Placement placement, EasyOptions easy = {})
      : Rules(RuleOptions{.order = order, .placement = std::move(placement), .easy = easy}) {}

  const World::Action& decide(const World& world, const World::Request& request);

 private:
  static constexpr uint32_t kAny = ~uint32_t{0};  // GPU models: no matter which

  // What decides where a job goes, but for random placement.
  struct Shape {
    uint32_t tasks, gpus, gpu_milli, cpu_milli, memory_mib, models, kind, account, min_tasks;
    uint32_t busy_milli;  // only where power is capped
    Duration limit;       // as account: only where windows are
    bool operator==(const Shape&) const = default;
  };

  // Where the first job of a queue might go, and what it would be promised there.
  struct Offer {
    uint32_t models = 0;
    Promise promise;
  };

  // What the first job of a queue is promised: the first of its offers. All of it can be made anew
  // from the world.
  struct Reservation {
    Promise promise;
    std::vector<Offer> offers;
    size_t best = 0;         // of offers
    Job job;                 // the head, as it is promised to
    uint32_t offered = 0;    // GPU models that the head might have, of which it got
    uint32_t models = 0;     // these
    bool guessed = false;    // it, or what it was preferred to: good until the next start
    uint64_t head = 0;       // Job::number
    uint64_t notes = 0;      // that nothing fitted with: it holds for them
    uint32_t looked = 0;     // jobs behind the head that have been looked at and wait still
    uint32_t last_seen = 0;  // the last of them, or the head: its slot and number
    uint64_t last_number = 0;
    // Those of them that fit but would delay the head. Once another has started, they might be
    // placed elsewhere and delay it no longer; those that did not fit will not.
    std::vector<uint32_t> refused;  // slots
    uint32_t recheck = 0;           // of refused: where to go on
    // Shapes that would delay the head since the last start. Jobs of one shape go to the same
    // nodes, so each is tried once.
    std::vector<Shape> would_delay;
  };
  enum class Verdict { start, does_not_fit, delays };

  // What found no place in a pool since something became free there: starts only take away.
  struct Misfits {
    uint64_t changes = 0;          // World::changes() of the pool
    uint64_t windows = 0;          // that have begun, and that are over
    std::vector<uint64_t> shapes;  // mixed, sorted; confused with a chance of 1 in 2^64
  };

  // What conservative backfill has planned of a queue.
  struct Plan {
    uint64_t notes = 0;  // it holds for, at this time and with this line
    Time now = Time::never();
    uint64_t version = 0;
    uint32_t planned = 0;  // jobs that wait, before the one that started
    std::vector<Profile> profiles;
  };

  struct Tries {  // of reclaim, for jobs of an account
    uint32_t account = 0, count = 0;
  };

  // Jobs that reclaim found no victims for, with these notes and at this time.
  struct Tried {
    uint64_t notes = 0;
    Time now = Time::never();
    std::vector<uint64_t> numbers;
  };

  // A queue's first job that is not held.
  struct First {
    uint64_t notes = 0;
    Time now = Time::never();
    uint64_t version = 0;
    uint32_t slot = kNoSlot;
  };

  void prepare(const World& world);
  uint64_t notes(const World& world, uint32_t queue, const Job* started = nullptr,
                 uint32_t pool = 0) const;
  uint32_t models_for(const World& world, const Job& job) const;
  bool is_closed(const World& world, uint32_t account, bool gpus) const;
  void begin(const World& world, uint32_t queue);
  uint32_t next_queue(const World& world);
  uint32_t first_of(const World& world, uint32_t queue);

  // Calls visit(pool, models) for where a job of the queue may go until it returns true.
  template <class F>
  bool any_offer(uint32_t queue, uint32_t models, F&& visit) const {
    bool done = false;
    model_->for_pools_of(queue, [&](uint32_t pool) {
      if (models == kAny) {
        done = done || visit(pool, kAny);
        return;
      }
      for (uint32_t bits = models; bits != 0 && !done; bits &= bits - 1) {
        done = visit(pool, bits & -bits);
      }
    });
    return done;
  }
  bool place(const World& world, const Job& job, uint32_t models, uint32_t pool);
  bool place(const World& world, const Job& job, uint32_t models, uint32_t pool, uint32_t tasks);
  bool place_elastic(const World& world, const Job& job, uint32_t models, uint32_t pool);
  bool place(const World& world, const Job& job, uint32_t models);
  const World::Action& grow(const World& world, uint32_t queue);
  bool grow_one(const World& world, uint32_t slot);
  Misfits& misfits(const World& world, uint32_t pool);
  bool take_back(const World& world, uint32_t slot);
  bool find_victims(const World& world, const Job& job, uint32_t tasks);
  bool may_take_back(const World& world, const Job& job) const;
  bool may_find_victims(const World& world, const Job& job) const;
  const World::Action& start(uint32_t slot);
  const World::Action& wait();

  const World::Action& as_recorded(const World& world, uint32_t queue);
  bool place_as_recorded(const World& world, const Job& job, bool one_model,
                         const Recorded& record);

  const World::Action& loss(const World& world, uint32_t head);
  const World::Action& by_arrival(const World& world, uint32_t queue);
  const World::Action& ranked(const World& world, uint32_t queue);
  const World::Action& conservative(const World& world, uint32_t queue);
  bool starts_as_planned(const World& world, uint32_t slot, uint32_t models, Plan& plan);

  bool holds(const World& world, uint32_t queue, uint32_t head, uint32_t models) const;
  void reserve(const World& world, uint32_t head, uint32_t models, Reservation& r);
  void offer(const World& world, const Job& job, uint32_t models, Reservation& r);
  Verdict judge(const World& world, uint32_t slot, uint32_t models, Reservation& r);
  bool surely_delays(const Job& job, Time end, uint32_t pool, const Reservation& r) const;
  bool delays(const World& world, const Job& job, Time end, Reservation& r);
  const World::Action& backfill(const World& world, uint32_t slot, Reservation& r);
  static void see(const World& world, uint32_t slot, Reservation& r);

  RuleOptions o_;
  Reclaim reclaim_;
  World::Action action_;
  Job asked_;                 // a job with fewer GPU models than it would take
  std::vector<Tries> tries_;  // in this pass

  std::shared_ptr<const Model> model_;  // that the following is of
  bool limits_ = false;                 // quotas or budgets
  bool listed_ = false;                 // by the world's own list of waiting jobs
  std::vector<uint32_t> models_of_;     // [queues] GPU models in its pools

  Shadow shadow_;
  std::vector<Reservation> reservations_;  // [queues]
  std::vector<Line> lines_;                // [queues]
  std::vector<Plan> plans_;                // [queues]
  std::vector<Tried> tried_;               // [queues]
  std::vector<First> first_;               // [queues]
  std::vector<Misfits> misfits_;           // [pools]
};

}  // namespace dure::fleet
