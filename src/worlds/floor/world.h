// A floor of mobile robots as a value: where each one is, what it has been told, the tasks.
//
// The world asks for a joint move: one Move for every robot, orders for those whose order changes,
// and the planner's notes. In steps it asks before every tick and executes the answer in it. In
// drive motion it asks every plan_period while any robot can use an answer; moves are appended to
// what the robots have been told, and each robot makes them as soon as those before it in a
// vertex's order of visits have left. So the fleet that the planner sees is the one after all that
// has been told; a robot with max_pending moves to make is held.
//
// A joint move that is not valid makes the whole team wait; orders that are not valid are refused
// together. Both are told by last().
//
// A task's stops and service times depend on the seed and the task, a robot's failures on the seed
// and the robot: two policies face the same.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "kernel/event_queue.h"
#include "kernel/world.h"
#include "worlds/floor/delays.h"
#include "worlds/floor/drive.h"
#include "worlds/floor/kpis.h"
#include "worlds/floor/model.h"
#include "worlds/floor/plan.h"
#include "worlds/floor/ports.h"
#include "worlds/floor/streams.h"

namespace dure::floor {

// A task that has been released and is not done.
struct Task {
  Time released;
  Time due = Time::never();
  uint32_t id = 0;          // 0, 1, 2 ... in the order of release
  uint32_t robot = kNone;   // that it is assigned to
  uint32_t source = kNone;  // of Model::sources; kNone: a line
  uint32_t number = 0;      // of its source, or its line
  int32_t priority = 0;
  uint16_t done = 0;   // stops done: the next one's index. Above 0 the task stays with its robot
  uint16_t stops = 0;  // 0: this slot is free

  bool opened() const { return done > 0; }
};

// What a robot is to do from now on.
struct Order {
  enum class Kind : uint32_t {
    none,  // nothing; it stands in nobody's way
    task,  // `what`: a task's id
    go,    // `what`: a station, to park or, at chargers, to charge there until full
  };
  uint32_t robot = 0;
  Kind kind = Kind::none;
  uint32_t what = 0;
};

struct Fault {
  enum class Kind : uint32_t {
    none,
    size,        // not one move for every robot, or orders that name no robot or one twice
    unallowed,   // no lane there
    vertex,      // shares a vertex with `other`
    edge,        // exchanges vertices with `other`
    ring,        // goes round a ring though Fleet::rings is false
    held,        // moves though it is held
    finished,    // the task is not in the pool: done, not yet released, never was
    taken,       // the task goes to `other` (of a lower id) already
    opened,      // the robot's own task has been begun and stays
    no_station,  // there is none of that number
    too_heavy,   // the robot cannot carry the task
  };
  Kind kind = Kind::none;
  uint32_t robot = kNone;  // the lowest for which something is wrong
  uint32_t other = kNone;
  uint32_t task = kNone;  // of order faults: the id asked for

  explicit operator bool() const { return kind != Kind::none; }
};

// What happened last: in steps by the last tick, in drive motion since the last answer (its faults
// are that answer's).
struct LastStep {
  struct Errand {
    Time time;
    uint32_t robot = 0;
    uint32_t task = 0;    // id
    uint32_t errand = 0;  // 1, 2, ...
    uint32_t finished = 0;
  };
  Fault move, order;
  std::vector<Errand> errands;
  uint32_t first_revealed = 0;  // ids from here on ...
  uint32_t revealed = 0;        // ... so many

  void fields(auto& visit) { visit(move, order, errands, first_revealed, revealed); }
};

class World {
 public:
  struct Request {
    uint64_t step = 0;  // of the answer, from 0
  };
  struct Action {
    std::vector<Move> moves;      // [robots], or empty: all wait
    std::vector<Order> orders;    // of those robots whose order changes, by rising robot
    std::vector<uint32_t> notes;  // [robots], or empty: as they were

    void fields(auto& visit) { visit(moves, orders, notes); }
  };

  explicit World(std::shared_ptr<const Model> model);

  Time now() const { return now_; }
  Time next_event_time() const;
  std::optional<Request> advance(Time until);
  void act(const Action& action);
  void receive(const Message& message);
  Outbox& outbox() { return outbox_; }

  // ---- what a policy may look at ----
  const Model& model() const { return *model_; }
  const std::shared_ptr<const Model>& shared_model() const { return model_; }
  uint32_t robots() const { return static_cast<uint32_t>(vertex_.size()); }
  // What a planner sees. Valid until the world goes on.
  Fleet fleet() const;
  uint64_t step() const { return step_; }  // answers so far

