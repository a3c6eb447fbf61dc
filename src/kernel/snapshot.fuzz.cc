// Any bytes as a snapshot file, then as a world's state: an Error or a world, never a crash.
#include "kernel/snapshot.h"

#include "kernel/test_worlds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto snapshot = dure::decode_snapshot(bytes, "fuzz");
  dure::test::Sender world(dure::Duration{1'000'000'000});
  dure::StateReader reader(snapshot ? std::string_view(snapshot->state) : bytes);
  reader(world);
  return 0;
}
