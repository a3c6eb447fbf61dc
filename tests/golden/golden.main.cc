// Prints a line "name digest" per run, equal on any x86-64 CPU, compiler and optimisation level:
//
//   golden                what it finds
//   golden --check FILE   compares that with FILE; exit code 1 and the first line that differs
#include "golden.h"

#include <cstdio>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/digest.h"
#include "base/distribution.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "kernel/recording.h"
#include "kernel/snapshot.h"
#include "worlds/fleet/kind.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/scenario.h"
#include "worlds/fleet/trace.h"
#include "worlds/fleet/world.h"

namespace dure {
namespace {

Result<Config> small() {
  const std::string path = DURE_SCENARIOS "/small.toml";
  DURE_TRY(const std::string text, read_file(path));
  return Config::parse(text, path);
}

Result<std::unique_ptr<Session>> open_small() {
  DURE_TRY(const Config config, small());
  return fleet::kind().open(config, DURE_SCENARIOS);
}

Result<void> small_runs(Golden& out) {
  DURE_TRY(const auto straight, open_small());
  straight->advance(straight->end(), nullptr);
  const uint64_t digest = straight->digest();
  out.add("small", digest);
  const Time start = straight->start();
  const Duration length = straight->end() - start;

  {  // From a snapshot's bytes, with a policy that knows nothing of what was before.
    DURE_TRY(const auto before, open_small());
    before->advance(start + length / 3, nullptr);
    const std::string bytes = encode_snapshot(before->snapshot());
    DURE_TRY(const Snapshot snapshot, decode_snapshot(bytes, "snapshot"));
    DURE_TRY(const auto after, open_small());
    DURE_CHECK(after->restore(snapshot, "snapshot"));
    after->advance(after->end(), nullptr);
    DURE_CHECK(out.same("small-resumed", after->digest(), digest));
  }
  {  // A copy, advanced in turn with the original.
    DURE_TRY(const Config config, small());
    DURE_TRY(const fleet::Scenario s, fleet::read_scenario(config, DURE_SCENARIOS));
    fleet::World world(s.model);
    fleet::Rules rules(s.rules), branch_rules = rules;
    run(world, rules, start + length / 2);
    fleet::World branch = world;
    for (int i = 1; i <= 10; ++i) {
      run(branch, branch_rules, start + length / 2 + length / 25 * i);
      run(world, rules, start + length / 2 + length / 20 * i);
    }
    run(branch, branch_rules, s.model->end);
    run(world, rules, s.model->end);
    DURE_CHECK(out.same("small-branch", digest_of(branch), digest));
    DURE_CHECK(out.same("small-branched", digest_of(world), digest));
  }
  {  // On its recorded decisions, without a policy.
    char path[] = "/tmp/dure-golden-XXXXXX";
    const int file = mkstemp(path);
    if (file < 0) return Error{.message = "cannot make a temporary file in /tmp"};
    close(file);
    const auto replayed = [&]() -> Result<uint64_t> {
      DURE_TRY(RecordingWriter writer, RecordingWriter::open(path));
      DURE_TRY(const auto recorded, open_small());
      recorded->advance(recorded->end(), &writer);
      DURE_TRY([[maybe_unused]] const uint64_t position, writer.flush());
      DURE_TRY(RecordingReader reader, RecordingReader::open(path));
      DURE_TRY(const auto session, open_small());
      DURE_CHECK(session->replay(session->end(), reader));
      return session->digest();
    }();
    unlink(path);
    if (!replayed) return replayed.error();
    DURE_CHECK(out.same("small-replayed", *replayed, digest));
  }
  for (const char* order : {"fifo", "easy", "loss"}) {
    for (const char* placement : {"first-fit", "best-fit", "random", "fgd", "dot"}) {
      DURE_TRY(Config config, small());
      DURE_CHECK(fleet::kind().set_policy(config, order));
      DURE_CHECK(fleet::kind().set_policy(config, placement));
      DURE_TRY(const auto session, fleet::kind().open(config, DURE_SCENARIOS));
      session->advance(start + length / 10, nullptr);
      out.add(std::string("small-") + order + '-' + placement, session->digest());
    }
  }
  return {};
}

// A trace of all kinds of jobs on all kinds of nodes.
Result<void> trace_run(Golden& out) {
  fleet::Trace trace;
  Random r{11, 0, 0};
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    if (i % 5 == 4)
      trace.nodes.push_back({"cpu" + number, i % 2 ? "a" : "b", "", 0, 64'000, 256'000});
    else if (i % 3 == 0)
      trace.nodes.push_back({"x" + number, "a", "X", 8, 96'000, 512'000});
    else
      trace.nodes.push_back({"y" + number, "b", "Y", 4, 48'000, 256'000});
  }
  Time now = *parse_time("2025-03-01T06:00:00");
  for (int i = 0; i < 3000; ++i) {
    now += from_seconds(r.exponential(60));
    fleet::TraceJob j;
    j.name = "job" + std::to_string(i);
    j.pool = r.chance(0.5) ? "a" : "b";
    j.owner = r.chance(0.5) ? "" : "guest";
    j.submit = now;
    j.duration = from_seconds(r.lognormal(1800, 1.2));
    j.limit = from_seconds(j.duration.seconds() * r.uniform(1, 3));
    if (r.chance(0.02)) j.limit = Duration::max();
    j.gpus = static_cast<uint32_t>(r.below(5));
    if (r.chance(0.3))
      j.gpus = 1, j.gpu_milli = 50 * (1 + static_cast<uint32_t>(r.below(19)));
    else if (r.chance(0.2))
      j.tasks = 1 + static_cast<uint32_t>(r.below(6));
    j.cpu_milli = 2000 * static_cast<uint32_t>(r.below(4));
    j.memory_mib = 4000 * static_cast<uint32_t>(r.below(4));
    if (r.chance(0.1)) j.gpu_models = r.chance(0.5) ? "X|Y" : "Y";
    trace.jobs.push_back(j);
  }
  DURE_TRY(fleet::Model m, fleet::model_of(trace));
  const auto model = std::make_shared<const fleet::Model>(std::move(m));
  out.add("trace-model", model->digest());
  for (const auto& [name, order, placement] :
       {std::tuple{"trace-easy-best-fit", fleet::Order::easy, fleet::Placement(fleet::BestFit{})},
        {"trace-fifo-fgd", fleet::Order::fifo,
         fleet::Placement(fleet::Scored(fleet::Score::fgd))}}) {
    fleet::World world(model);
    fleet::Rules rules(order, placement);
    run(world, rules, Time::never());
    out.add(name, digest_of(world));
  }
  return {};
}

Result<void> random_numbers(Golden& out) {
  constexpr int kDraws = 100'000;
  const auto add = [&](const std::string& name, auto&& draw) {
    Random r{1, stream_id(1, 2), 0};
    Digest d;
    for (int i = 0; i < kDraws; ++i) d.value(draw(r));
    out.add("random-" + name, d.finish());
  };
  add("bits", [](Random& r) { return r.bits(); });
  add("below", [](Random& r) { return r.below(1'000'003); });
  for (const char* text : {"uniform(lo=1, hi=3)", "exponential(mean=2)", "normal(mean=10, sd=2)",
                           "lognormal(median=4h, sigma=1.2)", "weibull(scale=2d, shape=0.7)",
                           "triangular(lo=1, mode=2, hi=5)", "poisson(mean=3)", "poisson(mean=40)",
                           "empirical(1:0.2, 2:0.3, 8:0.5)"}) {
    DURE_TRY(const Distribution distribution, Distribution::parse(text));
    std::string name(text);
    std::erase(name, ' ');
    add(name, [&](Random& r) { return distribution.sample(r); });
  }
  return {};
}

Result<int> program(int argc, char** argv) {
  Golden golden;
  DURE_CHECK(small_runs(golden));
  DURE_CHECK(trace_run(golden));
  DURE_CHECK(fab_runs(golden));
  DURE_CHECK(floor_runs(golden));
  DURE_CHECK(random_numbers(golden));
  if (argc == 1) {
    std::fputs(golden.lines().c_str(), stdout);
    return 0;
  }
  DURE_TRY(const std::string text, read_file(argv[2]));
  const auto expected = split(text, '\n'), found = split(golden.lines(), '\n');
  for (size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
    const std::string_view e = i < expected.size() ? expected[i] : "",
                           f = i < found.size() ? found[i] : "";
    if (e == f) continue;
    return Error{.message = "expected " + quoted(e) + ", found " + quoted(f),
                 .file = argv[2],
                 .line = static_cast<int>(i) + 1};
  }
  return 0;
}

}  // namespace
}  // namespace dure

int main(int argc, char** argv) {
  if (argc != 1 && !(argc == 3 && std::string_view(argv[1]) == "--check")) {
    std::fprintf(stderr, "usage: golden [--check FILE]\n");
    return 2;
  }
  const auto code = dure::program(argc, argv);
  if (code) return *code;
  std::fprintf(stderr, "%s\n", code.error().text().c_str());
  return 1;
}
