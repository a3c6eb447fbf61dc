#include "worlds/fleet/rank.h"

#include <algorithm>
#include <utility>

#include <doctest/doctest.h>

#include "worlds/fleet/ports.h"
#include "worlds/fleet/random_operations.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

std::vector<RankOptions> all_ranks() {
  std::vector<RankOptions> out(9);
  out[1].rank = out[2].rank = Rank::priority;
  out[2].ageing_per_h = 100;
  out[3].rank = out[4].rank = Rank::multifactor;
  out[3].max_age = 100_s;
  out[4].fair_share = FairShare::classic;
  out[4].size_weight = 500;
  out[5].rank = Rank::drf;
  out[6].rank = out[7].rank = Rank::shortest;
  out[7].by_area = false;
  out[8].rank = Rank::least_attained;
  return out;
}

// All that wait in the queue, sorted from nothing.
std::vector<uint32_t> sorted(const World& w, uint32_t queue, const RankOptions& o) {
  std::vector<uint32_t> out;
  for (uint32_t i = w.queue_head(queue); i != kNoSlot; i = w.slot(i).next) out.push_back(i);
  test::sort_by_rank(w, o, out);
  return out;
}

std::vector<uint32_t> line_of(Line& line, const World& w, uint32_t queue, const RankOptions& o) {
  std::vector<uint32_t> out;
  line.begin(w, queue, o, [](uint32_t, bool) { return false; });
  for (uint32_t i = line.next(); i != kNoSlot; i = line.next()) out.push_back(i);
  return out;
}

std::shared_ptr<Model> operations(uint64_t seed) {
  auto model = std::make_shared<Model>(*random_operations(seed));
  Random r{seed, 2, 0};
  for (Account& a : model->accounts) a.weight = static_cast<double>(r.below(4));
  model->usage_period = seed % 4 == 0 ? 0_s : 15_s;
  model->usage_half_life = 60_s;
  return model;
}

TEST_CASE("rank: a line that is kept is what sorting everything gives") {
  uint64_t in_another_order = 0, stopped = 0;
  for (const RankOptions& o : all_ranks()) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      const auto model = operations(seed);
      World w(model);
      AnyStart any(seed);
      std::vector<Line> lines(model->queues.size());
      CAPTURE(seed);
      CAPTURE(static_cast<int>(o.rank));
      while (const auto request = w.advance(at(5000))) {
        for (uint32_t q = 0; q < lines.size(); ++q) {
          const auto expected = sorted(w, q, o);
          REQUIRE(line_of(lines[q], w, q, o) == expected);
          in_another_order += !std::is_sorted(
              expected.begin(), expected.end(),
              [&](uint32_t a, uint32_t b) { return w.slot(a).job.submit < w.slot(b).job.submit; });
          for (const uint32_t i : expected) stopped += w.slot(i).attempts > 0;
        }
        const Action& a = any.decide(w, *request);
        // What is announced to the line may happen or not.
        Line& line = lines[request->queue];
        line.begin(w, request->queue, o, [](uint32_t, bool) { return false; });
        if (a.kind == Action::Kind::start) {
          uint32_t i = line.next();
          while (i != a.slot && i != kNoSlot && a.slot % 4 != 0) i = line.next();
          line.take(w);
        }
        w.act(a);
      }
    }
  }
  CHECK(in_another_order > 10'000);
  CHECK(stopped > 1000);
}

TEST_CASE("rank: a line serves a world and its branches") {
  for (const RankOptions& o : all_ranks()) {
    for (uint64_t seed = 21; seed <= 26; ++seed) {
      const auto model = operations(seed);
      World a(model);
      AnyStart any(seed), other(seed + 1);
      run(a, any, at(100));
      World b = a;
      std::vector<Line> lines(model->queues.size());
      for (int64_t t = 100; t < 700; t += 7) {
        run(a, any, at(t));
        run(b, other, at(t));
        for (uint32_t q = 0; q < lines.size(); ++q) {
          REQUIRE(line_of(lines[q], a, q, o) == sorted(a, q, o));
          REQUIRE(line_of(lines[q], b, q, o) == sorted(b, q, o));
        }
      }
    }
  }
}

TEST_CASE("rank: all jobs of an account that is closed are passed over") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto model = operations(seed);
    World w(model);
    AnyStart any(seed);
    run(w, any, at(300));
    RankOptions o;
    o.rank = Rank::drf;
    for (uint32_t q = 0; q < model->queues.size(); ++q) {
      Line line;
      const auto closed = [](uint32_t account, bool gpus) { return gpus && account % 2 == 0; };
      std::vector<uint32_t> open = sorted(w, q, o), out;
      std::erase_if(
          open, [&](uint32_t i) { return closed(w.slot(i).job.account, w.slot(i).job.gpus > 0); });
      line.begin(w, q, o, closed);
      for (uint32_t i = line.next(); i != kNoSlot; i = line.next()) out.push_back(i);
      CHECK(out == open);
    }
  }
}

