#include "worlds/fab/static_load.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dure::fab {
namespace {

constexpr double kDay = 86400;
constexpr double kNs = 1e-9;

double mean_s(const DurationLaw& law) { return law.mean_ns() * kNs; }

// Time inside the tool, from the start of loading to the end of unloading.
double inside_s(const Model& m, const Step& s, uint32_t wafers) {
  const ToolGroup& g = m.groups[s.group];
  const Duration mean{std::llround(s.process.mean_ns())};
  return (g.load + m.through(s, wafers, mean) + g.unload).seconds();
}

// Of one lot of a product: which of the locations it leaves for each step, weighted with the
// sampled steps before it, so that transport past a skipped step counts from where the lot was.
std::vector<double> transport_s(const Model& m, const Route& r) {
  std::vector<double> out(r.steps, 0.0);
  if (m.transport.empty()) return out;
  const size_t n = m.locations.size();
  std::vector<double> at(n, 0.0);  // chance that the last step done was there
  for (uint32_t i = 0; i < r.steps; ++i) {
    const Step& s = m.steps[r.first + i];
    const uint32_t to = m.groups[s.group].location;
    for (size_t from = 0; from < n; ++from) {
      out[i] += at[from] * mean_s(m.transport[from * n + to]);
      at[from] *= 1 - s.sampled;
    }
    at[to] += s.sampled;
  }
  return out;
}

// Sums of one tool group.
struct Sums {
  double busy = 0;            // tools
  double wafers_per_day = 0;  // processed by all of its tools
};

std::vector<double> availability(const Model& m, const std::vector<Sums>& sums) {
  std::vector<double> up(m.groups.size(), 1.0);
  for (const Attachment& a : m.attachments) {
    const Upkeep& u = m.upkeeps[a.upkeep];
    const double takes = mean_s(u.duration), interval = mean_s(u.interval);
    switch (u.kind) {
      case Upkeep::Kind::breakdown:
        if (interval + takes > 0) up[a.group] -= takes / (interval + takes);
        break;
      case Upkeep::Kind::calendar:
        if (interval > 0) up[a.group] -= takes / interval;
        break;
      case Upkeep::Kind::counter: {
        const double per_tool = sums[a.group].wafers_per_day / m.groups[a.group].tools;
        if (u.wafers > 0) up[a.group] -= per_tool / static_cast<double>(u.wafers) * takes / kDay;
        break;
      }
    }
  }
  for (double& share : up) share = std::max(0.0, share);
  return up;
}

}  // namespace

std::vector<double> expected_visits(const Model& m, uint32_t route) {
  const Route& r = m.routes[route];
  std::vector<double> visits(r.steps);
  for (uint32_t i = 0; i < r.steps; ++i) visits[i] = m.steps[r.first + i].sampled;
  for (uint32_t i = 0; i < r.steps; ++i) {
    const Step& s = m.steps[r.first + i];
    const double again = s.rework_to == kNone ? 0 : s.rework_chance * s.sampled;
    if (!(again > 0)) continue;
    for (uint32_t k = s.rework_to; k <= i; ++k) visits[k] /= 1 - again;
  }
  return visits;
}

std::vector<double> expected_seconds(const Model& m, uint32_t product, uint32_t wafers) {
  const Route& r = m.routes[m.products[product].route];
  std::vector<double> out = expected_visits(m, m.products[product].route);
  const std::vector<double> moved = transport_s(m, r);
  for (uint32_t i = 0; i < r.steps; ++i)
    out[i] *= inside_s(m, m.steps[r.first + i], wafers) + moved[i];
  return out;
}

double occupancy_s(const Model& m, const Step& s, uint32_t wafers) {
  const ToolGroup& g = m.groups[s.group];
  const uint32_t lots = std::max(1u, s.batch_max / std::max(1u, wafers));  // in a full batch
  const uint32_t together = lots * wafers;
  const double inside = inside_s(m, s, together);
  double occupied = inside;
  if (g.capacity > 1 && s.gap.ns > 0) {
    occupied = std::max(m.next_gap(s, together).seconds(), inside / g.capacity);
  } else if (g.capacity > 1) {
    occupied = inside - g.load.seconds();
  }
  return occupied / lots;
}

StaticLoad static_load(const Model& m) {
  StaticLoad out;
  std::vector<Sums> sums(m.groups.size());
  std::vector<std::vector<double>> visits;
  for (uint32_t r = 0; r < m.routes.size(); ++r) visits.push_back(expected_visits(m, r));

  out.lots_per_day.assign(m.products.size(), 0.0);
  std::vector<uint32_t> wafers(m.products.size(), 25);  // of the product's main stream
  std::vector<double> fastest(m.products.size(), 0.0);
  for (const Stream& s : m.streams) {
    const double gap = mean_s(s.gap);
    if (!(gap > 0)) continue;
    const double rate = s.lots * kDay / gap;
    out.lots_per_day[s.product] += rate;
    if (rate > fastest[s.product]) {
      fastest[s.product] = rate;
      wafers[s.product] = s.wafers;
    }
    const uint32_t route = m.products[s.product].route;
    for (uint32_t i = 0; i < m.routes[route].steps; ++i) {
      const Step& step = m.step_of(s.product, i);
      const double per_day = rate * visits[route][i];
      sums[step.group].busy += per_day * occupancy_s(m, step, s.wafers) / kDay;
      sums[step.group].wafers_per_day += per_day * s.wafers;
    }
  }

  for (uint32_t p = 0; p < m.products.size(); ++p) {
    const std::vector<double>& v = visits[m.products[p].route];
    const std::vector<double> seconds = expected_seconds(m, p, wafers[p]);
    out.steps_per_lot.push_back(std::accumulate(v.begin(), v.end(), 0.0));
    out.raw_process_days.push_back(std::accumulate(seconds.begin(), seconds.end(), 0.0) / kDay);
    out.moves_per_day += out.steps_per_lot.back() * out.lots_per_day[p];
  }

  out.availability = availability(m, sums);
  for (size_t g = 0; g < m.groups.size(); ++g) {
    const double capacity = m.groups[g].tools * out.availability[g];
    out.utilisation.push_back(capacity > 0 ? sums[g].busy / capacity : sums[g].busy > 0 ? 1e9 : 0);
  }
  return out;
}

}  // namespace dure::fab
