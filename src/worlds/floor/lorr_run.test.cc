#include "worlds/floor/lorr_run.h"

#include <algorithm>
#include <set>

#include "worlds/floor/audit_lorr.h"
#include "worlds/floor/audit_paths.h"
#include "worlds/floor/distance.h"
#include "worlds/floor/lorr_disturb.h"
#include "worlds/floor/test_lorr.h"

namespace dure::floor {
namespace {

// Free robots take the oldest free tasks; each robot goes where it likes best of what is free,
// sometimes elsewhere.
class Walk {
 public:
  explicit Walk(const World& world) : distances_(world.model().roads, {}) {}

  const World::Action& decide(const World& world, const World::Request&) {
    action_ = {};
    auto task = world.pool().begin();
    for (uint32_t r = 0; r < world.robots(); ++r) {
      if (world.task_of(r) != kNone) continue;
      while (task != world.pool().end() && world.task(*task).robot != kNone) ++task;
      if (task == world.pool().end()) break;
      action_.orders.push_back({r, Order::Kind::task, world.task(*task++).id});
    }
    const Fleet fleet = world.fleet();
    std::set<uint32_t> taken(fleet.vertex.begin(), fleet.vertex.end());
    for (uint32_t r = 0; r < fleet.robots(); ++r) {
      const uint32_t ahead = fleet.roads->to(fleet.vertex[r], fleet.heading[r]);
      const auto cost = [&](uint32_t vertex, uint32_t heading) {
        return fleet.goal[r] == kNoVertex ? 0 : distances_.at(fleet.goal[r], vertex, heading % 4);
      };
      const bool free = ahead != kNoVertex && !taken.contains(ahead);
      Move move = Move::wait;
      if (random_.chance(0.4)) {
        move = random_.chance(0.7) && free ? Move::forward : Move::right;
      } else if (const uint32_t here = cost(fleet.vertex[r], fleet.heading[r]); here == 0) {
        move = Move::wait;
      } else if (free && cost(ahead, fleet.heading[r]) < here) {
        move = Move::forward;
      } else if (cost(fleet.vertex[r], fleet.heading[r] + 1u) < here) {
        move = Move::right;
      } else if (cost(fleet.vertex[r], fleet.heading[r] + 3u) < here) {
        move = Move::left;
      }
      if (move == Move::forward) taken.insert(ahead);
      action_.moves.push_back(move);
    }
    return action_;
  }

