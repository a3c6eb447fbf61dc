// The tables [power], [[site_power]] and [[power_cap]] of a fleet scenario.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "kernel/scenario.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

struct PowerKeys {
  SitePower everywhere;
  struct Site {
    std::string owner;
    SitePower power;
  };
  std::vector<Site> sites;
  struct Cap {
    std::string owner;
    Moment from;
    double megawatts = 0;
  };
  std::vector<Cap> caps;
  std::vector<Clock> clocks;
};

PowerKeys read_power(ConfigReader& in);
// idle_w and busy_w of a [[node_type]].
void read_node_power(ConfigReader& in, NodeType& type);

// After owners and pools are there. An Error's key names the part.
Result<void> add_power(const PowerKeys& keys, Model& m);

// A sentence for each cap under which nothing can start, as nodes draw more when they are idle.
std::vector<std::string> caps_below_idle(const Model& m);

}  // namespace dure::fleet
