// Each rule against a reference that looks at every node for every task.
#include "worlds/fleet/place.h"

#include <algorithm>
#include <bit>
#include <map>

#include <doctest/doctest.h>

#include "base/math.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

// What is left of a cluster, to place tasks on one by one.
struct Left {
  const Model& m;
  std::vector<uint32_t> cpu;
  std::vector<uint64_t> memory;
  std::vector<std::vector<uint16_t>> gpu;
  std::vector<bool> there;

  explicit Left(const World& w) : m(w.model()) {
    for (uint32_t n = 0; n < m.nodes(); ++n) {
      cpu.push_back(w.cpu_left(n));
      memory.push_back(w.memory_left(n));
      gpu.emplace_back(w.gpu_left(n), w.gpu_left(n) + m.type_of(n).gpus);
      there.push_back(w.in_service(n));
    }
  }
  uint32_t free(uint32_t n) const {
    return static_cast<uint32_t>(std::count(gpu[n].begin(), gpu[n].end(), kWholeGpu));
  }
  bool fits(const Job& j, uint32_t n) const {
    if (!there[n] || m.node_pool[n] != m.queues[j.queue].pool) return false;
    if (cpu[n] < j.cpu_milli || memory[n] < j.memory_mib) return false;
    if (j.gpus == 0) return true;
    if (j.gpu_models != 0 && !(j.gpu_models >> m.type_of(n).gpu_model & 1)) return false;
    uint32_t enough = 0;
    for (const auto x : gpu[n]) enough += x >= j.gpu_milli;
    return enough >= j.gpus;
  }
  uint32_t lowest_gpus(const Job& j, uint32_t n) const {
    uint32_t mask = 0;
    for (uint32_t g = 0, missing = j.gpus; missing > 0; ++g) {
      if (gpu[n].at(g) < j.gpu_milli) continue;
      mask |= 1u << g;
      --missing;
    }
    return mask;
  }
  void take(const Job& j, const Place& p) {
    REQUIRE(fits(j, p.node));
    REQUIRE(static_cast<uint32_t>(std::popcount(p.gpus)) == j.gpus);
    cpu[p.node] -= j.cpu_milli;
    memory[p.node] -= j.memory_mib;
    for (uint32_t g = 0; g < 32; ++g) {
      if (!(p.gpus >> g & 1)) continue;
      REQUIRE(gpu[p.node].at(g) >= j.gpu_milli);
      gpu[p.node][g] = static_cast<uint16_t>(gpu[p.node][g] - j.gpu_milli);
    }
  }
};

// Task after task where choose(left, job) says; nothing when one does not fit.
template <class Choose>
std::vector<Place> one_by_one(const World& w, const Job& j, Choose&& choose) {
  Left left(w);
  std::vector<Place> out;
  while (out.size() < j.tasks) {
    const std::optional<Place> p = choose(left, j);
    if (!p) return {};
    left.take(j, *p);
    out.push_back(*p);
  }
  return out;
}

std::optional<Place> first_fit(const Left& left, const Job& j) {
  for (uint32_t n = 0; n < left.m.nodes(); ++n) {
    if (left.fits(j, n)) return Place{n, left.lowest_gpus(j, n)};
  }
  return {};
}

// The share that fits on the most used GPU; else, and for whole GPUs, the fewest free ones.
std::optional<Place> best_fit(const Left& left, const Job& j) {
  std::optional<Place> best;
  uint32_t least = ~0u;
  if (j.gpus > 0 && j.gpu_milli < kWholeGpu) {
    for (uint32_t n = 0; n < left.m.nodes(); ++n) {
      if (!left.fits(j, n)) continue;
      for (uint32_t g = 0; g < left.gpu[n].size(); ++g) {
        const uint32_t x = left.gpu[n][g];
        if (x < j.gpu_milli || x == kWholeGpu || x >= least) continue;
        least = x;
        best = Place{n, 1u << g};
      }
    }
    if (best) return best;
  }
  for (uint32_t n = 0; n < left.m.nodes(); ++n) {
    if (!left.fits(j, n) || left.free(n) >= least) continue;
    least = left.free(n);
    best = Place{n, left.lowest_gpus(j, n)};
  }
  return best;
}

