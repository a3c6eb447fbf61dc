#include "worlds/fleet/conservative.h"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "worlds/fleet/rules.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

constexpr size_t kHorizon_s = 4000;

// Free GPUs second by second.
using Seconds = std::vector<int64_t>;

bool is_free(const Seconds& free, int64_t gpus, int64_t from, int64_t length) {
  for (int64_t t = from; t < from + length; ++t) {
    if (free[static_cast<size_t>(t)] < gpus) return false;
  }
  return true;
}
void take(Seconds& free, int64_t gpus, int64_t from, int64_t until) {
  for (int64_t t = from; t < until; ++t) free[static_cast<size_t>(t)] -= gpus;
}

TEST_CASE("conservative: a profile is what counting second by second gives") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random r{seed, 1, 0};
    Model m = test::cluster({{node(8), 3}, {node(4, 64, 1000, 1), 2}});
    for (uint64_t i = 0; i < 12; ++i) {
      m.jobs.push_back(job(i, 0, 1 + static_cast<int64_t>(r.below(60)),
                           1 + static_cast<uint32_t>(r.below(4)),
                           1 + static_cast<uint32_t>(r.below(3))));
      m.jobs.back().gpu_models = static_cast<uint32_t>(r.below(4));
    }
    World w(test::finished(std::move(m)));
    Rules rules(Order::loss, FirstFit{});
    const int64_t now = static_cast<int64_t>(r.below(20));
    run(w, rules, at(now));
    for (const uint32_t model : {0u, 1u}) {
      Profile profile(w, 0, model);
      Seconds free(kHorizon_s, model == 0 ? 24 : 8);
      w.running(0).each([&](const RunEnd& x, const auto&) {
        const JobSlot& s = w.slot(static_cast<uint32_t>(x.slot));
        for (uint32_t t = 0; t < s.job.tasks; ++t) {
          if (w.model().type_of(w.places(s)[t].node).gpu_model == model)
            take(free, s.job.gpus, now, x.end.ns / 1'000'000'000);
        }
        return true;
      });
      for (int i = 0; i < 60; ++i) {
        const auto gpus = 1 + static_cast<int64_t>(r.below(26));
        const auto length = 1 + static_cast<int64_t>(r.below(50));
        const auto from = now + static_cast<int64_t>(r.below(3) * r.below(60));
        int64_t expected = from;
        while (expected < 3000 && !is_free(free, gpus, expected, length)) ++expected;
        const Time start = profile.earliest(1000 * gpus, length * 1_s, at(from));
        REQUIRE(start == (expected == 3000 ? Time::never() : at(expected)));
        if (expected == 3000 || r.chance(0.5)) continue;
        profile.take(1000 * gpus, start, start + length * 1_s);
        take(free, gpus, expected, expected + length);
      }
      CHECK(profile.earliest(1000, Duration::max(), at(now)) < Time::never());
      CHECK(profile.earliest(1'000'000, 1_s, at(now)) == Time::never());
    }
  }
}

// Conservative backfill by its definition, second by second, over pools of 1-GPU tasks, by priority
// or arrival.
class Naive {
 public:
  Naive(const Model& m, uint32_t depth, bool by_priority)
      : m_(m), depth_(depth), by_priority_(by_priority) {}

  std::map<uint64_t, Time> run() {
    std::map<uint64_t, Time> starts;
    size_t next = 0;
    for (int64_t now = 0; now < static_cast<int64_t>(kHorizon_s) / 2; ++now) {
      bool changed = false;
      changed = std::erase_if(running_, [&](const Run& x) { return x.end <= now; }) > 0;
      for (; next < m_.jobs.size() && m_.jobs[next].submit == at(now); ++next) {
        queue_.push_back(m_.jobs[next]);
        changed = true;
      }
      while (changed) changed = step(now, starts);
    }
    return starts;
  }

  std::map<uint64_t, Time> promised;  // when each was first planned to start

 private:
  struct Run {
    int64_t gpus, end, expected;
    size_t pool;
  };

