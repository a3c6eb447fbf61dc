#include "worlds/fleet/rules.h"

#include <algorithm>
#include <bit>
#include <map>

#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

std::map<uint64_t, Time> starts_of(const std::shared_ptr<const Model>& model, Rules rules) {
  World w(model);
  std::map<uint64_t, Time> out;
  while (const auto request = w.advance(Time::never())) {
    const Action& a = rules.decide(w, *request);
    if (a.kind == Action::Kind::start) out[w.slot(a.slot).job.number] = w.now();
    w.act(a);
  }
  return out;
}

// EASY by its definition, GPU by GPU, with nothing kept from one decision to the next. First fit.
class NaiveEasy {
 public:
  NaiveEasy(const Model& m, uint32_t depth) : m_(m), depth_(depth) {
    for (uint32_t n = 0; n < m.nodes(); ++n) left_.emplace_back(m.type_of(n).gpus, kWholeGpu);
  }

  std::map<uint64_t, Time> run() {
    std::vector<Job> jobs = m_.jobs;
    size_t next = 0;
    for (;;) {
      Time now = next < jobs.size() ? jobs[next].submit : Time::never();
      for (const Run& r : running_) now = std::min(now, r.end);
      if (now == Time::never()) return starts_;
      for (size_t i = 0; i < running_.size();) {
        if (running_[i].end > now) {
          ++i;
          continue;
        }
        give(left_, running_[i].job, running_[i].places, 1);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      }
      while (next < jobs.size() && jobs[next].submit == now) queue_.push_back(jobs[next++]);
      while (step(now)) {
      }
    }
  }

  // Of each job that has been first and blocked: when it was first promised to start.
  std::map<uint64_t, Time> promised;

 private:
  using Gpus = std::vector<std::vector<uint32_t>>;  // [nodes][GPUs] milli left
  struct Run {
    Job job;
    std::vector<Place> places;
    Time end, expected;
  };

  void give(Gpus& left, const Job& j, const std::vector<Place>& places, int sign) const {
    for (const Place& p : places) {
      for (uint32_t g = 0; g < 32; ++g) {
        if (p.gpus >> g & 1)
          left[p.node][g] += static_cast<uint32_t>(sign * static_cast<int>(j.gpu_milli));
      }
    }
  }
  bool allowed(const Job& j, uint32_t n) const {
    return j.gpu_models == 0 || (j.gpu_models >> m_.type_of(n).gpu_model & 1);
  }
  std::vector<Place> place(const Gpus& now, const Job& j) const {
    Gpus left = now;
    std::vector<Place> out;
    for (uint32_t n = 0; n < left.size() && out.size() < j.tasks;) {
      uint32_t mask = 0, missing = j.gpus;
      for (uint32_t g = 0; g < left[n].size() && missing > 0; ++g) {
        if (left[n][g] < j.gpu_milli) continue;
        mask |= 1u << g;
        --missing;
      }
      if (missing > 0 || !allowed(j, n)) {
        ++n;
        continue;
      }
      out.push_back({n, mask});
      give(left, j, {out.back()}, -1);
    }
    if (out.size() < j.tasks) out.clear();
    return out;
  }
  void start(size_t i, Time now, std::vector<Place> places) {
    const Job j = queue_[i];
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
    give(left_, j, places, -1);
    running_.push_back({j, std::move(places), now + j.duration, now + j.limit});
    starts_[j.number] = now;
  }
  // One start, if there is one.
  bool step(Time now) {
    if (queue_.empty()) return false;
    const Job head = queue_[0];
    if (auto p = place(left_, head); !p.empty()) {
      start(0, now, std::move(p));
      return true;
    }
    std::vector<Run> by_end = running_;
    std::stable_sort(by_end.begin(), by_end.end(),
                     [](const Run& a, const Run& b) { return a.expected < b.expected; });
    Gpus then = left_;
    Time shadow = Time::never();
    for (size_t i = 0; i < by_end.size() && by_end[i].expected <= shadow; ++i) {
      give(then, by_end[i].job, by_end[i].places, 1);
      if (!place(then, head).empty()) shadow = std::max(by_end[i].expected, now);
    }
    promised.try_emplace(head.number, shadow);
    for (size_t i = 1; i < queue_.size() && i <= depth_; ++i) {
      auto p = place(left_, queue_[i]);
      if (p.empty()) continue;
      if (now + queue_[i].limit > shadow) {
        Gpus with = then;
        give(with, queue_[i], p, -1);
        if (place(with, head).empty()) continue;
      }
      start(i, now, std::move(p));
      return true;
    }
    return false;
  }

