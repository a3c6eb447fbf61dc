#include "base/csv.h"
#include "worlds/fab/line_columns.h"
#include "worlds/fab/line_csv.h"

namespace dure::fab {
namespace {

std::string time_text(Time t, Time nothing) { return t == nothing ? "" : to_string(t); }

// The steps from the lot's own on at which `found(step)` says something, at most one each.
template <class Found>
std::string by_step(const Model& m, const LineLot& lot, Found&& found) {
  std::string out;
  const Route& route = m.routes[m.products[lot.product].route];
  for (uint32_t i = lot.step; i < route.steps; ++i) {
    for (const std::string& value : found(m.cores[route.first + i])) {
      out += (out.empty() ? "" : ";") + std::to_string(i + 1) + '=' + value;
    }
  }
  return out;
}

std::string bound_text(const Model& m, const LineLot& lot) {
  std::vector<uint32_t> left = lot.bound_to;
  return by_step(m, lot, [&](const StepCore& s) {
    std::vector<std::string> out;
    if (s.uses_tool != kNone && left[s.uses_tool] != kNone)
      out.push_back(m.tool_name(left[s.uses_tool]));
    // Behind the step that uses it, and the one that keeps the next, the place is of another pair.
    if (s.uses_tool != kNone) left[s.uses_tool] = kNone;
    if (s.keeps_tool != kNone) left[s.keeps_tool] = kNone;
    return out;
  });
}

std::string deadlines_text(const Model& m, const LineLot& lot) {
  std::vector<Time> left = lot.deadlines;
  return by_step(m, lot, [&](const StepCore& s) {
    std::vector<std::string> out;
    for (uint32_t c = s.closes_first; c < uint32_t{s.closes_first} + s.closes_count; ++c) {
      Time& t = left[m.closes[c]];
      if (t != Time::never()) out.push_back(to_string(t));
      t = Time::never();
    }
    return out;
  });
}

std::string services_text(const Model& m, const LineTool& tool, uint32_t t) {
  std::string out;
  for (uint32_t u = m.upkeeps_of[t]; u < m.upkeeps_of[t + 1]; ++u) {
    const Upkeep& law = m.upkeeps[m.attachments[m.tool_upkeeps[u].attachment].upkeep];
    const int64_t left = tool.services[u - m.upkeeps_of[t]];
    if (left == LineTool::kUnknown) continue;
    out += (out.empty() ? "" : ";") + law.name + '=' +
           (law.kind == Upkeep::Kind::counter ? std::to_string(left) : to_string(Time{left}));
  }
  return out;
}

}  // namespace

std::string lots_csv(const Model& m, const LineState& line) {
  std::string out;
  for (const std::string_view column : kLotColumns)
    out += (out.empty() ? "" : ",") + std::string(column);
  out += '\n';
  for (const LineLot& lot : line.lots) {
    out += csv_field(lot.name) + ',' + csv_field(m.products[lot.product].name) + ',' +
           std::to_string(lot.priority) + ',' + std::to_string(lot.wafers) + ',' +
           std::to_string(lot.step + 1) + ',' +
           std::string(kLotWords[static_cast<size_t>(lot.state)]) + ',' +
           (lot.tool == kNone ? "" : csv_field(m.tool_name(lot.tool))) + ',' +
           to_string(lot.since) + ',' + time_text(lot.until, Time::never()) + ',' +
           time_text(lot.due, Time::never()) + ',' +
           (lot.released.ns < 0 ? "" : to_string(lot.released)) + ',' +
           (lot.stream == kNone ? "" : csv_field(m.streams[lot.stream].name)) + ',' +
           csv_field(bound_text(m, lot)) + ',' + csv_field(deadlines_text(m, lot)) + '\n';
  }
  return out;
}

std::string tools_csv(const Model& m, const LineState& line) {
  std::string out;
  for (const std::string_view column : kToolColumns)
    out += (out.empty() ? "" : ",") + std::string(column);
  out += '\n';
  for (uint32_t t = 0; t < m.tools; ++t) {
    const LineTool& tool = line.tools[t];
    out += csv_field(m.tool_name(t)) + ',' +
           std::string(kToolWords[static_cast<size_t>(tool.state)]) + ',' +
           time_text(tool.until, Time::never()) + ',' + csv_field(m.setups[tool.setup].name) + ',' +
           (tool.run_left > 0 ? std::to_string(tool.run_left) : "") + ',' +
           (tool.next_start.ns < 0 ? "" : to_string(tool.next_start)) + ',' +
           csv_field(services_text(m, tool, t)) + '\n';
  }
  return out;
}

std::string line_toml(const Model&, const LineState& line) {
  return "# When lots.csv and tools.csv were so.\ntime = " + to_string(line.time) + "\n";
}

}  // namespace dure::fab
