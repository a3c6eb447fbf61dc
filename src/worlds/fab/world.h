// A wafer fab as a value: lots on their routes, tools and what happens to them.
//
// Everything that happens at an instant happens before anyone is asked about it. Then the world
// asks once per tool group that has waiting lots and a tool to take them; the policy answers with a
// start (a tool and a lot or batch) or "wait", and is asked again until it says wait. Where the
// model says so it also asks whether proposed releases go ahead.
//
// A lot's luck (which steps are sampled, process times, rework, transport) depends on the seed, the
// lot and how many steps it has considered, a tool's breakdowns on the seed and the tool: two
// policies face the same. A batch takes its first lot's process time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "kernel/event_queue.h"
#include "kernel/fifo.h"
#include "kernel/world.h"
#include "worlds/fab/kpis.h"
#include "worlds/fab/model.h"
#include "worlds/fab/ports.h"
#include "worlds/fab/streams.h"
#include "worlds/fab/waiting_line.h"

namespace dure::fab {

struct LineLot;
struct LineState;

struct Lot {
  enum class State : uint32_t { gone, moving, waiting, in_tool };
  uint64_t stream = 0;  // of its random numbers
  Time released;        // negative: unknown
  Time due = Time::never();
  Time since;               // when it came to the tool group (waiting, in_tool) or left the last
  uint32_t number = 0;      // in its stream, or index into Model::wip
  uint32_t lot_class = 0;   // index into Model::classes
  uint32_t step = 0;        // index into Model::steps: the one it waits for, is in, or moves to
  uint32_t considered = 0;  // steps so far, done or skipped: what its random numbers count by
  int32_t priority = 0;
  uint32_t wafers = 0;
  uint32_t tool = kNone;  // the last one, or the one it is in
  uint32_t next = kNone;  // in its batch, when in_tool; next free slot, when gone
  uint32_t process_draw = 0, rework_draw = 0;  // of the present step
  uint32_t reserved = kNone;                   // tool group that keeps a tool free for it
  State state = State::gone;
};

// A lot or batch in a tool.
struct Job {
  Time from;                     // went in
  Time until;                    // leaves
  Time setup_from, setup_until;  // the same when it needs none
  uint32_t lot = kNone;          // the first; kNone: nothing here
  uint32_t generation = 0;
};

struct Tool {
  Time since;       // of its state
  Time ready;       // its last setup and load are over
  Time next_begin;  // its last job's gap is over
  Time down_until;
  Duration repair;                      // of a breakdown that waits for the tool to be empty
  Time service_until;                   // the maintenance at work is over
  uint64_t wafers = 0;                  // that have left, for counters
  uint64_t counter_due = ~uint64_t{0};  // wafers at which the next counter is due
  uint32_t setup = 0;
  uint32_t run_left = 0;  // lots before its setup may change
  uint32_t jobs = 0;
  uint32_t services = 0;    // maintenance due and not begun
  uint32_t generation = 0;  // of service_until
  ToolState state = ToolState::standby;
  uint32_t in_service = kNone;  // the maintenance at work: index into tool_upkeeps
  uint32_t open = 0;            // 1: may take a job

  bool down() const { return state == ToolState::unscheduled_down; }
};

// What comes from outside: corrections of a twin by its real line, and what-ifs.
struct Intervention {
  enum class Kind : uint32_t {
    tool_down,  // tool, for `duration`
    tool_up,    // tool: its repair is over now
    priority,   // lot, to `value`
    release,    // one lot of stream `value`
  };
  Kind kind = Kind::tool_down;
  uint32_t tool = kNone;
  uint32_t lot = kNone;
  int32_t value = 0;
  Duration duration;
};

class World {
 public:
  struct Request {
    enum class Kind : uint32_t {
      dispatch,  // tool group `index` has waiting lots and an open tool
      release,   // stream `index` proposes a release
    };
    Kind kind = Kind::dispatch;
    uint32_t index = 0;
  };
  struct Action {
    uint32_t tool = kNone;       // kNone: wait (dispatch)
    std::vector<uint32_t> lots;  // that start in it, the first one's time counts
    Time wake = Time::never();   // when waiting: ask again then
    uint32_t release = 0;        // lots to release now (release)

