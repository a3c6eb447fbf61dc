// What a world and a policy are, and the one loop that drives them.
//
// A World is a value: copying it is a snapshot, a branch, a what-if, an RL reset, a rollout.
//   Time now() const;                     the time it has reached
//   Time next_event_time() const;         when it next has something to do; Time::never() if not
//   std::optional<Request> advance(Time until);
//                                         handle events with time <= until, in order, and stop at
//                                         the first question for a policy; nothing = reached
//                                         `until`
//   void act(const Action&);              the answer to that question
//   void fields(auto& visit);             its state, see archive.h
// A Policy answers: Action (or const Action&) decide(const World&, const Request&). It is a value
// too; a world never knows its policy.
#pragma once

#include <concepts>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/time.h"
#include "kernel/archive.h"
#include "kernel/event_queue.h"
#include "kernel/port.h"

namespace dure {

template <class W>
concept World = std::copyable<W> && requires(W world, const W& view, Time until,
                                             const typename W::Action& action, Digester& visit) {
  { view.now() } -> std::same_as<Time>;
  { view.next_event_time() } -> std::same_as<Time>;
  { world.advance(until) } -> std::same_as<std::optional<typename W::Request>>;
  world.act(action);
  world.fields(visit);
};

template <class P, class W>
concept PolicyFor = requires(P policy, const W& world, const typename W::Request& request) {
  { policy.decide(world, request) } -> std::convertible_to<const typename W::Action&>;
};

// The one loop. Simulation, training, rollouts, replay and live control are this loop with another
// world, policy or clock.
template <World W, PolicyFor<W> P>
void run(W& world, P&& policy, Time until) {
  while (auto request = world.advance(until)) world.act(policy.decide(world, *request));
}

// A world that asks nothing needs no policy.
struct NoRequest {};
struct NoAction {};
template <World W>
void run(W& world, Time until) {
  while (world.advance(until)) {
    DURE_ASSERT((std::same_as<typename W::Request, NoRequest>), "a question, and no policy");
  }
}

// The usual skeleton: a queue of events handled one by one. A world derives from
// EventWorld<ItsName>, writes `void handle(const Event&)` (and `void handle(const Message&)` if it
// has ports in), calls in(delay, kind, entity) to schedule and ask(request) to put a question, and
// starts its fields() with visit_base(visit).
template <class Self, class RequestType = NoRequest, class ActionType = NoAction, Plain E = Event>
class EventWorld {
 public:
  using Request = RequestType;
  using Action = ActionType;

  Time now() const { return now_; }
  Time next_event_time() const { return asked_.empty() ? events_.next_time() : now_; }
  uint64_t events_handled() const { return handled_; }

  std::optional<Request> advance(Time until) {
    const bool forever = until == Time::never();
    if (forever) until.ns -= 1;
    while (asked_.empty() && events_.next_time() <= until) {
      const E event = events_.pop();
      now_ = event.time;
      ++handled_;
      static_cast<Self*>(this)->handle(event);
    }
    if (!asked_.empty()) {
      Request first = std::move(asked_.front());
      asked_.erase(asked_.begin());
      return first;
    }
    if (now_ < until && !forever) now_ = until;
    return std::nullopt;
  }
  void act(const Action&) {}
  // A message for handle(const Message&); events before its time have happened.
  template <class S = Self>
  requires requires(S& self, const Message& message) { self.handle(message); }
  void receive(const Message& message) {
    DURE_ASSERT(message.time >= now_ && message.time <= next_event_time(),
                "a message out of order");
    now_ = message.time;
    static_cast<Self*>(this)->handle(message);
  }

 protected:
  // An event at Time::never() or beyond (the year 2262) does not happen and is not kept.
  void at(Time time, uint32_t kind, uint32_t entity = 0) { push(E{time, kind, entity}); }
  void in(Duration delay, uint32_t kind, uint32_t entity = 0) {
    if (delay < Time::never() - now_) at(now_ + delay, kind, entity);
  }
  void push(const E& event) {
    DURE_ASSERT(event.time >= now_, "an event was scheduled in the past");
    if (event.time < Time::never()) events_.push(event);
  }
  // Questions are put in order, and answered before the next event.
  void ask(const Request& request) { asked_.push_back(request); }
  void visit_base(auto& visit) { visit(now_, handled_, events_, asked_); }

 private:
  Time now_;
  uint64_t handled_ = 0;
  EventQueue<E> events_;
  std::vector<Request> asked_;
};

}  // namespace dure
