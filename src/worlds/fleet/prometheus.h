// A fleet's state as Prometheus text (exposition format 0.0.4), for dashboards and alerts that are
// made for a real cluster.
//
// Of each GPU whose node is in service, under the names and labels of NVIDIA's dcgm-exporter:
//   DCGM_FI_DEV_GPU_UTIL            percent of the time that it computes
//   DCGM_FI_PROF_GR_ENGINE_ACTIVE   the same as a share
// with gpu, UUID, device, modelName, Hostname, and namespace (account) and pod (job; see names.h)
// of the job that holds it; without these two where there is none or several share it. Nodes that
// are down, stand by or are not delivered have no such lines, as those of a real one would be
// missing. Of the fleet: dure_fleet_*, see their HELP lines.
//
// A job that computes a share of its time counts with that share, and with nothing while it starts
// up, takes over or writes a checkpoint. Left out: GPU memory, temperature, power, clocks, errors,
// which the fleet does not model.
#pragma once

#include <string>

#include "worlds/fleet/world.h"

namespace dure::fleet {

std::string prometheus_text(const World& world);

}  // namespace dure::fleet
