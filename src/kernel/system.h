// System<A, B, ...>: worlds and the links between their ports, advanced together; itself a world.
//
// Always the world with the earliest next event advances; at equal times messages in flight go
// first, then worlds in the order of the template arguments. So a run is one sequence of events,
// the same on every machine. A question of a world is passed up with that world's number.
#pragma once

#include <algorithm>
#include <optional>
#include <tuple>
#include <variant>

#include "kernel/port.h"
#include "kernel/world.h"

namespace dure {

template <World... Worlds>
class System {
 public:
  // A question of world number `world`; the policy looks at it with request.get<I>().
  struct Request {
    uint32_t world = 0;
    std::variant<typename Worlds::Request...> question;

    template <size_t I>
    const auto& get() const {
      return std::get<I>(question);
    }
    void fields(auto& visit) { visit(world, question); }
  };
  using Action = std::variant<typename Worlds::Action...>;

  explicit System(Worlds... worlds) : worlds_(std::move(worlds)...) {}

  template <size_t I>
  auto& world() {
    return std::get<I>(worlds_);
  }
  template <size_t I>
  const auto& world() const {
    return std::get<I>(worlds_);
  }

  // From world From's port `out` to world To's port `in`; a message arrives `delay` after it was
  // sent. Both ports must carry the same type. Done before the run; no loops of zero delay.
  template <size_t From, size_t To, class T>
  void link(const Port<T>& out, const Port<T>& in, Duration delay = {}) {
    DURE_ASSERT(delay.ns >= 0, "a link with a negative delay");
    links_.push_back({delay, From, out.number, To, in.number});
    world<From>().outbox().open(out.number);
  }

  Time now() const { return now_; }

  Time next_event_time() const {
    Time next = in_flight_.next_time();
    std::apply([&](const auto&... w) { ((next = std::min(next, w.next_event_time())), ...); },
               worlds_);
    return next;
  }

  std::optional<Request> advance(Time until) {
    for (;;) {
      const Time next = next_event_time();
      if (next > until || next == Time::never()) break;
      now_ = next;
      if (in_flight_.next_time() == next) {
        deliver(in_flight_.pop());
      } else if (auto request = advance_due(next, std::index_sequence_for<Worlds...>{})) {
        return request;
      }
    }
    // Reach `until` everywhere, so that every world reports the same time. Nothing is due.
    if (until < Time::never()) {
      now_ = std::max(now_, until);
      std::apply([&](auto&... w) { (static_cast<void>(w.advance(until)), ...); }, worlds_);
    }
    return std::nullopt;
  }

  void act(const Action& action) { act_on(action, std::index_sequence_for<Worlds...>{}); }

  void fields(auto& visit) {
    visit(now_, in_flight_);
    std::apply([&](auto&... w) { visit(w...); }, worlds_);
  }

 private:
  struct Link {
    Duration delay;
    uint32_t from, out, to, in;
  };
  struct InFlight {
    Time time;
    uint64_t to;
    Message message;
  };

  template <size_t... I>
  std::optional<Request> advance_due(Time t, std::index_sequence<I...>) {
    std::optional<Request> out;
    bool done = false;
    auto one = [&]<size_t N>() {
      auto& w = std::get<N>(worlds_);
      if (done || w.next_event_time() != t) return;
      done = true;
      if (auto question = w.advance(t)) {
        out.emplace();
        out->world = N;
        out->question.template emplace<N>(std::move(*question));
      }
      collect<N>();
    };
    (one.template operator()<I>(), ...);
    return out;
  }

  template <size_t... I>
  void act_on(const Action& action, std::index_sequence<I...>) {
    auto one = [&]<size_t N>() {
      if (action.index() != N) return;
      std::get<N>(worlds_).act(std::get<N>(action));
      collect<N>();
    };
    (one.template operator()<I>(), ...);
  }

  // Puts what world N has said on its links.
  template <size_t N>
  void collect() {
    auto& w = std::get<N>(worlds_);
    if constexpr (requires { w.outbox(); }) {
      for (const Message& m : w.outbox().messages()) {
        for (const Link& link : links_) {
          if (link.from != N || link.out != m.port) continue;
          InFlight f{m.time + link.delay, link.to, m};
          f.message.time = f.time;
          f.message.port = link.in;
          in_flight_.push(f);
        }
      }
      w.outbox().clear();
    }
  }

  void deliver(const InFlight& f) { deliver_to(f, std::index_sequence_for<Worlds...>{}); }

  template <size_t... I>
  void deliver_to(const InFlight& f, std::index_sequence<I...>) {
    auto one = [&]<size_t N>() {
      if constexpr (requires { std::get<N>(worlds_).receive(f.message); }) {
        if (f.to != N) return;
        std::get<N>(worlds_).receive(f.message);
        collect<N>();
      } else {
        DURE_ASSERT(f.to != N, "a link leads to a world that receives nothing");
      }
    };
    (one.template operator()<I>(), ...);
  }

  Time now_;
  std::tuple<Worlds...> worlds_;
  std::vector<Link> links_;
  EventQueue<InFlight> in_flight_;
};

}  // namespace dure