    void fields(auto& visit) { visit(tool, lots, wake, release); }
  };

  explicit World(std::shared_ptr<const Model> model);

  Time now() const { return now_; }
  Time next_event_time() const;
  std::optional<Request> advance(Time until);
  void act(const Action& action);
  void receive(const Message& message);
  Outbox& outbox() { return outbox_; }

  // From here on other breakdowns, process times and yields: a branch must not know the future.
  // What is under way keeps its end.
  void reseed(uint64_t seed);
  void apply(const Intervention& what);

  // The line as data, and a new world that goes on from such; [streams] lots released before. See
  // line_state.h; in line_state.cc.
  LineState line_state() const;
  void take(const LineState& line, const std::vector<uint64_t>& released);

  // What a policy may look at.
  const Model& model() const { return *model_; }
  std::span<const Waiting> waiting(uint32_t group) const { return lines_[group].waiting.view(); }
  uint32_t waiting_wafers(uint32_t step) const { return waiting_wafers_[step]; }
  // Tools that may take a job, the longest open first. Those of cascading groups may have jobs
  // inside.
  const uint32_t* open_tools(uint32_t group) const {
    return open_.data() + model_->groups[group].first_tool;
  }
  uint32_t open_count(uint32_t group) const { return lines_[group].open; }
  bool is_open(uint32_t tool) const { return tools_[tool].open != 0; }
  const Tool& tool(uint32_t i) const { return tools_[i]; }
  const Lot& lot(uint32_t i) const { return lots_[i]; }
  uint32_t lots() const { return static_cast<uint32_t>(lots_.size()); }  // slots, some gone
  uint32_t wip() const { return wip_; }                                  // lots in the line
  uint32_t wip_of(uint32_t lot_class) const { return wip_of_[lot_class]; }
  uint64_t proposed(uint32_t stream) const { return proposed_[stream]; }  // releases so far
  uint32_t held(uint32_t stream) const { return held_[stream]; }  // lots proposed, not released
  uint64_t released(uint32_t stream) const { return numbers_[stream]; }  // lots
  const Job& job(uint32_t tool, uint32_t i) const { return jobs_[tool * model_->max_capacity + i]; }
  // When the lot must start its present step for its queue-time windows; never() when none is open.
  Time must_start(uint32_t lot) const;
  std::string lot_name(uint32_t lot) const;
  uint32_t find_lot(std::string_view name) const;  // kNone: not in the line

  const Kpis& kpis() const { return kpis_; }
  uint64_t events_handled() const { return handled_; }
  // Tool-seconds of a group in each state up to now, and of setup.
  std::array<double, kToolStates> state_s(uint32_t group) const;
  double setup_s(uint32_t group) const;
  // Starts the KPIs anew: the end of a warm-up.
  void reset_kpis();

  void fields(auto& visit) {
    visit(now_, handled_, seed_, reseeded_, events_, lots_, free_lot_, windows_, dedications_,
          lines_, waiting_wafers_, tools_, jobs_, open_, asked_, upkeeps_, numbers_, proposed_,
          held_, wip_, wip_of_, kpis_, outbox_);
  }
  bool consistent() const;

 private:
  static constexpr Duration kReserveAhead = 1_h;  // of a super hot lot's leaving

  enum class Kind : uint32_t {
    release,      // stream
    arrive,       // lot
    leave,        // job slot
    breakdown,    // tool upkeep
    repaired,     // tool
    service_due,  // tool upkeep
    serviced,     // tool
    wake,         // tool group
    reserve,      // lot
    warm,         // end of the warm-up
  };
  struct Event {
    Time time;
    uint32_t what = 0;  // kind | generation << 4
    uint32_t index = 0;
  };
  // In front of a tool group.
  struct Line {
    WaitingLine waiting;
    uint32_t open = 0;      // tools that may take a job
    uint32_t reserved = 0;  // of them, to be kept free
    uint32_t asked = 0;     // 1: in asked_

