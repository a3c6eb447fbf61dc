// The five problems of the League of Robot Runners 2024 whose published results the planner is
// measured by, at their full horizons, and one run of one of them.
#pragma once

#include <string>

#include "base/result.h"
#include "worlds/floor/policy_keys.h"

namespace dure::floor {

struct LorrInstance {
  const char* name;  // "random-100"
  const char* file;  // below robots/lorr24
  uint32_t steps;
  uint32_t must, aim, best_known;  // tasks finished
};

inline constexpr LorrInstance kLorrInstances[] = {
    {"random-100", "random.domain/random_32_32_20_100.json", 500, 1'000, 1'100, 1'186},
    {"Paris-250", "city.domain/paris_1_256_250.json", 500, 385, 420, 456},
    {"game-500", "game.domain/brc202d_500.json", 1'000, 830, 950, 1'020},
    {"sortation-2000", "warehouse.domain/sortation_large_2000.json", 2'000, 12'500, 13'500, 15'508},
    {"warehouse-5000", "warehouse.domain/warehouse_large_5000.json", 5'000, 70'000, 80'000, 94'232},
};

struct LorrScore {
  uint64_t finished = 0;    // tasks
  uint64_t faults = 0;      // steps with an error
  uint64_t collisions = 0;  // found by the auditor of paths
  uint32_t steps = 0;
  double cpu_s = 0;      // of this thread, planning: what the contest's second is for
  double longest_s = 0;  // the step that took longest
};

// `folder`: robots/lorr24. Of `steps` at most the instance's are run.
Result<LorrScore> run_lorr_instance(const LorrInstance& instance, const std::string& folder,
                                    const PolicyKeys& keys, uint32_t steps);

}  // namespace dure::floor