  const Model& m_;
  uint32_t depth_;
  Gpus left_;
  std::vector<Job> queue_;
  std::vector<Run> running_;
  std::map<uint64_t, Time> starts_;
};

// A few mixed nodes and too many jobs for them. No CPU or memory, which EASY does not foresee.
std::shared_ptr<const Model> small_workload(uint64_t seed, bool shares) {
  Random r{seed, 2, 0};
  Model m = test::cluster({{node(4), 1 + static_cast<uint32_t>(r.below(3))},
                           {node(8, 64, 1000, 1), 1 + static_cast<uint32_t>(r.below(3))},
                           {node(4, 32), static_cast<uint32_t>(r.below(2))}});
  const int64_t span = 30 + static_cast<int64_t>(r.below(200));
  for (uint64_t i = 0; i < 60; ++i) {
    Job j = job(i, static_cast<int64_t>(r.below(static_cast<uint64_t>(span))),
                1 + static_cast<int64_t>(r.below(40)), 1);
    if (r.chance(0.2)) j.submit = at(0);
    j.limit = r.chance(0.5) ? j.duration : j.duration + static_cast<int64_t>(r.below(40)) * 1_s;
    if (r.chance(0.6)) j.gpus = 1 + static_cast<uint32_t>(r.below(8));
    if (r.chance(0.3)) j.tasks = 1 + static_cast<uint32_t>(r.below(3));
    if (shares && r.chance(0.5))
      j.gpus = j.tasks = 1, j.gpu_milli = 100 * (1 + static_cast<uint32_t>(r.below(9)));
    if (r.chance(0.2)) j.gpu_models = 1u << r.below(2);
    m.jobs.push_back(j);
  }
  auto model = test::finished(m);
  std::erase_if(m.jobs, [&](const Job& j) { return !model->can_ever_fit(j); });
  return test::finished(std::move(m));
}

TEST_CASE("rules: EASY starts every job when EASY by its definition does, and keeps its promises") {
  uint64_t backfilled = 0, promises = 0;
  for (const bool shares : {false, true}) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      const auto model = small_workload(seed, shares);
      CAPTURE(seed);
      CAPTURE(shares);
      for (const uint32_t depth : {1000u, 3u}) {
        NaiveEasy naive(*model, depth);
        const auto expected = naive.run();
        const auto starts = starts_of(model, Rules(Order::easy, FirstFit{}, {.depth = depth}));
        REQUIRE(starts == expected);
        REQUIRE(starts.size() == model->jobs.size());
        for (const auto& [number, time] : naive.promised) REQUIRE(starts.at(number) <= time);
        promises += naive.promised.size();
        for (size_t i = 1; i < model->jobs.size(); ++i) {
          backfilled += starts.at(model->jobs[i].number) < starts.at(model->jobs[i - 1].number);
        }
      }
    }
  }
  CHECK(promises > 5000);
  CHECK(backfilled > 5000);
}

TEST_CASE("rules: EASY with the other placements keeps every promise it makes") {
  for (const bool shares : {false, true}) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      const auto model = small_workload(seed, shares);
      for (const Placement& placement : test::placements()) {
        World w(model);
        Rules rules(Order::easy, placement);
        // The first job is promised the end of the last that runs when it becomes first, at the
        // latest.
        std::map<uint64_t, Time> promised;
        while (const auto request = w.advance(Time::never())) {
          const Action a = rules.decide(w, *request);
          const uint64_t head = w.slot(w.queue_head(0)).job.number;
          if (a.kind == Action::Kind::start && w.slot(a.slot).job.number == head) {
            if (promised.contains(head)) REQUIRE(w.now() <= promised[head]);
          } else if (!promised.contains(head)) {
            promised[head] = w.running(0).front().end;
          }
          w.act(a);
        }
        const OwnerKpis& k = w.kpis().owners[0];
        CHECK(k.started == model->jobs.size());
      }
    }
  }
}

