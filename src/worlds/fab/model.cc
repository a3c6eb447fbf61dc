#include "worlds/fab/model.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/text.h"

namespace dure::fab {
namespace {

constexpr double kNsPerS = 1e9;
constexpr uint32_t kMaxWafersPerLot = 10'000;
constexpr uint32_t kMaxTools = 1'000'000;

// To the nearest double, so that the text of a law reads back as the same nanoseconds.
double seconds_of(Duration d) { return static_cast<double>(d.ns) / kNsPerS; }

std::string step_key(const Model& m, const Route& r, uint32_t i) {
  return "route " + m.routes[static_cast<size_t>(&r - m.routes.data())].name + ", step " +
         std::to_string(i + 1);
}

Error wrong(std::string key, std::string message) {
  return {.message = std::move(message), .key = std::move(key)};
}

// So many of the 2^32 values of a draw are a success of this chance.
uint32_t draws_below(double chance) {
  return static_cast<uint32_t>(std::min(chance * 0x1p32, 0x1p32 - 1));
}

// Gives each span (from, to] of one route a slot that no overlapping span has: the lowest free one.
class Slots {
 public:
  // `kept_until`: when the slot stays taken for longer than the span.
  uint32_t take(uint32_t until, uint32_t kept_until) {
    uint32_t s = 0;
    while (s < spans_.size() && spans_[s].until != kNone) ++s;
    if (s == spans_.size()) spans_.emplace_back();
    spans_[s] = {until, kept_until};
    return s;
  }
  // Calls visit(slot) for spans that end at `step`, and frees the slots that are kept no longer.
  void end(uint32_t step, auto visit) {
    for (uint32_t s = 0; s < spans_.size(); ++s) {
      if (spans_[s].until == step) visit(s);
      if (spans_[s].kept_until == step) spans_[s] = {};
    }
  }
  uint32_t count() const { return static_cast<uint32_t>(spans_.size()); }

