#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

using namespace dure;

// Statistical tests fail by chance once in a million for another seed; with these seeds they pass,
// and for ever, since the bits are pinned.
namespace {

constexpr int kDraws = 200'000;
constexpr double kChance = 1e-6;
constexpr double kSigmas = 4.9;  // P(|Z| > 4.9) = 1e-6

using Draw = std::function<double(Random&)>;

std::vector<double> draws(const Draw& draw, uint64_t stream, int count = kDraws) {
  Random random{.seed = 1, .stream = stream_id(1, stream)};
  std::vector<double> out(static_cast<size_t>(count));
  for (double& x : out) x = draw(random);
  CHECK(random.counter == static_cast<uint64_t>(count));  // one counter each
  return out;
}

// Kolmogorov-Smirnov: sqrt(n) D > t happens with probability about 2 exp(-2 t^2).
void check_cdf(std::vector<double> x, const std::function<double(double)>& cdf) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double distance = 0.0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = cdf(x[i]);
    distance =
        std::max({distance, static_cast<double>(i + 1) / n - at, at - static_cast<double>(i) / n});
  }
  CHECK(distance * std::sqrt(n) < std::sqrt(-std::log(kChance / 2) / 2));
}

// The sample's mean and variance, each within 4.9 standard errors (the variance's error from the
// sample's own fourth moment).
void check_moments(const std::vector<double>& x, double mean, double variance) {
  const double n = static_cast<double>(x.size());
  double sum = 0.0, square = 0.0, fourth = 0.0;
  for (const double v : x) {
    const double d = v - mean;
    sum += d;
    square += d * d;
    fourth += d * d * d * d;
  }
  CHECK(std::fabs(sum / n) < kSigmas * std::sqrt(variance / n));
  const double error = std::sqrt((fourth / n - variance * variance) / n);
  CHECK(std::fabs(square / n - variance) < kSigmas * error);
}

// Pearson's chi-square of counts against expected counts; cells of fewer than 10 are merged.
void check_counts(const std::vector<double>& seen, const std::vector<double>& expected) {
  double statistic = 0.0, o = 0.0, e = 0.0;
  int cells = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    o += seen[i];
    e += expected[i];
    if (e < 10.0 && i + 1 < seen.size()) continue;
    if (e > 0.0) statistic += (o - e) * (o - e) / e;
    ++cells;
    o = e = 0.0;
  }
  REQUIRE(cells > 1);
  CHECK(math::gamma_q((cells - 1) / 2.0, statistic / 2) > kChance);
}

// Correlation of two series of uniforms, in standard errors.
double correlation(const std::function<double(uint64_t)>& a,
                   const std::function<double(uint64_t)>& b, int n = kDraws) {
  double sum = 0.0;
  for (int i = 0; i < n; ++i) {
    const auto at = static_cast<uint64_t>(i);
    sum += (a(at) - 0.5) * (b(at) - 0.5) * 12.0;
  }
  return sum / std::sqrt(n);
}

double unit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

}  // namespace

