#include <string>

#include "base/file.h"
#include "golden.h"
#include "kernel/snapshot.h"
#include "worlds/fab/kind.h"
#include "worlds/fab/small_fab.h"

namespace dure {
namespace {

constexpr const char* kDispatch[] = {"testbed", "fifo", "least-setup", "cr",
                                     "edd",     "srpt", "atc",         "queue-time"};
constexpr const char* kBatching[] = {"min", "full", "wait"};
constexpr const char* kReleasing[] = {"constant", "conwip", "wip-limit"};

// The Mini-fab, straight and from a snapshot's bytes.
Result<void> minifab(Golden& out) {
  const std::string path = DURE_SCENARIOS "/minifab.toml";
  DURE_TRY(const std::string text, read_file(path));
  DURE_TRY(const Config config, Config::parse(text, path));
  const auto open = [&] { return fab::kind().open(config, DURE_SCENARIOS); };
  DURE_TRY(const auto straight, open());
  out.add("minifab-model", straight->model_digest());
  const Time end = straight->start() + 100_d;
  straight->advance(end, nullptr);
  out.add("minifab", straight->digest());

  DURE_TRY(const auto before, open());
  before->advance(before->start() + 40_d, nullptr);
  const std::string bytes = encode_snapshot(before->snapshot());
  DURE_TRY(const Snapshot snapshot, decode_snapshot(bytes, "snapshot"));
  DURE_TRY(const auto after, open());
  DURE_CHECK(after->restore(snapshot, "snapshot"));
  after->advance(end, nullptr);
  return out.same("minifab-resumed", after->digest(), straight->digest());
}

// A generated fab under all rules, and another future of it.
Result<void> generated(Golden& out) {
  DURE_TRY(const fab::Scenario s, fab::small_fab());
  out.add("fab-model", s.model->digest());
  size_t i = 0;
  for (const fab::RuleOptions& rules : fab::all_rules(60)) {
    fab::World world(fab::model_under(s, rules));
    run(world, fab::Rules(rules), s.model->start + 10_d);
    out.add(std::string("fab-") + kDispatch[i / 9] + '-' + kBatching[i / 3 % 3] + '-' +
                kReleasing[i % 3],
            digest_of(world));
    ++i;
  }
  fab::World world(s.model);
  fab::Rules rules;
  run(world, rules, s.model->start + 5_d);
  world.reseed(5);
  run(world, rules, s.model->end);
  out.add("fab-reseeded", digest_of(world));
  return {};
}

}  // namespace

Result<void> fab_runs(Golden& out) {
  DURE_CHECK(minifab(out));
  return generated(out);
}

}  // namespace dure
