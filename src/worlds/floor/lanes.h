// A road map as people draw it, named points joined by lanes, turned into a Roadmap of vertices
// about a cell apart.
//
// A lane longer than a cell is cut into pieces of equal length, each as near to a cell as can be. A
// two-way lane is one track: both ways share its vertices, so robots cannot pass each other on it.
// Each lane gets one of the four headings at the point where it begins: the nearest compass
// direction, or the next nearest that is free there; it keeps it along all its pieces. Left out:
// bends (draw several lanes), and more than four lanes out of a point.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "worlds/floor/model.h"

namespace dure::floor {

struct DrawnPoint {
  std::string name;
  Point at;  // m, y downwards
};

struct DrawnLane {
  uint32_t from = 0, to = 0;  // points
  bool two_way = false;
};

struct CutRoads {
  Roadmap roads;
  std::vector<double> lane_m;  // [vertices x 4]
  std::vector<Point> places;   // [vertices] the drawn points first
};

// The Error's message names the points; it has no file. `at_fault` is then the lane it is about.
Result<CutRoads> cut_lanes(const std::vector<DrawnPoint>& points,
                           const std::vector<DrawnLane>& lanes, double cell_m,
                           size_t* at_fault = nullptr);

}  // namespace dure::floor
