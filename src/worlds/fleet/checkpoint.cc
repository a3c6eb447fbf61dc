#include "worlds/fleet/checkpoint.h"

#include <algorithm>
#include <cmath>

#include "base/math.h"

namespace dure::fleet {
namespace {

double seconds_between(Duration mtbf) {
  DURE_ASSERT(mtbf.ns > 0, "a mean time between failures is above 0");
  return mtbf == Duration::max() ? math::kInf : mtbf.seconds();
}

Duration at_least_1_ns(double seconds) { return std::max(from_seconds(seconds), 1_ns); }

}  // namespace

Duration job_mtbf(double failures_per_gpu_hour, double gpus) {
  const double per_hour = failures_per_gpu_hour * gpus;
  return per_hour > 0 ? at_least_1_ns(3600 / per_hour) : Duration::max();
}

Duration young(Duration cost, Duration mtbf) {
  if (mtbf == Duration::max()) return cost.ns > 0 ? mtbf : 1_ns;
  return at_least_1_ns(std::sqrt(2 * cost.seconds() * seconds_between(mtbf)));
}

Duration young_daly(Duration cost, Duration mtbf) {
  const double c = cost.seconds(), m = seconds_between(mtbf);
  if (mtbf == Duration::max()) return cost.ns > 0 ? mtbf : 1_ns;
  if (c >= 2 * m) return mtbf;
  const double x = c / (2 * m);
  return at_least_1_ns(std::sqrt(2 * c * m) * (1 + std::sqrt(x) / 3 + x / 9) - c);
}

double effective_ratio(const Checkpointing& c, Duration mtbf) {
  DURE_ASSERT(c.interval.ns > 0, "an interval between checkpoints is above 0");
  const double m = seconds_between(mtbf), work = c.interval.seconds();
  const double segment = work + c.cost.seconds();
  if (std::isinf(m)) return work / segment;
  return work / (m * math::exp(c.restart.seconds() / m) * math::expm1(segment / m));
}

double meta_ettr(const Checkpointing& c, Duration mtbf) {
  DURE_ASSERT(c.interval.ns > 0, "an interval between checkpoints is above 0");
  const double interval = c.interval.seconds();
  const double lost = (c.restart.seconds() + interval / 2) / seconds_between(mtbf);
  return std::max(0.0, 1 - lost) / (1 + c.cost.seconds() / interval);
}

Duration expected_start(const Checkpointing& c, Duration mtbf) {
  const double m = seconds_between(mtbf);
  if (std::isinf(m)) return c.restart;
  return from_seconds(m * math::expm1(c.restart.seconds() / m));
}

Duration expected_time(Duration productive, const Checkpointing& c, Duration mtbf) {
  const double ratio = effective_ratio(c, mtbf);
  return ratio > 0 ? from_seconds(productive.seconds() / ratio) : Duration::max();
}

}  // namespace dure::fleet
