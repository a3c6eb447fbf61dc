// How long jobs of each size may wait before they first start (a service level objective), for the
// report: it changes nothing in a run.
#pragma once

#include <array>

#include "base/config.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

using WaitSlo = std::array<Duration, kSizeClasses>;  // Duration::max(): no limit

constexpr WaitSlo no_wait_slo() {
  WaitSlo out{};
  for (Duration& d : out) d = Duration::max();
  return out;
}
inline constexpr WaitSlo kNoWaitSlo = no_wait_slo();

// One [[wait_slo]]: later ones replace earlier ones. Which size it is of; empty: all.
std::string read_wait_slo(ConfigReader& in, WaitSlo& slo);

}  // namespace dure::fleet
