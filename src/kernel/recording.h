// Recording: everything that came into a run from outside the world's model: the actions of its
// policy and messages from other systems, in order. With the scenario and the seed it replays the
// run bit for bit, without the policy.
//
// The file grows by checksummed, compressed frames. A run that dies leaves whole frames and at most
// one torn one, which the reader notices; a resumed run cuts the file back to where its snapshot
// was taken and goes on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kernel/port.h"
#include "kernel/world.h"

namespace dure {

class RecordingWriter {
 public:
  RecordingWriter() = default;
  RecordingWriter(RecordingWriter&& other) noexcept { *this = std::move(other); }
  RecordingWriter& operator=(RecordingWriter&& other) noexcept;
  ~RecordingWriter();

  // `position` 0 starts anew; another (from flush()) cuts the file there and goes on.
  static Result<RecordingWriter> open(const std::string& path, uint64_t position = 0);

  template <class Action>
  void action(const Action& a) {
    buffer_(kAction, a);
    spill();
  }
  void message(const Message& m) {
    buffer_(kMessage, m);
    spill();
  }

  // Everything so far is on disk; the position to resume from. An Error when the disk is full: it
  // also reports failures of earlier writes.
  Result<uint64_t> flush();

  static constexpr unsigned char kAction = 1;
  static constexpr unsigned char kMessage = 2;

 private:
  static constexpr size_t kFrame = 1 << 20;  // bytes before compression
  void spill() { if (buffer_.bytes().size() >= kFrame) write_frame(); }
  void write_frame();

  std::string path_;
  int file_ = -1;
  uint64_t position_ = 0;
  std::string failure_;
  StateWriter buffer_;
};

class RecordingReader {
 public:
  // Reads whole frames; a torn end is an Error that says how far the recording is good.
  static Result<RecordingReader> open(const std::string& path);

  enum class Next { kAction, kMessage, kEnd };
  Next next();  // what comes next; reading the wrong kind is refused below

  template <class Action>
  Result<void> action(Action& out) { return read(RecordingWriter::kAction, out); }
  // The message that comes next, without taking it; next() must be kMessage.
  Result<Message> peek_message();
  void take_message() { offset_ += message_bytes_; }

 private:
  template <class T>
  Result<void> read(unsigned char kind, T& out) {
    if (offset_ == frame_.size()) DURE_CHECK(load_frame());
    StateReader r(std::string_view(frame_).substr(offset_));
    unsigned char tag = 0;
    r(tag, out);
    if (!r.ok() || tag != kind) return damaged();
    offset_ = frame_.size() - r.left();
    return {};
  }
  Result<void> load_frame();
  Error damaged() const;

  std::string path_;
  std::string file_;        // compressed frames
  uint64_t position_ = 0;   // of the next frame
  std::string frame_;       // the current frame, decompressed
  size_t offset_ = 0;       // of the next record in frame_
  size_t message_bytes_ = 0;
};

// A policy that writes down what another decides.
template <class P>
class Recorded {
 public:
  Recorded(P& policy, RecordingWriter& writer) : policy_(policy), writer_(writer) {}
  template <class W>
  decltype(auto) decide(const W& world, const typename W::Request& request) {
    decltype(auto) action = policy_.decide(world, request);
    writer_.action(action);
    return action;
  }

 private:
  P& policy_;
  RecordingWriter& writer_;
};

// Runs the world to `until` on a recording's actions and messages instead of a policy.
template <World W>
Result<void> replay(W& world, RecordingReader& recording, Time until) {
  typename W::Action action;
  for (;;) {
    Time stop = until;
    if (recording.next() == RecordingReader::Next::kMessage) {
      DURE_TRY(const Message m, recording.peek_message());
      if (m.time < stop) stop = m.time;
    }
    while (world.advance(stop)) {
      DURE_CHECK(recording.action(action));
      world.act(action);
    }
    if (recording.next() != RecordingReader::Next::kMessage) return {};
    DURE_TRY(const Message m, recording.peek_message());
    if (m.time > until) return {};
    recording.take_message();
    if constexpr (requires { world.receive(m); }) world.receive(m);
  }
}

}  // namespace dure
