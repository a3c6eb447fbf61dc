#include "worlds/floor/rules.h"

#include <algorithm>
#include <utility>

#include "worlds/floor/dispatch.h"
#include "worlds/floor/guidance.h"
#include "worlds/floor/plan_pibt.h"
#include "worlds/floor/plan_prioritised.h"
#include "worlds/floor/plan_windowed.h"

namespace dure::floor {
namespace {

// Operations that lns looks at for each robot and step, when the scenario does not say.
constexpr uint64_t kLnsPerRobot = 20;
constexpr uint8_t kKeepOff = 4;  // steps from a dock that is taken, beyond its alley
constexpr uint8_t kLongestSpur = 100;
// When a run begins all tables of distances are still to be made: so many robots set out in the
// first step, as many more in the second, and so on, so that no step takes long.
constexpr uint64_t kSetOut = 250;

// Blind alleys that end at a dock: two robots cannot pass each other there.
// [vertices] for the vertices of such an alley its dock, and for docks its length and the first
// vertex outside.
struct Spurs {
  std::vector<uint32_t> dock;  // kNone: in none
  std::vector<uint8_t> steps;
  std::vector<uint32_t> mouth;
};

Spurs find_spurs(const Model& model) {
  Spurs spurs{std::vector<uint32_t>(model.vertices(), kNone),
              std::vector<uint8_t>(model.vertices(), 0),
              std::vector<uint32_t>(model.vertices(), kNoVertex)};
  auto& [spur_of, steps, mouth] = spurs;
  const Roadmap& roads = model.roads;
  std::vector<uint32_t> near;
  for (const Station& station : model.stations) {
    for (const uint32_t dock : station.docks) {
      for (uint32_t v = dock, before = kNoVertex; steps[dock] < kLongestSpur;) {
        near.clear();
        for (uint32_t h = 0; h < kHeadings; ++h) {
          if (roads.to(v, h) != kNoVertex) near.push_back(roads.to(v, h));
        }
        for (const Roadmap::Arrival& lane : roads.into(v)) near.push_back(lane.from);
        std::sort(near.begin(), near.end());
        near.erase(std::unique(near.begin(), near.end()), near.end());
        std::erase(near, before);
        if (near.size() != 1) break;
        spur_of[v] = dock;
        ++steps[dock];
        before = v;
        v = mouth[dock] = near[0];
      }
    }
  }
  return spurs;
}

}  // namespace

struct Rules::Tools {
  std::shared_ptr<const Model> model;  // kept, so that no other can come to stand at its address
  Distances distances;
  Dispatcher dispatcher;
  std::unique_ptr<Planner> planner;
  Steps steps;
  std::vector<uint32_t> goal, then;  // [robots]
  std::vector<uint8_t> keep_off;     // [robots]
  Spurs spurs;
  std::vector<uint32_t> next_in;  // [vertices] robot that may come to the dock; kNone: nobody yet

