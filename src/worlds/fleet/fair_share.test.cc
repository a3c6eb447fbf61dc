#include "worlds/fleet/fair_share.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <doctest/doctest.h>

#include "worlds/fleet/random_operations.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;

// x (weight 3) with users x1, x2, x3 (weights 1, 1, 2), and y (weight 1) with y1. From 0 to 10 s x1
// uses 2 GPUs, x2 4 and y1 2. A tick every 10 s; use hardly decays.
Model small_tree() {
  Model m = test::cluster({{node(8), 2}});
  m.accounts = {{.name = "x", .weight = 3}, {.name = "y", .weight = 1}};
  for (const char* name : {"x1", "x2", "x3"}) m.accounts.push_back({.name = name, .parent = 0});
  m.accounts[4].weight = 2;
  m.accounts.push_back({.name = "y1", .parent = 1});
  m.jobs = {job(0, 0, 10, 2), job(1, 0, 10, 4), job(2, 0, 10, 2)};
  m.jobs[0].account = 2;
  m.jobs[1].account = 3;
  m.jobs[2].account = 5;
  m.usage_period = 10_s;
  m.usage_half_life = Duration{int64_t{1} << 60};
  return m;
}

World after(Model m, int64_t seconds) {
  World w(test::finished(std::move(m)));
  Rules rules(Order::fifo, BestFit{});
  run(w, rules, at(seconds));
  return w;
}

TEST_CASE("fair share: the classic factors of a small tree, by hand") {
  const World w = after(small_tree(), 12);
  CHECK(w.usage_tick() == at(10));
  const auto f = fair_share_factors(w, FairShare::classic);
  // Of 80 GPU-s x had 60 and y 20, for shares of 3/4 and 1/4: exactly theirs.
  CHECK(f[0] == doctest::Approx(0.5));
  CHECK(f[1] == doctest::Approx(0.5));
  // x1 had 1/4 of everything: effective 1/4 + (3/4 - 1/4) / 4 = 3/8, for a share of 3/16.
  CHECK(f[2] == doctest::Approx(std::exp2(-2.0)));
  // x2 1/2 + (3/4 - 1/2) / 4 = 9/16. x3 0 + (3/4) / 2 = 3/8, for a share of 3/8.
  CHECK(f[3] == doctest::Approx(std::exp2(-3.0)));
  CHECK(f[4] == doctest::Approx(std::exp2(-1.0)));
  CHECK(f[5] == doctest::Approx(0.5));
}

TEST_CASE("fair share: the tree's factors of a small tree, by hand") {
  const World w = after(small_tree(), 12);
  // x and y both had 20 GPU-s per weight: x is declared first. Below it x3 had nothing, x1 20,
  // x2 40.
  const auto f = fair_share_factors(w, FairShare::tree);
  CHECK(f == std::vector<double>{6 / 6.0, 2 / 6.0, 4 / 6.0, 3 / 6.0, 5 / 6.0, 1 / 6.0});
}

TEST_CASE("fair share: nobody has used anything, or has no weight") {
  Model m = small_tree();
  m.jobs.clear();
  m.accounts[4].weight = 0;
  const World w = after(std::move(m), 0);
  CHECK(fair_share_factors(w, FairShare::classic) == std::vector<double>{1, 1, 1, 1, 0, 1});
  const auto f = fair_share_factors(w, FairShare::tree);
  CHECK(f[4] < f[3]);
  CHECK(load_of(w, 4, Load::held) == math::kInf);
  CHECK(load_of(w, 0, Load::quota) == math::kInf);  // no quotas here
}

// The walk by its definition: down from the top, siblings sorted by load.
std::vector<uint32_t> walk(const World& w, Load load) {
  const Model& m = w.model();
  std::vector<uint32_t> out;
  const std::function<void(uint32_t)> visit = [&](uint32_t above) {
    std::vector<uint32_t> children;
    for (uint32_t a = 0; a < m.accounts.size(); ++a) {
      if (m.accounts[a].parent == above) children.push_back(a);
    }
    std::stable_sort(children.begin(), children.end(), [&](uint32_t a, uint32_t b) {
      return load_of(w, a, load) < load_of(w, b, load);
    });
    for (const uint32_t a : children) {
      out.push_back(a);
      visit(a);
    }
  };
  visit(kNoAccount);
  return out;
}

TEST_CASE("fair share: the order of accounts is a walk through their tree") {
  uint64_t moved = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    auto model = std::make_shared<Model>(*random_operations(seed));
    Random r{seed, 2, 0};
    for (Account& a : model->accounts) a.weight = static_cast<double>(r.below(4));
    model->usage_period = 10_s;
    World w(model);
    AnyStart any(seed);
    for (int64_t t = 50; t <= 600; t += 50) {
      run(w, any, at(t));
      for (const Load load : {Load::use, Load::held, Load::quota}) {
        const std::vector<uint32_t> expected = walk(w, load);
        std::vector<uint32_t> order = expected;
        std::sort(order.begin(), order.end());
        moved += order != expected;
        r.shuffle(std::span(order));
        std::sort(order.begin(), order.end(), AccountOrder(w, load));
        REQUIRE(order == expected);
      }
    }
  }
  CHECK(moved > 500);
}

}  // namespace
}  // namespace dure::fleet