 private:
  struct Span {
    uint32_t until = kNone, kept_until = kNone;
  };
  std::vector<Span> spans_;
};

// The first step from `i` on, after which no rework brings a lot to step `i` again.
uint32_t past_returns(const Model& m, const Route& r, uint32_t i) {
  uint32_t past = i;
  for (uint32_t k = i; k < r.steps; ++k) {
    const Step& s = m.steps[r.first + k];
    if (s.rework_to != kNone && s.rework_to <= i) i = k, past = k + 1;
  }
  return past;
}

Result<void> check_step(const Model& m, const Route& r, uint32_t i) {
  const Step& s = m.steps[r.first + i];
  const auto refuse = [&](const std::string& what) { return wrong(step_key(m, r, i), what); };
  if (s.group >= m.groups.size()) return refuse("expected a tool group");
  if (s.setup >= m.setups.size()) return refuse("expected a setup");
  if (!(s.sampled >= 0 && s.sampled <= 1)) return refuse("expected a sampled share from 0 to 1");
  if (!(s.rework_chance >= 0 && s.rework_chance < 1))
    return refuse("expected a rework share from 0 to below 1");
  if (s.rework_to != kNone && s.rework_to > i)
    return refuse("expected rework to go back to this step or an earlier one, found step " +
                  std::to_string(s.rework_to + 1));
  if (s.queue_time_to != kNone && (s.queue_time_to <= i || s.queue_time_to >= r.steps))
    return refuse("expected the queue time to end at a later step of the route, found step " +
                  std::to_string(s.queue_time_to + 1));
  if (s.same_tool_at != kNone) {
    if (s.same_tool_at <= i || s.same_tool_at >= r.steps)
      return refuse("expected a later step of the route to use the same tool, found step " +
                    std::to_string(s.same_tool_at + 1));
    if (m.steps[r.first + s.same_tool_at].group != s.group)
      return refuse("expected step " + std::to_string(s.same_tool_at + 1) +
                    ", which must use the same tool, to be of the same tool group, found " +
                    quoted(m.groups[m.steps[r.first + s.same_tool_at].group].name));
  }
  if (s.per == Per::batch && s.batch_max == 0)
    return refuse("expected a batch size for a time per batch");
  if (s.batch_min > s.batch_max)
    return refuse("expected a minimum batch of at most the maximum, found " +
                  std::to_string(s.batch_min) + " and " + std::to_string(s.batch_max));
  return {};
}

}  // namespace

DurationLaw DurationLaw::constant(Duration d) { return uniform(d, {}); }

DurationLaw DurationLaw::uniform(Duration mean, Duration half_width) {
  DURE_ASSERT(half_width.ns >= 0, "a negative half width");
  const Duration lo = mean - half_width, hi = mean + half_width;
  DurationLaw law = of(half_width.ns == 0 ? Distribution::constant(seconds_of(lo))
                                          : Distribution::uniform(seconds_of(lo), seconds_of(hi)));
  if (lo.ns < 0) return law;
  law.lo_ns_ = static_cast<double>(lo.ns);  // to the nanosecond
  law.span_ns_ = static_cast<double>((hi - lo).ns);
  return law;
}

DurationLaw DurationLaw::exponential(Duration mean) {
  return of(Distribution::exponential(seconds_of(mean)));
}

DurationLaw DurationLaw::of(const Distribution& d) {
  DurationLaw law;
  law.distribution_ = d;
  law.mean_ns_ = d.mean() * kNsPerS;
  const double lo = std::max(0.0, d.lowest()) * kNsPerS, hi = d.highest() * kNsPerS;
  const bool unclamped = d.kind() == Distribution::Kind::kUniform && d.lowest() >= 0 &&
                         std::fabs(d.quantile(0.5) * kNsPerS - (lo + hi) / 2) < 1 &&
                         std::fabs(d.quantile(0.25) * kNsPerS - (3 * lo + hi) / 4) < 1;
  law.fast_ = unclamped || d.kind() == Distribution::Kind::kConstant;
  if (law.fast_) {
    const Duration from = from_seconds(std::max(0.0, d.lowest()));
    law.lo_ns_ = static_cast<double>(from.ns);
    law.span_ns_ = static_cast<double>((from_seconds(d.highest()) - from).ns);
  }
  return law;
}

Duration DurationLaw::other_at(double u) const {
  return std::min(kCentury, from_seconds(std::max(0.0, distribution_.quantile(u))));
}

void DurationLaw::digest(Digest& d) const {
  d.value(lo_ns_);
  d.value(span_ns_);
  if (fast_) return;
  for (const double u : {0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) d.value(other_at(u).ns);
}

Result<void> Model::finish() {
  const auto in = [](size_t i, size_t n) { return i < n; };
  if (groups.empty()) return wrong("", "expected at least one tool group, found none");
  if (routes.empty()) return wrong("", "expected at least one route, found none");
  if (products.empty()) return wrong("", "expected at least one product, found none");
  if (areas.empty()) areas.push_back("fab");
  if (locations.empty()) locations.push_back("fab");
  if (transport.empty()) transport.resize(locations.size() * locations.size());
  DURE_ASSERT(transport.size() == locations.size() * locations.size(), "transport matrix");

  uint64_t n = 0;
  group_of.clear();
  max_capacity = 1;
  for (size_t g = 0; g < groups.size(); ++g) {
    ToolGroup& x = groups[g];
    const std::string key = "tool group " + x.name;
    DURE_ASSERT(in(x.area, areas.size()) && in(x.location, locations.size()), "area, location");
    if (x.tools == 0) return wrong(key, "expected at least one tool, found 0");
    if (x.capacity == 0 || x.capacity > 64)
      return wrong(key, "expected a capacity from 1 to 64, found " + std::to_string(x.capacity));
    n += x.tools;
    if (n > kMaxTools) return wrong(key, "expected at most a million tools in all");
    max_capacity = std::max(max_capacity, x.capacity);
    x.first_tool = static_cast<uint32_t>(n - x.tools);
    group_of.resize(n, static_cast<uint32_t>(g));
    if (x.ranking.empty()) x.ranking = {Rank::fifo};
    std::vector<Rank> ranks = x.ranking;
    std::erase(ranks, Rank::setup);
    x.first_come = ranks == std::vector<Rank>{Rank::priority, Rank::fifo};
    x.needs_setups = false;
  }
  tools = static_cast<uint32_t>(n);

  windows = dedications = 0;
  closes.clear();
  cores.assign(steps.size(), {});
  for (size_t ri = 0; ri < routes.size(); ++ri) {
    Route& r = routes[ri];
    if (r.steps == 0) return wrong("route " + r.name, "expected at least one step, found none");
    DURE_ASSERT(r.first + r.steps <= steps.size(), "a route's steps");
    Slots open_windows, kept_tools;
    for (uint32_t i = 0; i < r.steps; ++i) {
      DURE_CHECK(check_step(*this, r, i));
      Step& s = steps[r.first + i];
      s.route = static_cast<uint32_t>(ri);
      groups[s.group].needs_setups |= s.setup != 0;
      StepCore& c = cores[r.first + i];
      const size_t closed = closes.size();
      open_windows.end(i, [&](uint32_t w) { closes.push_back(w); });
      if (closes.size() > 65'535)
        return wrong(step_key(*this, r, i), "expected at most 65535 queue times in all");
      c.closes_first = static_cast<uint16_t>(closed);
      c.closes_count = static_cast<uint16_t>(closes.size() - closed);
      kept_tools.end(i, [&](uint32_t w) { c.uses_tool = w; });
      if (s.queue_time_to != kNone)
        c.opens_window = open_windows.take(s.queue_time_to, s.queue_time_to);
      if (s.same_tool_at != kNone)
        c.keeps_tool = kept_tools.take(s.same_tool_at, past_returns(*this, r, s.same_tool_at));
      c.gap = s.gap;
      c.group = s.group;
      c.area = groups[s.group].area;
      c.setup = s.setup;
      c.batch_max = s.batch_max;
      c.sampled = s.sampled >= 1 ? StepCore::kAlways : draws_below(s.sampled);
      c.rework = s.rework_to == kNone ? 0 : draws_below(s.rework_chance);
      c.rework_to = r.first + (s.rework_to == kNone ? 0 : s.rework_to);
      c.route_end = r.first + r.steps;
    }
    windows = std::max(windows, open_windows.count());
    dedications = std::max(dedications, kept_tools.count());
  }

  const size_t ns = setups.size();
  setup_times.assign(ns * ns, {});
  for (const bool exact : {false, true}) {
    for (const SetupChange& c : setup_changes) {
      if ((c.from != 0) != exact) continue;
      if (exact) {
        setup_times[c.from * ns + c.to] = c.time;
      } else {
        for (size_t from = 0; from < ns; ++from) {
          if (from != c.to) setup_times[from * ns + c.to] = c.time;
        }
      }
    }
  }

  remaining.assign(steps.size(), {});
  for (size_t ri = 0; ri < routes.size(); ++ri) {
    const Route& r = routes[ri];
    uint32_t wafers = 25;  // of its lots
    for (const Stream& x : streams) {
      if (x.product < products.size() && products[x.product].route == ri) wafers = x.wafers;
    }
    double left = 0;  // ns
    for (uint32_t i = r.steps; i-- > 0;) {
      const Step& s = steps[r.first + i];
      const ToolGroup& g = groups[s.group];
      const Duration mean{static_cast<int64_t>(s.process.mean_ns())};
      double here =
          static_cast<double>((through(s, std::max(1u, wafers), mean) + g.load + g.unload).ns);
      if (i > 0) {
        const uint32_t from = groups[steps[r.first + i - 1].group].location;
        here += transport[from * locations.size() + g.location].mean_ns();
      }
      left += s.sampled * here;
      remaining[r.first + i] = Duration{static_cast<int64_t>(left)};
    }
  }

  for (const Product& p : products) {
    if (p.route >= routes.size()) return wrong("product " + p.name, "expected a route");
  }
  regular_priority = std::numeric_limits<int32_t>::max();
  for (const Stream& s : streams) regular_priority = std::min(regular_priority, s.priority);
  for (const InitialLot& w : wip) regular_priority = std::min(regular_priority, w.priority);
  classes.clear();
  for (Stream& s : streams) {
    const std::string key = "release " + s.name;
    if (s.product >= products.size()) return wrong(key, "expected a product");
    if (s.wafers == 0 || s.wafers > kMaxWafersPerLot)
      return wrong(key, "expected 1 to 10000 wafers per lot, found " + std::to_string(s.wafers));
    if (s.lots == 0 || s.lots > 10'000)
      return wrong(key, "expected 1 to 10000 lots per release, found " + std::to_string(s.lots));
    if (s.gap.mean_ns() < 1e6 && s.count > 1'000'000)
      return wrong(key, "expected a mean gap of at least 1 ms between releases");
    if (s.start < start) s.start = start;
    classes.push_back({s.name, s.product, s.priority});
  }
  for (const InitialLot& w : wip) {
    const std::string key = "lot " + w.name;
    if (w.product >= products.size()) return wrong(key, "expected a product");
    if (w.step >= routes[products[w.product].route].steps)
      return wrong(key, "expected a step of its route, found step " + std::to_string(w.step + 1));
    if (w.wafers == 0 || w.wafers > kMaxWafersPerLot)
      return wrong(key, "expected 1 to 10000 wafers, found " + std::to_string(w.wafers));
  }
  if (!wip.empty()) classes.push_back({"initial WIP", 0, 0});

  std::vector<std::vector<uint32_t>> of_group(groups.size());
  for (uint32_t a = 0; a < attachments.size(); ++a) {
    DURE_ASSERT(
        in(attachments[a].upkeep, upkeeps.size()) && in(attachments[a].group, groups.size()),
        "an attachment");
    of_group[attachments[a].group].push_back(a);
  }
  for (const Upkeep& u : upkeeps) {
    const bool counts = u.kind == Upkeep::Kind::counter;
    if (counts ? u.wafers == 0 : u.interval.mean_ns() < 1e9)
      return wrong(u.name, counts ? "expected a positive number of wafers between services"
                                  : "expected a mean interval of at least 1 s");
  }
  tool_upkeeps.clear();
  upkeeps_of.assign(1, 0);
  counters_of.assign(tools, 0);
  for (uint32_t t = 0; t < tools; ++t) {
    for (const bool counters : {true, false}) {
      for (const uint32_t a : of_group[group_of[t]]) {
        const bool counts = upkeeps[attachments[a].upkeep].kind == Upkeep::Kind::counter;
        if (counts != counters) continue;
        tool_upkeeps.push_back({t, a});
        counters_of[t] += counts;
      }
    }
    upkeeps_of.push_back(static_cast<uint32_t>(tool_upkeeps.size()));
  }
  return {};
}

std::string Model::tool_name(uint32_t tool) const {
  const ToolGroup& g = groups[group_of[tool]];
  return g.name + "#" + std::to_string(tool - g.first_tool + 1);
}

uint32_t Model::find_group(std::string_view name) const {
  for (uint32_t g = 0; g < groups.size(); ++g) {
    if (groups[g].name == name) return g;
  }
  return kNone;
}

uint32_t Model::find_tool(std::string_view name) const {
  const size_t hash = name.rfind('#');
  const uint32_t g = find_group(name.substr(0, hash));
  if (g == kNone || hash == std::string_view::npos) return kNone;
  const auto k = parse_int(name.substr(hash + 1), 1, groups[g].tools);
  if (!k) return kNone;
  return groups[g].first_tool + static_cast<uint32_t>(*k) - 1;
}

uint64_t Model::digest() const {
  Digest d;
  const auto put = [&](const auto&... x) { (d.value(x), ...); };
  const auto size = [&](const auto& v) { d.value(static_cast<uint64_t>(v.size())); };
  for (const auto* names : {&areas, &locations}) {
    size(*names);
    for (const std::string& x : *names) d.text(x);
  }
  size(groups);
  for (const ToolGroup& g : groups) {
    d.text(g.name);
    put(g.area, g.location, g.tools, g.load, g.unload, g.capacity, g.wakes_least_setup,
        g.keeps_setup);
    size(g.ranking);
    for (const Rank r : g.ranking) put(r);
  }
  size(steps);
  for (const Step& s : steps) {
    d.text(s.name);
    s.process.digest(d);
    put(s.group, s.per, s.batch_min, s.batch_max, s.gap, s.gap_per, s.setup, s.setup_time,
        s.same_tool_at, s.rework_to, s.rework_chance, s.sampled, s.queue_time_to, s.queue_time);
  }
  size(routes);
  for (const Route& r : routes) {
    d.text(r.name);
    put(r.first, r.steps);
  }
  size(products);
  for (const Product& p : products) {
    d.text(p.name);
    put(p.route);
  }
  size(setups);
  for (const Setup& s : setups) {
    d.text(s.name);
    put(s.minimum_run);
  }
  size(setup_changes);
  for (const SetupChange& c : setup_changes) put(c.from, c.to, c.time);
  size(upkeeps);
  for (const Upkeep& u : upkeeps) {
    d.text(u.name);
    u.interval.digest(d);
    u.duration.digest(d);
    put(u.kind, u.wafers, u.interrupts);
  }
  size(attachments);
  for (const Attachment& a : attachments) {
    a.first.digest(d);
    put(a.upkeep, a.group, a.first_wafers, a.spread);
  }
  size(transport);
  for (const DurationLaw& t : transport) t.digest(d);
  size(streams);
  for (const Stream& s : streams) {
    d.text(s.name);
    s.gap.digest(d);
    put(s.product, s.priority, s.wafers, s.start, s.count, s.lots, s.due, s.reserves);
  }
  size(wip);
  for (const InitialLot& w : wip) {
    d.text(w.name);
    put(w.product, w.priority, w.wafers, w.step, w.due, w.released);
  }
  put(start, end, warm_up, samples, trace.from, trace.to, asks_release, seed);
  size(trace.groups);
  for (const uint32_t g : trace.groups) put(g);
  d.text(follow);
  return d.finish();
}

}  // namespace dure::fab