  Tools(std::shared_ptr<const Model> of, const PolicyKeys& keys)
      : model(std::move(of)),
        distances(model->roads, guided_costs(*model, keys.guidance)),
        dispatcher(*model, distances, keys),
        spurs(find_spurs(*model)) {
    const Model& m = *model;
    switch (keys.planner) {
      case PlannerKind::pibt:
      case PlannerKind::lns: {
        PibtOptions o{.seed = m.seed};
        if (keys.window > 0) o.length = keys.window;
        if (keys.planner == PlannerKind::lns)
          o.budget = keys.budget > 0 ? keys.budget : kLnsPerRobot * m.robots.size();
        planner = std::make_unique<PibtPlanner>(m.roads, distances, o);
        break;
      }
      case PlannerKind::prioritised: {
        PrioritisedOptions o;
        if (keys.window > 0) o.window = keys.window;
        if (keys.budget > 0) o.budget = keys.budget;
        planner = std::make_unique<PrioritisedPlanner>(m.roads, distances, o);
        break;
      }
      case PlannerKind::windowed: {
        WindowedOptions o;
        if (keys.window > 0) o.fallback.window = keys.window;
        if (keys.budget > 0) o.budget = keys.budget;
        planner = std::make_unique<WindowedPlanner>(m.roads, distances, o);
        break;
      }
    }
  }
};

Rules::Rules(PolicyKeys keys) : keys_(std::move(keys)) {}
Rules::~Rules() = default;
Rules::Rules(Rules&&) noexcept = default;
Rules& Rules::operator=(Rules&&) noexcept = default;

void Rules::prepare(const std::shared_ptr<const Model>& model) {
  if (!tools_ || tools_->model != model) tools_ = std::make_unique<Tools>(model, keys_);
}

const World::Action& Rules::decide(const World& world, const World::Request&) {
  prepare(world.shared_model());
  tools_->distances.begin();
  tools_->dispatcher.decide(world, action_.orders);
  tools_->distances.begin();

  // Orders take effect with this step: the planner already looks where they lead.
  std::vector<uint32_t>& goal = tools_->goal;
  std::vector<uint32_t>& then = tools_->then;
  Fleet fleet = world.fleet();
  goal.assign(fleet.goal.begin(), fleet.goal.end());
  then.assign(fleet.then.begin(), fleet.then.end());
  for (const Order& o : action_.orders) {
    goal[o.robot] = then[o.robot] = kNoVertex;
    if (o.kind == Order::Kind::task) {
      const Task& task = world.task(world.find_task(o.what));
      goal[o.robot] = world.stop_vertex(task, 0);
      if (task.stops > 1) then[o.robot] = world.stop_vertex(task, 1);
    } else if (o.kind == Order::Kind::go) {
      goal[o.robot] = world.model().stations[o.what].docks[0];
    }
  }
  for (uint64_t r = kSetOut * (fleet.step + 1); r < goal.size(); ++r) goal[r] = then[r] = kNoVertex;
  if (keys_.threads > 1) {
    std::vector<Distances::Question> questions;
    for (uint32_t r = 0; r < goal.size(); ++r) {
      if (goal[r] != kNoVertex) questions.push_back({goal[r], fleet.vertex[r]});
    }
    tools_->distances.prepare(std::move(questions), keys_.threads);
  }
  fleet.goal = goal;
  fleet.then = then;
  if (!world.model().stations.empty()) {
    queue_at_docks(world, fleet);
    fleet.keep_off = tools_->keep_off;
  }
  tools_->planner->plan(fleet, tools_->steps);
  action_.moves = tools_->steps.moves;
  action_.notes = tools_->steps.notes;
  return action_;
}

// A dock takes one robot: the one that stands there, or else the nearest of those on their way.
// The others keep far enough off for it to leave again.
void Rules::queue_at_docks(const World& world, const Fleet& fleet) {
  Tools& t = *tools_;
  const std::vector<uint32_t>& station_of = world.model().station_of;
  t.keep_off.assign(fleet.robots(), 0);
  t.next_in.assign(world.model().vertices(), kNone);
  const auto way = [&](uint32_t r) {
    return t.distances.at(fleet.goal[r], fleet.vertex[r], fleet.heading[r]);
  };
  // Who has nothing to do leaves an alley whose dock another one wants.
  std::vector<uint8_t> wanted(world.model().vertices(), 0);
  for (const uint32_t g : t.goal) {
    if (g != kNoVertex) wanted[g] = 1;
  }
  for (uint32_t r = 0; r < fleet.robots(); ++r) {
    const uint32_t dock = t.spurs.dock[fleet.vertex[r]];
    if (dock != kNone && t.goal[r] == kNoVertex && wanted[dock]) t.goal[r] = t.spurs.mouth[dock];
  }
  for (uint32_t r = 0; r < fleet.robots(); ++r) {
    // One that has nothing to do there is pushed away by who comes.
    const uint32_t v = fleet.vertex[r];
    const bool held = !fleet.held.empty() && fleet.held[r] != 0;
    const bool busy = fleet.goal[r] != kNoVertex || held;
    if (busy && station_of[v] != kNone) t.next_in[v] = r;
    // One that leaves has its alley to itself.
    if (busy && t.spurs.dock[v] != kNone && fleet.goal[r] != t.spurs.dock[v])
      t.next_in[t.spurs.dock[v]] = r;
  }
  for (uint32_t r = 0; r < fleet.robots(); ++r) {
    if (fleet.goal[r] == kNoVertex || station_of[fleet.goal[r]] == kNone) continue;
    uint32_t& next = t.next_in[fleet.goal[r]];
    if (next == kNone || (fleet.vertex[next] != fleet.goal[r] &&
                          fleet.goal[next] == fleet.goal[r] && way(r) < way(next)))
      next = r;
  }
  for (uint32_t r = 0; r < fleet.robots(); ++r) {
    if (fleet.goal[r] == kNoVertex || station_of[fleet.goal[r]] == kNone) continue;
    if (t.next_in[fleet.goal[r]] != r)
      t.keep_off[r] = static_cast<uint8_t>(kKeepOff + t.spurs.steps[fleet.goal[r]]);
  }
}

uint64_t Rules::work() const { return tools_ ? tools_->planner->work() : 0; }

}  // namespace dure::floor
