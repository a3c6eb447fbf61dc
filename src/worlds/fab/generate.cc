#include "worlds/fab/generate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "worlds/fab/generate_route.h"
#include "worlds/fab/static_load.h"

namespace dure::fab {
namespace {

constexpr double kWeek = 7 * 86400;

void make_groups(const FabKeys& k, Model& m) {
  for (uint32_t a = 0; a < k.areas.size(); ++a) {
    const AreaKeys& area = k.areas[a];
    m.areas.push_back(area.name);
    for (uint32_t i = 0; i < area.groups; ++i) {
      ToolGroup g;
      g.name = group_name(area, i);
      g.area = a;
      g.load = area.load;
      g.unload = area.unload;
      if (area.cascade > 0)
        g.capacity = std::max(2u, static_cast<uint32_t>(std::ceil(1 / area.cascade)));
      g.keeps_setup = area.minimum_run > 0;
      g.wakes_least_setup = area.setups > 0;
      for (uint32_t s = 0; s < area.setups; ++s) {
        const auto to = static_cast<uint32_t>(m.setups.size());
        m.setups.push_back({g.name + "_" + std::to_string(s + 1), area.minimum_run});
        m.setup_changes.push_back({0, to, area.setup_time});
      }
      m.groups.push_back(std::move(g));
    }
  }
}

// Breakdowns first, as the readers have them.
void make_upkeeps(const FabKeys& k, Model& m) {
  for (const bool breaks : {true, false}) {
    for (uint32_t a = 0; a < k.areas.size(); ++a) {
      uint32_t number = 0;
      for (const Upkeep& u : k.areas[a].upkeeps) {
        if ((u.kind == Upkeep::Kind::breakdown) != breaks) continue;
        const auto index = static_cast<uint32_t>(m.upkeeps.size());
        m.upkeeps.push_back(u);
        m.upkeeps.back().name = k.areas[a].name + (breaks ? " breakdown" : " service ") +
                                (breaks && number == 0 ? "" : std::to_string(number + 1));
        ++number;
        for (uint32_t g = 0; g < m.groups.size(); ++g) {
          if (m.groups[g].area != a) continue;
          Attachment at;
          at.upkeep = index;
          at.group = g;
          if (u.kind == Upkeep::Kind::counter) {
            at.first_wafers = static_cast<double>(u.wafers);
          } else {
            at.first = u.interval;
          }
          m.attachments.push_back(at);
        }
      }
    }
  }
}

void make_streams(const FabKeys& k, uint32_t product, double raw_days, Model& m) {
  const ProductKeys& p = k.products[product];
  const auto add = [&](size_t kind, int32_t priority, double share, double due_factor) {
    if (share <= 0) return;
    Stream s;
    s.name = p.name + kReleaseSuffixes[kind];
    s.product = product;
    s.priority = priority;
    s.wafers = k.wafers;
    s.gap = DurationLaw::constant(from_seconds(std::nearbyint(kWeek / (p.lots_per_week * share))));
    // Not all products at once.
    s.start = m.start + from_seconds(std::nearbyint(1e-9 * s.gap.mean_ns() * product /
                                                    static_cast<double>(k.products.size())));
    s.due = from_seconds(std::nearbyint(raw_days * 24 * due_factor) * 3600);
    s.reserves = priority == 30;
    m.streams.push_back(std::move(s));
  };
  add(0, 10, 1 - p.hot - p.super_hot, k.due_factor);
  add(1, 20, p.hot, k.hot_due_factor);
  add(2, 30, p.super_hot, k.hot_due_factor);
}

// As many tools as each group's utilisation asks for. Groups do not depend on one another, so all
// of them grow, and then shrink where growing went too far, at the same time.
void count_tools(const FabKeys& k, Model& m) {
  const auto target = [&](size_t g) { return k.areas[m.groups[g].area].utilisation; };
  for (bool changed = true; changed;) {
    changed = false;
    const StaticLoad load = static_load(m);
    for (size_t g = 0; g < m.groups.size(); ++g) {
      uint32_t& n = m.groups[g].tools;
      if (load.utilisation[g] <= target(g) || n >= 100'000) continue;
      const double needed = std::ceil(n * load.utilisation[g] / target(g));
      n = static_cast<uint32_t>(std::clamp<double>(needed, n + 1.0, 2.0 * n));
      changed = true;
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    Model fewer = m;
    for (ToolGroup& g : fewer.groups) g.tools = std::max(1u, g.tools - 1);
    const StaticLoad load = static_load(fewer);
    for (size_t g = 0; g < m.groups.size(); ++g) {
      if (m.groups[g].tools == 1 || load.utilisation[g] > target(g)) continue;
      --m.groups[g].tools;
      changed = true;
    }
  }
}

// Lots of the ordinary kind, spread along the route as their expected times are.
void make_wip(const FabKeys& k, uint32_t product, Model& m) {
  const auto main = std::find_if(m.streams.begin(), m.streams.end(),
                                 [&](const Stream& s) { return s.product == product; });
  std::vector<double> done = expected_seconds(m, product, k.wafers);
  std::partial_sum(done.begin(), done.end(), done.begin());
  const double gap = 1e-9 * main->gap.mean_ns(), cycle = k.x_factor * done.back();
  uint32_t number = 0;
  // The oldest first, so that first come is first served.
  for (double age = (std::floor(cycle / gap) - 0.5) * gap; age > 0 && number < 100'000;
       age -= gap) {
    const auto at = std::upper_bound(done.begin(), done.end(), age / k.x_factor);
    InitialLot lot;
    lot.name = m.products[product].name + " initial " + std::to_string(++number);
    lot.product = product;
    lot.priority = main->priority;
    lot.wafers = k.wafers;
    lot.step = static_cast<uint32_t>(std::min<ptrdiff_t>(at - done.begin(), std::ssize(done) - 1));
    const Time released = m.start - from_seconds(std::nearbyint(age));
    if (released >= Time{0}) lot.released = released;
    lot.due = released + main->due;
    m.wip.push_back(std::move(lot));
  }
}

}  // namespace

std::string group_name(const AreaKeys& area, uint32_t i) {
  if (area.groups == 1) return area.name;
  const bool front = i < (area.groups + 1) / 2;
  return area.name + (front ? "_FE_" : "_BE_") + std::to_string(i + 1);
}

void generate(const FabKeys& k, Model& m) {
  m.locations = {"Fab"};
  make_groups(k, m);
  make_upkeeps(k, m);
  m.transport = {k.transport};
  for (uint32_t p = 0; p < k.products.size(); ++p) {
    const auto first = static_cast<uint32_t>(m.steps.size());
    make_route(k, p, m);
    const auto steps = static_cast<uint32_t>(m.steps.size()) - first;
    m.routes.push_back({k.products[p].name, first, steps});
    m.products.push_back({k.products[p].name, p});
    const std::vector<double> seconds = expected_seconds(m, p, k.wafers);
    make_streams(k, p, std::accumulate(seconds.begin(), seconds.end(), 0.0) / 86400, m);
  }
  count_tools(k, m);
  if (k.x_factor > 0) {
    for (uint32_t p = 0; p < k.products.size(); ++p) make_wip(k, p, m);
  }
}

}  // namespace dure::fab
