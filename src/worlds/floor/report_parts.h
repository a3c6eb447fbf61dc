// What the parts of the floor's report share: report.cc, report_map.cc.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "kernel/report.h"
#include "worlds/floor/world.h"

namespace dure::floor {

struct ReportInput {
  const World& world;
  const Model& model;
  const Kpis& kpis;
  double span_s = 0;  // that counts
  std::array<double, kRobotStates> state_s{};
  double robot_s = 0;  // all states together
};

inline std::optional<double> ratio(double part, double whole, double scale = 1) {
  return whole > 0 ? std::optional<double>(scale * part / whole) : std::nullopt;
}
inline Table::Cell cell(const std::optional<double>& value) {
  return value ? Table::Cell{*value} : Table::Cell{};
}

// The names of the robots' states, in capitals: "Drive loaded".
std::vector<std::string> state_names();

// Items are none when there is nothing to draw.
Section map_section(const ReportInput& in);       // film and heat maps
Section stations_section(const ReportInput& in);  // tables
// Shares of the robots in each state, over time; from the film, so of filmed runs only.
std::optional<TimeChart> states_over_time(const ReportInput& in);

}  // namespace dure::floor
