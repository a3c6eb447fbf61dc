// Policies of a few lines, for tests and oracles.
#pragma once

#include <vector>

#include "worlds/floor/world.h"

namespace dure::floor::test {

// Tasks to free robots, lowest ids first; a robot that has none stays out of it.
struct FirstFree {
  std::vector<Order> operator()(const World& w) const {
    std::vector<Order> out;
    uint32_t r = 0;
    for (const uint32_t slot : w.pool()) {
      if (w.task(slot).robot != kNone) continue;
      while (r < w.robots() && (w.task_of(r) != kNone || w.held(r))) ++r;
      if (r == w.robots()) break;
      out.push_back({r++, Order::Kind::task, w.task(slot).id});
    }
    return out;
  }
};

// Everybody takes a shortest way, one robot after the other, lower ids first; who finds the way
// taken waits, or moves aside when that is free. Makes no rings and breaks no rules; it may jam.
struct Greedy {
  World::Action decide(const World& w, const World::Request&) const {
    World::Action out;
    out.orders = FirstFree()(w);
    out.moves = moves_for(w.fleet());
    return out;
  }

  static std::vector<uint32_t> steps_to(const Roadmap& roads, uint32_t goal) {
    std::vector<uint32_t> d(roads.vertices(), kNone), line{goal};
    d[goal] = 0;
    for (size_t i = 0; i < line.size(); ++i) {
      for (const auto& a : roads.into(line[i])) {
        if (d[a.from] != kNone) continue;
        d[a.from] = d[line[i]] + 1;
        line.push_back(a.from);
      }
    }
    return d;
  }

  static std::vector<Move> moves_for(const Fleet& f) {
    const Roadmap& roads = *f.roads;
    std::vector<Move> out(f.robots(), Move::wait);
    std::vector<uint8_t> taken(roads.vertices(), 0);
    for (const uint32_t v : f.vertex) taken[v] = 1;  // left in this step or not
    for (uint32_t r = 0; r < f.robots(); ++r) {
      const uint32_t goal = f.goal[r], v = f.vertex[r];
      if (f.held[r] || goal == kNoVertex || goal == v) continue;
      const auto d = steps_to(roads, goal);
      uint32_t best = kNone, way = 0;
      for (uint32_t h = 0; h < kHeadings; ++h) {
        const uint32_t to = roads.to(v, h);
        if (to == kNoVertex || d[to] == kNone) continue;
        // Somebody in the way counts as a detour of a few steps.
        const uint32_t cost = 4 * d[to] + 9 * taken[to] + (h != f.heading[r]);
        if (cost < best) {
          best = cost;
          way = h;
        }
      }
      if (best == kNone) continue;
      if (way != f.heading[r]) {
        out[r] = (way - f.heading[r]) % 4 == 3 ? Move::left : Move::right;
      } else if (!taken[roads.to(v, way)]) {
        taken[roads.to(v, way)] = 1;
        out[r] = Move::forward;
      }
    }
    return out;
  }
};

}  // namespace dure::floor::test
