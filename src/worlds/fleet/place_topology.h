// Placement of gangs by topology: all tasks in one group of the level that the job's kind requires,
// and in one of the level that it prefers if that can be. Among the groups that hold the gang it is
// the one with the least room left over, so that large free groups stay whole; the lowest index at
// ties.
//
// Inside, the gang is cut over as few domains as can be, and those over as few nodes. If one rack
// (or pod) holds it in as few domains, it goes to one rack (or pod); if none does, racks with the
// most room in large domains come first, which is the fewest racks where domains are alike. The
// last domain, and the last node, is the smallest that holds the rest.
//
// The first steps are those of Kueue's topology-aware scheduling (kubernetes-sigs/kueue, KEP-2724,
// "best fit"), but domains are counted first and racks then, as NVLink is what a gang misses most.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worlds/fleet/model.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

struct NodeTasks {
  uint32_t node = 0;   // in the pool
  uint32_t tasks = 0;  // on it

  bool operator==(const NodeTasks&) const = default;
};

// room: [nodes of the pool] tasks that each could take. Nodes come in ascending order.
bool choose_nodes(const Pool& pool, Level required, Level preferred, uint32_t tasks,
                  std::span<const uint32_t> room, std::vector<NodeTasks>& out);

// A placement rule as those of place.h. Tasks may lie on nodes of different GPU models unless
// Job::gpu_models names one, as it must where there are quotas. A share of a GPU is one task, so
// any group will do: it goes where BestFit puts it.
bool place_in_groups(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out);

}  // namespace dure::fleet