int score_of(const Left& left, const Job& j, uint32_t n, Score score, uint32_t mask) {
  const NodeType& type = left.m.type_of(n);
  const auto gpus = static_cast<uint32_t>(left.gpu[n].size());
  std::vector<uint16_t> after = left.gpu[n];
  double total = 0;
  for (uint32_t g = 0; g < gpus; ++g) {
    if (mask >> g & 1) after[g] = static_cast<uint16_t>(after[g] - j.gpu_milli);
    total += after[g];
  }
  const uint32_t cpu = left.cpu[n] - j.cpu_milli;
  if (score == Score::dot) {
    return static_cast<int>(std::max(0.0, 100 * (1 - (0.5 * cpu / 128000 + 0.5 * total / 8000))));
  }
  const double before_f =
      left.m.target.fragmented(left.cpu[n], left.gpu[n].data(), gpus, type.gpu_model);
  const double after_f = left.m.target.fragmented(cpu, after.data(), gpus, type.gpu_model);
  return static_cast<int>(100 * (1 / (1 + math::exp(-((before_f - after_f) / 1000)))));
}

auto scored(Score score) {
  return [score](const Left& left, const Job& j) {
    std::optional<Place> best;
    int best_score = -1;
    std::vector<uint32_t> order(left.m.nodes());
    for (uint32_t n = 0; n < order.size(); ++n) order[n] = n;
    if (!left.m.tie_rank.empty()) {
      std::sort(order.begin(), order.end(),
                [&](uint32_t a, uint32_t b) { return left.m.tie_rank[a] < left.m.tie_rank[b]; });
    }
    for (const uint32_t n : order) {
      if (!left.fits(j, n)) continue;
      std::vector<uint32_t> masks;
      if (j.gpus > 0 && j.gpu_milli < kWholeGpu) {
        for (uint32_t g = 0; g < left.gpu[n].size(); ++g) {
          if (left.gpu[n][g] >= j.gpu_milli) masks.push_back(1u << g);
        }
        if (score == Score::dot) {  // the GPU with the least left
          const auto least = [&](uint32_t a, uint32_t b) {
            return left.gpu[n][std::countr_zero(a)] < left.gpu[n][std::countr_zero(b)];
          };
          masks = {*std::min_element(masks.begin(), masks.end(), least)};
        }
      } else {
        masks = {left.lowest_gpus(j, n)};
      }
      for (const uint32_t mask : masks) {
        const int s = score_of(left, j, n, score, mask);
        if (s > best_score) {
          best_score = s;
          best = Place{n, mask};
        }
      }
    }
    return best;
  };
}

// A random model's world, run for a while, and jobs to place on what is left.
template <class Visit>
void each_situation(uint64_t seeds, Visit&& visit) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    auto model = std::make_shared<Model>(*test::random_model(seed, 120));
    if (seed % 2 == 0) {
      Random r{seed, 5, 0};
      for (uint32_t n = 0; n < model->nodes(); ++n) model->tie_rank.push_back(n);
      r.shuffle(std::span(model->tie_rank));
    }
    World w(model);
    Rules rules(Order::loss, RandomFit{});
    Random r{seed, 6, 0};
    for (int64_t t = 20; t < 300; t += 40) {
      run(w, rules, at(t));
      for (int i = 0; i < 12; ++i)
        visit(w, model->jobs[static_cast<size_t>(r.below(model->jobs.size()))]);
    }
  }
}

