// The other end of the floor's ports for tests and oracles: answers every sensor frame at once.
// The links' delays make its commands late.
#pragma once

#include "kernel/system.h"
#include "worlds/floor/ports.h"
#include "worlds/floor/world.h"

namespace dure::floor {

class EchoWorld : public EventWorld<EchoWorld> {
 public:
  static constexpr Port<SensorFrame> frame_in{0, "frame in"};
  static constexpr Port<Command> command_out{0, "command out"};

  void handle(const Event&) {}
  void handle(const Message& m) {
    const SensorFrame f = m.as(frame_in);
    outbox_.send(now(), command_out, Command{f.frame, f.sensed, f.robot, 0});
  }
  Outbox& outbox() { return outbox_; }
  void fields(auto& visit) {
    visit_base(visit);
    visit(outbox_);
  }

 private:
  Outbox outbox_;
};

// The floor with commands that are `delay` old when they arrive.
inline System<World, EchoWorld> with_delay(World floor, Duration delay) {
  System<World, EchoWorld> s(std::move(floor), EchoWorld());
  s.link<0, 1>(sensor_frame_out, EchoWorld::frame_in, delay / 2);
  s.link<1, 0>(EchoWorld::command_out, command_in, delay - delay / 2);
  return s;
}

// A policy of the floor's, as one of the pair's.
template <class P>
struct OnFloor {
  P policy;

  using Pair = System<World, EchoWorld>;
  Pair::Action decide(const Pair& pair, const Pair::Request& request) {
    return Pair::Action(std::in_place_index<0>, policy.decide(pair.world<0>(), request.get<0>()));
  }
};

}  // namespace dure::floor
