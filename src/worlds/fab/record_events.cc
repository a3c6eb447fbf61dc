// Watches a simulated world and writes down what a real line's systems would say (events_csv.h).
#include <map>

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
  uint32_t in_service = kNone, generation = 0;
  bool operator==(const SeenTool&) const = default;
};

class Recorder {
 public:
  explicit Recorder(World& world) : w_(world), m_(world.model()) { look(lots_, names_); }

  std::string record(const RuleOptions& options, Time until) {
    Rules rules(options);
    tools_ = tools();
    while (w_.now() < until) {
      run(w_, rules, std::min(until, w_.next_event_time()));
      compare();
      if (w_.now() == until && w_.next_event_time() > until) break;
    }
    return std::move(out_);
  }

 private:
  void look(std::vector<SeenLot>& lots, std::vector<std::string>& names) {
    lots.resize(w_.lots());
    names.resize(w_.lots());
    for (uint32_t i = 0; i < w_.lots(); ++i) {
      const Lot& lot = w_.lot(i);
      const SeenLot now{lot.stream, lot.state, lot.step, lot.tool, lot.considered};
      if (now.stream != lots[i].stream || names[i].empty())
        names[i] = lot.state == Lot::State::gone ? "" : w_.lot_name(i);
      lots[i] = now;
    }
  }

  std::vector<SeenTool> tools() const {
    std::vector<SeenTool> out(m_.tools);
    for (uint32_t t = 0; t < m_.tools; ++t) {
      const Tool& tool = w_.tool(t);
      if (tool.in_service != kNone) {
        out[t] = {LineTool::State::service, tool.service_until, tool.in_service, 0};
      } else if (w_.now() < tool.down_until) {
        out[t] = {LineTool::State::down, tool.down_until, kNone, 0};
      }
    }
    return out;
  }

  // A row; the fields after the tool only where they say something.
  void row(const char* event, const std::string& lot, uint32_t tool, const std::string& step = "",
           Time until = Time::never(), const std::string& release = "",
           const std::string& service = "") {
    out_ += to_string(w_.now()) + ',' + event + ',' + csv_field(lot) + ',' +
            (tool == kNone ? "" : csv_field(m_.tool_name(tool))) + ',' + step + ',' +
            (until == Time::never() ? "" : to_string(until)) + ",," + csv_field(release) + ",,,,," +
            csv_field(service) + '\n';
  }

  std::string step_of(const Lot& lot) const {
    return std::to_string(lot.step - m_.routes[m_.steps[lot.step].route].first + 1);
  }

  // What ended comes first, so that places are free for what starts.
  void compare() {
    std::vector<SeenLot> lots = lots_;
    std::vector<std::string> names = names_;
    look(lots, names);
    for (uint32_t i = 0; i < lots.size(); ++i) {
      const SeenLot before = i < lots_.size() ? lots_[i] : SeenLot{};
      if (lots[i] == before) continue;
      const bool same = before.stream == lots[i].stream && lots[i].state != Lot::State::gone;
      if (before.state != Lot::State::gone && !same) row("out", names_[i], kNone);
    }
    for (uint32_t i = 0; i < lots.size(); ++i) {
      const SeenLot before = i < lots_.size() ? lots_[i] : SeenLot{};
      if (lots[i] == before || lots[i].state == Lot::State::gone) continue;
      const Lot& lot = w_.lot(i);
      const bool is_new = before.state == Lot::State::gone || before.stream != lot.stream;
      if (is_new) {
        row("release", names[i], kNone, step_of(lot), Time::never(),
            m_.streams[lot.lot_class].name);
        continue;
      }
      const bool left_step = before.considered != lot.considered;
      if (!left_step) {
        if (before.state == Lot::State::moving && lot.state == Lot::State::waiting)
          row("arrive", names[i], kNone);
        continue;
      }
      // After the last step a finish would take it out of the line; a move says that it is not.
      if (before.state == Lot::State::in_tool && before.step + 1 < m_.cores[before.step].route_end)
        row("finish", names[i], before.tool);
      row("move", names[i], kNone, step_of(lot),
          lot.state == Lot::State::moving ? arrival(i) : Time::never());
    }
    const std::vector<SeenTool> tools = this->tools();
    for (uint32_t t = 0; t < m_.tools; ++t) {
      if (tools[t] == tools_[t]) continue;
      const char* event = tools[t].state == LineTool::State::up     ? "up"
                          : tools[t].state == LineTool::State::down ? "down"
                                                                    : "service";
      std::string law;
      if (tools[t].in_service != kNone && tools[t].in_service != tools_[t].in_service)
        law =
            m_.upkeeps[m_.attachments[m_.tool_upkeeps[tools[t].in_service].attachment].upkeep].name;
      row(event, "", t, "", tools[t].state == LineTool::State::up ? Time::never() : tools[t].until,
          "", law);
    }
    for (uint32_t i = 0; i < lots.size(); ++i) {
      const SeenLot before = i < lots_.size() ? lots_[i] : SeenLot{};
      if (lots[i] == before || lots[i].state != Lot::State::in_tool) continue;
      row("start", names[i], lots[i].tool, "", end_of(i));
    }
    lots_ = std::move(lots);
    names_ = std::move(names);
    tools_ = tools;
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

  // Only the world's queue knows; all of it is listed, but once for each instant at most.
  Time arrival(uint32_t lot) {
    if (arrivals_at_ != w_.now()) {
      arrivals_at_ = w_.now();
      arrivals_.clear();
      for (const LineLot& x : w_.line_state().lots) {
        if (x.state == LineLot::State::moving) arrivals_[x.name] = x.until;
      }
    }
    const auto found = arrivals_.find(w_.lot_name(lot));
    return found == arrivals_.end() ? Time::never() : found->second;
  }

  World& w_;
  const Model& m_;
  std::vector<SeenLot> lots_;
  std::vector<std::string> names_;
  std::vector<SeenTool> tools_;
  Time arrivals_at_{-1};
  std::map<std::string, Time> arrivals_;
  std::string out_ =
      "time,event,lot,tool,step,until,product,release,priority,wafers,due,setup,service\n";
};

}  // namespace

std::string record_events(World& world, const RuleOptions& rules, Time until) {
  return Recorder(world).record(rules, until);
}

}  // namespace dure::fab
