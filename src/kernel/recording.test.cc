#include "kernel/recording.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"
#include "kernel/test_worlds.h"

using namespace dure;
using namespace dure::test;

namespace {

struct TemporaryFile {
  std::string path = std::filesystem::temp_directory_path() /
                     ("dure_recording_test_" + std::to_string(::getpid()) + ".rec");
  ~TemporaryFile() { std::filesystem::remove(path); }
};

// Ten seconds of a run that is recorded, with a message from outside every 1.7 s.
void ten_seconds(Guesser& w, RecordingWriter& writer) {
  const Time end = w.now() + 10_s;
  AnswerByNumber policy;
  Recorded<AnswerByNumber> recorded(policy, writer);
  for (Time t = w.now() + 700_ms; t < end; t += 1700_ms) {
    const Message m = make_message(t, ball_in, Ball{static_cast<uint64_t>(t.ns) % 97});
    deliver(w, recorded, m);
    writer.message(m);
  }
  run(w, recorded, end);
}

}  // namespace

TEST_CASE("recording: a replay ends as the run did, in one go or in steps") {
  const TemporaryFile file;
  Guesser w(1);
  {
    auto writer = RecordingWriter::open(file.path);
    REQUIRE(writer);
    for (int i = 0; i < 5; ++i) ten_seconds(w, *writer);
    REQUIRE(writer->flush());
  }
  for (const Duration step : {50_s, 10_s, 7_s, 100_ms}) {
    auto reader = RecordingReader::open(file.path);
    REQUIRE(reader);
    Guesser again(1);
    for (Time t; t < Time{} + 50_s; t += step) REQUIRE(replay(again, *reader, t));
    REQUIRE(replay(again, *reader, Time{} + 50_s));
    CHECK(reader->next() == RecordingReader::Next::kEnd);
    CHECK(digest_of(again) == digest_of(w));
  }
}

TEST_CASE("recording: of another run is refused") {
  const TemporaryFile file;
  Guesser w(1);
  auto writer = RecordingWriter::open(file.path);
  REQUIRE(writer);
  ten_seconds(w, *writer);
  REQUIRE(writer->flush());
  auto reader = RecordingReader::open(file.path);
  REQUIRE(reader);
  Guesser longer(1);
  CHECK(!replay(longer, *reader, Time{} + 60_s));  // more questions than answers
  auto other = RecordingReader::open(file.path);
  Guesser other_seed(77);
  CHECK(!replay(other_seed, *other, Time{} + 10_s));
}

TEST_CASE("recording: killed at any byte, resumed where a snapshot was taken") {
  const TemporaryFile file;
  Guesser w(1);
  uint64_t position = 0;
  auto writer = RecordingWriter::open(file.path);
  REQUIRE(writer);
  ten_seconds(w, *writer);
  const auto flushed = writer->flush();
  REQUIRE(flushed);
  position = *flushed;
  const Guesser at_snapshot = w;
  ten_seconds(w, *writer);
  REQUIRE(writer->flush());
  *writer = RecordingWriter();
  const std::string whole = *read_file(file.path);
  REQUIRE(whole.size() > position);

  for (size_t kept = 0; kept <= whole.size(); ++kept) {
    const auto write = [&] { std::ofstream(file.path, std::ios::binary) << whole.substr(0, kept); };
    write();
    if (kept < whole.size() && kept != position &&
        kept > 8) {  // torn: good up to there, then an Error
      auto torn = RecordingReader::open(file.path);
      REQUIRE(torn);
      Guesser again(1);
      REQUIRE(!replay(again, *torn, Time{} + 20_s));
    }
    auto resumed = RecordingWriter::open(file.path, position);
    REQUIRE(resumed.ok() == (kept >= position));
    if (!resumed) continue;
    Guesser v = at_snapshot;
    ten_seconds(v, *resumed);
    REQUIRE(resumed->flush());
    auto reader = RecordingReader::open(file.path);
    Guesser again(1);
    REQUIRE(replay(again, *reader, Time{} + 20_s));
    REQUIRE(digest_of(again) == digest_of(w));
  }
}

TEST_CASE("recording: every flipped byte is noticed") {
  const TemporaryFile file;
  Guesser w(1);
  auto writer = RecordingWriter::open(file.path);
  ten_seconds(w, *writer);
  REQUIRE(writer->flush());
  const std::string whole = *read_file(file.path);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    auto reader = RecordingReader::from_bytes(damaged, "x");
    Guesser again(1);
    REQUIRE((!reader || !replay(again, *reader, Time{} + 10_s)));
  }
}

TEST_CASE("recording: files that cannot be written or resumed are named") {
  const TemporaryFile file;
  CHECK(!RecordingWriter::open("/no/such/folder/x.rec"));
  CHECK(!RecordingReader::open(file.path));
  std::ofstream(file.path) << "job,gpus\n1,8\n2,16\n";
  const auto writer = RecordingWriter::open(file.path, 12);
  REQUIRE(!writer);
  CHECK(writer.error().text().find("expected a dure recording") != std::string::npos);
  CHECK(*read_file(file.path) == "job,gpus\n1,8\n2,16\n");  // untouched
  if (std::filesystem::exists("/dev/full")) {
    auto full = RecordingWriter::open("/dev/full");
    CHECK(!full);
  }
}