TEST_CASE("place: each rule chooses what a look at all nodes chooses") {
  FirstFit first;
  BestFit best;
  uint64_t placed = 0, gangs = 0, shares = 0, refused = 0;
  each_situation(60, [&](const World& w, const Job& j) {
    Scored fgd(Score::fgd), dot(Score::dot);
    const auto is = [&](auto& rule, auto&& reference) {
      std::vector<Place> out = {{99, 99}};  // what was in it does not matter
      const bool fits = rule.place(w, j, w.model().queues[j.queue].pool, out);
      const std::vector<Place> expected = one_by_one(w, j, reference);
      REQUIRE(fits == !expected.empty());
      REQUIRE((fits ? out == expected : out.empty()));
      placed += fits;
      refused += !fits;
      gangs += fits && j.tasks > 1;
      shares += fits && j.gpu_milli < kWholeGpu;
    };
    is(first, first_fit);
    is(best, best_fit);
    is(fgd, scored(Score::fgd));
    is(dot, scored(Score::dot));
  });
  // The situations were of all kinds.
  CHECK(placed > 1000);
  CHECK(refused > 1000);
  CHECK(gangs > 100);
  CHECK(shares > 300);
}

TEST_CASE("place: random places gangs as a whole, only where they fit, whenever they fit") {
  RandomFit rule;
  uint64_t gangs = 0;
  each_situation(60, [&](const World& w, const Job& j) {
    std::vector<Place> out;
    const bool fits = rule.place(w, j, w.model().queues[j.queue].pool, out);
    REQUIRE(fits == !one_by_one(w, j, first_fit).empty());
    REQUIRE(out.size() == (fits ? j.tasks : 0));
    Left left(w);
    for (const Place& p : out) left.take(j, p);
    std::vector<Place> again;
    RandomFit other;
    other.place(w, j, w.model().queues[j.queue].pool, again);
    REQUIRE(again == out);  // a function of the world and the job
    gangs += fits && j.tasks > 1;
  });
  CHECK(gangs > 30);
}

TEST_CASE("place: random takes all nodes alike") {
  // 6 nodes fit, 4 do not: full, too little CPU, too little memory, another model.
  Model m = test::cluster({{node(4), 6},
                           {node(4, 1), 1},
                           {node(4, 64, 5), 1},
                           {node(4, 64, 1000, 1), 1},
                           {node(0), 1}});
  World w(test::finished(std::move(m)));
  Job j = job(0, 0, 1, 1);
  j.cpu_milli = 2000;
  j.memory_mib = 10;
  j.gpu_models = 1;
  RandomFit rule;
  const auto chi = [&](bool gang, double per_trial) {
    std::vector<double> seen(w.model().nodes());
    std::vector<Place> out;
    constexpr int kTrials = 30'000;
    for (int i = 0; i < kTrials; ++i) {
      j.number = static_cast<uint64_t>(i);
      j.tasks = gang ? 3 : 1;
      REQUIRE(rule.place(w, j, w.model().queues[j.queue].pool, out));
      for (const Place& p : out) seen[p.node] += 1;
    }
    const double expected = kTrials * per_trial / 6;
    double x = 0;
    for (uint32_t n = 0; n < 6; ++n) x += (seen[n] - expected) * (seen[n] - expected) / expected;
    for (uint32_t n = 6; n < 10; ++n) CHECK(seen[n] == 0);
    return x;
  };
  CHECK(chi(false, 1) < 25.7);  // 5 degrees of freedom, p = 1e-4
  CHECK(chi(true, 3) < 25.7);
  // A share: all GPUs of a node alike, too.
  std::map<uint32_t, double> gpus;
  j.tasks = 1;
  j.gpu_milli = 400;
  std::vector<Place> out;
  for (int i = 0; i < 24'000; ++i) {
    j.number = static_cast<uint64_t>(i);
    REQUIRE(rule.place(w, j, w.model().queues[j.queue].pool, out));
    gpus[out[0].node * 4 + static_cast<uint32_t>(std::countr_zero(out[0].gpus))] += 1;
  }
  double x = 0;
  for (const auto& [gpu, n] : gpus) x += (n - 1000) * (n - 1000) / 1000;
  CHECK(gpus.size() == 24);
  CHECK(x < 57.1);  // 23 degrees of freedom, p = 1e-4
}

