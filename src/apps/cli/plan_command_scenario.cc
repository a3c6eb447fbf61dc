#include "apps/cli/plan_command_scenario.h"

#include <cmath>

#include <fmt/format.h>

#include "base/config.h"
#include "base/text.h"
#include "worlds/fleet/scenario.h"

namespace dure::cli {

Result<std::string> plan_scenario(const fleet::TrainingTask& t, const fleet::TrainingPlan& plan,
                                  const std::string& summary) {
  if (plan.time >= 36'500_d)
    return Error{.message = "expected a plan of less than 100 years, to run it as a scenario"};
  const uint64_t per_node = t.gpu.gpus_per_node;
  const uint64_t gpus = (plan.parallelism.gpus() + per_node - 1) / per_node * per_node;
  const double faults_per_day = plan.mtbf == Duration::max() ? 0 : 86'400 / plan.mtbf.seconds();
  const auto text = [](Duration d) { return toml_text(to_string(d)); };
  const fleet::Checkpointing& c = plan.checkpointing;
  std::string toml = fmt::format(
      "world = \"fleet\"\n"
      "title = {}\n"
      "about = {}\n\n"
      "[policy]\n"
      "order = \"fifo\"\n"
      "placement = \"first-fit\"\n\n"
      "[power]\n"
      "pue = {}\n\n",
      toml_text("Training of " + t.shape.name), toml_text(summary), shortest(t.pue));
  const double node_w = t.gpu.power_w * static_cast<double>(per_node);
  toml += fmt::format(
      "[[node_type]]\n"
      "name = \"node\"\n"
      "gpu_model = {}\n"
      "gpus = {}\n"
      "idle_w = {}\n"
      "busy_w = {}\n\n"
      "[[owner]]\n"
      "name = \"Training\"\n"
      "node_type = \"node\"\n"
      "gpus = {}\n\n",
      toml_text(t.gpu.name), per_node, std::llround(t.idle_power * node_w), std::llround(node_w),
      gpus);
  toml += fmt::format(
      "# These two may go into another scenario, with the owner whose job it is.\n"
      "[[job_kind]]\n"
      "name = \"training\"\n"
      "preemptible = false\n"
      "startup = {}\n"
      "checkpoint = {}\n"
      "checkpoint_every = {}\n"
      "faults_per_day = {}  # of the whole job\n\n",
      text(c.restart), text(c.cost), text(c.interval), shortest(faults_per_day));
  toml += fmt::format(
      "[[job]]\n"
      "name = {}\n"
      "owner = \"Training\"\n"
      "kind = \"training\"\n"
      "gpus = {}\n"
      "duration = {}  # of all steps\n"
      "limit = {}  # as expected with failures, and a half\n",
      toml_text(t.shape.name), gpus <= per_node ? plan.parallelism.gpus() : gpus,
      text(plan.productive), text(plan.time + plan.time / 2));
  // What the fleet world has limits for it tells best itself.
  DURE_TRY(const Config config, Config::parse(toml, "the plan's scenario"));
  if (const auto read = fleet::read_scenario(config, "."); !read) return read.error();
  return toml;
}

}  // namespace dure::cli
