// What a site draws, integrated exactly in whole numbers, by the hour of the day.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/time.h"
#include "worlds/fleet/ledger.h"
#include "worlds/fleet/quota.h"

namespace dure::fleet {

// Milliwatts x nanoseconds.
struct Energy {
  uint64_t low = 0, high = 0;

  unsigned __int128 exact() const { return static_cast<unsigned __int128>(high) << 64 | low; }
  void add(uint64_t mw, Duration d) {
    const auto x = exact() + static_cast<unsigned __int128>(mw) * static_cast<uint64_t>(d.ns);
    low = static_cast<uint64_t>(x);
    high = static_cast<uint64_t>(x >> 64);
  }
  double kwh() const { return static_cast<double>(exact()) / (1e6 * 3600e9); }
};

// Of a pool. IT power: without what cooling adds.
struct PowerMeter {
  Time since;
  uint64_t idle_mw = 0;            // of delivered nodes, with no GPU computing
  uint64_t busy_mw = 0;            // what jobs add
  int64_t cap_mw = kNoLimit;       // on both
  uint64_t peak_mw = 0;            // the most so far that lasted
  Duration over_cap{0};            // time above the cap: where nothing could be slowed or stopped
  std::array<Energy, 24> by_hour;  // of the day

  uint64_t mw() const { return idle_mw + busy_mw; }
  int64_t left_mw() const {
    return cap_mw == kNoLimit ? kNoLimit : cap_mw - static_cast<int64_t>(mw());
  }
  // Brings the energy up to date: before anything changes.
  void settle(Time now) {
    if (now == since) return;
    peak_mw = std::max(peak_mw, mw());
    if (left_mw() < 0) over_cap += now - since;
    constexpr int64_t kHour = Duration(1_h).ns;
    while (since < now) {
      const int64_t hour = since.ns / kHour;
      const Time until = std::min(now, Time{(hour + 1) * kHour});
      by_hour[static_cast<size_t>(hour % 24)].add(mw(), until - since);
      since = until;
    }
  }

  void fields(auto& visit) { visit(since, idle_mw, busy_mw, cap_mw, peak_mw, over_cap, by_hour); }
};

}  // namespace dure::fleet