    void fields(auto& visit) { visit(waiting, open, reserved, asked); }
  };
  // One tool's copy of a law.
  struct UpkeepState {
    uint64_t wafers = 0;  // counter: due at so many; calendar: times it came due
    uint64_t count = 0;   // occurrences so far
    uint32_t generation = 0;
    uint32_t due = 0;  // maintenance: 1 when it waits to begin
  };

  // Whether the event is of what stands there now, and not of something that has gone or changed.
  static bool is_of(const Event& event, uint32_t generation) {
    return event.what >> 4 == generation << 4 >> 4;
  }
  void push(Time time, Kind kind, uint32_t index, uint32_t generation = 0) {
    if (time < Time::never())
      events_.push({time, static_cast<uint32_t>(kind) | generation << 4, index});
  }
  void handle(const Event& event);
  void fetch_ahead() const;
  std::optional<Request> next_question();
  void ask_about(uint32_t group);
  void stop_asking();

  void propose_release(uint32_t stream);
  void release(uint32_t stream);
  uint32_t new_lot();
  void place_initial_lots();
  Philox draws(const Lot& lot) const;
  // On from `step` at the present: to the next step that is done, or out.
  void go_on(uint32_t lot, uint32_t step);
  void arrive(uint32_t lot);
  void join(uint32_t lot);
  void finish_lot(uint32_t lot);
  void start(uint32_t tool, const std::vector<uint32_t>& lots);
  void leave(uint32_t slot);
  void end_step(uint32_t lot);
  void reserve(uint32_t lot);
  void close_windows(uint32_t lot, const StepCore& step);
  void forget(uint32_t lot, uint32_t from, uint32_t to);  // windows of steps to be repeated

  void set_state(uint32_t tool, ToolState state);
  void count_wafers(uint32_t tool, uint32_t wafers);
  void settle(uint32_t tool);  // after a change: what state it is in, and whether it is open
  void open(uint32_t tool, uint32_t group);
  void close(uint32_t tool);
  void break_down(uint32_t tool, Duration repair);
  void repaired(uint32_t tool);
  void service_due(uint32_t upkeep);
  void begin_service(uint32_t tool);
  void end_service(uint32_t tool);
  void schedule_first(uint32_t upkeep);
  double draw(RandomStream stream, uint64_t entity, uint64_t counter) const;
  void shift_work(uint32_t tool, Duration by);
  Duration setup_left(uint32_t tool) const;  // of the jobs inside
  const Upkeep& law_of(uint32_t upkeep) const {
    return model_->upkeeps[model_->attachments[model_->tool_upkeeps[upkeep].attachment].upkeep];
  }
  void take_lot(const LineLot& from, uint32_t lot);
  void take_tool(const LineState& line, uint32_t tool);
  void queue_up(uint32_t lot, Time since);
  void start_kpis();
  void count_day(std::vector<uint32_t>& days) const;
  void count_wip(int change, uint32_t lot_class);
  void trace(uint32_t group, const Span& span);

  std::shared_ptr<const Model> model_;
  Time now_;
  uint64_t handled_ = 0;
  uint64_t seed_ = 0;
  uint64_t reseeded_ = 0;
  EventQueue<Event> events_;

  std::vector<Lot> lots_;
  uint32_t free_lot_ = kNone;
  std::vector<Time> windows_;          // [lots x windows] when they must end; never(): not open
  std::vector<uint32_t> dedications_;  // [lots x dedications] tool; kNone: any

  std::vector<Line> lines_;               // [groups]
  std::vector<uint32_t> waiting_wafers_;  // [steps]
  std::vector<Tool> tools_;
  std::vector<Job> jobs_;             // [tools x max_capacity]
  std::vector<uint32_t> open_;        // [tools] each group's open tools first in its range
  Fifo<Request> asked_;               // those to be asked; the first one may await its answer
  std::vector<UpkeepState> upkeeps_;  // [tool_upkeeps]
  std::vector<uint64_t> numbers_;     // [streams] lots released
  std::vector<uint64_t> proposed_;    // [streams] releases proposed
  std::vector<uint32_t> held_;        // [streams] lots proposed and not released
  uint32_t wip_ = 0;
  std::vector<uint32_t> wip_of_;  // [classes]

  Kpis kpis_;
  Outbox outbox_;
};

}  // namespace dure::fab
