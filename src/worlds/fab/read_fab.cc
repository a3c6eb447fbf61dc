#include "worlds/fab/read_fab.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "worlds/fab/fab_keys.h"
#include "worlds/fab/read_lots.h"
#include "worlds/fab/read_routes.h"
#include "worlds/fab/read_upkeep.h"

namespace dure::fab {
namespace {

struct Places {
  Names areas{"area"}, locations{"location"};
};

// Areas and locations have an order of their own only when a list gives it.
void read_order(ConfigReader& in, std::string_view key, std::string_view doc, Names& names) {
  for (const std::string& name : in.texts(key, std::vector<std::string>{}, doc)) {
    if (names.find(name) != kNone)
      in.fail(key, "expected each name once, found " + quoted(name) + " twice");
    names.place(name);
  }
}

std::vector<Rank> read_ranking(ConfigReader& in) {
  constexpr std::pair<std::string_view, Rank> words[] = {{"priority", Rank::priority},
                                                         {"setup", Rank::setup},
                                                         {"fifo", Rank::fifo},
                                                         {"critical-ratio", Rank::critical_ratio}};
  std::vector<Rank> ranking;
  for (const std::string& word :
       in.texts("ranking", std::vector<std::string>{"priority", "setup", "fifo"},
                "what the lots that wait are ranked by, one after the other: priority, setup (the "
                "least setup time first), fifo (the longest wait first), critical-ratio (the least "
                "time to the due date per work left first)")) {
    const auto* at = std::find_if(std::begin(words), std::end(words),
                                  [&](const auto& w) { return w.first == word; });
    if (at == std::end(words)) {
      std::vector<std::string_view> known;
      for (const auto& w : words) known.push_back(w.first);
      in.fail("ranking", "expected " + join_quoted(known, "or") + ", found " + quoted(word) +
                             did_you_mean(word, known));
      return ranking;
    }
    if (std::find(ranking.begin(), ranking.end(), at->second) != ranking.end())
      in.fail("ranking", "expected each word once, found " + quoted(word) + " twice");
    ranking.push_back(at->second);
  }
  return ranking;
}

ToolGroup read_group(ConfigReader& in, Names& groups, Places& places) {
  ToolGroup g;
  g.name = groups.read_new(in, "of the group: tools that do the same work");
  g.area = places.areas.place(in.text("area", "fab", "part of the fab it counts to in reports"));
  g.location = places.locations.place(in.text("location", "fab", "where it stands, for transport"));
  g.tools = read_count(in, "tools", 1,
                       {.unit = "tools", .doc = "in the group", .min = 1, .max = kMostTools});
  const Duration month = 30_d;
  g.load = in.duration("load", Duration{}, {.doc = "time to put a lot in", .max = month});
  g.unload = in.duration("unload", Duration{}, {.doc = "time to take a lot out", .max = month});
  g.capacity = read_count(in, "capacity", 1,
                          {.unit = "lots or batches",
                           .doc = "that may be inside a tool at once; above 1 it cascades: while "
                                  "one is processed, the next is loaded and set up",
                           .min = 1,
                           .max = 64});
  g.ranking = read_ranking(in);
  g.wakes_least_setup = in.boolean("wakes_least_setup", false,
                                   "of several idle tools, take the one with the least setup time");
  g.keeps_setup = in.boolean("keeps_setup", false,
                             "a tool changes no setup before the setup's minimum_run is done");
  return g;
}

Names read_setups(ConfigReader& in, Model& m) {
  Names names("[[setup]]");
  names.place("");  // none
  in.tables("setup", "a state of tools that steps need, such as a gas or a mask",
            [&](ConfigReader& s, size_t) {
              Setup setup;
              setup.name = names.read_new(s, "of the setup");
              setup.minimum_run =
                  read_count(s, "minimum_run", 0,
                             {.unit = "lots",
                              .doc = "that a tool does before it changes to another setup, where "
                                     "its group keeps setups",
                              .min = 0,
                              .max = 1'000'000});
              m.setups.push_back(setup);
            });
  if (names.size() > kMostSetups)
    in.fail("setup", "expected at most " + with_commas(kMostSetups) + " setups, found " +
                         with_commas(static_cast<int64_t>(names.size())));
  in.tables("setup_change", "what it takes to change a tool's setup", [&](ConfigReader& c, size_t) {
    SetupChange change;
    const uint32_t from =
        names.read(c, "from", false,
                   "name of a [[setup]]; without it, from any that has no change of its own");
    const uint32_t to = names.read(c, "to", true, "name of a [[setup]]");
    change.from = from == kNone ? 0 : from;
    change.to = to == kNone ? 0 : to;
    change.time = c.duration("time", required, {.doc = "it takes", .max = kLongest});
    m.setup_changes.push_back(change);
  });
  return names;
}

// Later entries win, so that an entry for every pair may come first.
void read_transport(ConfigReader& in, const Names& locations, Model& m) {
  const size_t n = locations.size();
  if (n > kMostPlaces) {
    in.fail("tool_group", "expected at most " + std::to_string(kMostPlaces) + " locations, found " +
                              std::to_string(n));
    return;
  }
  in.tables("transport", "time to bring a lot to its next tool; later entries win",
            [&](ConfigReader& t, size_t) {
              const uint32_t from = locations.read(
                  t, "from", false, "location of the last step's tools; without it, any");
              const uint32_t to = locations.read(
                  t, "to", false, "location of the next step's tools; without it, any");
              const DurationLaw time =
                  read_law(t, "time", required, "of one move, such as uniform(5min, 10min)");
              if (t.describing() || t.failed()) return;
              m.transport.resize(n * n);
              for (size_t a = 0; a < n; ++a) {
                for (size_t b = 0; b < n; ++b) {
                  if ((from == kNone || from == a) && (to == kNone || to == b))
                    m.transport[a * n + b] = time;
                }
              }
            });
}

}  // namespace

std::string_view line_key_given(const ConfigReader& in) {
  for (const std::string_view key :
       {"tool_group", "setup", "setup_change", "route", "product", "breakdown", "maintenance",
        "attachment", "transport", "release", "lot", "areas", "locations"}) {
    if (in.has(key)) return key;
  }
  return "";
}

void read_line(ConfigReader& in, Model& m) {
  Places places;
  read_order(in, "areas", "areas in the order of reports; without it, as tool groups name them",
             places.areas);
  read_order(in, "locations", "all locations; without it, as tool groups name them",
             places.locations);
  Names groups("[[tool_group]]");
  in.tables("tool_group", "tools that do the same work",
            [&](ConfigReader& g, size_t) { m.groups.push_back(read_group(g, groups, places)); });
  m.areas = places.areas.list();
  m.locations = places.locations.list();
  const Names setups = read_setups(in, m);
  const RouteNames names = read_routes(in, groups, setups, m);
  read_upkeep(in, groups, places.areas, m);
  read_transport(in, places.locations, m);
  read_releases(in, names, m);
  read_lots(in, names, m);
}

}  // namespace dure::fab
