// Where every GPU-second goes: whole numbers, so that what goes in comes out to the last bit.
//
// Of a pool, a GPU-second in service is held by a job, idle (of that: fragmented, which the target
// workload cannot use), spare, or down. Of an account, a GPU-second that its jobs hold is of one
// Use. What the jobs of all accounts hold is what all pools give.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace dure::fleet {

// GPU milli x nanoseconds; 128 bits, as 260,000 GPUs fill 64 in two minutes.
struct GpuTime {
  uint64_t low = 0, high = 0;

  GpuTime() = default;
  explicit GpuTime(unsigned __int128 x)
      : low(static_cast<uint64_t>(x)), high(static_cast<uint64_t>(x >> 64)) {}
  static GpuTime of(uint64_t gpu_milli, Duration d) {
    return GpuTime(static_cast<unsigned __int128>(gpu_milli) * static_cast<uint64_t>(d.ns));
  }
  unsigned __int128 exact() const { return static_cast<unsigned __int128>(high) << 64 | low; }
  double gpu_hours() const { return static_cast<double>(exact()) / (1e3 * 3600e9); }
  GpuTime& operator+=(GpuTime x) { return *this = GpuTime(exact() + x.exact()); }
  GpuTime& operator-=(GpuTime x) { return *this = GpuTime(exact() - x.exact()); }
  friend GpuTime operator+(GpuTime a, GpuTime b) { return a += b; }
  friend GpuTime operator-(GpuTime a, GpuTime b) { return a -= b; }
  bool operator==(const GpuTime&) const = default;
};

// What a GPU that a job holds does.
enum class Use : uint8_t {
  productive,  // work that counts
  idle,        // held, but not computing: what Job::busy_milli leaves
  checkpoint,  // writes one
  startup,     // loads programs and the last checkpoint
  lost_fault,  // work done since the last checkpoint when a fault came: to be done again
  lost_stop,   // the same, when the job was preempted
  handover,    // waits for a victim to write its checkpoint
  waiting,     // waits for another resource, or for its answer
  slowed,      // what work took longer at a lower clock
};
inline constexpr size_t kUses = 9;
const char* name_of(Use use);  // "lost to faults"

using Uses = std::array<GpuTime, kUses>;  // [Use]

// Of a pool. Each level is integrated exactly when it changes.
struct PoolLedger {
  Time since;
  uint64_t installed = 0, held = 0, lent = 0, spare = 0, down = 0;  // GPU milli, now
  // lent: held by jobs of other owners; a part of held.
  GpuTime installed_time, held_time, lent_time, spare_time, down_time;
  GpuTime idle_unseen;      // idle since the last sample of fragmentation
  GpuTime fragmented_time;  // idle that the target workload could not use

  // Brings the times up to date.
  void settle(Time now) {
    const Duration d = now - since;
    since = now;
    if (d.ns == 0) return;
    installed_time += GpuTime::of(installed, d);
    held_time += GpuTime::of(held, d);
    lent_time += GpuTime::of(lent, d);
    spare_time += GpuTime::of(spare, d);
    down_time += GpuTime::of(down, d);
    idle_unseen += GpuTime::of(installed - held - spare - down, d);
  }
  // At a sample: such a share of the idle time since the last one was fragmented.
  void sample(Time now, double fragmented_share);
  // All idle time, fragmented or not. After settle().
  GpuTime idle_time() const { return installed_time - held_time - spare_time - down_time; }

  void fields(auto& visit) {
    visit(since, installed, held, lent, spare, down, installed_time, held_time, lent_time,
          spare_time, down_time, idle_unseen, fragmented_time);
  }
};

}  // namespace dure::fleet