  bool step(int64_t now, std::map<uint64_t, Time>& starts) {
    if (by_priority_) {
      std::stable_sort(queue_.begin(), queue_.end(),
                       [](const Job& a, const Job& b) { return a.priority > b.priority; });
    }
    std::vector<Seconds> free;
    for (const Pool& p : m_.pools) free.emplace_back(kHorizon_s, 8 * p.nodes);
    for (const Run& x : running_) take(free[x.pool], x.gpus, now, x.expected);
    for (size_t i = 0; i < queue_.size() && i <= depth_; ++i) {
      const Job& j = queue_[i];
      const int64_t length = j.limit.ns / 1'000'000'000;
      int64_t best = static_cast<int64_t>(kHorizon_s);
      size_t pool = 0;
      for (size_t p = 0; p < free.size(); ++p) {
        if (j.tasks > 8 * m_.pools[p].nodes) continue;
        int64_t t = now;
        while (!is_free(free[p], j.tasks, t, length)) ++t;
        if (t >= best) continue;
        best = t;
        pool = p;
      }
      promised.try_emplace(j.number, at(best));
      if (best == now) {
        starts[j.number] = at(now);
        running_.push_back({j.tasks, now + j.duration.ns / 1'000'000'000, now + length, pool});
        queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      }
      take(free[pool], j.tasks, best, best + length);
    }
    return false;
  }

  const Model& m_;
  uint32_t depth_;
  bool by_priority_;
  std::vector<Job> queue_;
  std::vector<Run> running_;
};

std::shared_ptr<const Model> workload(uint64_t seed, bool exact) {
  Random r{seed, 2, 0};
  Model m = test::cluster({{node(8), 1 + static_cast<uint32_t>(r.below(3))}});
  if (r.chance(0.5)) {
    m.pools.push_back({.name = "other"});
    m.add_nodes(0, 1 + static_cast<uint32_t>(r.below(3)));
    m.queues[0].others = {1};
  }
  const uint64_t span = 20 + r.below(300);
  for (uint64_t i = 0; i < 60; ++i) {
    Job j = job(i, static_cast<int64_t>(r.below(span)), 1 + static_cast<int64_t>(r.below(40)), 1,
                1 + static_cast<uint32_t>(r.chance(0.3) ? r.below(24) : r.below(5)));
    if (!exact) j.limit = j.duration + static_cast<int64_t>(r.below(40)) * 1_s;
    j.priority = static_cast<int32_t>(r.below(3));
    m.jobs.push_back(j);
  }
  return test::with_possible_jobs(std::move(m));
}

TEST_CASE("conservative: every job starts when the plan by its definition says") {
  uint64_t passed = 0, waited = 0;
  for (const bool exact : {true, false}) {
    for (const bool by_priority : {false, true}) {
      for (uint64_t seed = 1; seed <= 60; ++seed) {
        const auto model = workload(seed, exact);
        for (const uint32_t depth : {1000u, 4u}) {
          CAPTURE(seed);
          CAPTURE(exact);
          CAPTURE(by_priority);
          CAPTURE(depth);
          Naive naive(*model, depth, by_priority);
          const auto expected = naive.run();
          RuleOptions o{.order = Order::conservative, .easy = {.depth = depth}};
          if (by_priority) o.rank.rank = Rank::priority;
          World w(model);
          Rules rules(o);
          std::map<uint64_t, Time> starts;
          while (const auto request = w.advance(Time::never())) {
            const Action& a = rules.decide(w, *request);
            if (a.kind == Action::Kind::start) starts[w.slot(a.slot).job.number] = w.now();
            w.act(a);
          }
          REQUIRE(starts == expected);
          REQUIRE(starts.size() == model->jobs.size());
          // When limits are right and nobody comes in front, nobody starts later than first
          // planned.
          if (by_priority) continue;
          for (const auto& [number, time] : naive.promised) {
            if (exact) REQUIRE(starts.at(number) <= time);
            waited += starts.at(number) > model->jobs[0].submit && time > model->jobs[0].submit;
          }
          for (size_t i = 1; i < model->jobs.size(); ++i) {
            passed += starts.at(model->jobs[i].number) < starts.at(model->jobs[i - 1].number);
          }
        }
      }
    }
  }
  CHECK(passed > 2000);
  CHECK(waited > 5000);
}

TEST_CASE("conservative: a later job may delay no one before it; with easy only not the first") {
  Model m = test::cluster({{node(8), 1}});
  // At 10 there is room for 1 and 2. 3 fits now, and would leave room for 1 only.
  m.jobs = {job(0, 0, 10, 6), job(1, 1, 10, 4), job(2, 1, 5, 4), job(3, 2, 30, 2)};
  const auto model = test::finished(std::move(m));
  const auto starts_of = [&](Order order) {
    World w(model);
    Rules rules(order, BestFit{});
    std::map<uint64_t, Time> out;
    while (const auto request = w.advance(Time::never())) {
      const Action& a = rules.decide(w, *request);
      if (a.kind == Action::Kind::start) out[w.slot(a.slot).job.number] = w.now();
      w.act(a);
    }
    return out;
  };
  CHECK(starts_of(Order::easy) ==
        std::map<uint64_t, Time>{{0, at(0)}, {1, at(10)}, {2, at(20)}, {3, at(2)}});
  CHECK(starts_of(Order::conservative) ==
        std::map<uint64_t, Time>{{0, at(0)}, {1, at(10)}, {2, at(10)}, {3, at(15)}});
}

}  // namespace
}  // namespace dure::fleet
