#include "kernel/snapshot.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "base/file.h"
#include "kernel/compress.h"
#include "kernel/test_worlds.h"

using namespace dure;
using namespace dure::test;

namespace {

Snapshot example() {
  Guesser w(1);
  run(w, AnswerByNumber{}, Time{} + 20_s);
  StateWriter state;
  state(w);
  return {"guesser", 12345, state.bytes()};
}

std::string message_of(std::string_view bytes) {
  const auto r = decode_snapshot(bytes, "a.snap");
  return r ? "" : r.error().text();
}

}  // namespace

TEST_CASE("compress: round trip; wrong sizes and damage are refused") {
  for (const size_t n : {0, 1, 1000, 1'000'000}) {
    const std::string text(n, 'x');
    const std::string packed = compress(text);
    std::string out;
    CHECK(decompress(packed, n, out));
    CHECK(out == text);
    CHECK(!decompress(packed, n + 1, out));
    CHECK(!decompress(packed, ~uint64_t{0}, out));
    CHECK(!decompress(std::string_view(packed).substr(1), n, out));
  }
}

TEST_CASE("snapshot: comes back from a file as it was") {
  const Snapshot before = example();
  const auto path = std::filesystem::temp_directory_path() / "dure_snapshot_test.snap";
  REQUIRE(save_snapshot(path, before));
  const auto after = load_snapshot(path);
  REQUIRE(after);
  CHECK(after->kind == before.kind);
  CHECK(after->model_digest == before.model_digest);
  CHECK(after->state == before.state);
  std::filesystem::remove(path);
  CHECK(!load_snapshot(path));
}

TEST_CASE("snapshot: every flipped byte and every truncation is refused") {
  const std::string bytes = encode_snapshot(example());
  REQUIRE(message_of(bytes) == "");
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      REQUIRE(message_of(damaged) != "");
    }
    REQUIRE(message_of(std::string_view(bytes).substr(0, i)) != "");
  }
  CHECK(message_of(bytes + "x").find("bytes to spare") != std::string::npos);
}

TEST_CASE("snapshot: another kind of file and another version are named") {
  CHECK(message_of("job,gpus\n1,8\n").find("expected a dure snapshot") != std::string::npos);
  std::string newer = encode_snapshot(example());
  newer[8] = 99;
  CHECK(message_of(newer).find("format version 99") != std::string::npos);
}
