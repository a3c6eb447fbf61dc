#include "worlds/fleet/checkpoint.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/random.h"

using namespace dure;
using namespace dure::fleet;

namespace {

// Event by event, independent of the closed form: time for `segments` segments.
double simulated_ratio(const Checkpointing& c, Duration mtbf, int segments, uint64_t seed) {
  const double m = mtbf.seconds(), segment = c.interval.seconds() + c.cost.seconds();
  Random random{seed, 1};
  const auto next_failure = [&] { return random.exponential(m); };
  double now = 0, failure = next_failure();
  for (int done = 0; done < segments;) {
    if (now + segment <= failure) {
      now += segment;
      ++done;
      continue;
    }
    for (bool up = false; !up;) {
      now = failure;
      failure = now + next_failure();
      up = now + c.restart.seconds() <= failure;
      if (up) now += c.restart.seconds();
    }
  }
  return segments * c.interval.seconds() / now;
}

double best_interval_s(Duration cost, Duration restart, Duration mtbf) {
  double best = 0, at = 0;
  for (double s = mtbf.seconds() * 1e-4; s < mtbf.seconds() * 20; s *= 1.002) {
    const double ratio = effective_ratio({from_seconds(s), cost, restart}, mtbf);
    if (ratio > best) best = ratio, at = s;
  }
  return at;
}

}  // namespace

TEST_CASE("mean time between failures of a job") {
  CHECK(job_mtbf(0.001, 1000) == 1_h);
  CHECK(job_mtbf(0, 1000) == Duration::max());
  // 54 days over 419.
  CHECK(job_mtbf(kLlama3FailuresPerGpuHour, 16'384).seconds() ==
        doctest::Approx(54 * 86'400.0 / 419));
}

TEST_CASE("effective ratio is that of a simulation") {
  for (const Duration mtbf : {30_min, 3_h, 40_h}) {
    for (const Duration interval : {5_min, 1_h}) {
      for (const Duration cost : {0_s, 90_s}) {
        const Checkpointing c{interval, cost, 10_min};
        CAPTURE(mtbf.seconds());
        CAPTURE(interval.seconds());
        CAPTURE(cost.seconds());
        CHECK(effective_ratio(c, mtbf) ==
              doctest::Approx(simulated_ratio(c, mtbf, 200'000, 7)).epsilon(0.01));
      }
    }
  }
}

TEST_CASE("without failures only checkpoints cost") {
  const Checkpointing c{9_min, 1_min, 1_h};
  CHECK(effective_ratio(c, Duration::max()) == doctest::Approx(0.9));
  CHECK(meta_ettr(c, Duration::max()) == doctest::Approx(0.9));
  CHECK(expected_time(90_h, c, Duration::max()) == 100_h);
  CHECK(young(1_min, Duration::max()) == Duration::max());
  CHECK(young_daly(1_min, Duration::max()) == Duration::max());
}

TEST_CASE("a first start is a restart, begun anew at each failure") {
  const Checkpointing c{1_h, 1_min, 10_min};
  CHECK(expected_start(c, Duration::max()) == 10_min);
  // x = (1 - p) R + p (mean of what is lost + x): p fails within R, lost on average m - R (1-p)/p.
  const double r = 600, m = 1800, p = 1 - std::exp(-r / m);
  const double lost = m - r * (1 - p) / p;
  CHECK(expected_start(c, 30_min).seconds() == doctest::Approx(r + p / (1 - p) * lost));
  CHECK(expected_start({1_h, 0_s, 30_d}, 1_min) == Duration::max());
}

TEST_CASE("Young and Daly's intervals") {
  CHECK(young(30_s, 100_min).seconds() == doctest::Approx(600));
  // The exact optimum, from rare failures to those that leave no time between checkpoints.
  for (const Duration mtbf : {20_min, 3_h, 100_h}) {
    for (const Duration cost : {5_s, 1_min, 5_min}) {
      CAPTURE(mtbf.seconds());
      CAPTURE(cost.seconds());
      CHECK(young_daly(cost, mtbf).seconds() ==
            doctest::Approx(best_interval_s(cost, 10_min, mtbf)).epsilon(0.02));
    }
  }
  CHECK(young_daly(3_h, 1_h) == 1_h);
  CHECK(young_daly(0_s, 1_h) == 1_ns);
  CHECK(young(0_s, 1_h) == 1_ns);
}

TEST_CASE("Meta's approximation is near for small losses and never below 0") {
  for (const Duration mtbf : {8_h, 30_h}) {
    const Checkpointing c{young_daly(1_min, mtbf), 1_min, 10_min};
    CHECK(meta_ettr(c, mtbf) == doctest::Approx(effective_ratio(c, mtbf)).epsilon(0.01));
  }
  // Its example: r_f of 6.5 failures per 1,000 node-days, 1,500 nodes, an hour between checkpoints.
  const Duration mtbf = from_seconds(86'400 / (1'500 * 6.5e-3));
  CHECK(meta_ettr({1_h, 0_s, 5_min}, mtbf) ==
        doctest::Approx(1 - 1'500 * 6.5e-3 * (5 + 30) / 1'440));
  CHECK(meta_ettr({1_h, 0_s, 5_min}, 1_min) == 0);
  CHECK(effective_ratio({1_h, 0_s, 5_min}, 1_min) > 0);
  CHECK(expected_time(1000_h, {100_h, 0_s, 5_min}, 1_min) == Duration::max());
}