TEST_CASE("random: Philox gives the published answers") {
  const auto answer = [](Philox counter, uint32_t key0, uint32_t key1, Philox expected) {
    const Philox got = philox4x32(counter, key0, key1);
    return std::equal(got.word, got.word + 4, expected.word);
  };
  const uint32_t ff = 0xffffffff;
  CHECK(answer({{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}));
  CHECK(answer({{ff, ff, ff, ff}}, ff, ff, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}));
  CHECK(answer({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0,
               {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));
  static_assert(random_bits(0, 0, 0) == 0xe169c58d6627e8d5);
  CHECK(random_bits(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88) ==
        0x94fdccebd16cfe09);
}

TEST_CASE("random: a stream is a plain value") {
  static_assert(std::is_trivially_copyable_v<Random> &&
                std::has_unique_object_representations_v<Random>);
  Random a{.seed = 5, .stream = 6};
  a.bits();
  Random b = a;
  CHECK(a == b);
  CHECK(a.uniform() == b.uniform());
  b.counter = 0;
  CHECK(b.bits() == random_bits(5, 6, 0));
}

TEST_CASE("random: streams do not collide") {
  static_assert(stream_id(0, 0) != stream_id(0, 1));
  std::set<uint64_t> seen;
  for (uint32_t kind = 0; kind < 64; ++kind) {
    for (uint64_t entity = 0; entity < 1024; ++entity) {
      seen.insert(stream_id(kind * 1000, entity));
      seen.insert(stream_id(kind * 1000 + 1, (entity << 38) + 5000));
    }
  }
  CHECK(seen.size() == 2 * 64 * 1024);
}

TEST_CASE("random: neighbouring seeds, streams and counters are independent") {
  const auto base = [](uint64_t i) { return unit(random_bits(1, stream_id(1, 0), i)); };
  const auto limit = kSigmas;
  for (uint64_t d = 1; d < 6; ++d) {
    CHECK(std::fabs(correlation(base, [=](uint64_t i) { return base(i + d); })) < limit);
    CHECK(std::fabs(correlation(base, [=](uint64_t i) {
            return unit(random_bits(1 + d, stream_id(1, 0), i));
          })) < limit);
    CHECK(std::fabs(correlation(
              base, [=](uint64_t i) { return unit(random_bits(1, stream_id(1, d), i)); })) < limit);
    CHECK(std::fabs(correlation(base, [=](uint64_t i) {
            return unit(random_bits(1, stream_id(1, 0) + d, i));
          })) < limit);
  }
  // The first draw of each of many entities, as when a world starts.
  const auto first = [](uint64_t entity) { return unit(random_bits(1, stream_id(3, entity), 0)); };
  CHECK(std::fabs(correlation(first, [=](uint64_t e) { return first(e + 1); })) < limit);
  std::vector<double> starts(kDraws);
  for (size_t e = 0; e < starts.size(); ++e) starts[e] = first(e);
  check_cdf(starts, [](double x) { return x; });
  // Each bit is fair.
  std::vector<double> ones(64);
  for (uint64_t i = 0; i < kDraws; ++i) {
    const uint64_t bits = random_bits(9, 9, i);
    for (size_t b = 0; b < 64; ++b) ones[b] += static_cast<double>(bits >> b & 1);
  }
  for (const double count : ones)
    CHECK(std::fabs(count - kDraws / 2.0) < (kSigmas + 1) * std::sqrt(kDraws / 4.0));
}

TEST_CASE("random: uniforms") {
  const auto x = draws([](Random& r) { return r.uniform(); }, 1);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0.0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1.0);
  check_cdf(x, [](double v) { return v; });
  check_moments(x, 0.5, 1.0 / 12);
  check_moments(draws([](Random& r) { return r.uniform(-3.0, 5.0); }, 2), 1.0, 64.0 / 12);
  check_cdf(draws([](Random& r) { return r.uniform_open(); }, 3), [](double v) { return v; });
}

TEST_CASE("random: whole numbers below n and chances") {
  for (const uint64_t n : {1u, 2u, 6u, 100u}) {
    std::vector<double> seen(n), expected(n, kDraws / static_cast<double>(n));
    for (const double v : draws([=](Random& r) { return static_cast<double>(r.below(n)); }, n)) {
      REQUIRE(v < static_cast<double>(n));
      ++seen[static_cast<size_t>(v)];
    }
    if (n > 1) check_counts(seen, expected);
  }
  Random r{.seed = 3};
  const uint64_t huge = (uint64_t{1} << 63) + 12345;
  for (int i = 0; i < 1000; ++i) REQUIRE(r.below(huge) < huge);
  const auto hits = draws([](Random& g) { return g.chance(0.3) ? 1.0 : 0.0; }, 7);
  check_moments(hits, 0.3, 0.21);
}

TEST_CASE("random: exponential, weibull, normal, lognormal and triangular fit their closed forms") {
  const auto x = draws([](Random& r) { return r.exponential(2.5); }, 10);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0.0);
  check_cdf(x, [](double v) { return -std::expm1(-v / 2.5); });
  check_moments(x, 2.5, 6.25);

  for (const double shape : {0.7, 1.0, 3.5}) {
    const auto w = draws([=](Random& r) { return r.weibull(2.0, shape); }, 11);
    check_cdf(w, [=](double v) { return -std::expm1(-std::pow(v / 2.0, shape)); });
    const double m = 2.0 * std::tgamma(1 + 1 / shape);
    check_moments(w, m, 4.0 * std::tgamma(1 + 2 / shape) - m * m);
  }

  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const auto n = draws([](Random& r) { return r.normal(10.0, 2.0); }, 12);
  check_cdf(n, [&](double v) { return phi((v - 10.0) / 2.0); });
  check_moments(n, 10.0, 4.0);

  const auto l = draws([](Random& r) { return r.lognormal(4.0, 0.6); }, 13);
  check_cdf(l, [&](double v) { return phi(std::log(v / 4.0) / 0.6); });
  const double e = std::exp(0.36);
  check_moments(l, 4.0 * std::sqrt(e), 16.0 * e * (e - 1));

  const auto t = draws([](Random& r) { return r.triangular(1.0, 2.0, 5.0); }, 14);
  check_cdf(t, [](double v) { return v < 2 ? (v - 1) * (v - 1) / 4 : 1 - (5 - v) * (5 - v) / 12; });
  check_moments(t, 8.0 / 3, (1 + 4 + 25 - 2 - 5 - 10) / 18.0);
  CHECK(Random::triangular_at(0.5e-20, 1.0, 2.0, 1e20) == doctest::Approx(1.0 + std::sqrt(0.5)));
  CHECK(Random::triangular_at(1.0, 1.0, 2.0, 5.0) == 5.0);
  Random r{.seed = 4};
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(r.triangular(2.0, 2.0, 2.0) == 2.0);
    const double left = r.triangular(0.0, 0.0, 1.0);
    REQUIRE((left >= 0.0 && left <= 1.0));
    const double right = r.triangular(0.0, 1.0, 1.0);
    REQUIRE((right >= 0.0 && right <= 1.0));
    const double wide = r.triangular(1.0, 2.0, 1e30);
    REQUIRE((wide >= 1.0 && wide <= 1e30));
  }
}