  // Slots of tasks released and not done, by rising id.
  std::span<const uint32_t> pool() const { return live_; }
  const Task& task(uint32_t slot) const { return tasks_[slot]; }
  uint32_t find_task(uint32_t id) const;  // slot; kNone: not in the pool
  // Where stop k of a task is: its vertex, or its station with kNoVertex.
  Stop stop(const Task& task, uint32_t k) const;
  // The same as a vertex: the station's first dock stands for all. What a scheduler measures to.
  uint32_t stop_vertex(const Task& task, uint32_t k) const;
  double payload_kg(const Task& task) const;
  uint32_t released() const { return next_id_; }  // tasks so far

  uint32_t task_of(uint32_t robot) const { return task_[robot]; }  // slot; kNone: none
  bool begun(uint32_t robot) const;  // its task: another robot cannot take over
  uint32_t station_of(uint32_t robot) const { return station_[robot]; }  // Order::go; kNone: none
  uint32_t goal_of(uint32_t robot) const { return goal_[robot]; }
  bool carrying(uint32_t robot) const { return loaded_[robot] != 0; }
  bool held(uint32_t robot) const { return held_[robot] != 0; }
  double battery(uint32_t robot) const;  // share, now; 1 without a battery
  RobotState state(uint32_t robot) const;
  // Where it stands or drives now, and which way it looks.
  uint32_t vertex(uint32_t robot) const;
  uint32_t heading(uint32_t robot) const;
  Point place(uint32_t robot) const;  // m
  // It is on the lane that leaves its vertex in its heading, and takes up both ends.
  bool driving(uint32_t robot) const {
    return !drive_.robots.empty() && drive_.robots[robot].phase == Drive::Phase::drives;
  }
  // Moves that it has been told and not made yet.
  uint32_t pending(uint32_t robot) const {
    return drive_.robots.empty() ? 0 : drive_.robots[robot].told;
  }
  // [vertices] 1: a closure is on; nobody may enter. Empty in steps.
  std::span<const uint8_t> closed() const { return drive_.closed; }

  const LastStep& last() const { return last_; }
  // [robots] what was executed in the last tick (steps).
  std::span<const Move> moves() const { return moves_; }
  const DelayTrace& delay_trace() const { return delay_trace_; }

  const Kpis& kpis() const { return kpis_; }
  // Up to now, where the KPI itself stops at each robot's last change.
  std::array<double, kRobotStates> state_s() const;  // robot-seconds
  std::vector<uint32_t> waited() const;              // [vertices] in Kpis::wait_unit
  double energy_wh() const;
  double charged_wh() const;
  uint64_t events_handled() const { return handled_; }
  // Starts the KPIs anew: the end of a warm-up.
  void reset_kpis();

  void fields(auto& visit) {
    visit(now_, handled_, step_, asked_, answered_, events_, vertex_, heading_, goal_, then_,
          priority_, held_, notes_, task_, station_, loaded_, progress_, moves_, orders_, courses_,
          occupant_, heading_to_, tasks_, free_task_, live_, next_id_, line_, numbers_,
          delay_trace_, drive_, last_, kpis_, outbox_);
  }
  bool consistent() const;

 private:
  enum class Kind : uint32_t {
    tick,      // steps: the answer is executed
    plan,      // drive: time for a question
    line,      // the next task line
    source,    // source
    closes,    // closure
    opens,     // closure
    frames,    // sensor frames begin, when they are linked
    frame,     // robot
    expires,   // robot: its command
    arrive,    // robot: at the end of its lane
    turned,    // robot
    served,    // robot
    charged,   // robot
    fails,     // robot
    repaired,  // robot
    look,      // drive: for jams and empty batteries
    film,
    warm,  // end of the warm-up
  };
  struct Event {
    Time time;
    uint32_t what = 0;  // kind | generation << 5
    uint32_t index = 0;
  };

  void push(Time time, Kind kind, uint32_t index = 0, uint32_t generation = 0) {
    if (time < Time::never())
      events_.push({time, static_cast<uint32_t>(kind) | generation << 5, index});
  }
  void handle(const Event& event);
  void plan_soon();  // drive: a policy wants to know what has happened
  void schedule_plan();

  // ---- tasks (world_tasks.cc) ----
  void start_tasks();
  void release(uint32_t source, uint32_t number);
  void release_line();
  void release_from(uint32_t source);
  void fill_pool();
  void complete(uint32_t robot);  // the errand at which it stands is done
  void forget_finished();
  void set_goal(uint32_t robot);
  uint32_t pick_dock(uint32_t robot, uint32_t station) const;
  uint32_t dock_load(uint32_t robot, uint32_t vertex) const;
  Fault check_orders(std::span<const Order> orders) const;
  Fault check_order(const Order& order, uint32_t slot) const;
  void take_orders(std::span<const Order> orders);
  void take_answered_orders();

  // ---- steps (world_steps.cc) ----
  void execute_tick();
  // Checks the joint move moves_ and puts everybody where it leads in occupant_; after a fault
  // occupant_ is as it was.
  Fault claim_moves();
  uint32_t find_ring() const;
  void delay_moves();
  void make_moves();

