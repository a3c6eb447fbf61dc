#include <string>

#include "golden.h"
#include "kernel/snapshot.h"
#include "worlds/floor/kind.h"
#include "worlds/floor/small_floor.h"

namespace dure {
namespace {

// Under a policy from the start; every planner and every assignment once.
void straight(Golden& out, const std::string& name, const floor::Scenario& s,
              const floor::PolicyKeys& keys, Duration length) {
  floor::World world(s.model);
  run(world, floor::Rules(keys), s.model->start + length);
  out.add(name + '-' + keys.planner_name + '-' + keys.assignment_name, digest_of(world));
}

// Through the session, from a snapshot's bytes.
Result<void> resumed(Golden& out) {
  DURE_TRY(const Config config, Config::parse(floor::kSmallDrive, "small floor"));
  const auto open = [&] { return floor::kind().open(config, "."); };
  DURE_TRY(const auto whole, open());
  const Time end = whole->start() + 40_min;
  whole->advance(end, nullptr);
  out.add("floor-drive", whole->digest());

  DURE_TRY(const auto before, open());
  before->advance(before->start() + 17_min, nullptr);
  const std::string bytes = encode_snapshot(before->snapshot());
  DURE_TRY(const Snapshot snapshot, decode_snapshot(bytes, "snapshot"));
  DURE_TRY(const auto after, open());
  DURE_CHECK(after->restore(snapshot, "snapshot"));
  after->advance(end, nullptr);
  return out.same("floor-drive-resumed", after->digest(), whole->digest());
}

}  // namespace

Result<void> floor_runs(Golden& out) {
  const std::vector<floor::PolicyKeys> all = floor::all_policies();
  DURE_TRY(const floor::Scenario steps, floor::small_floor(floor::Motion::steps));
  out.add("floor-steps-model", steps.model->digest());
  // Of planner x assignment: pibt nearest, lns matching, lns congestion, prioritised, windowed.
  for (const size_t i : {0, 4, 5, 7, 10}) straight(out, "floor-steps", steps, all[i], 5_min);

  // A pool of tasks and random delays, as in the contest.
  floor::Model pool = *steps.model;
  pool.sources.clear();
  for (uint32_t i = 0; i < 500; ++i) {
    pool.lines.push_back({2 * i, 2, 0, {}, Duration{-1}, 0});
    for (const uint32_t step : {37u, 101u}) {
      pool.stops.push_back({i * step % pool.vertices(), floor::kNone});
    }
  }
  pool.pool = 60;
  pool.delays.events = floor::Delays::Events::poisson;
  pool.delays.chance = 0.002;
  pool.delays.max = 12;
  DURE_CHECK(pool.finish());
  const floor::Scenario delayed{std::make_shared<const floor::Model>(std::move(pool)), {}, ""};
  straight(out, "floor-delays", delayed, all[4], 5_min);

  // Batteries, failures, closures, one-way lanes, two makes of robots.
  DURE_TRY(const floor::Scenario drive, floor::small_floor(floor::Motion::drive));
  out.add("floor-drive-model", drive.model->digest());
  for (const size_t i : {0, 5, 7, 10}) straight(out, "floor-drive", drive, all[i], 15_min);
  return resumed(out);
}

}  // namespace dure
