#include "worlds/floor/delays.h"

#include <random>

#include <doctest/doctest.h>

#include "kernel/archive.h"

namespace dure::floor {
namespace {

TEST_CASE("the generator is MT19937") {
  for (const uint32_t seed : {0u, 1u, 5489u, 0xFFFFFFFFu}) {
    Mersenne ours(seed);
    std::mt19937 theirs(seed);
    for (int i = 0; i < 3000; ++i) REQUIRE(ours() == theirs());
  }
  Mersenne m;  // the standard's check value
  for (int i = 1; i < 10'000; ++i) m();
  CHECK(m() == 4123659995);
}

struct Totals {
  uint64_t hits = 0, ticks = 0;
  std::vector<std::array<uint32_t, 3>> first;  // robot, tick, duration
};
Totals totals(const Delays& d, uint32_t robots) {
  DelayTrace trace(d, robots);
  Totals out;
  for (uint32_t t = 0; t < 1000; ++t) {
    trace.tick(d);
    for (const auto& h : trace.hits()) {
      ++out.hits;
      out.ticks += static_cast<uint64_t>(h.ticks);
      if (out.first.size() < 3) out.first.push_back({h.robot, t, static_cast<uint32_t>(h.ticks)});
    }
    REQUIRE(trace.consistent(d, robots));
  }
  return out;
}

// The first 1000 ticks of the 2026 example problems, as the kit's generator gives them.
TEST_CASE("the trace is the kit's") {
  using Events = Delays::Events;
  using Durations = Delays::Durations;
  struct Known {
    Delays delays;
    uint32_t robots;
    uint64_t hits, ticks;
    std::vector<std::array<uint32_t, 3>> first;
  };
  const std::vector<Known> known = {
      {{Events::poisson, Durations::gaussian, 0, 10, 25, 0.01, 0.5, 0.22},
       600,
       5959,
       104054,
       {{95, 0, 14}, {364, 0, 17}, {165, 0, 15}}},
      {{Events::bernoulli, Durations::gaussian, 0, 5, 12, 0.0003, 0.5, 0.22},
       40,
       14,
       126,
       {{20, 5, 10}, {0, 30, 10}, {32, 53, 7}}},
      {{Events::bernoulli, Durations::uniform, 0, 1, 4, 0.01, 0.5, 0.22},
       400,
       3914,
       9794,
       {{90, 0, 2}, {220, 0, 3}, {263, 0, 4}}},
      {{Events::poisson, Durations::uniform, 0, 10, 30, 0.01, 0.5, 0.22},
       150,
       1464,
       29357,
       {{40, 0, 30}, {111, 0, 24}, {112, 0, 23}}},
      {{Events::poisson, Durations::gaussian, 0, 2, 8, 0.003, 0.5, 0.22},
       2500,
       7443,
       37179,
       {{846, 0, 5}, {773, 0, 6}, {637, 0, 5}}},
  };
  for (const Known& k : known) {
    const Totals t = totals(k.delays, k.robots);
    CHECK(t.hits == k.hits);
    CHECK(t.ticks == k.ticks);
    CHECK((t.first == k.first));
  }
}

TEST_CASE("delays are in range, whatever their law's ratios are") {
  for (const double ratio : {1e9, 1e300, -1e9, -1e300}) {
    const Delays d{Delays::Events::bernoulli, Delays::Durations::gaussian, 1, 3, 9, 0.5, ratio, 2};
    DelayTrace trace(d, 20);
    for (int t = 0; t < 50; ++t) {
      trace.tick(d);
      for (const auto& h : trace.hits()) REQUIRE(h.ticks == (ratio > 0 ? 9 : 3));
      REQUIRE(trace.consistent(d, 20));
    }
  }
}

TEST_CASE("a copied or restored trace goes on alike, and a forged one is refused") {
  Delays d{Delays::Events::poisson, Delays::Durations::gaussian, 3, 2, 9, 0.05, 0.5, 0.3};
  DelayTrace a(d, 50);
  for (int t = 0; t < 77; ++t) a.tick(d);
  StateWriter saved;
  saved(a);
  DelayTrace b;
  StateReader r(saved.bytes());
  r(b);
  REQUIRE(r.finished());
  for (int t = 0; t < 700; ++t) {
    a.tick(d);
    b.tick(d);
  }
  CHECK(digest_of(a) == digest_of(b));
  CHECK(!a.consistent(d, 49));
  std::string forged = saved.bytes();
  forged[624 * 4] = 'x';  // the generator's place in its words
  forged[624 * 4 + 1] = 'x';
  StateReader f(forged);
  f(b);
  CHECK(!b.consistent(d, 50));
}

}  // namespace
}  // namespace dure::floor
