#include "worlds/fab/write_fab.h"

#include <algorithm>
#include <map>

#include "base/assert.h"
#include "base/text.h"
#include "worlds/fab/fab_keys.h"

namespace dure::fab {
namespace {

std::string toml(const std::string& text) { return toml_text(text); }
std::string toml(Duration d) { return toml(to_string(d)); }
std::string toml(const DurationLaw& law) { return toml(law_text(law)); }
std::string toml(bool b) { return b ? "true" : "false"; }
std::string toml(uint32_t x) { return std::to_string(x); }
std::string toml(uint64_t x) { return std::to_string(x); }
std::string toml(int32_t x) { return std::to_string(x); }
std::string toml(double x) { return shortest(x); }
std::string toml(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& t : texts) out += (out == "[" ? "" : ", ") + toml(t);
  return out + "]";
}

bool same(const DurationLaw& a, const DurationLaw& b) { return law_text(a) == law_text(b); }

// The keys of one table: on lines of their own, or { in one }.
class Table {
 public:
  template <class T>
  Table& put(std::string_view key, const T& value) {
    keys_.push_back(std::string(key) + " = " + toml(value));
    return *this;
  }
  // Unless it is what reading assumes.
  template <class T>
  Table& put_unless(const T& fallback, std::string_view key, const T& value) {
    return value == fallback ? *this : put(key, value);
  }
  std::string lines(std::string_view header) const {
    std::string out = "\n" + std::string(header) + "\n";
    for (const std::string& k : keys_) out += k + "\n";
    return out;
  }
  std::string in_one() const {
    std::string out = "{";
    for (const std::string& k : keys_) out += (out == "{" ? " " : ", ") + k;
    return out + " }";
  }
  Table& put_raw(std::string_view key, std::string_view value) {
    keys_.push_back(std::string(key) + " = " + std::string(value));
    return *this;
  }

