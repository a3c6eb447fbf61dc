// Ports: how worlds talk. A world emits and accepts timestamped Messages through named, typed ports
// and includes no other world.
//
//   struct Frame { uint32_t robot; uint32_t bytes; };            // Plain, at most 80 bytes
//   inline constexpr Port<Frame> frame_out{0, "frame out"};
//   outbox.send(now, frame_out, Frame{robot, 20'000});           // the sender
//   void receive(const Message& m) { Frame f = m.as(frame_in); } // the receiver, m.time >= now()
//
// An EventWorld writes handle(const Message&) instead of receive(): its clock stands at m.time
// then.
#pragma once

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/plain.h"
#include "base/time.h"

namespace dure {

// A named port of a world that carries payloads of type T. `number` is unique among the world's
// ports of the same direction and below 64.
template <Plain T>
requires(sizeof(T) <= 80) struct Port {
  uint32_t number;
  const char* name;
};

struct Message {
  Time time;
  uint32_t port = 0;
  uint32_t size = 0;  // bytes of payload in use
  std::array<unsigned char, 80> payload{};

  template <class T>
  T as(const Port<T>& in) const {
    DURE_ASSERT(port == in.number && size == sizeof(T), "a message was read as another port's");
    T out;
    std::memcpy(&out, payload.data(), sizeof out);
    return out;
  }
};

template <class T>
Message make_message(Time time, const Port<T>& port, const T& payload) {
  Message m;
  m.time = time;
  m.port = port.number;
  m.size = sizeof payload;
  std::memcpy(m.payload.data(), &payload, sizeof payload);
  return m;
}

// What a world has said and nobody has fetched yet. Ports that no link uses stay closed and cost a
// test of one bit.
class Outbox {
 public:
  template <class T>
  void send(Time time, const Port<T>& port, const T& payload) {
    if (is_open(port.number)) messages_.push_back(make_message(time, port, payload));
  }
  void open(uint32_t port) {
    DURE_ASSERT(port < 64, "a port's number must be below 64");
    open_ |= uint64_t{1} << port;
  }
  bool is_open(uint32_t port) const { return open_ >> (port & 63) & 1; }
  const std::vector<Message>& messages() const { return messages_; }
  void clear() { messages_.clear(); }

  void fields(auto& visit) { visit(messages_, open_); }

 private:
  std::vector<Message> messages_;
  uint64_t open_ = 0;
};

}  // namespace dure
