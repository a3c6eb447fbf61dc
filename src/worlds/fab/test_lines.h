// Tiny lines for the tests of this folder: built in a few words, run, and told as text.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/random.h"
#include "worlds/fab/rules.h"
#include "worlds/fab/world.h"

namespace dure::fab::test {

inline Time at(Duration since_start) { return Time{0} + since_start; }

inline ToolGroup tools(std::string name, uint32_t count = 1) {
  ToolGroup g;
  g.name = std::move(name);
  g.tools = count;
  return g;
}

inline Step step(std::string name, uint32_t group, Duration process) {
  Step s;
  s.name = std::move(name);
  s.group = group;
  s.process = DurationLaw::constant(process);
  return s;
}

inline Step batch_step(std::string name, uint32_t group, Duration process, uint32_t min,
                       uint32_t max) {
  Step s = step(std::move(name), group, process);
  s.per = Per::batch;
  s.batch_min = min;
  s.batch_max = max;
  return s;
}

// Adds a route, and a product of its name on it.
inline uint32_t add_product(Model& m, std::string name, std::vector<Step> steps) {
  m.routes.push_back(
      {name, static_cast<uint32_t>(m.steps.size()), static_cast<uint32_t>(steps.size())});
  for (Step& s : steps) m.steps.push_back(std::move(s));
  m.products.push_back({std::move(name), static_cast<uint32_t>(m.routes.size() - 1)});
  return static_cast<uint32_t>(m.products.size() - 1);
}

inline Model line(std::vector<ToolGroup> groups, std::vector<Step> steps) {
  Model m;
  m.groups = std::move(groups);
  add_product(m, "product", std::move(steps));
  return m;
}

// One lot; its name is `name` and "_1".
inline Stream& add_lot(Model& m, std::string name, Duration released, uint32_t product = 0,
                       int32_t priority = 0) {
  Stream s;
  s.name = std::move(name);
  s.product = product;
  s.priority = priority;
  s.start = at(released);
  s.count = 1;
  m.streams.push_back(std::move(s));
  return m.streams.back();
}

// One lot after the other.
inline Stream& add_stream(Model& m, std::string name, const DurationLaw& gap, uint64_t count,
                          uint32_t product = 0) {
  Stream& s = add_lot(m, std::move(name), {}, product);
  s.gap = gap;
  s.count = count;
  return s;
}

inline Upkeep breakdown(Duration interval, Duration repair, bool interrupts = true) {
  Upkeep u;
  u.name = "breakdown";
  u.interval = DurationLaw::constant(interval);
  u.duration = DurationLaw::constant(repair);
  u.interrupts = interrupts;
  return u;
}

inline Upkeep service(std::string name, Duration interval, Duration takes) {
  Upkeep u = breakdown(interval, takes);
  u.name = std::move(name);
  u.kind = Upkeep::Kind::calendar;
  return u;
}

inline Upkeep counted_service(uint64_t wafers, Duration takes) {
  Upkeep u = service("counted", {}, takes);
  u.kind = Upkeep::Kind::counter;
  u.wafers = wafers;
  return u;
}

inline Attachment& attach(Model& m, Upkeep upkeep, uint32_t group, Duration first) {
  Attachment a;
  a.upkeep = static_cast<uint32_t>(m.upkeeps.size());
  a.group = group;
  a.first = DurationLaw::constant(first);
  m.upkeeps.push_back(std::move(upkeep));
  m.attachments.push_back(a);
  return m.attachments.back();
}

inline std::shared_ptr<const Model> finished(Model m) {
  if (const auto r = m.finish(); !r) DURE_ASSERT(false, r.error().text().c_str());
  return std::make_shared<const Model>(std::move(m));
}

// The same, with a Gantt chart of every tool.
inline std::shared_ptr<const Model> traced(Model m) {
  m.trace.from = m.start;
  for (uint32_t g = 0; g < m.groups.size(); ++g) m.trace.groups.push_back(g);
  return finished(std::move(m));
}

inline std::string text(Time t) { return to_string(t - Time{0}); }

// A world under rules, and when it started what: "A_1 T#1 10m, B_1+B_2 T#2 15m".
class Run {
 public:
  explicit Run(Model m, const RuleOptions& options = {})
      : Run(traced(std::move(m)), Rules(options)) {}
  Run(std::shared_ptr<const Model> model, Rules rules)
      : world(std::move(model)), rules_(std::move(rules)) {}

  Run& until(Duration since_start) {
    run(world, *this, at(since_start));
    return *this;
  }

  const World::Action& decide(const World& w, const World::Request& request) {
    const World::Action& a = rules_.decide(w, request);
    if (request.kind == World::Request::Kind::release || a.tool == kNone) return a;
    if (!starts.empty()) starts += ", ";
    for (size_t i = 0; i < a.lots.size(); ++i) {
      if (i > 0) starts += '+';
      starts += w.lot_name(a.lots[i]);
    }
    starts += ' ' + w.model().tool_name(a.tool) + ' ' + text(w.now());
    return a;
  }

  // The Gantt chart of a tool: "clean 0s-10m, down 12m-1h".
  std::string gantt(uint32_t tool) const {
    std::vector<Span> spans;
    for (const Span& s : world.kpis().gantt) {
      if (s.tool == tool) spans.push_back(s);
    }
    std::stable_sort(spans.begin(), spans.end(),
                     [](const Span& a, const Span& b) { return a.from < b.from; });
    std::string out;
    for (const Span& s : spans) {
      if (!out.empty()) out += ", ";
      out += s.step == kNone       ? "down"
             : s.step == kNone - 1 ? "service"
                                   : world.model().steps[s.step].name;
      out += ' ' + text(s.from) + '-' + text(s.until);
    }
    return out;
  }

