// A floor of robots for the tests of planners: goals without end, and a check of each joint move
// that shares nothing with the planners.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"
#include "worlds/floor/distance.h"
#include "worlds/floor/plan.h"

namespace dure::floor {

struct TestFloor {
  Grid grid;
  Random random;
  std::vector<uint32_t> vertex, goal, then;
  std::vector<uint8_t> heading, held;
  std::vector<int32_t> priority;
  std::vector<uint32_t> notes;
  std::vector<Move> last;
  bool rings = true;
  bool one_shot = false;  // goals do not change
  uint64_t step = 0;
  uint32_t done = 0;
  uint32_t broken = 0;  // rules

  // `rows` of '.' free and '@' blocked.
  TestFloor(const std::vector<std::string>& rows, uint32_t robots, uint64_t seed)
      : random{seed, 1, 0} {
    std::vector<uint8_t> free;
    for (const std::string& row : rows) {
      for (const char c : row) free.push_back(c == '.');
    }
    grid =
        make_grid(static_cast<uint32_t>(rows[0].size()), static_cast<uint32_t>(rows.size()), free);
    // Goals only where the first robot can go: all stand in one piece of the floor.
    std::vector<uint32_t> piece{0};
    std::vector<uint8_t> in(grid.roads.vertices(), 0);
    in[0] = 1;
    for (size_t i = 0; i < piece.size(); ++i) {
      for (uint32_t h = 0; h < kHeadings; ++h) {
        const uint32_t to = grid.roads.to(piece[i], h);
        if (to == kNoVertex || in[to]) continue;
        in[to] = 1;
        piece.push_back(to);
      }
    }
    places = piece;
    random.shuffle(std::span(piece));
    REQUIRE(robots <= piece.size());
    for (uint32_t r = 0; r < robots; ++r) {
      vertex.push_back(piece[r]);
      heading.push_back(static_cast<uint8_t>(random.below(4)));
      goal.push_back(any_place());
      then.push_back(any_place());
    }
    held.assign(robots, 0);
  }

  static std::vector<std::string> random_rows(uint32_t width, uint32_t height, double blocked,
                                              uint64_t seed) {
    Random random{seed, 2, 0};
    std::vector<std::string> rows;
    for (uint32_t y = 0; y < height; ++y) {
      rows.emplace_back();
      for (uint32_t x = 0; x < width; ++x) {
        rows.back().push_back(x + y > 0 && random.chance(blocked) ? '@' : '.');
      }
    }
    return rows;
  }
  uint32_t any_place() { return places[random.below(places.size())]; }
  uint32_t robots() const { return static_cast<uint32_t>(vertex.size()); }

  Fleet fleet() const {
    return {&grid.roads, step,  vertex, heading, goal, then, priority,
            held,        notes, {},     {},      {},   rings};
  }

  // One step: plan, check, move, new goals for those who are there.
  void advance(Planner& planner) {
    Steps steps;
    planner.plan(fleet(), steps);
    REQUIRE(steps.moves.size() == robots());
    const std::vector<uint32_t> before = vertex;
    for (uint32_t r = 0; r < robots(); ++r) {
      switch (steps.moves[r]) {
        case Move::forward:
          broken += grid.roads.to(vertex[r], heading[r]) == kNoVertex;
          vertex[r] = grid.roads.to(vertex[r], heading[r]);
          break;
        case Move::right:
          heading[r] = (heading[r] + 1) & 3;
          break;
        case Move::left:
          heading[r] = (heading[r] + 3) & 3;
          break;
        case Move::wait:
          break;
      }
      broken += held[r] && steps.moves[r] != Move::wait;
    }
    REQUIRE(broken == 0);
    std::vector<uint32_t> was(grid.roads.vertices(), kNoVertex),
        is(grid.roads.vertices(), kNoVertex);
    for (uint32_t r = 0; r < robots(); ++r) {
      broken += is[vertex[r]] != kNoVertex;
      is[vertex[r]] = r;
      was[before[r]] = r;
    }
    for (uint32_t r = 0; r < robots(); ++r) {
      const uint32_t other = was[vertex[r]];  // follow whoever was where it went
      broken += vertex[r] != before[r] && other != kNoVertex && vertex[other] == before[r];
      if (rings || vertex[r] == before[r]) continue;
      uint32_t at = other, seen = 0;
      while (at != kNoVertex && at != r && vertex[at] != before[at] && ++seen < robots()) {
        at = was[vertex[at]];
      }
      broken += at == r;
    }
    CHECK(broken == 0);
    notes = steps.notes;
    last = steps.moves;
    ++step;
    for (uint32_t r = 0; r < robots(); ++r) {
      if (vertex[r] != goal[r]) continue;
      ++done;
      if (one_shot) continue;
      goal[r] = then[r] == kNoVertex ? any_place() : then[r];
      then[r] = random.chance(0.3) ? kNoVertex : any_place();
    }
  }
  uint32_t at_goal() const {
    uint32_t there = 0;
    for (uint32_t r = 0; r < robots(); ++r) there += vertex[r] == goal[r];
    return there;
  }

  std::vector<uint32_t> places;
};

using MakePlanner = std::function<std::unique_ptr<Planner>(const Roadmap&, Distances&)>;

// The same floor with a new planner in every step moves in the same way.
inline void check_resumed(const TestFloor& start, const MakePlanner& make, int steps) {
  TestFloor straight = start, resumed = start;
  Distances distances(straight.grid.roads, {});
  const auto planner = make(straight.grid.roads, distances);
  for (int t = 0; t < steps; ++t) {
    straight.advance(*planner);
    Distances fresh(resumed.grid.roads, {});
    resumed.advance(*make(resumed.grid.roads, fresh));
    REQUIRE(straight.last == resumed.last);
    REQUIRE(straight.notes == resumed.notes);
  }
}

}  // namespace dure::floor
