// A fleet of GPU nodes and the jobs on it, as a value.
//
// Everything that happens at an instant (ends, deliveries, arrivals) happens before anyone is asked
// about it. Then the world asks once per queue whose jobs may have become startable; the policy
// answers with a start, a drop, or "wait", and is asked again until it says wait. A job's tasks all
// start at once and hold their resources until it ends.
//
// Jobs that could not run even on an empty pool with every node delivered are rejected on arrival
// and counted.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "kernel/event_queue.h"
#include "kernel/world.h"
#include "worlds/fleet/block_pool.h"
#include "worlds/fleet/free_index.h"
#include "worlds/fleet/kpis.h"
#include "worlds/fleet/model.h"
#include "worlds/fleet/ports.h"

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
  Time start;               // when it runs
  uint32_t places = 0;      // first of job.tasks places, when it runs
  uint32_t next = kNoSlot;  // in its queue, when it waits
  uint32_t previous = kNoSlot;
  enum class State : uint32_t { free, waiting, running } state = State::free;

  Time expected_end() const;  // start + limit: all a scheduler may know
};

// Jobs that run in a pool, the last to end first: those that come and go soon are at the back.
struct RunEnd {
  Time end;
  uint64_t slot;
};

class World {
 public:
  // "Queue `queue` has waiting jobs and something changed since you last said wait."
  struct Request {
    uint32_t queue = 0;
  };
  struct Action {
    enum class Kind : uint8_t { wait, start, drop };
    Kind kind = Kind::wait;
    uint32_t slot = 0;          // start, drop: which waiting job
    Time wake = Time::never();  // wait: ask again at this time even if nothing changes
    std::vector<Place> places;  // start: [tasks]

    void fields(auto& visit) {
      visit(kind);
      if constexpr (requires { visit.fail(); }) {
        if (kind > Kind::drop) return visit.fail();
      }
      if (kind == Kind::wait)
        visit(wake);
      else
        visit(slot);
      if (kind == Kind::start) visit(places);
    }
  };

  explicit World(std::shared_ptr<const Model> model);

  Time now() const { return now_; }
  Time next_event_time() const { return next_question() != kNone ? now_ : events_.next_time(); }
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
  const JobSlot& slot(uint32_t i) const { return slots_[i]; }
  const Place* places(const JobSlot& s) const { return places_.data(s.places); }
  const std::vector<RunEnd>& running(uint32_t pool) const { return running_[pool]; }
  const FreeIndex& free() const { return free_; }
  bool in_service(uint32_t node) const { return in_service_[node] != 0; }
  uint32_t cpu_left(uint32_t node) const { return cpu_left_[node]; }        // milli-cores
  uint64_t memory_left(uint32_t node) const { return memory_left_[node]; }  // MiB
  const uint16_t* gpu_left(uint32_t node) const {
    return gpu_left_.data() + model_->gpu_offset[node];
  }
  uint32_t free_gpus(uint32_t node) const { return free_gpus_[node]; }  // fully free
  uint32_t gpu_milli_left(uint32_t node) const { return gpu_milli_left_[node]; }
  uint32_t tasks_on(uint32_t node) const { return tasks_on_[node]; }
  // Equal for nodes of equal type with equal resources left, and (but for 1 chance in 2^64)
  // different otherwise: what a rule's score may depend on, so what it may cache by.
  uint64_t node_state(uint32_t node) const { return node_state_[node]; }
  uint32_t slots() const { return static_cast<uint32_t>(slots_.size()); }
  // Changes with every start, end, drop and delivery in the pool, the only things that change what
  // waits and fits but for arrivals, and tells histories apart (but for 1 chance in 2^64): what a
  // policy may keep notes by.
  uint64_t changes(uint32_t pool) const { return changes_[pool]; }
  // What changes() will be when `job` starts now.
  uint64_t changes_after_start(uint32_t pool, const Job& job) const;

  const Kpis& kpis() const { return kpis_; }
  uint64_t events_handled() const { return handled_; }

  // State only; the model is told apart by Model::digest(). False: damaged, the state fits no world
  // of this model.
  void fields(auto& visit) {
    visit(now_, handled_, next_sample_, asked_, changed_, events_, in_service_, cpu_left_,
          memory_left_, gpu_left_, free_gpus_, gpu_milli_left_, tasks_on_, node_state_, free_,
          slots_, free_slots_, places_, queues_, running_, changes_, next_job_, source_count_,
          kpis_, outbox_);
  }
  bool consistent() const;

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  struct Event {
    enum class Kind : uint32_t { trace, source, end, delivery, wake };
    Time time;
    Kind kind;
    uint32_t index;  // source, slot, delivery or queue
    uint64_t
        number;  // Job::number of the slot's job, so that an event of an earlier one is told apart
  };
  struct QueueState {
    uint32_t head = kNoSlot;
    uint32_t tail = kNoSlot;
    uint64_t length = 0;
    Time wake = Time::never();  // the earliest wake that is pending
  };

  uint32_t next_question() const;
  void ask_about(uint32_t queue) { changed_[queue / 64] |= uint64_t{1} << (queue % 64); }
  void move_to(Time t);
  double fragmentation() const;
  void handle(const Event& event);
  void arrive(const Job& job);
  void arrive_from_trace();
  void arrive_from_source(uint32_t source);
  void schedule_source(uint32_t source);
  void start(uint32_t slot, const std::vector<Place>& places);
  void end(uint32_t slot);
  void unlink(uint32_t slot);
  void release_slot(uint32_t slot);
  void deliver(uint32_t node);
  void node_changed(uint32_t node);
  void pool_freed(uint32_t pool, uint64_t what);

  std::shared_ptr<const Model> model_;
  Time now_;
  uint64_t handled_ = 0;
  Time next_sample_;        // of fragmentation
  uint32_t asked_ = kNone;  // queue whose answer is due
  EventQueue<Event> events_;

  std::vector<uint8_t> in_service_;       // [nodes]
  std::vector<uint32_t> cpu_left_;        // [nodes] milli-cores
  std::vector<uint64_t> memory_left_;     // [nodes] MiB
  std::vector<uint16_t> gpu_left_;        // [GPUs] milli
  std::vector<uint32_t> free_gpus_;       // [nodes] GPUs with all of their 1000 milli left
  std::vector<uint32_t> gpu_milli_left_;  // [nodes] sum over the node's GPUs
  std::vector<uint32_t> tasks_on_;        // [nodes]
  std::vector<uint64_t> node_state_;      // [nodes]
  FreeIndex free_;

  std::vector<JobSlot> slots_;
  std::vector<uint32_t> free_slots_;
  BlockPool<Place> places_;
  std::vector<QueueState> queues_;            // [queues]
  std::vector<uint64_t> changed_;             // bit q: queue q is to be asked about
  std::vector<std::vector<RunEnd>> running_;  // [pools] by falling end
  std::vector<uint64_t> changes_;             // [pools]
  uint64_t next_job_ = 0;                     // of Model::jobs
  std::vector<uint64_t> source_count_;        // [sources] jobs drawn so far

  Kpis kpis_;
  Outbox outbox_;
};

}  // namespace dure::fleet
