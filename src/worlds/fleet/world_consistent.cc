#include <cmath>

#include "worlds/fleet/world_consistency.h"

namespace dure::fleet {
namespace {

constexpr uint64_t kMostIntervals = 1024;       // of a series
constexpr size_t kMostBuckets = 56 * 64 + 128;  // of quantiles of 63 bits

}  // namespace

bool World::consistent() const { return Consistency(*this).all(); }

bool World::Consistency::all() {
  return sizes() && times() && jobs() && blocks() && events() && nodes() && queues() && ends() &&
         accounts() && owners() && pools() && elastic() && services() && resources() && power();
}

bool World::Consistency::sizes() const {
  const auto is = [](const auto& v, size_t n) { return v.size() == n; };
  return is(w.state_, m.nodes()) && is(w.down_reasons_, m.nodes()) &&
         is(w.node_faults_, m.nodes()) && is(w.first_task_, m.nodes()) &&
         is(w.spares_, m.pools.size()) && is(w.outage_count_, m.outage_first.back()) &&
         is(w.links_, w.places_.size()) && is(w.cpu_left_, m.nodes()) &&
         is(w.memory_left_, m.nodes()) && is(w.gpu_left_, m.total_gpus()) &&
         is(w.free_gpus_, m.nodes()) && is(w.gpu_milli_left_, m.nodes()) &&
         is(w.tasks_on_, m.nodes()) && is(w.node_state_, m.nodes()) &&
         is(w.shrunk_, m.queues.size()) && is(w.services_, m.services.size()) &&
         is(w.resources_, m.resources.size()) && is(w.clocked_, m.pools.size()) &&
         is(w.power_changed_, m.pools.size()) && is(w.kpis_.services, m.services.size()) &&
         is(w.kpis_.resources, m.resources.size()) && is(w.queues_, m.queues.size()) &&
         is(w.changed_, (m.queues.size() + 63) / 64) && is(w.running_, m.pools.size()) &&
         is(w.changes_, m.pools.size()) && is(w.source_count_, m.sources.size()) &&
         is(w.kpis_.owners, m.owners.size()) && is(w.kpis_.pools, m.pools.size()) &&
         is(w.kpis_.accounts, m.accounts.size()) && is(w.accounts_, m.accounts.size()) &&
         w.next_job_ <= m.jobs.size() && w.slots_.size() < kNoSlot;
}

bool World::Consistency::times() const {
  if (w.asked_ != kNone || w.now_ < m.start || w.now_ == Time::never()) return false;
  const size_t rest = m.queues.size() % 64;
  if (rest > 0 && w.changed_.back() >> rest != 0) return false;
  if (m.target.empty() ? w.next_sample_ < Time::never() : w.next_sample_ < w.now_) return false;
  return between(w.usage_tick_) && is_series(w.kpis_.fragmentation);
}

bool World::Consistency::is_level(const TimeWeighted& t, std::optional<uint64_t> value) const {
  struct {
    Time start, since;
    double value = 0, max = 0, integral = 0;
    void operator()(bool, Time a, Time b, double c, double d, double e) {
      start = a, since = b, value = c, max = d, integral = e;
    }
  } x;
  TimeWeighted(t).fields(x);
  return between(x.since) && between(x.start) && x.start <= x.since && std::isfinite(x.value) &&
         std::isfinite(x.max) && std::isfinite(x.integral) &&
         (!value || x.value == static_cast<double>(*value));
}

bool World::Consistency::is_series(const Series& s) const {
  struct {
    Time start, since;
    Duration interval;
    uint64_t capacity = 0, values = 0;
    void operator()(Time a, Time b, Duration c, uint64_t d, double, const std::vector<double>& v) {
      start = a, since = b, interval = c, capacity = d, values = v.size();
    }
  } x;
  Series(s).fields(x);
  return x.start == m.start && between(x.since) && x.interval > 0_s && x.capacity >= 2 &&
         x.capacity <= kMostIntervals && x.capacity % 2 == 0 && x.values <= x.capacity;
}

bool World::Consistency::is_quantiles(const Quantiles& q) {
  struct {
    uint64_t in_buckets = 0, count = 0;
    size_t buckets = 0;
    int64_t min = 0, max = 0;
    void operator()(const std::vector<uint64_t>& counts, uint64_t n, int64_t a, int64_t b, double) {
      for (const uint64_t c : counts) in_buckets += c;
      buckets = counts.size(), count = n, min = a, max = b;
    }
  } x;
  Quantiles(q).fields(x);
  return x.buckets <= kMostBuckets && x.in_buckets == x.count && 0 <= x.min && x.min <= x.max;
}

}  // namespace dure::fleet