 private:
  Distances distances_;
  Random random_{7, 1, 0};
  World::Action action_;
};

LorrProblem busy_problem() {
  auto files = small_lorr_files();
  std::string map = "type octile\nheight 8\nwidth 9\nmap\n";
  for (int row = 0; row < 8; ++row) map += row % 3 == 1 ? ".@.@.@.@.\n" : ".........\n";
  files["maps/small.map"] = map;
  files["small.agents"] = "8\n0\n2\n4\n6\n18\n20\n22\n24\n";
  files["small.tasks"] = "5\n71,1\n8,8,63\n30\n45,0,44,8\n27,26\n";
  files["problem.json"].replace(files["problem.json"].find("2"), 1, "8");
  return parse_lorr(files).value();
}

// The run of a policy, before all auditors.
struct Run {
  std::shared_ptr<const Model> model;
  LorrOutputFile out;
  LorrAudit audit;
  uint64_t conflicts = 0;
  Kpis kpis;
};
template <class MakePolicy>
Run run(const LorrProblem& problem, uint32_t steps, const MakePolicy& make) {
  Run r;
  r.model = lorr_model(problem, steps).value();
  World world(r.model);
  LorrRecorder recorder(problem);
  PathAudit paths(r.model->roads);
  auto policy = make(world);
  struct Watched {
    decltype(policy)& inner;
    PathAudit& paths;
    const World::Action& decide(const World& w, const World::Request& request) {
      paths.see(w.fleet().vertex, w.fleet().heading);
      return inner.decide(w, request);
    }
  };
  run_lorr(world, recorder, Watched{policy, paths});
  r.conflicts = paths.count();
  r.kpis = world.kpis();
  const std::string text = lorr_output(problem, recorder.log(), {});
  r.out = parse_lorr_output(text, "output.json").value();
  LorrAuditOptions options;
  options.steps = steps;
  r.audit = audit_lorr(problem, r.out, options).value();
  return r;
}

std::string first_of(const LorrAudit& a) {
  return a.violations.empty() ? "" : a.violations[0].text;
}

}  // namespace

TEST_CASE("a problem's model") {
  const LorrProblem p = small_lorr();
  const auto m = lorr_model(p, 7, 5).value();
  CHECK(m->motion == Motion::steps);
  CHECK(m->robots.size() == 2);
  CHECK(m->pool == 3);
  CHECK(m->lines.size() == 3);
  CHECK(m->seed == 5);
  CHECK(m->end == m->start + 7 * m->tick);
  CHECK(m->cell_of == p.grid.cell_of);
  CHECK(m->assumptions.empty());
  LorrProblem later = p;
  later.ticks_per_move = 3;
  later.delays.events = Delays::Events::bernoulli;
  CHECK(lorr_model(later, 7).value()->delays.events == Delays::Events::bernoulli);
  CHECK(lorr_model(later, 7).value()->assumptions.size() == 1);
}

TEST_CASE("the world plays what was worked out by hand") {
  const LorrProblem p = small_lorr();
  struct Script {
    LorrLog log = small_lorr_log();
    World::Action action;
    const World::Action& decide(const World& world, const World::Request& request) {
      const size_t t = request.step;
      action = {};
      for (uint32_t r = 0; r < 2; ++r)
        action.moves.push_back(static_cast<Move>(log.moves()[2 * t + r] & 15));
      for (const LorrLog::Change& c : log.proposals()) {
        if (c.time != t + 1) continue;
        action.orders.push_back(
            {c.robot, c.task == kNone ? Order::Kind::none : Order::Kind::task, c.task});
      }
      CHECK(world.released() == (t < 2 ? 3u : t < 4 ? 4u : 5u));
      return action;
    }
  };
  World world(lorr_model(p, 7).value());
  LorrRecorder recorder(p);
  run_lorr(world, recorder, Script{});
  CHECK(lorr_output(p, recorder.log(), {}) == lorr_output(p, small_lorr_log(), {}));
}

TEST_CASE("runs of a sound policy pass the auditors") {
  const Run r = run(busy_problem(), 400, [](const World& w) { return Walk(w); });
  CHECK_MESSAGE(r.audit.count() == 0, first_of(r.audit));
  CHECK(r.conflicts == 0);
  CHECK(r.audit.planner_errors == 0);
  CHECK(r.audit.schedule_errors == 0);
  CHECK(r.audit.steps == 400);
  CHECK(r.audit.finished == r.kpis.done);
  CHECK(r.audit.finished > 10);
}

TEST_CASE("runs of an unsound policy are told as they were, with every kind of error") {
  std::set<std::string> kinds;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Run r = run(busy_problem(), 400,
                      [&](const World& w) { return LorrDisturbed<Walk>(Walk(w), seed, 0.3); });
    CHECK_MESSAGE(r.audit.count() == 0, first_of(r.audit));
    CHECK(r.conflicts == 0);
    CHECK(r.audit.planner_errors == r.kpis.move_faults);
    CHECK(r.audit.schedule_errors == r.kpis.order_faults);
    CHECK(r.audit.finished == r.kpis.done);
    CHECK(r.audit.finished > 10);
    for (const auto& e : *r.out.errors) kinds.insert(e.text);
    for (const auto& e : *r.out.refusals) kinds.insert(e.text);
  }
  CHECK(kinds.size() == 8);
}

}  // namespace dure::floor