// Three jobs that a message each brings. The slot that became free last is taken first, so these
// are submitted in slots 1, 0 and 2.
World alike(const std::shared_ptr<const Model>& model) {
  World w(model);
  Rules rules(Order::fifo, BestFit{});
  run(w, rules, at(6));
  const auto last = static_cast<uint32_t>(model->accounts.size() - 1);
  for (const uint32_t account : {last, 0u, 0u}) {
    Job j = job(9, 6, 10, 1);
    j.account = account;
    w.receive(make_message(at(6), submit_in, j));
  }
  return w;
}

void check_alike(const std::shared_ptr<const Model>& model, const RankOptions& o) {
  using Slots = std::vector<uint32_t>;
  World w(model);
  Line line, later;
  REQUIRE(line_of(line, w, 0, o).empty());
  w = alike(model);
  Slots submitted;
  for (uint32_t i = w.queue_head(0); i != kNoSlot; i = w.slot(i).next) submitted.push_back(i);
  REQUIRE(submitted == Slots{1, 0, 2});
  CHECK(line_of(line, w, 0, o) == Slots{0, 1, 2});   // put in one by one
  CHECK(line_of(later, w, 0, o) == Slots{0, 1, 2});  // sorted at once

  REQUIRE(w.advance(at(6)));
  line.begin(w, 0, o, [](uint32_t, bool) { return false; });
  REQUIRE(line.next() == 0);
  REQUIRE(line.next() == 1);
  line.take(w);
  Action drop;
  drop.kind = Action::Kind::drop;
  drop.slot = 1;
  w.act(drop);
  CHECK(line_of(line, w, 0, o) == Slots{0, 2});
}

TEST_CASE("rank: jobs of one number, submitted at one time, go by their slots") {
  Model m = test::cluster({{node(2), 1}});
  m.jobs = {job(0, 0, 5, 1), job(1, 0, 6, 1)};
  const auto model = test::finished(m);
  for (const RankOptions& o : all_ranks()) {
    CAPTURE(static_cast<int>(o.rank));
    check_alike(model, o);
  }
  // Where accounts have limits, each has its own part of the line.
  m.accounts = {{.name = "a", .budget_gpu_h = 1000}, {.name = "b"}};
  check_alike(test::finished(std::move(m)), {});
}

TEST_CASE("rank: keys, by hand") {
  Model m = test::cluster({{node(8), 2}});
  m.start = at(3600);
  m.usage_period = 3600_s;
  m.jobs = {job(0, 2 * 3600, 100, 4), job(1, 9 * 3600, 50, 2, 3)};
  m.jobs[0].priority = 2;
  World w(test::finished(std::move(m)));
  Rules rules(Order::fifo, BestFit{});
  run(w, rules, at(5 * 3600));
  JobSlot s;
  s.job = w.model().jobs[0];
  JobSlot later;
  later.job = w.model().jobs[1];
  later.done = 10_s;
  const std::vector<double> share = {0.25};
  const auto key = [&](const RankOptions& o, const JobSlot& x) { return rank_key(w, o, x, share); };

  // After 7 hours more the later job is worth 2 priorities less, at 2/7 an hour.
  RankOptions o{.rank = Rank::priority, .ageing_per_h = 0.25};
  CHECK(key(o, s) == -2 + 0.25);
  CHECK(key(o, later) == 8 * 0.25);
  // 6 GPUs of 16; submitted after the tick: of no age.
  o = {.rank = Rank::multifactor,
       .age_weight = 10,
       .fair_share_weight = 100,
       .size_weight = 1000,
       .priority_weight = 3,
       .max_age = 6_h};
  CHECK(std::as_const(w).usage_tick() == at(5 * 3600));
  CHECK(key(o, s) == -(10 * 0.5 + 100 * 0.25 + 1000 * 0.25 + 3 * 2));
  CHECK(key(o, later) == -(100 * 0.25 + 1000 * 0.375));
  o.max_age = 2_h;  // not more than full
  CHECK(key(o, s) == -(10 + 100 * 0.25 + 1000 * 0.25 + 3 * 2));
  o = {.rank = Rank::shortest};
  CHECK(key(o, s) == 100e9 * 4000);
  CHECK(key(o, later) == 50e9 * 6000);
  o.by_area = false;
  CHECK(key(o, s) == 100e9);
  o = {.rank = Rank::least_attained};
  CHECK(key(o, s) == 0);
  CHECK(key(o, later) == 10e9 * 6000);
}

}  // namespace
}  // namespace dure::fleet
