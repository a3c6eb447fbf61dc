#include "worlds/fleet/rules.h"

#include <algorithm>
#include <bit>
#include <map>

#include <doctest/doctest.h>

#include "worlds/fleet/place_topology.h"
#include "worlds/fleet/random_operations.h"
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

// EASY by its definition, GPU by GPU, with nothing kept from one decision to the next. First fit,
// in the first pool of one queue that has room. By arrival, or by priority.
class NaiveEasy {
 public:
  NaiveEasy(const Model& m, uint32_t depth, bool by_priority = false)
      : m_(m), depth_(depth), by_priority_(by_priority) {
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
  std::vector<Place> place(const Gpus& now, const Job& j, uint32_t pool) const {
    Gpus left = now;
    std::vector<Place> out;
    const Pool& p = m_.pools[pool];
    for (uint32_t n = p.first_node; n < p.first_node + p.nodes && out.size() < j.tasks;) {
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
    if (by_priority_) {
      std::stable_sort(queue_.begin(), queue_.end(),
                       [](const Job& a, const Job& b) { return a.priority > b.priority; });
    }
    const Job head = queue_[0];
    const auto pools = static_cast<uint32_t>(m_.pools.size());
    for (uint32_t p = 0; p < pools; ++p) {
      if (auto places = place(left_, head, p); !places.empty()) {
        start(0, now, std::move(places));
        return true;
      }
    }
    // The pool in which it fits first, and all that will be free then there.
    Gpus then;
    Time shadow = Time::never();
    uint32_t where = 0;
    for (uint32_t p = 0; p < pools; ++p) {
      std::vector<Run> by_end;
      for (const Run& r : running_) {
        if (m_.node_pool[r.places[0].node] == p) by_end.push_back(r);
      }
      std::stable_sort(by_end.begin(), by_end.end(),
                       [](const Run& a, const Run& b) { return a.expected < b.expected; });
      Gpus left = left_;
      Time fits = Time::never();
      for (size_t i = 0; i < by_end.size() && by_end[i].expected <= fits; ++i) {
        give(left, by_end[i].job, by_end[i].places, 1);
        if (!place(left, head, p).empty()) fits = std::max(by_end[i].expected, now);
      }
      if (p > 0 && fits >= shadow) continue;
      then = left;
      shadow = fits;
      where = p;
    }
    promised.try_emplace(head.number, shadow);
    for (size_t i = 1; i < queue_.size() && i <= depth_; ++i) {
      for (uint32_t p = 0; p < pools; ++p) {
        auto places = place(left_, queue_[i], p);
        if (places.empty()) continue;
        if (p == where && now + queue_[i].limit > shadow) {
          Gpus with = then;
          give(with, queue_[i], places, -1);
          if (place(with, head, p).empty()) continue;
        }
        start(i, now, std::move(places));
        return true;
      }
    }
    return false;
  }

  const Model& m_;
  uint32_t depth_;
  bool by_priority_;
  Gpus left_;
  std::vector<Job> queue_;
  std::vector<Run> running_;
  std::map<uint64_t, Time> starts_;
};

// A few mixed nodes and too many jobs for them. No CPU or memory, which EASY does not foresee.
std::shared_ptr<const Model> small_workload(uint64_t seed, bool shares, bool pools = false) {
  Random r{seed, 2, 0};
  Model m = test::cluster({{node(4), 1 + static_cast<uint32_t>(r.below(3))},
                           {node(8, 64, 1000, 1), 1 + static_cast<uint32_t>(r.below(3))},
                           {node(4, 32), static_cast<uint32_t>(r.below(2))}});
  for (uint32_t p = 1; pools && p < 3; ++p) {
    m.pools.push_back({.name = "other"});
    m.add_nodes(static_cast<uint32_t>(r.below(3)), 1 + static_cast<uint32_t>(r.below(2)));
    m.queues[0].others.push_back(p);
  }
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
    j.priority = static_cast<int32_t>(j.number * 7 % 4);
    m.jobs.push_back(j);
  }
  return test::with_possible_jobs(std::move(m));
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

TEST_CASE("rules: EASY over several pools, and by rank, is EASY by its definition") {
  uint64_t elsewhere = 0, promises = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    for (const bool pools : {false, true}) {
      const auto model = small_workload(seed, seed % 2 == 0, pools);
      // A budget that nobody exceeds: jobs are looked at by rank though it is the arrival's.
      auto with_budget = std::make_shared<Model>(*model);
      with_budget->accounts[0].budget_gpu_h = 1e9;
      CAPTURE(seed);
      CAPTURE(pools);
      for (const uint32_t depth : {1000u, 3u}) {
        NaiveEasy naive(*model, depth);
        const auto expected = naive.run();
        RuleOptions o{.order = Order::easy, .placement = FirstFit{}, .easy = {.depth = depth}};
        REQUIRE(starts_of(model, Rules(o)) == expected);
        REQUIRE(starts_of(with_budget, Rules(o)) == expected);
        for (const auto& [number, time] : naive.promised) REQUIRE(expected.at(number) <= time);
        promises += naive.promised.size();
        o.rank.rank = Rank::priority;
        const auto by_priority = NaiveEasy(*model, depth, true).run();
        REQUIRE(starts_of(model, Rules(o)) == by_priority);
        elsewhere += by_priority != expected;
      }
    }
  }
  CHECK(promises > 3000);
  CHECK(elsewhere > 500);
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
            w.running(0).each([&](const RunEnd& r, const auto&) {
              promised[head] = r.end;
              return true;
            });
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

std::vector<RankOptions> all_ranks() {
  std::vector<RankOptions> out;
  for (const Rank rank : {Rank::arrival, Rank::priority, Rank::multifactor, Rank::drf,
                          Rank::shortest, Rank::least_attained}) {
    out.push_back({.rank = rank, .ageing_per_h = 30, .max_age = 100_s});
  }
  return out;
}

// With a tick. plain: no elastic jobs, services, other resources and power.
std::shared_ptr<Model> operations(uint64_t seed, bool plain = false) {
  auto model = std::make_shared<Model>(*random_operations(seed, 200, plain));
  model->usage_period = 15_s;
  model->usage_half_life = 60_s;
  return model;
}

TEST_CASE("rules: new rules at every question decide alike, whatever the order, rank and fleet") {
  uint64_t preempted = 0, started = 0;
  for (const Order order : {Order::fifo, Order::easy, Order::conservative, Order::loss}) {
    for (const RankOptions& rank : all_ranks()) {
      for (uint64_t seed = 1; seed <= 8; ++seed) {
        RuleOptions o{.order = order, .rank = rank, .easy = {.depth = 7}, .reclaim = seed % 2 == 0};
        o.reclaim_options.max_steps = 2000;
        o.reclaim_options.fair_sharing = seed % 4 == 0;
        if (seed % 3 == 0) o.placement = FirstFit{};
        const auto model = operations(seed * 100 + static_cast<uint64_t>(rank.rank));
        World kept(model), fresh(model);
        Rules rules(o);
        CAPTURE(seed);
        CAPTURE(static_cast<int>(order));
        CAPTURE(static_cast<int>(rank.rank));
        for (;;) {
          const auto request = kept.advance(at(3000)), other = fresh.advance(at(3000));
          REQUIRE(request.has_value() == other.has_value());
          if (!request) break;
          const Action& a = rules.decide(kept, *request);
          Rules anew(o);
          const Action& b = anew.decide(fresh, *other);
          REQUIRE(a.kind == b.kind);
          REQUIRE(a.queue == b.queue);
          if (a.kind != Action::Kind::wait) REQUIRE(a.slot == b.slot);
          if (a.kind == Action::Kind::start) REQUIRE(a.places == b.places);
          REQUIRE(a.victims == b.victims);
          kept.act(a);
          fresh.act(b);
        }
        CHECK(digest_of(kept) == digest_of(fresh));
        for (const OwnerKpis& k : kept.kpis().owners) {
          preempted += k.preempted;
          started += k.started;
        }
      }
    }
  }
  CHECK(started > 5000);
  CHECK(preempted > 500);
}

// Fifo by its definition: every queue sorted from nothing, limits asked for each job, best fit.
class NaiveFifo {
 public:
  explicit NaiveFifo(RankOptions o) : o_(o) {}

  Action decide(const World& w, const World::Request& request) const {
    Action a;
    a.queue = w.model().has_quotas() ? turn(w) : kNoSlot;
    for (const uint32_t i : open_jobs(w, w.model().has_quotas() ? a.queue : request.queue)) {
      if (!place(w, w.slot(i).job, a.places)) return a;
      a.kind = Action::Kind::start;
      a.slot = i;
      return a;
    }
    return a;
  }

 private:
  static std::vector<uint32_t> models(const World& w, const Job& j) {
    std::vector<uint32_t> out;
    for (uint32_t g = 0; g < w.model().gpu_models.size(); ++g) {
      const bool may = j.gpu_models == 0 || (j.gpu_models >> g & 1);
      bool there = false;
      w.model().for_pools_of(j.queue, [&](uint32_t p) {
        for (uint32_t n = 0; n < w.model().nodes(); ++n) {
          const NodeType& type = w.model().type_of(n);
          there |= w.model().node_pool[n] == p && type.gpus > 0 && type.gpu_model == g;
        }
      });
      if (may && there && w.quota_left(j.account, g) >= static_cast<int64_t>(j.total_gpu_milli()))
        out.push_back(g);
    }
    return out;
  }
  std::vector<uint32_t> open_jobs(const World& w, uint32_t queue) const {
    std::vector<uint32_t> out;
    for (uint32_t i = w.queue_head(queue); i != kNoSlot; i = w.slot(i).next) {
      const Job& j = w.slot(i).job;
      const bool quota = !w.model().has_quotas() || j.gpus == 0 || !models(w, j).empty();
      if (quota && w.in_budget(j.account)) out.push_back(i);
    }
    test::sort_by_rank(w, o_, out);
    return out;
  }
  uint32_t turn(const World& w) const {
    uint32_t best = kNoSlot, account = 0;
    for (uint32_t q = 0; q < w.model().queues.size(); ++q) {
      if (!w.is_asked(q) || w.queue_length(q) == 0) continue;
      const auto open = open_jobs(w, q);
      if (open.empty()) return q;
      const uint32_t mine = w.slot(open[0]).job.account;
      if (best != kNoSlot && !AccountOrder(w, Load::quota)(mine, account)) continue;
      best = q;
      account = mine;
    }
    return best;
  }
  static bool place(const World& w, Job j, std::vector<Place>& out) {
    const JobKind& kind = w.model().kinds[j.kind];
    const bool grouped =
        j.tasks > 1 && (kind.required < Level::pool || kind.preferred < Level::pool);
    bool placed = false;
    const auto in = [&](uint32_t p) {
      if (placed) return;
      placed = grouped ? place_in_groups(w, j, p, out) : BestFit{}.place(w, j, p, out);
    };
    if (!w.model().has_quotas() || j.gpus == 0) {
      w.model().for_pools_of(j.queue, in);
      return placed;
    }
    const std::vector<uint32_t> allowed = models(w, j);
    w.model().for_pools_of(j.queue, [&](uint32_t p) {
      for (const uint32_t g : allowed) {
        j.gpu_models = 1u << g;
        in(p);
      }
    });
    return placed;
  }

  RankOptions o_;
};

TEST_CASE("rules: fifo by every rank, past held jobs, is fifo by its definition") {
  uint64_t starts = 0, held = 0, other_queue = 0;
  for (const RankOptions& rank : all_ranks()) {
    for (uint64_t seed = 1; seed <= 25; ++seed) {
      const auto model = operations(1000 + seed, true);
      World w(model);
      Rules rules(RuleOptions{.order = Order::fifo, .rank = rank});
      const NaiveFifo naive(rank);
      CAPTURE(seed);
      CAPTURE(static_cast<int>(rank.rank));
      while (const auto request = w.advance(at(3000))) {
        const Action& a = rules.decide(w, *request);
        const Action expected = naive.decide(w, *request);
        REQUIRE(a.kind == expected.kind);
        REQUIRE(a.queue == expected.queue);
        if (a.kind == Action::Kind::start) {
          REQUIRE(a.slot == expected.slot);
          REQUIRE(a.places == expected.places);
          ++starts;
          held += a.slot != w.queue_head(w.slot(a.slot).job.queue);
          other_queue += w.slot(a.slot).job.queue != request->queue;
        }
        w.act(a);
      }
    }
  }
  CHECK(starts > 10'000);
  CHECK(held > 5000);
  CHECK(other_queue > 1000);
}

// Two accounts of one node of 8 GPUs, with 4 GPUs of quota each, under a common one.
Model shared_node() {
  Model m = test::cluster({{node(8), 1}});
  m.accounts = {{.name = "all"}, {.name = "a", .parent = 0}, {.name = "b", .parent = 0}};
  m.quotas = {{at(0), 1, 0, {.nominal = 4000}}, {at(0), 2, 0, {.nominal = 4000}}};
  return m;
}
void add(Model& m, Job j, uint32_t account, int32_t priority = 0) {
  j.account = account;
  j.priority = priority;
  m.jobs.push_back(j);
}

TEST_CASE("rules: a job over its quota or budget blocks nobody and is promised nothing") {
  for (const Order order : {Order::fifo, Order::easy, Order::conservative}) {
    Model m = shared_node();
    m.quotas[0].limits.borrowing = 0;
    add(m, job(0, 0, 20, 3), 1);
    add(m, job(1, 1, 5, 2), 1);   // over the quota of a until 20
    add(m, job(2, 2, 5, 5), 2);   // borrows
    add(m, job(3, 3, 30, 1), 1);  // has quota, but no GPU is left until 7
    const auto starts = starts_of(test::finished(m), Rules(order, BestFit{}));
    CHECK(starts == std::map<uint64_t, Time>{{0, at(0)}, {1, at(20)}, {2, at(2)}, {3, at(7)}});
  }
  for (const Order order : {Order::fifo, Order::easy, Order::conservative}) {
    Model m = test::cluster({{node(8), 1}});
    m.accounts = {{.name = "a", .budget_gpu_h = 10 * 4 / 3600.0}, {.name = "b"}};
    m.budget_period = 100_s;
    add(m, job(0, 0, 10, 4), 0);  // spends it all
    add(m, job(1, 1, 5, 8), 0);   // would wait until 10 for room, and then for a new budget
    add(m, job(2, 12, 40, 2), 1);
    const auto starts = starts_of(test::finished(m), Rules(order, BestFit{}));
    CHECK(starts == std::map<uint64_t, Time>{{0, at(0)}, {1, at(100)}, {2, at(12)}});
  }
}

TEST_CASE("rules: with quotas a job gets the first GPU model with quota left") {
  Model m = test::cluster({{node(4), 1}, {node(4, 64, 1000, 1), 1}});
  m.accounts = {{.name = "a"}};
  m.quotas = {{at(0), 0, 0, {.nominal = 2000}}, {at(0), 0, 1, {.nominal = 3000}}};
  add(m, job(0, 0, 10, 2), 0);
  add(m, job(1, 1, 10, 2), 0);
  add(m, job(2, 2, 10, 1), 0);
  add(m, job(3, 3, 10, 1), 0);  // no quota of any model until 10
  World w(test::finished(std::move(m)));
  Rules rules(Order::easy, BestFit{});
  std::map<uint64_t, uint32_t> nodes;
  std::map<uint64_t, Time> starts;
  while (const auto request = w.advance(Time::never())) {
    const Action& a = rules.decide(w, *request);
    if (a.kind == Action::Kind::start) {
      nodes[w.slot(a.slot).job.number] = a.places[0].node;
      starts[w.slot(a.slot).job.number] = w.now();
    }
    w.act(a);
  }
  CHECK(nodes == std::map<uint64_t, uint32_t>{{0, 0}, {1, 1}, {2, 1}, {3, 0}});
  CHECK(starts == std::map<uint64_t, Time>{{0, at(0)}, {1, at(1)}, {2, at(2)}, {3, at(10)}});
}

TEST_CASE("rules: the queue whose account holds least of its quota goes first") {
  Model m = shared_node();
  m.quotas[0].limits.nominal = 8000;
  m.queues = {{"a", 0}, {"b", 0}};
  add(m, job(0, 0, 10, 2), 1);  // a quarter of a's quota
  add(m, job(1, 0, 10, 2), 2);  // half of b's
  add(m, job(2, 0, 5, 4), 2);   // no room until 10
  add(m, job(3, 0, 5, 3), 1);   // more than half of a's
  add(m, job(4, 0, 5, 2), 1);   // no room until 5
  for (Job& j : m.jobs) j.queue = j.account - 1;
  World w(test::finished(std::move(m)));
  Rules rules(Order::fifo, BestFit{});
  std::vector<uint64_t> order;
  while (const auto request = w.advance(Time::never())) {
    const Action& a = rules.decide(w, *request);
    if (a.kind == Action::Kind::start) order.push_back(w.slot(a.slot).job.number);
    w.act(a);
  }
  CHECK(order == std::vector<uint64_t>{0, 1, 3, 4, 2});
}

TEST_CASE("rules: reclaim takes back what was lent, once") {
  for (const Order order : {Order::fifo, Order::easy, Order::conservative}) {
    CAPTURE(static_cast<int>(order));
    Model m = shared_node();
    add(m, job(0, 0, 20, 4), 1);
    add(m, job(1, 0, 30, 4), 1);  // of b's quota
    add(m, job(2, 5, 10, 4), 2);  // has it back at 5
    const auto model = test::finished(std::move(m));
    CHECK(starts_of(model, Rules(order, BestFit{})).at(2) == at(20));
    RuleOptions o{.order = order, .reclaim = true};
    World w(model);
    Rules rules(o);
    std::vector<std::pair<uint64_t, Time>> starts;
    while (const auto request = w.advance(Time::never())) {
      const Action& a = rules.decide(w, *request);
      if (a.kind == Action::Kind::start) starts.push_back({w.slot(a.slot).job.number, w.now()});
      w.act(a);
    }
    const uint64_t victim = starts[3].first;  // either would do
    CHECK(victim < 2);
    CHECK(starts == std::vector<std::pair<uint64_t, Time>>{
                        {0, at(0)}, {1, at(0)}, {2, at(5)}, {victim, at(15)}});
    CHECK(w.kpis().owners[0].preempted == 1);
  }
}

TEST_CASE("rules: reclaim is tried for what is an account's own behind a borrower that waits") {
  for (const Order order : {Order::easy, Order::conservative}) {
    CAPTURE(static_cast<int>(order));
    // a holds all 8 GPUs, 4 of them b's; its next job is within what it may borrow, but finds none.
    Model m = shared_node();
    m.quotas[0].limits.lending = 0;
    add(m, job(0, 0, 100, 4), 1);
    add(m, job(1, 0, 100, 2), 1);
    add(m, job(2, 0, 100, 2), 1);
    add(m, job(3, 1, 10, 2), 1);
    add(m, job(4, 5, 10, 4), 2);
    m.quotas[1].limits.nominal = 6000;  // more than the node has left for a
    const auto starts =
        starts_of(test::finished(std::move(m)), Rules({.order = order, .reclaim = true}));
    CHECK(starts.at(4) == at(5));
    CHECK(starts.at(3) > at(5));
  }
}

TEST_CASE("rules: reclaim by priority within an account") {
  Model m = test::cluster({{node(8), 1}});
  add(m, job(0, 0, 20, 8), 0, 1);
  add(m, job(1, 5, 10, 8), 0, 1);
  add(m, job(2, 6, 10, 8), 0, 2);
  m.accounts = {{.name = "a"}};
  RuleOptions o{.order = Order::easy, .rank = {.rank = Rank::priority}, .reclaim = true};
  const auto starts = starts_of(test::finished(std::move(m)), Rules(o));
  // 0 starts anew when 2 has ended, and 1, which is no more than it, after it.
  CHECK(starts == std::map<uint64_t, Time>{{0, at(16)}, {1, at(36)}, {2, at(6)}});
}

TEST_CASE("rules: easy promises a job that needs a whole group that group") {
  Model m = test::cluster({{node(4), 4}});
  m.pools[0].nodes_per_domain = m.pools[0].nodes_per_rack = 2;
  m.kinds = {{}, {.name = "domain", .required = Level::domain, .preferred = Level::domain}};
  // Each domain has one node in use, the first until 10 and the second until 20.
  m.jobs = {job(0, 0, 10, 4),    job(1, 0, 12, 4),  job(2, 0, 20, 4), job(3, 0, 12, 4),
            job(4, 13, 5, 4, 2), job(5, 14, 30, 4), job(6, 14, 30, 4)};
  m.jobs[4].kind = 1;
  // At 13 the nodes of 0, 1 and 3 are free: the first domain. So 4 starts at once, and one of the
  // others on the last node; without the kind it would be all the same.
  auto starts = starts_of(test::finished(m), Rules(Order::easy, FirstFit{}));
  CHECK(starts.at(4) == at(13));
  // With the second node in use until 15, 4 is promised the first domain at 15. At 14 there would
  // be room for 5 beside two tasks at 15, but it would go to the first node.
  m.jobs[1].duration = m.jobs[1].limit = 15_s;
  starts = starts_of(test::finished(m), Rules(Order::easy, FirstFit{}));
  CHECK(starts.at(4) == at(15));
  CHECK(starts.at(5) == at(15));
  CHECK(starts.at(6) == at(20));
}

}  // namespace
}  // namespace dure::fleet
