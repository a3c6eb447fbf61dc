// Oracle digest: the scenario `small` ends in one state, whatever ran it: this build, a run resumed
// from a snapshot, a replay of its recording. The reference was taken with g++ -O0, -O2, -O3,
// clang++ and with CPU features hidden (.ci/run golden); a world restored from a snapshot is a
// branch, too.
#include "base/digest.h"

#include <filesystem>

#include <unistd.h>

#include "apps/cli/places.h"
#include "apps/cli/scenario_file.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/verify.h"

namespace dure::cli {
namespace {

// "small 0x..." of tests/golden/digests.txt, beside the scenario's folder.
Result<std::string> reference(const ScenarioFile& scenario) {
  const std::string path = scenario.folder + "/../tests/golden/digests.txt";
  DURE_TRY(const std::string text, read_file(path));
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() == 2 && words[0] == "small") return std::string(words[1]);
  }
  return Error{.message = "expected a line \"small 0x...\"", .file = path};
}

Result<std::vector<Check>> digest(const std::string&) {
  DURE_TRY(const ScenarioFile scenario, load_scenario("small"));
  DURE_TRY(const std::string expected, reference(scenario));
  const auto open = [&] { return scenario.kind->open(scenario.config, scenario.folder); };
  std::vector<Check> out;
  const auto add = [&](const char* what, const Session& session) {
    const std::string ours = digest_text(session.digest());
    out.push_back({what, expected, ours, "exact", ours == expected});
  };
  const std::string recording =
      std::filesystem::temp_directory_path() / ("dure-verify-" + std::to_string(::getpid()));

  DURE_TRY(const auto straight, open());
  {
    DURE_TRY(auto writer, RecordingWriter::open(recording));
    straight->advance(straight->end(), &writer);
    DURE_TRY([[maybe_unused]] const uint64_t position, writer.flush());
  }
  add("straight run", *straight);

  DURE_TRY(const auto first, open());
  first->advance(first->start() + (first->end() - first->start()) / 3, nullptr);
  DURE_TRY(const Snapshot snapshot,
           decode_snapshot(encode_snapshot(first->snapshot()), "snapshot"));
  DURE_TRY(const auto resumed, open());
  DURE_CHECK(resumed->restore(snapshot, "snapshot"));
  resumed->advance(resumed->end(), nullptr);
  add("resumed from a snapshot at a third", *resumed);
  first->advance(first->end(), nullptr);
  add("the run that the snapshot was taken of", *first);

  DURE_TRY(const auto replayed, open());
  DURE_TRY(auto reader, RecordingReader::open(recording));
  const auto done = replayed->replay(replayed->end(), reader);
  std::filesystem::remove(recording);
  DURE_CHECK(done);
  add("replay of its recording", *replayed);
  return out;
}

DURE_VERIFY("digest", "our own runs on other compilers, optimisation levels and CPUs", "", digest);

}  // namespace
}  // namespace dure::cli
