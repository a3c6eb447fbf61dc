#include "worlds/fab/generate_route.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace dure::fab {
namespace {

// What a layer consists of: each main step with what comes before and after it.
struct Main {
  uint32_t area;
  std::vector<uint32_t> before, after, measured;  // areas
};

// Steps of the area in layer `l` of `n`: rounded so that the whole route has its due.
uint32_t steps_in_layer(const AreaKeys& a, uint32_t l, uint32_t n) {
  const auto so_far = [&](uint32_t layers) {
    const double share = (static_cast<double>(layers) / n - a.from) / (a.to - a.from);
    return std::floor(a.steps_per_layer * n * std::clamp(share, 0.0, 1.0) + 0.5);
  };
  return static_cast<uint32_t>(so_far(l + 1) - so_far(l));
}

// The areas of one layer's steps, in order.
std::vector<uint32_t> layer(const FabKeys& k, uint32_t l, uint32_t n, Random& random) {
  std::vector<Main> mains;
  std::vector<uint32_t> wets, lithos_measured, measured;
  for (const Work work : {Work::furnace, Work::film, Work::polish, Work::litho, Work::implant,
                          Work::etch, Work::wet, Work::litho_metrology, Work::metrology}) {
    for (uint32_t a = 0; a < k.areas.size(); ++a) {
      if (k.areas[a].work != work) continue;
      for (uint32_t i = steps_in_layer(k.areas[a], l, n); i > 0; --i) {
        if (work == Work::wet)
          wets.push_back(a);
        else if (work == Work::litho_metrology)
          lithos_measured.push_back(a);
        else if (work == Work::metrology)
          measured.push_back(a);
        else
          mains.push_back({a, {}, {}, {}});
      }
    }
  }
  if (mains.empty()) {
    for (const auto* rest : {&lithos_measured, &measured})
      wets.insert(wets.end(), rest->begin(), rest->end());
    return wets;
  }
  const auto work_of = [&](const Main& x) { return k.areas[x.area].work; };

  // Wafers are cleaned before a furnace and stripped after etch and implant, first of all.
  std::vector<std::pair<Main*, bool>> places;  // before?
  for (const Work work :
       {Work::furnace, Work::etch, Work::implant, Work::polish, Work::film, Work::litho}) {
    const bool before = work == Work::furnace || work == Work::film || work == Work::litho;
    for (Main& x : mains) {
      if (work_of(x) == work) places.emplace_back(&x, before);
    }
  }
  for (size_t i = 0; i < wets.size(); ++i) {
    const auto [at, before] = places[i % places.size()];
    (before ? at->before : at->after).push_back(wets[i]);
  }
  std::vector<Main*> lithos, others;
  for (Main& x : mains) (work_of(x) == Work::litho ? lithos : others).push_back(&x);
  if (others.empty()) others = lithos;
  for (size_t i = 0; i < lithos_measured.size(); ++i)
    (lithos.empty() ? others.back() : lithos[i % lithos.size()])
        ->measured.push_back(lithos_measured[i]);
  for (const uint32_t a : measured) others[random.below(others.size())]->measured.push_back(a);

  std::vector<uint32_t> out;
  for (const Main& x : mains) {
    out.insert(out.end(), x.before.begin(), x.before.end());
    out.push_back(x.area);
    out.insert(out.end(), x.after.begin(), x.after.end());
    out.insert(out.end(), x.measured.begin(), x.measured.end());
  }
  return out;
}

// Deals an area's groups in random order, each once before one comes again.
class Deck {
 public:
  uint32_t deal(uint32_t first, uint32_t count, Random& random) {
    if (left_.empty()) {
      for (uint32_t i = 0; i < count; ++i) left_.push_back(first + i);
    }
    const auto i = static_cast<size_t>(random.below(left_.size()));
    const uint32_t dealt = left_[i];
    left_.erase(left_.begin() + static_cast<ptrdiff_t>(i));
    return dealt;
  }

