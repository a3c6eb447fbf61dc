#include "worlds/floor/lorr_run.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::floor {
namespace {

LorrMoveError move_error(const Fault& fault) {
  using Kind = LorrMoveError::Kind;
  switch (fault.kind) {
    case Fault::Kind::size:
      return {Kind::size, kNone, kNone};
    case Fault::Kind::unallowed:
      return {Kind::unallowed, fault.robot, kNone};
    case Fault::Kind::vertex:
      return {Kind::vertex, fault.robot, fault.other};
    case Fault::Kind::edge:
      return {Kind::edge, fault.robot, fault.other};
    default:
      break;
  }
  DURE_ASSERT(false, "a fault of moves that these rules know");
  return {};
}

LorrScheduleError schedule_error(const Fault& fault) {
  using Kind = LorrScheduleError::Kind;
  switch (fault.kind) {
    case Fault::Kind::size:
      return {Kind::size, kNone, kNone, kNone};
    case Fault::Kind::finished:
      return {Kind::finished, fault.task, fault.robot, kNone};
    case Fault::Kind::taken:
      return {Kind::duplicate, fault.task, fault.robot, fault.other};
    case Fault::Kind::opened:
      return {Kind::opened, fault.task, fault.robot, fault.robot};
    default:
      break;
  }
  DURE_ASSERT(false, "a fault of orders that these rules know");
  return {};
}

}  // namespace

Result<std::shared_ptr<const Model>> lorr_model(const LorrProblem& problem, uint32_t steps,
                                                uint64_t seed) {
  Model m;
  set_grid(m, problem.grid);
  m.motion = Motion::steps;
  m.tick = kLorrTick;
  m.end = m.start + kLorrTick * int64_t{steps};
  m.seed = seed;
  m.delays = problem.delays;
  for (const uint32_t vertex : problem.starts) m.robots.push_back({.vertex = vertex});
  for (const uint32_t vertex : problem.errands) m.stops.push_back({.vertex = vertex});
  for (uint32_t line = 0; line < problem.task_lines(); ++line) {
    const uint32_t first = problem.first_errand[line];
    TaskLine task;
    task.first = first;
    task.stops = problem.first_errand[line + 1] - first;
    m.lines.push_back(task);
  }
  m.pool = problem.pool();
  if (problem.ticks_per_move > 1)
    m.assumptions.push_back("a move or turn takes one tick, not " +
                            std::to_string(problem.ticks_per_move) + " (agentCounter)");
  DURE_CHECK(m.finish());
  return std::make_shared<const Model>(std::move(m));
}

// What a policy does not say stays as it is: a robot without an order is proposed its task again.
void LorrRecorder::before(const World& world, const World::Action& action) {
  const uint32_t robots = world.robots();
  step_ = {};
  moves_ = action.moves;
  if (moves_.empty()) moves_.assign(robots, Move::wait);
  tasks_.resize(robots);
  for (uint32_t i = 0; i < robots; ++i) {
    const uint32_t slot = world.task_of(i);
    tasks_[i] = slot == kNone ? kNone : world.task(slot).id;
  }
  for (const Order& order : action.orders) {
    if (order.robot < robots)
      tasks_[order.robot] = order.kind == Order::Kind::task ? order.what : kNone;
  }
}

void LorrRecorder::after(const World& world) {
  const LastStep& last = world.last();
  if (last.move) step_.move_error = move_error(last.move);
  if (last.order) step_.schedule_error = schedule_error(last.order);
  done_.clear();
  for (const LastStep::Errand& e : last.errands) done_.push_back({e.robot, e.task, e.errand});
  step_.proposed = moves_;
  step_.executed = world.moves();
  step_.tasks = tasks_;
  // Orders that are not even one for a robot are a schedule of no size.
  if (last.order.kind == Fault::Kind::size) step_.tasks = {};
  step_.done = done_;
  step_.revealed = world.released();
  log_.add(step_);
}

}  // namespace dure::floor
