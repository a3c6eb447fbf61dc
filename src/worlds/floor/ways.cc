#include "worlds/floor/ways.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace dure::floor {
namespace {

// [vertices] 1: there is a way from `hub` to it, or with `back` from it to `hub`.
std::vector<uint8_t> reach(const Roadmap& roads, uint32_t hub, bool back) {
  std::vector<uint8_t> reached(roads.vertices(), 0);
  std::vector<uint32_t> open{hub};
  reached[hub] = 1;
  const auto visit = [&](uint32_t v) {
    if (v == kNoVertex || reached[v] != 0) return;
    reached[v] = 1;
    open.push_back(v);
  };
  while (!open.empty()) {
    const uint32_t v = open.back();
    open.pop_back();
    if (back) {
      for (const Roadmap::Arrival& lane : roads.into(v)) visit(lane.from);
    } else {
      for (uint32_t h = 0; h < kHeadings; ++h) visit(roads.to(v, h));
    }
  }
  return reached;
}

}  // namespace

Result<void> check_ways(const Model& model) {
  if (model.stations.empty()) return {};
  const Station& first = model.stations[0];
  const uint32_t hub = first.docks[0];
  const std::vector<uint8_t> there = reach(model.roads, hub, false),
                             back = reach(model.roads, hub, true);
  const auto no_way = [](const std::string& from, const std::string& to, std::string key) {
    return Error{.message = "expected a way from " + from + " to " + to + ", found none",
                 .key = std::move(key)};
  };
  for (const Station& s : model.stations) {
    for (const uint32_t dock : s.docks) {
      const std::string key = "station " + s.name;
      if (there[dock] == 0) return no_way(quoted(first.name), quoted(s.name), key);
      if (back[dock] == 0) return no_way(quoted(s.name), quoted(first.name), key);
    }
  }
  for (size_t r = 0; r < model.robots.size(); ++r) {
    if (back[model.robots[r].vertex] == 0)
      return no_way("robot " + std::to_string(r + 1), quoted(first.name),
                    "robots." + model.type_of(static_cast<uint32_t>(r)).name);
  }
  const bool charger =
      std::any_of(model.stations.begin(), model.stations.end(),
                  [](const Station& s) { return (s.kinds & Station::charge) != 0; });
  if (model.has_batteries && !charger)
    return Error{.message =
                     "expected a [[station]] whose kinds have \"charge\", found none: robots "
                     "have batteries (battery_wh)",
                 .key = "station"};
  return {};
}

}  // namespace dure::floor
