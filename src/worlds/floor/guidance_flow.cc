#include "worlds/floor/guidance_flow.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "worlds/floor/streams.h"

namespace dure::floor {
namespace {

constexpr uint8_t kStep = 2;  // units of a step and of a quarter turn
constexpr double kDearest = 31;
constexpr double kShortestGap = 1e-3;  // s
constexpr double kCapacity = 0.5;      // robots a step through a vertex, with turns now and then
constexpr uint32_t kNoLane = ~uint32_t{0};

// Draws trips from what is known of tasks.
class Trips {
 public:
  Trips(const Model& model, uint64_t seed)
      : model_(model), random_{.seed = seed, .stream = stream_id(kFlowTrips, 0)} {
    if (!model.sources.empty()) {
      for (const Source& source : model.sources) {
        sum_ += 1 / std::max(source.gap.mean(), kShortestGap);
        up_to_.push_back(sum_);
      }
    } else if (model.lines.empty() || model.pool > 0) {
      find_piece();
    }
  }

  // A goal, and then any number of places from which robots come to it.
  uint32_t goal() {
    chain_ = draw_chain();
    stop_ = static_cast<uint32_t>(random_.below(stops(chain_)));
    return place(chain_, stop_);
  }
  uint32_t start() {
    if (stop_ > 0) return place(chain_, stop_ - 1);
    const uint32_t before = draw_chain();
    return place(before, stops(before) - 1);
  }

 private:
  // Chains are sources, or lines, or else one of one stop that may be anywhere.
  uint32_t draw_chain() {
    if (!up_to_.empty()) {
      const double at = random_.uniform() * sum_;
      const auto found = std::upper_bound(up_to_.begin(), up_to_.end() - 1, at);
      return static_cast<uint32_t>(found - up_to_.begin());
    }
    return piece_.empty() ? static_cast<uint32_t>(random_.below(model_.lines.size())) : 0;
  }
  uint32_t stops(uint32_t chain) const {
    if (!up_to_.empty()) return static_cast<uint32_t>(model_.sources[chain].chain.size());
    return piece_.empty() ? model_.lines[chain].stops : 1;
  }
  uint32_t place(uint32_t chain, uint32_t stop) {
    if (!up_to_.empty()) {
      const std::vector<uint32_t>& stations = model_.sources[chain].chain[stop];
      return dock_of(stations[random_.below(stations.size())]);
    }
    if (!piece_.empty()) return piece_[random_.below(piece_.size())];
    const Stop& s = model_.stops[model_.lines[chain].first + stop];
    return s.vertex != kNoVertex ? s.vertex : dock_of(s.station);
  }
  uint32_t dock_of(uint32_t station) {
    const std::vector<uint32_t>& docks = model_.stations[station].docks;
    return docks[random_.below(docks.size())];
  }
  void find_piece() {
    std::vector<uint8_t> in(model_.vertices(), 0);
    const auto add = [&](uint32_t v) {
      if (v == kNoVertex || in[v] != 0) return;
      in[v] = 1;
      piece_.push_back(v);
    };
    for (const Robot& robot : model_.robots) add(robot.vertex);
    if (piece_.empty()) add(0);
    for (size_t i = 0; i < piece_.size(); ++i) {
      for (uint32_t h = 0; h < kHeadings; ++h) add(model_.roads.to(piece_[i], h));
    }
  }