  const ClassKpis& of(uint32_t stream) const { return world.kpis().classes[stream]; }

  World world;
  std::string starts;

 private:
  Rules rules_;
};

// A line with everything a fab has, drawn from the seed: re-entrant routes, cascading and batch
// tools, setups, dedication, sampling, rework, queue times, breakdowns of both kinds, maintenance,
// transport, hot lots, lots in the line at the start.
inline Model random_model(uint64_t seed) {
  Random r{seed, 77, 0};
  const auto below = [&](uint64_t n) { return static_cast<uint32_t>(r.below(n)); };
  const auto minutes = [&](uint64_t lo, uint64_t hi) {
    return static_cast<int64_t>(lo + r.below(hi - lo)) * 1_min;
  };
  Model m;
  m.seed = seed;
  m.areas = {"one", "two"};
  m.locations = {"here", "there"};
  m.transport = {DurationLaw(), DurationLaw::uniform(8_min, 3_min),
                 DurationLaw::exponential(10_min), DurationLaw::constant(2_min)};
  m.setups = {{}, {"x", 3}, {"y", 2}, {"z", 0}};
  m.setup_changes = {{0, 1, 20_min}, {0, 2, 15_min}, {1, 2, 40_min}, {2, 1, 5_min}};
  for (uint32_t g = 0; g < 6; ++g) {
    ToolGroup& group = m.groups.emplace_back(tools("G" + std::to_string(g), 1 + below(3)));
    group.area = g % 2;
    group.location = below(2);
    group.load = minutes(0, 4);
    group.unload = minutes(0, 4);
    group.capacity = g < 2 ? 2 : 1;
    group.keeps_setup = g == 1;
    group.wakes_least_setup = g == 2;
    if (g == 3) group.ranking = {Rank::priority, Rank::critical_ratio};
  }
  for (uint32_t p = 0; p < 2; ++p) {
    std::vector<Step> steps;
    for (uint32_t i = 0; i < 12; ++i) {
      const uint32_t g = i % 4 == 3 ? 5 : below(5);  // group 5 takes batches
      Step s = step("s" + std::to_string(i), g, {});
      s.process = r.chance(0.5) ? DurationLaw::uniform(minutes(10, 40), 5_min)
                                : DurationLaw::exponential(minutes(10, 40));
      if (g == 5) {
        s.per = Per::batch;
        s.batch_min = 20 + 10 * below(3);
        s.batch_max = 60;
      } else {
        s.setup = g == 1 || g == 2 ? below(4) : 0;
        if (r.chance(0.2)) s.setup_time = minutes(1, 30);
        if (m.groups[g].capacity > 1) s.gap = minutes(0, 8);
        if (r.chance(0.3)) s.sampled = r.uniform(0.3, 1);
        if (r.chance(0.2)) {
          s.rework_to = i - std::min(i, below(3));
          s.rework_chance = 0.2;
        }
      }
      if (r.chance(0.4) && i < 11) {
        s.queue_time_to = i + 1 + below(11 - i);
        s.queue_time = minutes(20, 300);
      }
      steps.push_back(std::move(s));
    }
    for (uint32_t i = 0; i < 12; ++i) {
      for (uint32_t k = i + 1; k < 12 && steps[i].same_tool_at == kNone; ++k) {
        if (steps[k].group == steps[i].group && r.chance(0.3)) steps[i].same_tool_at = k;
      }
    }
    add_product(m, p == 0 ? "P" : "Q", std::move(steps));
  }
  for (uint32_t g = 0; g < 6; ++g) {
    Upkeep down = breakdown({}, {}, g % 2 == 0);
    down.interval = DurationLaw::exponential(20_h);
    down.duration = DurationLaw::exponential(1_h);
    attach(m, down, g, {}).first = DurationLaw::exponential(15_h);
    if (g % 3 == 0) attach(m, service("daily", 24_h, 40_min), g, minutes(10, 2000));
    if (g % 3 == 1) attach(m, counted_service(200, 30_min), g, {}).first_wafers = 1 + below(200);
  }
  for (uint32_t i = 0; i < 4; ++i) {
    Stream& s =
        add_stream(m, "S" + std::to_string(i), DurationLaw::exponential(4_h), 1'000'000, i % 2);
    if (i == 2) s.gap = DurationLaw::constant(30_h);
    s.wafers = 10 * (1 + i % 2);
    s.priority = i == 3 ? 5 : i == 2 ? 9 : 1;
    s.reserves = i == 2;
    s.due = minutes(600, 3000);
    if (i == 1) s.lots = 2;
  }
  for (uint32_t i = 0; i < 8; ++i) {
    InitialLot lot;
    lot.name = "old" + std::to_string(i);
    lot.product = i % 2;
    lot.priority = static_cast<int32_t>(below(3));
    lot.wafers = 20;
    lot.step = below(12);
    if (i % 3 == 0) lot.due = at(minutes(0, 3000));
    if (i % 2 == 0) lot.released = at(0_s);
    m.wip.push_back(lot);
  }
  return m;
}

}  // namespace dure::fab::test
