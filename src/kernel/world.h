// What a world and a policy are, and the one loop that drives them.
//
// A World is a value: copying it is a snapshot, a branch, a what-if, an RL reset, a rollout.
//   Time now() const;                     the time it has reached
//   Time next_event_time() const;         when it next has something to do; Time::never() if not
//   std::optional<Request> advance(Time until);
//                                         handle events with time <= until, in order, and stop at
//                                         the first question for a policy; nothing = reached `until`
//   void act(const Action&);              the answer to that question
//   void fields(auto& visit);             its state, see archive.h
// A Policy answers: Action (or const Action&) decide(const World&, const Request&). It is a value
// too; a world never knows its policy.
#pragma once

#include <concepts>
#include <optional>

#include "base/time.h"
#include "kernel/archive.h"
#include "kernel/event_queue.h"

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
  requires std::same_as<typename W::Request, NoRequest>
void run(W& world, Time until) {
  while (world.advance(until)) {
  }
}

// The usual skeleton: a queue of events handled one by one. A world derives from
// EventWorld<ItsName>, writes `void handle(const Event&)`, calls in(delay, kind, entity) to schedule
// and ask(request) to put a question, and starts its fields() with visit_base(visit).
template <class Self, class RequestType = NoRequest, class ActionType = NoAction, Plain E = Event>
class EventWorld {
 public:
  using Request = RequestType;
  using Action = ActionType;

  Time now() const { return now_; }
  Time next_event_time() const { return asked_ ? now_ : events_.next_time(); }
  uint64_t events_handled() const { return handled_; }

  std::optional<Request> advance(Time until) {
    while (!asked_ && events_.next_time() <= until) {
      const E event = events_.pop();
      now_ = event.time;
      ++handled_;
      static_cast<Self*>(this)->handle(event);
    }
    if (asked_) return std::exchange(asked_, std::nullopt);
    if (now_ < until && until < Time::never()) now_ = until;
    return std::nullopt;
  }
  void act(const Action&) {}

 protected:
  void at(Time time, uint32_t kind, uint32_t entity = 0) { events_.push(E{time, kind, entity}); }
  void in(Duration delay, uint32_t kind, uint32_t entity = 0) { at(now_ + delay, kind, entity); }
  void push(const E& event) { events_.push(event); }
  void ask(const Request& request) { asked_ = request; }
  void visit_base(auto& visit) { visit(now_, handled_, events_, asked_); }

 private:
  Time now_;
  uint64_t handled_ = 0;
  EventQueue<E> events_;
  std::optional<Request> asked_;
};

}  // namespace dure