TEST_CASE("random: poisson is exact for small and large means") {
  for (const double mean : {0.01, 0.7, 3.0, 9.99, 10.0, 14.5, 60.0, 1000.0}) {
    CAPTURE(mean);
    const auto x = draws([=](Random& r) { return static_cast<double>(r.poisson(mean)); }, 20);
    const auto cells = static_cast<size_t>(mean + 12 * std::sqrt(mean) + 20);
    std::vector<double> seen(cells), expected(cells);
    for (const double v : x) ++seen.at(static_cast<size_t>(v));
    for (size_t k = 0; k < cells; ++k) {
      const double at = static_cast<double>(k);
      expected[k] = kDraws * std::exp(at * std::log(mean) - mean - std::lgamma(at + 1));
    }
    check_counts(seen, expected);
    check_moments(x, mean, mean);
  }
  for (const double mean : {1e6, 1e9})
    check_moments(draws([=](Random& r) { return static_cast<double>(r.poisson(mean)); }, 21), mean,
                  mean);
  Random r{.seed = 5};
  CHECK(r.poisson(0.0) == 0);
}

TEST_CASE("random: empirical and shuffle") {
  const EmpiricalStep steps[] = {{1.0, 0.2}, {2.0, 0.5}, {8.0, 1.0}};
  std::vector<double> seen(9), expected(9);
  expected[1] = 0.2 * kDraws, expected[2] = 0.3 * kDraws, expected[8] = 0.5 * kDraws;
  for (const double v : draws([&](Random& r) { return r.empirical(steps); }, 30))
    ++seen.at(static_cast<size_t>(v));
  check_counts({seen[1], seen[2], seen[8]}, {expected[1], expected[2], expected[8]});
  CHECK(Random::empirical_at(0.0, steps) == 1.0);
  CHECK(Random::empirical_at(0.2, steps) == 2.0);
  CHECK(Random::empirical_at(1.0, steps) == 8.0);

  // All 24 orders of four are equally likely.
  Random r{.seed = 6};
  std::vector<double> orders(256);
  for (int i = 0; i < kDraws; ++i) {
    int v[] = {0, 1, 2, 3};
    r.shuffle(std::span<int>(v));
    ++orders[static_cast<size_t>(v[0] * 64 + v[1] * 16 + v[2] * 4 + v[3])];
  }
  CHECK(r.counter == 3 * kDraws);
  std::vector<double> met;
  for (const double count : orders)
    if (count > 0) met.push_back(count);
  REQUIRE(met.size() == 24);
  check_counts(met, std::vector<double>(24, kDraws / 24.0));
  r.shuffle(std::span<int>());
  CHECK(r.counter == 3 * kDraws);
}

TEST_CASE("random: inversions rise with the uniform") {
  const EmpiricalStep steps[] = {{1.0, 0.2}, {2.0, 0.5}, {8.0, 1.0}};
  double last[5] = {-1e300, -1e300, -1e300, -1e300, -1e300};
  for (int i = 1; i < 100'000; ++i) {
    const double u = i / 100'000.0;
    const double now[5] = {Random::exponential_at(u, 3.0), Random::weibull_at(u, 2.0, 0.7),
                           Random::triangular_at(u, 1.0, 2.0, 5.0), math::normal_quantile(u),
                           Random::empirical_at(u, steps)};
    for (int k = 0; k < 5; ++k) {
      REQUIRE(now[k] >= last[k]);
      last[k] = now[k];
    }
  }
}

TEST_CASE("random: the bits are pinned") {
  Random r{.seed = 7, .stream = stream_id(2, 3)};
  const EmpiricalStep steps[] = {{1.0, 0.2}, {2.0, 0.5}, {8.0, 1.0}};
  uint64_t digest = 0;
  const auto add = [&](double x) {
    digest = (digest ^ std::bit_cast<uint64_t>(x)) * 0x100000001b3;
    digest ^= digest >> 29;
  };
  for (int i = 0; i < 1000; ++i) {
    add(r.uniform());
    add(r.uniform(2.0, 3.0));
    add(static_cast<double>(r.below(1000)));
    add(r.exponential(3.0));
    add(r.normal(1.0, 2.0));
    add(r.lognormal(3.0, 1.2));
    add(r.weibull(2.0, 0.7));
    add(r.triangular(1.0, 2.0, 5.0));
    add(static_cast<double>(r.poisson(4.0)));
    add(static_cast<double>(r.poisson(400.0)));
    add(r.empirical(steps));
  }
  CHECK(r.counter == 11'000);
  CHECK(digest == 10382527759160207909u);
}