TEST_CASE("rules: fifo's first job holds up those behind it, in its queue only") {
  Model m = test::cluster({{node(4), 1}});
  m.queues.push_back({"other", 0});
  m.jobs = {job(0, 0, 10, 3), job(1, 1, 5, 2), job(2, 2, 5, 1), job(3, 3, 4, 1)};
  m.jobs[3].queue = 1;
  const auto starts = starts_of(test::finished(std::move(m)), Rules(Order::fifo, BestFit{}));
  CHECK(starts == std::map<uint64_t, Time>{{0, at(0)}, {1, at(10)}, {2, at(10)}, {3, at(3)}});
}

TEST_CASE("rules: easy lets a short job by, and a long one that takes nothing from the first") {
  Model m = test::cluster({{node(4), 2}});
  m.jobs = {job(0, 0, 10, 4), job(1, 0, 20, 2), job(2, 1, 5, 4, 2),  // both nodes, at 20
            job(3, 2, 19, 1),                                        // until 21: would delay it
            job(4, 3, 17, 1)};                                       // until 20: would not
  auto starts = starts_of(test::finished(m), Rules(Order::easy, BestFit{}));
  CHECK(starts ==
        std::map<uint64_t, Time>{{0, at(0)}, {1, at(0)}, {2, at(20)}, {3, at(25)}, {4, at(3)}});
  m.jobs[2].tasks = 1;  // one node, at 10: the other is spare for ever
  starts = starts_of(test::finished(m), Rules(Order::easy, BestFit{}));
  CHECK(starts.at(2) == at(10));
  CHECK(starts.at(3) == at(2));
  CHECK(starts.at(4) == at(3));
}

TEST_CASE("rules: easy looks no deeper than it is told") {
  Model m = test::cluster({{node(4), 1}});
  m.jobs = {job(0, 0, 10, 3), job(1, 1, 5, 4), job(2, 1, 50, 1), job(3, 1, 50, 1), job(4, 1, 5, 1)};
  CHECK(starts_of(test::finished(m), Rules(Order::easy, BestFit{}, {.depth = 3})).at(4) == at(1));
  CHECK(starts_of(test::finished(m), Rules(Order::easy, BestFit{}, {.depth = 2})).at(4) > at(1));
}

TEST_CASE("rules: loss drops what does not fit, and only that") {
  Model m = test::cluster({{node(4), 1}});
  m.jobs = {job(0, 0, 10, 3), job(1, 1, 5, 2), job(2, 2, 5, 1), job(3, 10, 5, 4)};
  const auto model = test::finished(std::move(m));
  World w(model);
  Rules rules(Order::loss, FirstFit{});
  run(w, rules, Time::never());
  CHECK(w.kpis().owners[0].dropped == 1);
  CHECK(w.kpis().owners[0].ended == 3);
  CHECK(w.kpis().owners[0].waiting_jobs.max() >= 1);
  CHECK(w.kpis().owners[0].waiting.integral(w.now()) == 0);
}

TEST_CASE("rules: a first job that nobody can promise anything holds up no job that ends") {
  Model m = test::cluster({{node(4), 1}});
  m.jobs = {job(0, 0, 0, 3), job(1, 1, 5, 2), job(2, 2, 7, 1), job(3, 4, 7, 1)};
  m.jobs[0].duration = m.jobs[0].limit = Duration::max();
  const auto starts = starts_of(test::finished(std::move(m)), Rules(Order::easy, BestFit{}));
  CHECK(starts == std::map<uint64_t, Time>{{0, at(0)}, {2, at(2)}, {3, at(9)}});
}

}  // namespace
}  // namespace dure::fleet
