// How each event changes a line's state, see events_csv.h. A message says what cannot be; the
// reader adds where it stands.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "worlds/fab/line_state.h"

namespace dure::fab {

class LineEvents {
 public:
  LineEvents(const Model& model, LineState& line);

  // Lots under way that are there by then wait.
  void advance(Time to);

  uint32_t find(const std::string& name) const;  // index into LineState::lots; kNone: not there
  Result<void> release(LineLot lot);
  void move(uint32_t lot, uint32_t step, std::optional<Time> until);
  Result<void> arrive(uint32_t lot);
  Result<void> start(uint32_t lot, uint32_t tool, Time until);
  Result<void> finish(uint32_t lot);
  void out(uint32_t lot);
  void down(uint32_t tool, Time until);
  void service(uint32_t tool, Time until, std::optional<uint32_t> upkeep);
  void up(uint32_t tool);
  void set_up(uint32_t tool, uint32_t setup);
  // Lots that have left are taken out of the line.
  void settle();

 private:
  LineLot& at(uint32_t lot) { return line_.lots[lot]; }
  uint32_t core_of(const LineLot& lot) const;  // its step, index into Model::steps
  void end_processing(uint32_t lot);
  void close_windows(LineLot& lot, uint32_t core);
  void shift_work(uint32_t tool, Duration by);
  void count_wafers(uint32_t tool, uint32_t wafers);
  void wait(LineLot& lot, Time since);
  Result<void> check_start(uint32_t lot, uint32_t tool) const;
  Result<void> check_place(uint32_t lot, uint32_t tool) const;

  const Model& m_;
  LineState& line_;
  std::map<std::string, uint32_t, std::less<>> places_;
  std::vector<std::vector<uint32_t>> inside_;  // [tools] lots
  std::vector<bool> gone_;                     // [lots]
  std::vector<Time> closed_;                   // [tools] when the last down or service began
  // Lots under way, by when they are there.
  std::multimap<Time, uint32_t> under_way_;
};

}  // namespace dure::fab
