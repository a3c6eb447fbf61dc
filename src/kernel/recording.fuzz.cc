// Any bytes as a recording file: replayed or refused, never a crash. The input is also wrapped into
// a whole frame, as the fuzzer cannot guess checksums.
#include "kernel/recording.h"

#include "base/digest.h"
#include "kernel/compress.h"
#include "kernel/test_worlds.h"

namespace {

void replay_bytes(std::string bytes) {
  auto reader = dure::RecordingReader::from_bytes(std::move(bytes), "fuzz");
  if (!reader) return;
  dure::test::Guesser world(1);
  static_cast<void>(dure::replay(world, *reader, dure::Time{60'000'000'000}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  replay_bytes(bytes);
  replay_bytes("DUREREC1" + bytes);
  replay_bytes("DUREREC1" + dure::recording_frame(bytes));
  return 0;
}
