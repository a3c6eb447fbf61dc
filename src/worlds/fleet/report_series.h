// Time axes of the report's charts.
#pragma once

#include <vector>

#include "kernel/metrics.h"

namespace dure::fleet {

// Where the intervals begin that series.means(now) has the means of.
inline std::vector<Time> times_of(Series series, Time now) {
  const size_t points = series.means(now).size();
  series.set(now, series.value());  // so that its interval is the one that they were taken over
  std::vector<Time> out;
  for (size_t i = 0; i < points; ++i)
    out.push_back(series.start() + series.interval() * static_cast<int64_t>(i));
  return out;
}

}  // namespace dure::fleet
