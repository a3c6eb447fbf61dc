// Benchmark lorr: what planning the League of Robot Runners' problems costs.
#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "worlds/floor/lorr_score.h"

namespace dure::floor {
namespace {

Result<std::vector<Figure>> run(const BenchContext& context) {
  const std::string folder = context.data_folder + "/robots/lorr24";
  std::vector<Figure> figures;
  if (!exists(folder)) return figures;
  const auto measure = [&](const LorrInstance& instance, uint64_t budget,
                           const std::string& with) -> Result<void> {
    PolicyKeys keys;
    keys.budget = budget;
    const uint32_t steps = context.smoke ? 20 : instance.steps;
    DURE_TRY(const LorrScore s, run_lorr_instance(instance, folder, keys, steps));
    if (s.faults + s.collisions > 0)
      return Error{.message = "a run with errors or collisions", .file = instance.file};
    const std::string name = std::string(instance.name) + with;
    figures.push_back({.what = name + ", tasks finished",
                       .unit = "tasks",
                       .value = static_cast<double>(s.finished),
                       .goal = context.smoke ? 0.0 : instance.must,
                       .note = fmt::format("aim {}, best known {}", with_commas(instance.aim),
                                           with_commas(instance.best_known))});
    figures.push_back({.what = name + ", mean step",
                       .unit = "ms",
                       .value = 1e3 * s.cpu_s / s.steps,
                       .goal = 100,
                       .higher_is_better = false,
                       .note = "CPU of one thread; a tenth of the contest's second"});
    figures.push_back({.what = name + ", longest step",
                       .unit = "ms",
                       .value = 1e3 * s.longest_s,
                       .goal = 1'000,
                       .higher_is_better = false,
                       .note = "the contest's second"});
    return {};
  };
  for (const LorrInstance& instance : kLorrInstances) {
    if (context.smoke && instance.must > 1'000) continue;
    DURE_CHECK(measure(instance, 0, ""));
  }
  // More work where it is cheap: does it help?
  for (const LorrInstance& instance : kLorrInstances) {
    if (context.smoke || instance.must > 1'000) continue;
    DURE_CHECK(measure(instance, 200'000, " with 200,000 tries a step"));
  }
  figures.push_back({.what = "memory",
                     .unit = "MiB",
                     .value = peak_memory_mib(),
                     .goal = 1'024,
                     .higher_is_better = false,
                     .note = "of the whole process; the organisers' planner takes 5 to 7.5 GB"});
  return figures;
}

DURE_BENCH("lorr", "tasks finished in League of Robot Runners problems, and the time for them",
           run);

}  // namespace
}  // namespace dure::floor