 private:
  std::vector<uint32_t> left_;
};

struct FirstOf {
  std::vector<uint32_t> group, setup;  // [areas]
};

FirstOf firsts(const FabKeys& k) {
  FirstOf out;
  uint32_t group = 0, setup = 1;  // setup 0 is none
  for (const AreaKeys& a : k.areas) {
    out.group.push_back(group);
    out.setup.push_back(setup);
    group += a.groups;
    setup += a.groups * a.setups;
  }
  return out;
}

// A tenth of a second is fine enough.
Duration rounded(double seconds) { return from_seconds(std::nearbyint(seconds * 10) / 10); }

void relate(const FabKeys& k, uint32_t first, Random& random, Model& m) {
  const auto count = static_cast<uint32_t>(m.steps.size()) - first;
  const auto area_of = [&](uint32_t i) { return m.groups[m.steps[first + i].group].area; };
  const auto work_of = [&](uint32_t i) { return k.areas[area_of(i)].work; };
  for (uint32_t i = 0; i < count; ++i) {
    Step& s = m.steps[first + i];
    const AreaKeys& area = k.areas[area_of(i)];
    if (area.dedicated > 0 && random.chance(area.dedicated)) {
      for (uint32_t j = i + 1; j < count && s.same_tool_at == kNone; ++j) {
        if (m.steps[first + j].group == s.group) s.same_tool_at = j;
      }
    }
    if (area.rework > 0) {
      for (uint32_t j = i; j-- > 0 && i - j < 10 && s.rework_to == kNone;) {
        if (work_of(j) == Work::litho) s.rework_to = j;
      }
      if (s.rework_to != kNone) s.rework_chance = area.rework;
    }
    if (area.queue_time_to.empty()) continue;
    // Only measurements may come between.
    uint32_t j = i + 1;
    while (j < count && (work_of(j) == Work::metrology || work_of(j) == Work::litho_metrology)) ++j;
    if (j == count || m.steps[first + j].sampled < 1) continue;
    if (k.areas[area_of(j)].name != area.queue_time_to) continue;
    s.queue_time_to = j;
    s.queue_time = rounded(60 * std::ceil(area.queue_time.quantile(random.uniform_open()) / 60));
  }
}

}  // namespace

void make_route(const FabKeys& k, uint32_t product, Model& m) {
  const uint32_t layers = k.products[product].layers;
  const FirstOf first_of = firsts(k);
  const auto first = static_cast<uint32_t>(m.steps.size());
  Random order{k.seed, stream_id(1, product), 0};
  std::vector<Random> draws;  // [areas], so that one more area leaves the others as they are
  for (uint32_t a = 0; a < k.areas.size(); ++a)
    draws.push_back({k.seed, stream_id(2, (uint64_t{product} << 32) | a), 0});
  std::vector<std::array<Deck, 2>> decks(k.areas.size());  // front, back

  for (uint32_t l = 0; l < layers; ++l) {
    for (const uint32_t a : layer(k, l, layers, order)) {
      const AreaKeys& area = k.areas[a];
      Random& random = draws[a];
      const bool back = (l + 0.5) / layers > (area.from + area.to) / 2 && area.groups > 1;
      const uint32_t front = (area.groups + 1) / 2;
      const uint32_t group =
          decks[a][back].deal(back ? front : 0, back ? area.groups - front : front, random);
      Step s;
      s.group = first_of.group[a] + group;
      s.name = std::to_string(m.steps.size() - first + 1) + " " + area.name;
      s.per = area.per;
      s.batch_min = area.batch_min;
      s.batch_max = area.batch_max;
      const Duration mean = rounded(std::max(0.1, area.time.quantile(random.uniform_open())));
      s.process = DurationLaw::uniform(mean, rounded(mean.seconds() * k.variation));
      if (area.cascade > 0) {
        s.gap = rounded(std::max(0.1, mean.seconds() * area.cascade));
        s.gap_per = area.per == Per::wafer ? Per::wafer : Per::lot;
      }
      s.sampled = std::nearbyint(100 * area.sampled.quantile(random.uniform_open())) / 100;
      if (area.setups > 0)
        s.setup = first_of.setup[a] + group * area.setups +
                  static_cast<uint32_t>(random.below(area.setups));
      m.steps.push_back(std::move(s));
    }
  }
  relate(k, first, order, m);
}

}  // namespace dure::fab
