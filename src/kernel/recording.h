// Recording: everything that came into a run from outside the world's model: the actions of its
// policy and messages from other systems, in order. With the scenario and the seed it replays the
// run bit for bit, without the policy.
//
// The file grows by checksummed, compressed frames. A run that dies leaves whole frames and at most
// one torn one, which the reader notices; a resumed run cuts the file back to where its snapshot
// was taken and goes on.
#pragma once

#include <algorithm>
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
  void spill() {
    if (buffer_.bytes().size() >= kFrame) write_frame();
  }
  void write_frame();

  std::string path_;
  int file_ = -1;
  uint64_t position_ = 0;
  std::string failure_;
  StateWriter buffer_;
};

// The bytes of records as a frame of the file: its sizes and checksum, then the compressed bytes.
std::string recording_frame(std::string_view bytes);

class RecordingReader {
 public:
  // Reads whole frames; a torn end is an Error that says how far the recording is good.
  static Result<RecordingReader> open(const std::string& path);
  // The same on a file's bytes; `name` is for messages.
  static Result<RecordingReader> from_bytes(std::string bytes, const std::string& name);

  enum class Next { kAction, kMessage, kEnd, kDamaged };
  Next next();  // what comes next; reading the wrong kind is refused below
  // Where and how the recording is damaged, or that it is of another run.
  Error damaged() const;

  template <class Action>
  Result<void> action(Action& out) {
    return read(RecordingWriter::kAction, out);
  }
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

  std::string path_;
  std::string file_;       // compressed frames
  uint64_t position_ = 0;  // of the next frame
  std::string frame_;      // the current frame, decompressed
  size_t offset_ = 0;      // of the next record in frame_
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

// Gives a message from outside to the world: what is due up to its time happens first.
template <World W, PolicyFor<W> P>
void deliver(W& world, P&& policy, const Message& message) {
  run(world, policy, message.time);
  world.receive(message);
}

// Runs the world to `until` on a recording's actions and messages instead of a policy. On an Error
// the world stands where the recording was last good.
template <World W>
Result<void> replay(W& world, RecordingReader& recording, Time until) {
  for (;;) {
    const RecordingReader::Next next = recording.next();
    if (next == RecordingReader::Next::kDamaged) return recording.damaged();
    Message message;
    if (next == RecordingReader::Next::kMessage) {
      DURE_TRY(message, recording.peek_message());
    } else {
      message.time = Time::never();
    }
    if (world.advance(std::min(until, message.time))) {
      typename W::Action action;
      DURE_CHECK(recording.action(action));
      world.act(action);
      continue;
    }
    if (next != RecordingReader::Next::kMessage || message.time > until) return {};
    if constexpr (requires { world.receive(message); }) {
      if (message.time < world.now()) return recording.damaged();
      recording.take_message();
      world.receive(message);
    } else {
      return recording.damaged();
    }
  }
}

}  // namespace dure