  const Model& model_;
  Random random_;
  double sum_ = 0;
  std::vector<double> up_to_;      // [sources] of sum_
  std::vector<uint32_t> piece_;    // where robots can come to
  uint32_t chain_ = 0, stop_ = 0;  // of the goal
};

// The lane that leads back; kNoLane: there is none.
std::vector<uint32_t> lanes_back(const Roadmap& roads) {
  std::vector<uint32_t> back(roads.next.size(), kNoLane);
  for (uint32_t lane = 0; lane < back.size(); ++lane) {
    const uint32_t to = roads.next[lane];
    if (to == kNoVertex) continue;
    for (uint32_t h = 0; h < kHeadings; ++h) {
      if (roads.to(to, h) == lane / kHeadings) back[lane] = to * kHeadings + h;
    }
  }
  return back;
}

Costs costs_of(const Model& model, const FlowOptions& o, const std::vector<double>& flow,
               const std::vector<uint32_t>& back) {
  Costs costs;
  costs.step = costs.turn = kStep;
  const size_t lanes = model.roads.next.size();
  std::vector<double> through(model.vertices(), 0.0);
  for (uint32_t lane = 0; lane < lanes; ++lane) {
    if (flow[lane] > 0) through[model.roads.next[lane]] += flow[lane];
  }
  costs.forward.resize(lanes, kStep);
  for (uint32_t lane = 0; lane < lanes; ++lane) {
    const uint32_t to = model.roads.next[lane];
    if (to == kNoVertex) continue;
    const double load = through[to] / kCapacity, squared = load * load;
    double more = o.crowded * squared * squared;
    if (back[lane] != kNoLane) more += o.opposed * flow[back[lane]];
    costs.forward[lane] = static_cast<uint8_t>(std::min(kDearest, std::round(kStep * (1 + more))));
  }
  return costs;
}

// Appends the lanes of the cheapest way, if there is one.
void add_way(const Model& model, Distances& distances, const Trip& trip,
             std::vector<uint32_t>& lanes) {
  const Costs& costs = distances.costs();
  const uint32_t table = distances.table(trip.to);
  if (distances.word(table, trip.from) >> 12 >= Distances::kUnreachable) return;
  uint32_t heading = kNoVertex;  // any, at the start
  for (uint32_t v = trip.from; v != trip.to;) {
    uint32_t least = ~uint32_t{0}, way = 0;
    for (uint32_t h = 0; h < kHeadings; ++h) {
      const uint32_t to = model.roads.to(v, h);
      if (to == kNoVertex) continue;
      const uint32_t apart = (h - heading) % kHeadings;
      const uint32_t turns = heading == kNoVertex ? 0 : apart == 3 ? 1 : apart;
      const uint32_t cost = turns * costs.turn + costs.forward[v * kHeadings + h] +
                            Distances::heading_of(distances.word(table, to), h);
      if (cost < least) {
        least = cost;
        way = h;
      }
    }
    lanes.push_back(v * kHeadings + way);
    v = model.roads.to(v, way);
    heading = way;
  }
}

}  // namespace

std::vector<Trip> draw_trips(const Model& model, const FlowOptions& o) {
  std::vector<Trip> trips;
  Trips draw(model, o.seed);
  for (uint32_t g = 0; g < o.batches * o.goals; ++g) {
    const uint32_t to = draw.goal();
    for (uint32_t s = 0; s < o.starts; ++s) trips.push_back({draw.start(), to});
  }
  return trips;
}

std::vector<double> predict_flows(const Model& model, const FlowOptions& options) {
  FlowOptions o = options;
  const size_t lanes = model.roads.next.size();
  // Each goal is a search through all lanes.
  const uint64_t searches = std::max<uint64_t>(4, o.most_work / lanes);
  o.batches = static_cast<uint32_t>(std::min<uint64_t>(o.batches, searches));
  o.goals = static_cast<uint32_t>(std::min<uint64_t>(o.goals, searches / o.batches));
  const std::vector<uint32_t> back = lanes_back(model.roads);
  const std::vector<Trip> trips = draw_trips(model, o);
  const size_t of_batch = size_t{o.goals} * o.starts;
  std::vector<double> flow(lanes, 0.0);
  std::vector<uint32_t> used;
  for (uint32_t batch = 0; batch < o.batches; ++batch) {
    Distances distances(model.roads, costs_of(model, o, flow, back));
    used.clear();
    for (size_t i = 0; i < of_batch; ++i)
      add_way(model, distances, trips[batch * of_batch + i], used);
    if (used.empty()) continue;
    const double share = std::max(o.fade, 1.0 / (batch + 1));
    for (double& f : flow) f *= 1 - share;
    // As if all robots were under way.
    const double each =
        share * static_cast<double>(model.robots.size()) / static_cast<double>(used.size());
    for (const uint32_t lane : used) flow[lane] += each;
  }
  return flow;
}

Costs flow_costs(const Model& model, const FlowOptions& o) {
  return costs_of(model, o, predict_flows(model, o), lanes_back(model.roads));
}

}  // namespace dure::floor