TEST_CASE("place: a scored rule's cache serves a world and its branches") {
  for (const Score score : {Score::fgd, Score::dot}) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      const auto model = test::random_model(seed);
      World a(model);
      Rules both(Order::loss, Scored(score));
      run(a, both, at(100));
      World b = a;
      Rules other(Order::loss, RandomFit{});
      run(b, other, at(150));  // another history
      Scored warm(score);
      std::vector<Place> out, fresh_out;
      Random r{seed, 3, 0};
      Rules more(Order::loss, Scored(score));
      for (int64_t t = 150; t < 400; t += 10) {
        run(a, more, at(t));
        run(b, other, at(t));
        for (int i = 0; i < 6; ++i) {
          const Job& j = model->jobs[static_cast<size_t>(r.below(model->jobs.size()))];
          const World& w = i % 2 == 0 ? a : b;
          Scored fresh(score);
          REQUIRE(warm.place(w, j, w.model().queues[j.queue].pool, out) ==
                  fresh.place(w, j, w.model().queues[j.queue].pool, fresh_out));
          REQUIRE(out == fresh_out);
        }
      }
    }
  }
}

TEST_CASE("place: a scored rule's cache does not outlive its model") {
  // Models of other nodes, one after another, often at the same address.
  Scored warm(Score::dot);
  for (uint32_t i = 0; i < 20; ++i) {
    World w(
        test::finished(test::cluster({{node(4, 10 + i), 1}, {node(4, 60 - 2 * i), 1 + i % 3}})));
    Scored fresh(Score::dot);
    std::vector<Place> out, expected;
    const Job j = job(0, 0, 1, 4);
    REQUIRE(warm.place(w, j, w.model().queues[j.queue].pool, out));
    REQUIRE(fresh.place(w, j, w.model().queues[j.queue].pool, expected));
    REQUIRE(out == expected);
  }
}

TEST_CASE("place: pools of many node types") {
  Model m = test::cluster({});
  for (uint32_t i = 0; i < 200; ++i) {
    m.node_types.push_back(node(1 + i % 8, 10 + i));
    m.add_nodes(i, 1);
  }
  m.gpu_models = {"x"};
  World w(test::finished(std::move(m)));
  BestFit rule;
  std::vector<Place> out;
  REQUIRE(rule.place(w, job(0, 0, 1, 2), 0, out));
  CHECK(out == std::vector<Place>{{1, 3}});

  Model many = test::cluster({});
  many.gpu_models = {"x"};
  for (uint32_t i = 0; i <= kMaxNodeTypesPerPool; ++i) {
    many.node_types.push_back(node(1, 10 + i));
    many.add_nodes(i, 1);
  }
  CHECK_FALSE(many.finish().ok());
}

TEST_CASE("place: spread takes what leaves the largest share of a node's GPUs free") {
  World w(test::finished(test::cluster({{node(4), 2}, {node(8), 1}})));
  Scored rule(Score::spread);
  std::vector<Place> out;
  REQUIRE(rule.place(w, job(0, 0, 1, 1, 3), 0, out));
  // Of 8 one leaves 7/8, a second leaves 3/4 as the first of 4 does: the first of equals.
  CHECK(out == std::vector<Place>{{2, 1}, {0, 1}, {1, 1}});
  Job share = job(1, 0, 1, 1);
  share.gpu_milli = 500;
  REQUIRE(rule.place(w, share, 0, out));
  CHECK(out == std::vector<Place>{{2, 1}});
  Job cpu = job(2, 0, 1, 0);
  cpu.cpu_milli = 1000;
  REQUIRE(rule.place(w, cpu, 0, out));
  CHECK(out == std::vector<Place>{{0, 0}});
}

}  // namespace
}  // namespace dure::fleet
