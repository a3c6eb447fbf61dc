#include "worlds/fleet/sources.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/random.h"
#include "worlds/fleet/streams.h"

namespace dure::fleet {
namespace {

// 1970-01-01 was a Thursday; 0 = Monday.
int64_t weekday(Time t) { return (t.ns / Duration(1_d).ns + 3) % 7; }

// Weekdays from 9 to 18 h are busy; the factors keep the mean over the week at 1.
double hour_factor(Time t, double day_night_ratio) {
  const int64_t hour = t.ns / Duration(1_h).ns;
  const int64_t hour_of_day = hour % 24;
  const bool busy = weekday(t) < 5 && hour_of_day >= 9 && hour_of_day < 18;
  const double low = 168.0 / (45.0 * day_night_ratio + 123.0);
  return busy ? low * day_night_ratio : low;
}

}  // namespace

// A Poisson process whose rate changes with deliveries and by the hour: an exponential amount of
// "rate x time" is used up interval by interval.
std::optional<Time> next_arrival(const Model& m, uint32_t s, uint64_t count, Time now) {
  const Source& source = m.sources[s];
  Random random{m.seed, stream_id(kArrivalGap, s), count};
  double left = random.exponential(1.0);
  const auto& steps = m.source_rate[s];
  size_t step = 0;
  for (Time t = now; t < m.end;) {
    while (step + 1 < steps.size() && steps[step + 1].from <= t) ++step;
    const Duration to_next_hour{Duration(1_h).ns - t.ns % Duration(1_h).ns};
    Time until = m.end - t > to_next_hour ? t + to_next_hour : m.end;
    if (step + 1 < steps.size()) until = std::min(until, steps[step + 1].from);
    const double rate = steps[step].rate_hz * hour_factor(t, source.day_night_ratio);
    const double here = rate * (until - t).seconds();
    if (here > left) {
      const Time arrival = std::max(now, t + from_seconds(left / rate));
      if (arrival >= m.end) return std::nullopt;
      return arrival;
    }
    left -= here;
    t = until;
  }
  return std::nullopt;
}

JobSize size_of(double gpus, uint32_t per_node) {
  JobSize size;
  const auto milli = static_cast<uint32_t>(std::clamp(gpus, 0.001, 1.0) * kWholeGpu + 0.5);
  if (milli < kWholeGpu) {
    size.gpu_milli = milli;
    return size;
  }
  const auto whole = static_cast<uint32_t>(std::min(gpus, 1e9) + 0.5);
  size.tasks = (whole + per_node - 1) / per_node;
  size.gpus = size.tasks == 1 ? whole : per_node;
  return size;
}

uint32_t fewest_tasks(uint32_t tasks, double min_share) {
  return tasks > 1 && min_share < 1 ? static_cast<uint32_t>(std::ceil(min_share * tasks)) : 0;
}

uint32_t gpus_per_node(const Model& m, const Source& source) {
  return m.node_types[m.classes[m.pool_classes[m.queues[source.queue].pool][0]].type].gpus;
}

Job draw_job(const Model& m, uint32_t s, uint64_t count, double installed_gpus) {
  const Source& source = m.sources[s];
  Random random{m.seed, stream_id(kJobShape, s), kDrawsPerJob * count};
  double gpus = source.gpus.sample(random);
  const double duration = source.duration.sample(random);
  const double factor = random.uniform(1.0, source.limit_factor_max);
  gpus = std::min(gpus, std::max(1.0, source.largest_share * installed_gpus));

  const JobSize size = size_of(gpus, gpus_per_node(m, source));
  Job job;
  job.duration = std::max(1_s, from_seconds(duration));
  job.limit = std::max(job.duration, from_seconds(job.duration.seconds() * factor));
  job.number = (uint64_t{s} + 1) << 40 | count;
  job.queue = source.queue;
  job.owner = source.owner;
  job.account = source.account;
  job.kind = source.kind;
  job.priority = source.priority;
  job.busy_milli = static_cast<uint32_t>(source.busy * 1000 + 0.5);
  job.tasks = size.tasks;
  job.gpus = size.gpus;
  job.gpu_milli = size.gpu_milli;
  job.min_tasks = fewest_tasks(job.tasks, source.min_share);
  const double share = job.gpus * job.gpu_milli / double{kWholeGpu};
  job.cpu_milli = static_cast<uint32_t>(source.cpu_milli_per_gpu * share);
  job.memory_mib = static_cast<uint32_t>(source.memory_mib_per_gpu * share);
  return job;
}

double load_of(const Service& s, Time t, double installed_gpus) {
  constexpr int64_t kHour = Duration(1_h).ns;
  const int64_t hour = t.ns / kHour;
  const double part = static_cast<double>(t.ns % kHour) / static_cast<double>(kHour);
  const double from = s.by_hour[static_cast<size_t>(hour % 24)];
  const double to = s.by_hour[static_cast<size_t>((hour + 1) % 24)];
  const double gpus = static_cast<double>(s.replica.total_gpu_milli()) / kWholeGpu;
  const double peak = s.share > 0 ? s.share * installed_gpus / gpus : s.replicas;
  return peak * (from + (to - from) * part) * (weekday(t) < 5 ? 1 : s.weekend);
}

TargetWorkload target_of_sources(const Model& m) {
  constexpr uint64_t kDraws = 512;
  constexpr uint64_t kFirst = uint64_t{1} << 39;  // counts that no run reaches
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, double> tasks_hz;
  for (uint32_t s = 0; s < m.sources.size(); ++s) {
    const Pool& pool = m.pools[m.queues[m.sources[s].queue].pool];
    const double gpus = m.gpu_offset[pool.first_node + pool.nodes] - m.gpu_offset[pool.first_node];
    for (uint64_t i = 0; i < kDraws; ++i) {
      const Job job = draw_job(m, s, kFirst + i, gpus);
      tasks_hz[{job.cpu_milli, job.gpu_milli, job.gpus}] +=
          job.tasks * m.source_rate[s].back().rate_hz / kDraws;
    }
  }
  double total = 0;
  for (const auto& [shape, hz] : tasks_hz) total += hz;
  if (!(total > 0)) return {};
  std::vector<ShapeCount> counts;
  for (const auto& [shape, hz] : tasks_hz) {
    const auto& [cpu, milli, gpus] = shape;
    counts.push_back({cpu, milli, gpus, 0, "", static_cast<uint64_t>(hz / total * 1e9)});
  }
  return typical_shapes(std::move(counts));
}

}  // namespace dure::fleet
