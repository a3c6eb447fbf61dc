// The fleet's own policies: an order in which waiting jobs are looked at, and a placement rule.
//
//   fifo  by arrival; the first job that does not fit blocks those behind it
//   easy  fifo with EASY backfill (Lifka, JSSPP 1995; Mu'alem and Feitelson, TPDS 2001): the
//   blocked
//         first job gets a reservation at the earliest time it fits if running jobs end when they
//         said they would at the latest; later jobs start now if they delay it not
//   loss  a job that does not fit on arrival is dropped
//
// The reservation foresees what is left of each GPU; CPU and memory are not foreseen (they are
// checked when the job starts). Jobs that have run into their limit are expected to end now, jobs
// without a limit never; a first job that will not fit by what is foreseen holds nobody back who
// ends some day.
//
// Every decision is a function of the world alone: what Rules keeps is only there to save time, so
// a run that goes on with new Rules goes on alike.
#pragma once

#include <variant>
#include <vector>

#include "worlds/fleet/place.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

enum class Order { fifo, easy, loss };

using Placement = std::variant<FirstFit, BestFit, RandomFit, Scored>;

struct EasyOptions {
  uint32_t depth = 100;  // waiting jobs looked at per pass, beyond the first
};

class Rules {
 public:
  Rules(Order order, Placement placement, EasyOptions easy = {})
      : order_(order), placement_(std::move(placement)), easy_(easy) {}

  const World::Action& decide(const World& world, const World::Request& request);

 private:
  // What decides where a job goes, but for random placement.
  struct Shape {
    uint32_t tasks, gpus, gpu_milli, cpu_milli, memory_mib, gpu_models;
    bool operator==(const Shape&) const = default;
  };

  // When the first job of a queue will fit, and what is free then. It holds until something ends in
  // the pool or starts that it does not know of; all of it can be made anew from the world.
  struct Reservation {
    uint64_t epoch = 0;    // 0: none
    uint64_t head = 0;     // Job::number
    uint64_t changes = 0;  // World::changes() it holds for
    Time shadow = Time::never();
    int64_t spare = 0;       // tasks of the head that fit then beyond its own
    uint32_t looked = 0;     // jobs behind the head that have been looked at and wait still
    uint32_t last_seen = 0;  // the last of them, or the head: its slot and number
    uint64_t last_number = 0;
    // Those of them that fit but would delay the head. Once another has started, they might be
    // placed elsewhere and delay it no longer; those that did not fit will not.
    std::vector<uint32_t> refused;  // slots
    uint32_t recheck = 0;           // of refused: where to go on
    // Shapes that did not fit, and that would delay the head since the last start. Jobs of one
    // shape go to the same nodes, so each is tried once.
    std::vector<Shape> do_not_fit;
    std::vector<Shape> would_delay;
  };
  enum class Verdict { start, does_not_fit, delays };

  bool place(const World& world, const Job& job);
  Verdict judge(const World& world, const Job& head, const Job& job, Reservation& r);
  static bool gone_by_shadow(const World& world, const Job& job, const Reservation& r);
  const World::Action& start(uint32_t slot);
  const World::Action& wait();
  const World::Action& easy(const World& world, uint32_t queue, uint32_t head);
  static void see(const World& world, uint32_t slot, Reservation& r);
  void reserve(const World& world, const Job& head, Reservation& r);
  bool delays_head(const World& world, const Job& head, const Job& job, Reservation& r);
  // The node as it will be at the shadow time: begun from what is left now, then changed.
  void foresee(const World& world, uint32_t node, const Reservation& r);
  void change(const World& world, const Place& place, int32_t milli_per_gpu);
  uint32_t tasks_at_shadow(const World& world, const Job& head, uint32_t node) const;

  Order order_;
  Placement placement_;
  EasyOptions easy_;
  World::Action action_;
  std::vector<Reservation> reservations_;  // [queues]
  std::vector<uint64_t> latest_;           // [pools] epoch of the newest reservation in the pool
  std::vector<uint16_t> at_shadow_;        // [GPUs] milli left at the shadow time, where stamped
  std::vector<uint32_t> free_at_shadow_;   // [nodes] GPUs with all of it left
  std::vector<uint64_t> stamp_;            // [nodes] epoch
  uint64_t epoch_ = 0;
};

}  // namespace dure::fleet
