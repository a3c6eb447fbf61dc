// The line at one time as data: where each lot is, how each tool is. It is what a simulated world
// can be written down as, what a real line is told as (line_csv.h, events_csv.h), and what a world
// can begin from.
//
// It tells the state and not the luck: a world that begins from it draws new breakdowns, process
// times and yields. Beginning from a state that a world was written down in keeps, for each lot,
// place, queue times and bound tools, and for each tool its setup, repair, services and work inside
// with its expected end. Left out: lots held back by a release policy, and reserved tools until
// their hot lot's next step; a breakdown that waits for its tool to be empty.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/fab/model.h"

namespace dure::fab {

class World;

struct LineLot {
  enum class State : uint8_t { waiting, moving, processing };

  std::string name;
  uint32_t product = 0;
  int32_t priority = 0;
  uint32_t wafers = 25;
  uint32_t step = 0;  // of its route, from 0: that it waits for, moves to or is in
  State state = State::waiting;
  uint32_t tool = kNone;       // that it is in
  Time since;                  // when it came (waiting), left (moving) or went in (processing)
  Time until = Time::never();  // expected: arrival, end of processing; never(): not known
  Time due = Time::never();
  Time released{-1};               // negative: not known
  uint32_t stream = kNone;         // that it came from: its class in KPIs
  std::vector<Time> deadlines;     // [Model::windows] as World keeps them; never(): not open
  std::vector<uint32_t> bound_to;  // [Model::dedications] tool; kNone: any
};

struct LineTool {
  enum class State : uint8_t { up, down, service };

  State state = State::up;
  Time until = Time::never();  // expected end of the repair or service; never(): not known
  uint32_t setup = 0;
  uint32_t run_left = 0;  // lots before it may change
  Time next_start{-1};    // cascading: of the next job; negative: as the work inside has it
  // [the tool's upkeeps, as Model::upkeeps_of has them] calendar: when it is due, ns since 1970;
  // counter: wafers that are left, 0 or less: due; kUnknown.
  std::vector<int64_t> services;
  static constexpr int64_t kUnknown = INT64_MIN;
};

struct LineState {
  Time time;
  std::vector<LineLot> lots;
  std::vector<LineTool> tools;  // [tools]

  uint32_t find_lot(std::string_view name) const;  // kNone: not there
};

// A lot of that model, at the start of its product's route.
LineLot blank_lot(const Model& model, std::string name, uint32_t product);
// All tools up and no lots.
LineState empty_line(const Model& model, Time time);

// The jobs inside a tool: lots in one batch are of one step of one route and went in together.
std::vector<std::vector<uint32_t>> jobs_in(const Model& model, const LineState& line,
                                           uint32_t tool);

// An Error when more lots or batches are in a tool than fit.
Result<void> check_jobs(const Model& model, const LineState& line);

// The world that goes on from the line; check_jobs() must hold. Lots have the slots that they have
// in `line`. Releases go on as the model has them: the first of each that is not before line.time,
// counted from its start in steps of its mean gap.
Result<std::unique_ptr<World>> world_from(const Model& model, const LineState& line);

}  // namespace dure::fab
