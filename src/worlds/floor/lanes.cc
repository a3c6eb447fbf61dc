#include "worlds/floor/lanes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace dure::floor {
namespace {

constexpr size_t kMostVertices = 16'000'000;

// One direction of a drawn lane.
struct Way {
  size_t lane = 0;
  uint32_t from = 0, to = 0;
  double x = 0, y = 0;  // of its direction, length 1
  uint32_t heading = 0;
};

// How well a heading fits: the cosine of the angle between.
double fit(const Way& way, uint32_t heading) {
  constexpr std::array<std::array<double, 2>, kHeadings> direction = {
      {{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  return way.x * direction[heading][0] + way.y * direction[heading][1];
}

// Of the ways out of one point, those get their heading first that fit it best.
void give_headings(std::vector<Way*>& out) {
  std::array<bool, kHeadings> taken{};
  std::vector<bool> done(out.size());
  for (size_t round = 0; round < out.size(); ++round) {
    size_t best = 0;
    uint32_t heading = 0;
    double most = -2;
    for (size_t i = 0; i < out.size(); ++i) {
      for (uint32_t h = 0; h < kHeadings; ++h) {
        const double f = fit(*out[i], h);
        if (done[i] || taken[h] || f <= most + 1e-12) continue;
        best = i;
        heading = h;
        most = f;
      }
    }
    out[best]->heading = heading;
    done[best] = true;
    taken[heading] = true;
  }
}

}  // namespace

Result<CutRoads> cut_lanes(const std::vector<DrawnPoint>& points,
                           const std::vector<DrawnLane>& lanes, double cell_m, size_t* at_fault) {
  const auto fault = [&](size_t lane, std::string message) {
    if (at_fault != nullptr) *at_fault = lane;
    return Error{std::move(message)};
  };
  std::vector<Way> ways;
  std::vector<double> length(lanes.size());
  for (size_t i = 0; i < lanes.size(); ++i) {
    const DrawnLane& l = lanes[i];
    const Point a = points[l.from].at, b = points[l.to].at;
    length[i] = std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
    if (!(length[i] > 0)) {
      return fault(i, "expected two points apart, found " + quoted(points[l.from].name) + " and " +
                          quoted(points[l.to].name) + " at one place");
    }
    const double x = (b.x - a.x) / length[i], y = (b.y - a.y) / length[i];
    ways.push_back({i, l.from, l.to, x, y});
    if (l.two_way) ways.push_back({i, l.to, l.from, -x, -y});
  }
  std::vector<std::vector<Way*>> out(points.size());
  for (Way& way : ways) {
    std::vector<Way*>& here = out[way.from];
    const std::string& name = points[way.from].name;
    for (const Way* other : here) {
      if (other->to == way.to) {
        return fault(way.lane, "expected one lane from " + quoted(name) + " to " +
                                   quoted(points[way.to].name) + ", found two");
      }
    }
    if (here.size() == kHeadings)
      return fault(way.lane, "expected at most four lanes out of " + quoted(name) + ", found five");
    here.push_back(&way);
  }
  for (std::vector<Way*>& here : out) give_headings(here);

  CutRoads cut;
  for (const DrawnPoint& p : points) cut.places.push_back(p.at);
  std::vector<uint32_t> first(lanes.size()), pieces(lanes.size());
  size_t vertices = points.size();
  for (size_t i = 0; i < lanes.size(); ++i) {
    const double count = std::max(1.0, std::round(length[i] / cell_m));
    if (count > kMostVertices || vertices + static_cast<size_t>(count) > kMostVertices) {
      return fault(i, "expected at most " + with_commas(kMostVertices) +
                          " vertices in all, found more: cell_m is " + shortest(cell_m));
    }
    pieces[i] = static_cast<uint32_t>(count);
    first[i] = static_cast<uint32_t>(vertices);
    vertices += pieces[i] - 1;
    const Point a = points[lanes[i].from].at, b = points[lanes[i].to].at;
    for (uint32_t k = 1; k < pieces[i]; ++k) {
      const double share = double(k) / pieces[i];
      cut.places.push_back({a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share});
    }
  }
  std::vector<uint32_t> next(vertices * kHeadings, kNoVertex);
  cut.lane_m.assign(vertices * kHeadings, cell_m);
  for (const Way& way : ways) {
    const uint32_t n = pieces[way.lane];
    const bool back = way.from != lanes[way.lane].from;
    // The k-th vertex on the way.
    const auto vertex = [&](uint32_t k) {
      if (k == 0) return way.from;
      if (k == n) return way.to;
      return first[way.lane] + (back ? n - k : k) - 1;
    };
    uint32_t heading = way.heading;
    for (uint32_t k = 0; k < n; ++k) {
      // On one track the way there comes first; the way back may have to look elsewhere.
      if (k == 1 && back) {
        while (next[vertex(k) * kHeadings + heading] != kNoVertex) heading = (heading + 2) % 4;
      }
      next[vertex(k) * kHeadings + heading] = vertex(k + 1);
      cut.lane_m[vertex(k) * kHeadings + heading] = length[way.lane] / n;
    }
  }
  cut.roads = make_roadmap(std::move(next));
  return cut;
}

}  // namespace dure::floor
