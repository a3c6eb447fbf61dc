// What a fab measures while it runs, from the end of the warm-up on.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "kernel/metrics.h"

namespace dure::fab {

// A tool's state in terms of SEMI E10, as far as the model knows it. Productive time includes load
// and unload; setup is told apart in GroupKpis.
enum class ToolState : uint32_t { standby, busy, scheduled_down, unscheduled_down };
inline constexpr size_t kToolStates = 4;

// Of the lots of one class (see Model::classes).
struct ClassKpis {
  uint64_t released = 0;
  uint64_t out = 0;  // lots that left the line
  uint64_t wafers_out = 0;
  uint64_t finished = 0;  // of them, those with a known release time
  uint64_t on_time = 0;   // of those with a due date
  uint64_t with_due = 0;
  Quantiles cycle_time;           // s
  double cycle_time_squares = 0;  // h^2, for the standard deviation
  Quantiles tardiness;            // s, of those with a due date; 0 when on time
  // Queue-time windows that ended, and those that ended late by more than 0, 1, 2 and 4 h.
  uint64_t windows = 0;
  std::array<uint64_t, 4> late{};

  void fields(auto& visit) {
    visit(released, out, wafers_out, finished, on_time, with_due, cycle_time, cycle_time_squares,
          tardiness, windows, late);
  }
};

struct GroupKpis {
  std::array<double, kToolStates> state_s{};  // tool-seconds up to each tool's last change
  double setup_s = 0;                         // part of busy; counted in full when a setup begins
  uint64_t setups = 0;                        // changes that took time
  uint64_t jobs = 0;                          // lots or batches begun
  uint64_t lots = 0;                          // lots begun
  uint64_t wafers = 0;
  uint64_t wafers_possible = 0;  // with every batch full
  double waited_s = 0;           // of lots begun, from arrival to start

  void fields(auto& visit) {
    visit(state_s, setup_s, setups, jobs, lots, wafers, wafers_possible, waited_s);
  }
};

// Lots that wait or are processed at the area's tools; those under way are counted apart.
struct AreaKpis {
  TimeWeighted lots;
  uint64_t arrived = 0;
  uint64_t left = 0;     // moves
  double present_s = 0;  // of lots that have left

  void fields(auto& visit) { visit(lots, arrived, left, present_s); }
};

// A span of a tool's history, for the Gantt chart and a lot's history.
struct Span {
  Time arrived;  // of the lot at the group; for a tool's downtime the same as `from`
  Time from;     // the lot went in
  Time setup_until;
  Time until;
  uint32_t tool = 0;
  uint32_t step = 0;  // of Model::steps; kNone: down; kNone - 1: maintenance
  uint32_t lots = 0;
  uint32_t lot = 0;  // the first's slot
};

struct Kpis {
  std::vector<ClassKpis> classes;          // [classes]
  std::vector<GroupKpis> groups;           // [tool groups]
  std::vector<AreaKpis> areas;             // [areas]
  TimeWeighted wip;                        // lots in the line
  Series wip_over_time;                    // lots
  uint64_t moves = 0;                      // steps done
  std::vector<uint32_t> moves_per_day;     // [days from the start]
  std::vector<uint32_t> finished_per_day;  // [days]
  std::vector<uint32_t> released_per_day;  // [days]
  std::vector<Span> gantt;                 // of Model::trace
  std::vector<Span> history;               // of the lot that Model::follow names
  Time since;                              // end of the warm-up, or start

  void fields(auto& visit) {
    visit(classes, groups, areas, wip, wip_over_time, moves, moves_per_day, finished_per_day,
          released_per_day, gantt, history, since);
  }
};

}  // namespace dure::fab
