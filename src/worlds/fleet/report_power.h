// Electricity in the report of a fleet: energy, carbon and cost at the meter, and what caps cost.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernel/report.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

// What a pool drew until now.
struct Electricity {
  double it_kwh = 0, kwh = 0;  // of nodes; at the meter
  double carbon_kg = 0, cost = 0;
  double peak_mw = 0;  // at the meter, the most that lasted
};
Electricity electricity_of(const World& world, uint32_t pool);

// Where the model knows what nodes draw.
void add_power_kpis(const World& world, const std::string& group, std::span<const uint32_t> pools,
                    Report& out);
Section power_section(const World& world);

}  // namespace dure::fleet
