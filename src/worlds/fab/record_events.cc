// Watches a simulated world and writes down what a real line's systems would say (events_csv.h).
#include <algorithm>
#include <vector>

#include "base/csv.h"
#include "worlds/fab/events_csv.h"
#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

// What is compared between two instants.
struct SeenLot {
  uint64_t stream = 0;
  Lot::State state = Lot::State::gone;
  uint32_t step = 0, tool = kNone, considered = 0;
  bool operator==(const SeenLot&) const = default;
};
struct SeenTool {
  LineTool::State state = LineTool::State::up;
  Time until;
  uint32_t in_service = kNone;
  bool operator==(const SeenTool&) const = default;
};

class Recorder {
 public:
  explicit Recorder(World& world) : w_(world), m_(world.model()), tools_(m_.tools) {
    for (const uint32_t i : changed_lots()) see(i);
    for (uint32_t t = 0; t < m_.tools; ++t) tools_[t] = tool(t);
  }

  std::string record(const RuleOptions& options, Time until) {
    Rules rules(options);
    while (w_.now() < until) {
      run(w_, rules, std::min(until, w_.next_event_time()));
      compare();
      if (w_.now() == until && w_.next_event_time() > until) break;
    }
    // Those still under way: only the queue knows when they arrive.
    for (const LineLot& lot : w_.line_state().lots) {
      if (lot.state == LineLot::State::moving) arrived(w_.find_lot(lot.name), lot.until);
    }
    std::string out =
        "time,event,lot,tool,step,until,product,release,priority,wafers,due,setup,service\n";
    for (const Row& row : rows_) {
      out += row.head + (row.until == Time::never() ? "" : to_string(row.until)) + row.tail;
    }
    return out;
  }

 private:
  struct Row {
    std::string head, tail;
    Time until = Time::never();
  };

  SeenLot now(uint32_t i) const {
    const Lot& lot = w_.lot(i);
    return {lot.stream, lot.state, lot.step, lot.tool, lot.considered};
  }
  SeenLot before(uint32_t i) const { return i < lots_.size() ? lots_[i] : SeenLot{}; }
  std::vector<uint32_t> changed_lots() const {
    std::vector<uint32_t> out;
    for (uint32_t i = 0; i < w_.lots(); ++i) {
      if (now(i) != before(i)) out.push_back(i);
    }
    return out;
  }
  void see(uint32_t i) {
    if (i >= lots_.size()) {
      lots_.resize(i + 1);
      names_.resize(i + 1);
      under_way_.resize(i + 1, kNone);
    }
    if (w_.lot(i).state != Lot::State::gone && (is_new(i) || names_[i].empty()))
      names_[i] = w_.lot_name(i);
    lots_[i] = now(i);
  }
  bool is_new(uint32_t i) const {
    return before(i).state == Lot::State::gone || before(i).stream != w_.lot(i).stream;
  }

  SeenTool tool(uint32_t t) const {
    const Tool& tool = w_.tool(t);
    if (tool.in_service != kNone)
      return {LineTool::State::service, tool.service_until, tool.in_service};
    if (w_.now() < tool.down_until) return {LineTool::State::down, tool.down_until, kNone};
    return {};
  }

  void row(const char* event, const std::string& lot, uint32_t tool, const std::string& step = "",
           Time until = Time::never(), const std::string& release = "",
           const std::string& service = "") {
    rows_.push_back({to_string(w_.now()) + ',' + event + ',' + csv_field(lot) + ',' +
                         (tool == kNone ? "" : csv_field(m_.tool_name(tool))) + ',' + step + ',',
                     ",," + csv_field(release) + ",,,,," + csv_field(service) + '\n', until});
  }

  // The move of a lot under way gets the time at which it was there.
  void arrived(uint32_t i, Time at) {
    if (i >= under_way_.size() || under_way_[i] == kNone) return;
    rows_[under_way_[i]].until = at;
    under_way_[i] = kNone;
  }

  void compare() {
    const std::vector<uint32_t> changed = changed_lots();
    // What ended comes first, so that places are free for what starts.
    for (const uint32_t i : changed) {
      if (before(i).state != Lot::State::gone && (is_new(i) || w_.lot(i).state == Lot::State::gone))
        row("out", names_[i], kNone);
      if (w_.lot(i).state == Lot::State::gone) see(i);
    }
    for (const uint32_t i : changed) {
      if (w_.lot(i).state != Lot::State::gone) tell_moves(i);
    }
    for (uint32_t t = 0; t < m_.tools; ++t) {
      if (tool(t) != tools_[t]) tell_tool(t);
    }
    for (const uint32_t i : changed) {
      if (w_.lot(i).state == Lot::State::in_tool)
        row("start", names_[i], w_.lot(i).tool, "", end_of(i));
    }
  }

  void tell_moves(uint32_t i) {
    const SeenLot old = before(i);
    const Lot& lot = w_.lot(i);
    const uint32_t first = m_.routes[m_.steps[lot.step].route].first;
    const std::string step = std::to_string(lot.step - first + 1);
    const bool released = is_new(i);
    see(i);
    if (released) {
      row("release", names_[i], kNone, step, Time::never(), m_.streams[lot.lot_class].name);
    } else if (old.considered == lot.considered) {
      if (old.state != Lot::State::moving) return;
      arrived(i, w_.now());
      if (lot.state == Lot::State::waiting) row("arrive", names_[i], kNone);
    } else {
      // After the last step a finish would take it out of the line; a move says that it is not.
      if (old.state == Lot::State::in_tool && old.step + 1 < m_.cores[old.step].route_end)
        row("finish", names_[i], old.tool);
      if (lot.state == Lot::State::moving) under_way_[i] = static_cast<uint32_t>(rows_.size());
      row("move", names_[i], kNone, step);
    }
  }

  void tell_tool(uint32_t t) {
    const SeenTool old = tools_[t], seen = tools_[t] = tool(t);
    std::string law;
    if (seen.in_service != kNone && seen.in_service != old.in_service)
      law = m_.upkeeps[m_.attachments[m_.tool_upkeeps[seen.in_service].attachment].upkeep].name;
    if (seen.state == LineTool::State::up) return row("up", "", t);
    row(seen.state == LineTool::State::down ? "down" : "service", "", t, "", seen.until, "", law);
  }

  Time end_of(uint32_t lot) const {
    const uint32_t t = w_.lot(lot).tool;
    for (uint32_t k = 0; k < m_.max_capacity; ++k) {
      for (uint32_t i = w_.job(t, k).lot; i != kNone; i = w_.lot(i).next) {
        if (i == lot) return w_.job(t, k).until;
      }
    }
    return Time::never();
  }

  World& w_;
  const Model& m_;
  std::vector<SeenLot> lots_;        // [slots]
  std::vector<std::string> names_;   // [slots]
  std::vector<uint32_t> under_way_;  // [slots] row of its move; kNone: not under way
  std::vector<SeenTool> tools_;      // [tools]
  std::vector<Row> rows_;
};

}  // namespace

std::string record_events(World& world, const RuleOptions& rules, Time until) {
  return Recorder(world).record(rules, until);
}

}  // namespace dure::fab
