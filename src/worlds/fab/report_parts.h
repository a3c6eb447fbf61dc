// What the parts of the fab's report share: report.cc, report_lots.cc, report_tools.cc,
// report_trace.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/report.h"
#include "worlds/fab/static_load.h"
#include "worlds/fab/world.h"

namespace dure::fab {

// Lots of one product and priority; the first group is all of those released during the run.
struct LotGroup {
  std::string name;
  std::vector<uint32_t> classes;  // of Model::classes
  ClassKpis stats;                // theirs together
  double raw_process_s = 0;       // of a lot, the mean over those finished; 0: not known
  double x_factor_sum = 0;        // over those finished: cycle time over raw process time
};

// A tool group over the time that counts, in tool-seconds.
struct GroupTimes {
  double productive = 0;  // with load and unload
  double setup = 0;
  double standby = 0;
  double scheduled_down = 0;
  double unscheduled_down = 0;

  double total() const { return up() + scheduled_down + unscheduled_down; }
  double up() const { return productive + setup + standby; }
  double busy() const { return productive + setup; }
};

struct GroupFigures {
  GroupTimes times;
  double waited_s = 0;  // lots' waiting for it: of those begun, and of those that wait
  bool batches = false;
};

struct ReportInput {
  const World& world;
  const Model& model;
  const Kpis& kpis;
  double span_s = 0;  // that counts
  StaticLoad load;
  std::vector<LotGroup> lots;
  std::vector<GroupFigures> groups;  // [tool groups]
};

inline constexpr double kDaySeconds = 86400;

inline std::optional<double> ratio(double part, double whole, double scale = 1) {
  return whole > 0 ? std::optional<double>(scale * part / whole) : std::nullopt;
}
inline Table::Cell cell(const std::optional<double>& value) {
  return value ? Table::Cell{*value} : Table::Cell{};
}
// Of cycle times, in s.
std::optional<double> standard_deviation_s(const ClassKpis& stats);

Section over_time(const ReportInput& in);
Section lots_section(const ReportInput& in);
Section tools_section(const ReportInput& in);
Section areas_section(const ReportInput& in);
// Items are none when nothing was traced.
Section trace_section(const ReportInput& in);

}  // namespace dure::fab
