// What docs/your-first-world.md says, checked.
#include <cmath>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>

#include "kernel/recording.h"
#include "kernel/snapshot.h"
#include "tutorial/policies.h"
#include "tutorial/queue.h"

using namespace dure;
using namespace dure::tutorial;

namespace {

// The mean wait of M/M/c by Erlang's formula C, in seconds.
double erlang_c_wait_s(uint32_t servers, double arrivals_per_s, double service_s) {
  const double load = arrivals_per_s * service_s;
  double blocked = 1;  // Erlang B, by recursion
  for (uint32_t k = 1; k <= servers; ++k) blocked = load * blocked / (k + load * blocked);
  const double rho = load / servers;
  const double waits = blocked / (1 - rho + rho * blocked);
  return waits * service_s / (servers - load);
}

double mean_wait_s(const Queue& world) { return world.waits().mean() * 1e-9; }

std::string temporary(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("dure_tutorial_" + name);
}

}  // namespace

TEST_CASE("tutorial: the mean wait is Erlang's, within the run's own confidence interval") {
  for (const uint32_t servers : {1u, 4u}) {
    Model model;
    model.servers = servers;
    model.mean_service = Duration{model.mean_gap.ns * servers * 8 / 10};
    Queue world(model);
    run(world, Time{} + 10_d);  // warm up
    std::vector<double> batch_means;
    double sum = 0;
    for (int batch = 0; batch < 40; ++batch) {
      const Quantiles before = world.waits();
      run(world, world.now() + 20_d);
      const auto customers = static_cast<double>(world.waits().count() - before.count());
      batch_means.push_back((world.waits().sum() - before.sum()) * 1e-9 / customers);
      sum += batch_means.back();
    }
    const double mean = sum / 40;
    double squares = 0;
    for (const double m : batch_means) squares += (m - mean) * (m - mean);
    const double half_width = 3.31 * std::sqrt(squares / 39 / 40);  // t(39), 99.8 %
    const double exact =
        erlang_c_wait_s(servers, 1 / model.mean_gap.seconds(), model.mean_service.seconds());
    CHECK(half_width < 0.05 * exact);
    CHECK(std::abs(mean - exact) < half_width);
  }
}

TEST_CASE("tutorial: Little's law holds") {
  Queue world(Model{});
  run(world, Time{} + 365_d);
  const double arrivals_per_s = static_cast<double>(world.waits().count()) / world.now().seconds();
  CHECK(world.mean_line() == doctest::Approx(arrivals_per_s * mean_wait_s(world)).epsilon(1e-3));
}

TEST_CASE("tutorial: run it") {
  // [run]
  Queue world(Model{.servers = 5});
  run(world, Time{} + 8_h);
  const double mean_wait = world.waits().mean() * 1e-9;           // s
  const double worst_tenth = world.waits().quantile(0.9) * 1e-9;  // s
  // [end]
  CHECK(mean_wait > 0);
  CHECK(worst_tenth > mean_wait);
  CHECK(world.now() == Time{} + 8_h);
}

TEST_CASE("tutorial: policies") {
  const Model model{.review = 10_min};
  // [policy]
  Queue watched(model), tried(model);
  run(watched, WatchTheLine{}, Time{} + 30_d);
  run(tried, TryItOut(30_min), Time{} + 30_d);
  // [end]
  const auto cost = [](const Queue& w) { return w.mean_staff() + 0.5 * w.mean_line(); };
  CHECK(cost(tried) < cost(watched));
}

TEST_CASE("tutorial: a what-if under common random numbers") {
  // [what-if]
  Queue now(Model{});
  run(now, Time{} + 3_h);

  Queue as_planned = now;
  Queue one_more = now;
  one_more.act({5});
  run(as_planned, Time{} + 8_h);
  run(one_more, Time{} + 8_h);
  // [end]
  CHECK(mean_wait_s(one_more) <= mean_wait_s(as_planned));
  CHECK(now.now() == Time{} + 3_h);

  // The same customers meet both: the difference varies far less than either does.
  double sum = 0, squares = 0, sum_alone = 0, squares_alone = 0;
  const int runs = 200;
  for (uint64_t seed = 1; seed <= runs; ++seed) {
    Queue five(Model{.seed = seed, .servers = 5}), six(Model{.seed = seed, .servers = 6});
    Queue other(Model{.seed = seed + 1000, .servers = 6});
    for (Queue* w : {&five, &six, &other}) run(*w, Time{} + 1_d);
    const double paired = mean_wait_s(five) - mean_wait_s(six);
    const double alone = mean_wait_s(five) - mean_wait_s(other);
    sum += paired, squares += paired * paired;
    sum_alone += alone, squares_alone += alone * alone;
    CHECK(paired >= 0);
  }
  const double variance = squares / runs - sum * sum / runs / runs;
  const double variance_alone = squares_alone / runs - sum_alone * sum_alone / runs / runs;
  CHECK(variance < 0.8 * variance_alone);
}

TEST_CASE("tutorial: a branch ends with the digest of the straight run") {
  Queue straight(Model{.review = 10_min});
  run(straight, WatchTheLine{}, Time{} + 10_h);
  const Queue branch_point = straight;
  run(straight, WatchTheLine{}, Time{} + 100_h);
  Queue branch = branch_point;
  run(branch, WatchTheLine{}, Time{} + 100_h);
  CHECK(digest_of(branch) == digest_of(straight));
}

TEST_CASE("tutorial: save, restore, record, replay") {
  const std::string snapshot_path = temporary("queue.snap");
  const std::string recording_path = temporary("queue.rec");
  const auto day = [&]() -> Result<bool> {
    // [save]
    const Model model{.review = 10_min};
    Queue world(model);
    run(world, WatchTheLine{}, Time{} + 4_h);
    StateWriter state;
    state(world);
    DURE_CHECK(save_snapshot(snapshot_path, {"queue", model.seed, state.bytes()}));

    DURE_TRY(const Snapshot snapshot, load_snapshot(snapshot_path));
    Queue restored(model);
    StateReader reader(snapshot.state);
    reader(restored);
    // [end]
    bool good = reader.finished() && digest_of(restored) == digest_of(world);
    // [record]
    DURE_TRY(RecordingWriter writer, RecordingWriter::open(recording_path));
    TryItOut policy(30_min);
    Queue recorded(model);
    run(recorded, Recorded(policy, writer), Time{} + 8_h);
    DURE_CHECK(writer.flush());

    DURE_TRY(RecordingReader recording, RecordingReader::open(recording_path));
    Queue replayed(model);
    DURE_CHECK(replay(replayed, recording, Time{} + 8_h));
    const bool the_same = digest_of(replayed) == digest_of(recorded);
    // [end]
    return good && the_same;
  };
  const auto good = day();
  REQUIRE(good);
  CHECK(*good);
  std::filesystem::remove(snapshot_path);
  std::filesystem::remove(recording_path);
}
