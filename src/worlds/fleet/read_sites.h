// The keys of a fleet scenario that say where jobs run: the sites of its owners, or what the pools
// of a trace are beyond their nodes.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

struct SiteKeys {
  std::string name, node_type;
  int64_t gpus = 0;
  int64_t nodes_per_rack = 4, racks_per_pod = 32, nodes_per_domain = 1, spares = 0;
  std::vector<std::string> also_on;
  struct Delivery {
    Time at;
    int64_t gpus;
  };
  std::vector<Delivery> deliveries;
  struct Load {
    std::string workload;
    double load;
    std::string account;
  };
  std::vector<Load> loads;
};

struct TraceSiteKeys {
  SiteKeys shape;  // without node_type, gpus, deliveries and loads; name "*": all other pools
  NodeType nodes;  // of them, what a trace does not say: faults and power
};

SiteKeys read_owner(ConfigReader& in);
TraceSiteKeys read_trace_site(ConfigReader& in);

// Nodes, pool and queue of each. Model::node_types are there.
void add_sites(const std::vector<SiteKeys>& sites, Model& m);
// `also_on` of the site whose queue it is. After all sites. An Error's key names `part`: "owner A".
Result<void> add_other_sites(const SiteKeys& site, const char* part, uint32_t queue, Model& m);
Result<void> add_trace_sites(const std::vector<TraceSiteKeys>& sites, Model& m);

}  // namespace dure::fleet
