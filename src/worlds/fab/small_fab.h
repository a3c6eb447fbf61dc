// A generated fab of two dozen tools, for digests: everything that scenarios/fab.toml has, little
// of each. And the rules that a fab may run under.
#pragma once

#include <string>
#include <vector>

#include "worlds/fab/scenario.h"

namespace dure::fab {

inline constexpr const char* kSmallFab = R"toml(
world = "fab"
start = "2026-01-01"
end = "2026-01-29"
warm_up = "3d"
seed = 4

[trace]
from = "5d"
to = "6d"
groups = ["Litho_FE_1", "Furnace"]
follow = "Logic_9"

[generate]
seed = 11
transport = "exponential(mean=8min)"
load = "1min"
unload = "1min"
x_factor = 2
breakdown = [{ every = "exponential(mean=4d)", takes = "lognormal(median=2h, sigma=0.8)" }]
maintenance = [{ every = "9d", takes = "uniform(3h, 5h)" }, { wafers = 900, takes = "1h" }]

[[generate.product]]
name = "Logic"
layers = 7
lots_per_week = 40
hot = 0.1
super_hot = 0.05
[[generate.product]]
name = "Sensor"
layers = 4
lots_per_week = 50
hot = 0.1

[[generate.area]]
name = "Litho"
work = "litho"
groups = 2
steps_per_layer = 1
time = "uniform(1.6min, 2.6min)"
per = "wafer"
cascade = 0.6
dedicated = 0.5
[[generate.area]]
name = "Look"
work = "litho-metrology"
groups = 1
steps_per_layer = 1
time = "uniform(14min, 26min)"
sampled = "uniform(0.4, 1)"
rework = 0.05
[[generate.area]]
name = "Etch"
work = "etch"
groups = 2
steps_per_layer = 1.5
time = "triangular(40min, 75min, 150min)"
setups = 2
setup_time = "12min"
utilisation = 0.75
[[generate.area]]
name = "Implant"
work = "implant"
groups = 1
steps_per_layer = 1
time = "uniform(0.6min, 1.4min)"
per = "wafer"
setups = 3
setup_time = "45min"
minimum_run = 3
utilisation = 0.6
[[generate.area]]
name = "Wet"
work = "wet"
groups = 2
steps_per_layer = 1.5
time = "uniform(0.7min, 1.3min)"
per = "wafer"
cascade = 0.7
queue_time_to = "Furnace"
queue_time = "uniform(3h, 6h)"
[[generate.area]]
name = "Furnace"
work = "furnace"
groups = 1
steps_per_layer = 1
time = "uniform(4h, 7h)"
batch = [50, 150]
utilisation = 0.7
)toml";

inline Result<Scenario> small_fab() {
  DURE_TRY(const Config config, Config::parse(kSmallFab, "small fab"));
  return read_scenario(config, ".");
}

// Dispatch x batch x release.
inline std::vector<RuleOptions> all_rules(uint32_t wip) {
  std::vector<RuleOptions> out;
  for (const Dispatch d :
       {Dispatch::testbed, Dispatch::fifo, Dispatch::least_setup, Dispatch::critical_ratio,
        Dispatch::edd, Dispatch::srpt, Dispatch::atc, Dispatch::queue_time}) {
    for (const Batching b : {Batching::minimum, Batching::full, Batching::wait}) {
      for (const Releasing r : {Releasing::constant, Releasing::conwip, Releasing::wip_limit})
        out.push_back({d, b, 2_h, r, wip});
    }
  }
  return out;
}

// The scenario's model, as a run under these rules has it.
inline std::shared_ptr<const Model> model_under(const Scenario& s, const RuleOptions& rules) {
  Model m = *s.model;
  m.asks_release = rules.releasing != Releasing::constant;
  return std::make_shared<const Model>(std::move(m));
}

}  // namespace dure::fab