  // ---- drive: questions and answers (world_answers.cc) ----
  void start_drive();
  void handle_drive(const Event& event);
  void take_answer();
  void tell();
  void plan();
  void mark_held();
  bool worth_asking() const;
  Duration look_every() const { return std::min(60_s, model_->jam_after); }

  // ---- drive: motion (world_drive.cc) ----
  void made_one(uint32_t robot);
  // Whatever a standing robot can do now, it begins.
  void proceed(uint32_t robot);
  void drive_on(uint32_t robot, double speed);  // from its vertex along the next lane
  void hurry(uint32_t robot);                   // under way: more may be granted by now
  void brake(uint32_t robot);
  void change_exit(uint32_t robot, Stretch::Point here, double exit);
  double granted_ahead(uint32_t robot, double enough);
  bool may_enter(uint32_t robot, uint64_t visit);
  void arrive(uint32_t robot);
  void has_turned(uint32_t robot);
  bool must_stop(uint32_t robot) const;
  bool fresh(uint32_t robot) const;
  uint32_t visit_index(uint32_t robot, uint64_t visit) const {
    return static_cast<uint32_t>(robot * (model_->max_pending + 1) +
                                 visit % (model_->max_pending + 1));
  }
  uint32_t place_of_visit(uint32_t robot, uint64_t visit) const {
    return drive_.visits[visit_index(robot, visit)].vertex;
  }
  Move told(uint32_t robot, uint32_t k) const;
  Stretch stretch(uint32_t robot) const;

  // ---- at stops, batteries, failures, commands (world_upkeep.cc) ----
  void attend(uint32_t robot);
  void served(uint32_t robot);
  void errand_done(uint32_t robot);
  void order_changed(uint32_t robot);
  void stop_charging(uint32_t robot);
  void break_down(uint32_t robot);
  void run_empty(uint32_t robot);
  void repaired(uint32_t robot);
  void schedule_failure(uint32_t robot);
  void close(uint32_t closure, bool closed);
  void check_batteries();
  void settle_battery(uint32_t robot);
  bool battery_empty(uint32_t robot) const;
  double battery_left(uint32_t robot) const;
  void send_frame(uint32_t robot);
  void expire(uint32_t robot);
  void settle_state(uint32_t robot);

  // ---- of a state that was read (world_state.cc, world_pending.cc) ----
  bool goals_consistent() const;
  bool drive_consistent() const;
  bool motion_consistent(uint32_t robot) const;
  bool kpis_consistent() const;
  bool events_consistent() const;
  bool expected(const Event& event) const;
  bool outdated(const Event& event) const;

  // ---- what is measured (world_kpis.cc) ----
  void count_deadlocks();
  Time film_due() const;  // never(): no film
  void shoot();           // a frame of it
  void start_kpis();

  bool over() const;  // nothing is left to do, and nothing will come
  void end();
  double draw_s(const Distribution& law, RandomStream stream, uint64_t entity,
                uint64_t counter) const;

  std::shared_ptr<const Model> model_;
  Time now_;
  uint64_t handled_ = 0;
  uint64_t step_ = 0;
  uint32_t asked_ = 0;     // 1: a question awaits its answer
  uint32_t answered_ = 0;  // 1: the answer of this tick is in moves_ (steps)
  EventQueue<Event> events_;

  // Of robots as the planner sees them. In drive motion: after all they have been told.
  std::vector<uint32_t> vertex_;
  std::vector<uint8_t> heading_;
  std::vector<uint32_t> goal_;
  std::vector<uint32_t> then_;
  std::vector<int32_t> priority_;
  std::vector<uint8_t> held_;
  std::vector<uint32_t> notes_;     // empty: none yet
  std::vector<uint32_t> task_;      // slot
  std::vector<uint32_t> station_;   // of Order::go
  std::vector<uint8_t> loaded_;     // 1: between a task's first stop and its last
  std::vector<uint32_t> progress_;  // step of the robot's last progress
  std::vector<Move> moves_;         // the answer, to be executed or executed last
  std::vector<Order> orders_;       // the answer's, to be taken
  std::vector<Course> courses_;
  std::vector<uint32_t> occupant_;    // [vertices] robot; kNone
  std::vector<uint32_t> heading_to_;  // [vertices] robots whose goal it is; empty: no stations

  std::vector<Task> tasks_;
  uint32_t free_task_ = kNone;
  std::vector<uint32_t> live_;
  uint32_t next_id_ = 0;
  uint32_t line_ = 0;              // the next one
  std::vector<uint64_t> numbers_;  // [sources] tasks released

  DelayTrace delay_trace_;
  DriveState drive_;
  LastStep last_;
  Kpis kpis_;
  Outbox outbox_;
};

}  // namespace dure::floor