 private:
  std::vector<std::string> keys_;
};

// Names in the order in which tool groups come to them.
template <class Name>
std::vector<std::string> first_named(const Model& m, Name&& name) {
  std::vector<std::string> out;
  for (const ToolGroup& g : m.groups) {
    if (std::find(out.begin(), out.end(), name(g)) == out.end()) out.push_back(name(g));
  }
  return out;
}

std::string head(const Model& m, const std::string& title, const std::string& about) {
  Table t;
  t.put("world", std::string("fab")).put("title", title);
  t.put_unless(std::string(), "about", about);
  // A date is text here, as ConfigReader takes it.
  if (m.start != Time{}) t.put("start", to_string(m.start));
  if (m.end != Time::never()) t.put("end", to_string(m.end));
  t.put_unless(Duration{}, "warm_up", m.warm_up).put("seed", m.seed);
  t.put_unless(uint32_t{500}, "samples", m.samples);
  if (!m.assumptions.empty()) t.put("assumptions", m.assumptions);
  if (const auto areas = first_named(m, [&](const ToolGroup& g) { return m.areas[g.area]; });
      areas != m.areas)
    t.put("areas", m.areas);
  if (const auto locations =
          first_named(m, [&](const ToolGroup& g) { return m.locations[g.location]; });
      locations != m.locations)
    t.put("locations", m.locations);
  std::string out = t.lines("").substr(2);
  if (m.trace.from < Time::never() || !m.follow.empty()) {
    Table trace;
    trace.put("from", to_string(m.trace.from)).put("to", to_string(m.trace.to));
    std::vector<std::string> groups;
    for (const uint32_t g : m.trace.groups) groups.push_back(m.groups[g].name);
    out += trace.put("groups", groups).put("follow", m.follow).lines("[trace]");
  }
  return out;
}

std::string groups(const Model& m) {
  std::string out;
  for (const ToolGroup& g : m.groups) {
    Table t;
    t.put("name", g.name);
    t.put_unless(std::string("fab"), "area", m.areas[g.area]);
    t.put_unless(std::string("fab"), "location", m.locations[g.location]);
    t.put("tools", g.tools).put_unless(Duration{}, "load", g.load);
    t.put_unless(Duration{}, "unload", g.unload).put_unless(1u, "capacity", g.capacity);
    if (g.ranking != ToolGroup{}.ranking) {
      std::vector<std::string> words;
      for (const Rank r : g.ranking) {
        words.push_back(r == Rank::priority ? "priority"
                        : r == Rank::setup  ? "setup"
                        : r == Rank::fifo   ? "fifo"
                                            : "critical-ratio");
      }
      t.put("ranking", words);
    }
    t.put_unless(false, "wakes_least_setup", g.wakes_least_setup);
    t.put_unless(false, "keeps_setup", g.keeps_setup);
    out += t.lines("[[tool_group]]");
  }
  return out;
}

std::string setups(const Model& m) {
  std::string out;
  for (size_t i = 1; i < m.setups.size(); ++i) {
    out += Table()
               .put("name", m.setups[i].name)
               .put_unless(0u, "minimum_run", m.setups[i].minimum_run)
               .lines("[[setup]]");
  }
  for (const SetupChange& c : m.setup_changes) {
    Table t;
    if (c.from != 0) t.put("from", m.setups[c.from].name);
    out += t.put("to", m.setups[c.to].name).put("time", c.time).lines("[[setup_change]]");
  }
  return out;
}

// A step's name where it names one step and cannot be taken for a number; else its number from 1.
std::string step_reference(const Model& m, const Route& r, uint32_t step) {
  const std::string& name = m.steps[r.first + step].name;
  const auto same_name = [&](uint32_t i) { return m.steps[r.first + i].name == name; };
  bool unique = !name.empty() && !parse_int(name);
  for (uint32_t i = 0; unique && i < r.steps; ++i) unique = i == step || !same_name(i);
  return unique ? toml(name) : std::to_string(step + 1);
}

std::string step(const Model& m, const Route& r, uint32_t number) {
  const Step& s = m.steps[r.first + number];
  const auto per = [](Per p) {
    return std::string(p == Per::lot ? "lot" : p == Per::wafer ? "wafer" : "batch");
  };
  Table t;
  t.put_unless(std::to_string(number + 1) + " " + m.groups[s.group].name, "name", s.name);
  t.put("tools", m.groups[s.group].name).put("time", s.process);
  t.put_unless(per(s.batch_max > 0 ? Per::batch : Per::lot), "per", per(s.per));
  if (s.batch_max > 0)
    t.put_raw("batch",
              "[" + std::to_string(s.batch_min) + ", " + std::to_string(s.batch_max) + "]");
  t.put_unless(Duration{}, "gap", s.gap).put_unless(per(Per::lot), "gap_per", per(s.gap_per));
  if (s.setup != 0) t.put("setup", m.setups[s.setup].name);
  if (s.setup_time.ns >= 0) t.put("setup_time", s.setup_time);
  if (s.same_tool_at != kNone) t.put_raw("same_tool_at", step_reference(m, r, s.same_tool_at));
  if (s.rework_to != kNone)
    t.put_raw("rework_to", step_reference(m, r, s.rework_to)).put("rework", s.rework_chance);
  t.put_unless(1.0, "sampled", s.sampled);
  if (s.queue_time_to != kNone)
    t.put_raw("queue_time_to", step_reference(m, r, s.queue_time_to))
        .put("queue_time", s.queue_time);
  return t.in_one();
}

std::string routes(const Model& m) {
  std::string out;
  for (const Route& r : m.routes) {
    out += Table().put("name", r.name).lines("[[route]]") + "step = [\n";
    for (uint32_t i = 0; i < r.steps; ++i) out += "  " + step(m, r, i) + ",\n";
    out += "]\n";
  }
  for (const Product& p : m.products) {
    out += Table().put("name", p.name).put("route", m.routes[p.route].name).lines("[[product]]");
  }
  return out;
}

void put_first(Table& t, const Upkeep& u, const Attachment& a) {
  if (u.kind == Upkeep::Kind::counter) {
    t.put_unless(static_cast<double>(u.wafers), "first_wafers", a.first_wafers);
  } else if (!same(a.first, u.interval)) {
    t.put("first", a.first);
  }
  if (u.kind != Upkeep::Kind::breakdown) t.put_unless(true, "spread", a.spread);
}

bool same_first(const Attachment& a, const Attachment& b) {
  return a.first_wafers == b.first_wafers && a.spread == b.spread && same(a.first, b.first);
}

// `on` of each upkeep says all that attachments do: in the upkeeps' order, one first time for each.
bool on_suffices(const Model& m) {
  for (size_t i = 1; i < m.attachments.size(); ++i) {
    const Attachment &a = m.attachments[i - 1], &b = m.attachments[i];
    if (a.upkeep > b.upkeep || (a.upkeep == b.upkeep && !same_first(a, b))) return false;
  }
  return true;
}

std::string upkeeps(const Model& m) {
  std::string out;
  const bool with_on = on_suffices(m);
  for (uint32_t i = 0; i < m.upkeeps.size(); ++i) {
    const Upkeep& u = m.upkeeps[i];
    const bool counts = u.kind == Upkeep::Kind::counter;
    Table t;
    t.put("name", u.name);
    counts ? t.put("wafers", u.wafers) : t.put("every", u.interval);
    t.put("takes", u.duration);
    if (u.kind == Upkeep::Kind::breakdown) t.put_unless(true, "interrupts", u.interrupts);
    std::vector<std::string> on;
    for (const Attachment& a : m.attachments) {
      if (!with_on || a.upkeep != i) continue;
      if (on.empty()) put_first(t, u, a);
      on.push_back(m.groups[a.group].name);
    }
    if (!on.empty()) t.put("on", on);
    out += t.lines(u.kind == Upkeep::Kind::breakdown ? "[[breakdown]]" : "[[maintenance]]");
  }
  for (const Attachment& a : m.attachments) {
    if (with_on) break;
    Table t;
    t.put("upkeep", m.upkeeps[a.upkeep].name);
    put_first(t, m.upkeeps[a.upkeep], a);
    out += t.put("on", std::vector<std::string>{m.groups[a.group].name}).lines("[[attachment]]");
  }
  return out;
}

std::string transport(const Model& m) {
  const size_t n = m.locations.size();
  if (m.transport.empty()) return "";
  const bool one = std::all_of(m.transport.begin(), m.transport.end(),
                               [&](const DurationLaw& t) { return same(t, m.transport[0]); });
  if (one && m.transport[0].zero()) return "";
  if (one) return Table().put("time", m.transport[0]).lines("[[transport]]");
  std::string out;
  for (size_t i = 0; i < m.transport.size(); ++i) {
    if (m.transport[i].zero()) continue;
    out += Table()
               .put("from", m.locations[i / n])
               .put("to", m.locations[i % n])
               .put("time", m.transport[i])
               .lines("[[transport]]");
  }
  return out;
}

std::string lots(const Model& m) {
  std::string out;
  for (const Stream& s : m.streams) {
    Table t;
    t.put("name", s.name).put("product", m.products[s.product].name);
    t.put_unless(0, "priority", s.priority).put_unless(25u, "wafers", s.wafers);
    t.put("every", s.gap).put_unless(1u, "lots", s.lots);
    t.put_unless(Stream{}.count, "count", s.count);
    t.put_unless(Duration{}, "start", s.start - m.start);
    if (s.due.ns >= 0) t.put("due", s.due);
    out += t.put_unless(false, "reserves", s.reserves).lines("[[release]]");
  }
  if (m.wip.empty()) return out;
  out += "\n";
  for (const InitialLot& w : m.wip) {
    Table t;
    t.put("name", w.name).put("product", m.products[w.product].name);
    t.put_unless(0, "priority", w.priority).put_unless(25u, "wafers", w.wafers);
    t.put("step", w.step + 1);
    if (w.due < Time::never()) t.put("due", w.due - m.start);
    if (w.released >= Time{}) t.put("age", m.start - w.released);
    out += t.lines("[[lot]]").substr(1);
  }
  return out;
}

}  // namespace

std::string write_fab(const Model& m, const std::string& title, const std::string& about) {
  const auto other = std::find_if(m.upkeeps.begin(), m.upkeeps.end(), [](const Upkeep& u) {
    return u.kind != Upkeep::Kind::breakdown;
  });
  DURE_ASSERT(std::none_of(other, m.upkeeps.end(),
                           [](const Upkeep& u) { return u.kind == Upkeep::Kind::breakdown; }),
              "breakdowns stand before other upkeeps");
  return head(m, title, about) + groups(m) + setups(m) + routes(m) + upkeeps(m) + transport(m) +
         lots(m);
}

}  // namespace dure::fab
