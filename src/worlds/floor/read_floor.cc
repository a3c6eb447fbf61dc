#include "worlds/floor/read_floor.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "kernel/scenario.h"

namespace dure::floor {
namespace {

constexpr double kMost = 1e9;

uint32_t read_kinds(ConfigReader& in) {
  uint32_t kinds = 0;
  for (const std::string& word :
       in.texts("kinds", std::vector<std::string>{"pick", "drop"},
                "what it is for: pick and drop (stops of tasks), charge, park")) {
    const auto* at = std::find_if(std::begin(kKindWords), std::end(kKindWords),
                                  [&](const auto& w) { return w.first == word; });
    if (at == std::end(kKindWords)) {
      std::vector<std::string_view> known;
      for (const auto& w : kKindWords) known.push_back(w.first);
      in.fail("kinds", "expected " + join_quoted(known, "or") + ", found " + quoted(word) +
                           did_you_mean(word, known));
      return kinds;
    }
    kinds |= at->second;
  }
  if (kinds == 0 && !in.describing()) in.fail("kinds", "expected at least one kind, found none");
  return kinds;
}

// The vertices of `at` and `symbol`.
std::vector<uint32_t> read_docks(ConfigReader& in, Sites& sites) {
  std::vector<uint32_t> docks;
  for (const std::string& place :
       in.texts("at", std::vector<std::string>{},
                "its docks: cells \"column,row\" from 0, or names of [[map.vertex]]")) {
    if (in.failed()) break;
    const Result<uint32_t> v = sites.vertex(place);
    if (!v)
      in.fail("at", v.error().message);
    else if (std::find(docks.begin(), docks.end(), *v) != docks.end())
      in.fail("at", "expected each dock once, found " + quoted(place) + " twice");
    else
      docks.push_back(*v);
  }
  const std::string symbol =
      in.text("symbol", "", "the letter that its docks have on the map, beside or in place of at");
  if (in.describing() || in.failed()) return docks;
  if (!symbol.empty()) {
    const std::vector<uint32_t> cells =
        symbol.size() == 1 ? sites.cells_with(symbol[0]) : std::vector<uint32_t>{};
    if (cells.empty()) in.fail("symbol", "expected a letter of the map, found " + quoted(symbol));
    for (const uint32_t v : cells) {
      if (std::find(docks.begin(), docks.end(), v) == docks.end()) docks.push_back(v);
    }
  }
  if (docks.empty()) in.fail("", "expected docks by at or symbol, found none");
  return docks;
}

void read_stations(ConfigReader& in, Model& m, Sites& sites) {
  std::vector<uint32_t> station_of(m.vertices(), kNone);
  const auto take_docks = [&](uint32_t s) {
    for (const uint32_t dock : m.stations[s].docks) station_of[dock] = s;
  };
  for (uint32_t s = 0; s < m.stations.size(); ++s) take_docks(s);
  in.tables("station", "where robots pick, drop, charge or park", [&](ConfigReader& s, size_t) {
    Station station;
    station.name = s.text("name", required, "of the station");
    station.kinds = read_kinds(s);
    station.docks = read_docks(s, sites);
    station.service =
        read_law(s, "service", "0s", "time that a robot stands there for a stop of its task");
    const bool each = s.boolean("each", false,
                                "every dock is a station of its own, \"rack 1\", \"rack 2\" ...; "
                                "the name stands for any of them");
    if (s.describing() || s.failed()) return;
    if (station.name.empty()) s.fail("name", "expected a name, found none");
    if (station.name.find('|') != std::string::npos || station.name.find(';') != std::string::npos)
      s.fail("name", "expected a name without '|' and ';', found " + quoted(station.name));
    for (const uint32_t dock : station.docks) {
      if (station_of[dock] == kNone) continue;
      s.fail(s.has("at") ? "at" : "symbol", "expected docks that no other station has, found " +
                                                quoted(sites.name_of(dock)) + ", a dock of " +
                                                quoted(m.stations[station_of[dock]].name));
      return;
    }
    std::vector<uint32_t> numbers;
    bool is_new = true;
    for (size_t i = 0; each && i < station.docks.size(); ++i) {
      Station one = station;
      one.docks = {station.docks[i]};
      one.name += " " + std::to_string(i + 1);
      numbers.push_back(static_cast<uint32_t>(m.stations.size()));
      is_new = sites.add_station(one.name, {numbers.back()}) && is_new;
      m.stations.push_back(std::move(one));
    }
    const std::string name = station.name;
    if (!each) {
      numbers = {static_cast<uint32_t>(m.stations.size())};
      m.stations.push_back(std::move(station));
    }
    for (const uint32_t number : numbers) take_docks(number);
    if (!sites.add_station(name, std::move(numbers)) || !is_new)
      s.fail("name", "expected another name than an earlier station's, found " + quoted(name));
  });
  if (in.describing() || in.failed()) return;
  if (const char letter = sites.unused_letter(); letter != 0) {
    in.fail("map", "expected a [[station]] with symbol " + quoted(std::string_view(&letter, 1)) +
                       " for that letter, found none");
  }
}

// Keys that say something that another key has to make possible.
void check_type(ConfigReader& in, const RobotType& t, Motion motion) {
  if (in.describing() || in.failed()) return;
  if (motion == Motion::steps) {
    refuse(in, {"speed", "acceleration", "turn"},
           "with motion \"steps\", in which a move or a turn takes a tick");
  }
  if (!in.has("battery_wh")) {
    refuse(in,
           {"charge_w", "drive_wh_per_m", "loaded_wh_per_m", "idle_w", "tow", "towed_share",
            "battery_start", "battery_start_to"},
           "without battery_wh, as the robot has no battery");
  }
  if (t.battery_wh > 0 && t.charge_w == 0)
    in.fail("battery_wh", "expected charge_w beside it, found none");
  const Distribution none;
  if (t.mtbf != none && t.mttr == none)
    in.fail("mtbf", "expected mttr beside it, the time to repair the robot, found none");
  if (!in.has("mtbf")) refuse(in, {"mttr"}, "without mtbf, as the robot never fails");
}

RobotType read_type(ConfigReader& in, Motion motion) {
  RobotType t;
  t.name = in.text("name", required, "of this make of robot");
  t.speed_mps =
      in.number("speed", 1, {.unit = "m/s", .doc = "top speed", .min = 0.001, .max = 1000});
  t.accel_mps2 =
      in.number("acceleration", 1,
                {.unit = "m/s2", .doc = "speeding up and braking", .min = 0.001, .max = 1000});
  t.turn = in.duration("turn", 2_s, {.doc = "of a quarter, standing", .max = 1_h});
  t.payload_kg = in.number("payload_kg", 1e9,
                           {.unit = "kg", .doc = "the most it carries", .min = 0, .max = 1e9});
  t.battery_wh =
      in.number("battery_wh", 0,
                {.unit = "Wh", .doc = "of its battery; 0: never empty", .min = 0, .max = kMost});
  t.drive_wh_per_m = in.number("drive_wh_per_m", 0,
                               {.unit = "Wh/m", .doc = "to drive, empty", .min = 0, .max = kMost});
  t.loaded_wh_per_m = in.number("loaded_wh_per_m", t.drive_wh_per_m,
                                {.unit = "Wh/m",
                                 .doc = "to drive with its whole payload; without it, as empty",
                                 .min = 0,
                                 .max = kMost});
  t.idle_w = in.number("idle_w", 0,
                       {.unit = "W", .doc = "always, but while charging", .min = 0, .max = kMost});
  t.charge_w =
      in.number("charge_w", 0, {.unit = "W", .doc = "into its battery", .min = 0, .max = kMost});
  t.tow = in.duration("tow", t.tow,
                      {.doc = "a robot whose battery is empty stands so long where it is",
                       .min = 1_s,
                       .max = kLongest});
  t.towed_share = in.number("towed_share", t.towed_share,
                            {.doc = "of its battery after that", .min = 0.001, .max = 1});
  t.mtbf = read_law(in, "mtbf", "0s", "time from repair to failure; 0: never fails");
  t.mttr = read_law(in, "mttr", "0s", "time to repair it, where it stands");
  check_type(in, t, motion);
  return t;
}

// Robots that stand nowhere in particular, evenly over what is left but docks.
void spread(ConfigReader& in, Model& m, const std::vector<Robot>& robots) {
  std::vector<uint8_t> taken(m.vertices());
  for (const Robot& r : m.robots) taken[r.vertex] = 1;
  for (const Station& s : m.stations) {
    for (const uint32_t dock : s.docks) taken[dock] = 1;
  }
  std::vector<uint32_t> free;
  for (uint32_t v = 0; v < m.vertices(); ++v) {
    if (!taken[v]) free.push_back(v);
  }
  if (free.size() < robots.size()) {
    in.fail("robots",
            "expected at most " + with_commas(static_cast<int64_t>(free.size())) +
                " robots without at, for so many places have no dock and no robot, found " +
                with_commas(static_cast<int64_t>(robots.size())));
    return;
  }
  for (size_t i = 0; i < robots.size(); ++i) {
    Robot r = robots[i];
    r.vertex = free[i * free.size() / robots.size()];
    m.robots.push_back(r);
  }
}

void read_robots(ConfigReader& in, Model& m, const Sites& sites) {
  m.types.clear();
  std::vector<Robot> anywhere;
  std::vector<uint8_t> taken(m.vertices());
  int64_t total = 0;
  in.tables("robots", "robots of one make", [&](ConfigReader& r, size_t index) {
    m.types.push_back(read_type(r, m.motion));
    const uint32_t count = read_count(
        r, "count", required, {.unit = "robots", .doc = "of it", .min = 1, .max = kMostRobots});
    Robot robot;
    robot.type = static_cast<uint32_t>(index);
    robot.battery = r.number("battery_start", 1,
                             {.doc = "share of its battery at the start", .min = 0.001, .max = 1});
    const double battery_to = r.number(
        "battery_start_to", robot.battery,
        {.doc = "the last one's; those between get shares between", .min = 0.001, .max = 1});
    const std::vector<std::string> at =
        r.texts("at", std::vector<std::string>{},
                "where they stand at the start: names of stations, whose docks they fill, or "
                "places; without it, evenly over the floor");
    if (r.describing() || r.failed()) return;
    if ((total += count) > kMostRobots) {
      r.fail("count", "expected at most " + with_commas(kMostRobots) + " robots in all, found " +
                          with_commas(total));
      return;
    }
    for (const RobotType& other : m.types) {
      if (&other != &m.types.back() && other.name == m.types.back().name)
        r.fail("name", "expected another name than earlier robots', found " + quoted(other.name));
    }
    std::vector<uint32_t> places;
    for (const std::string& name : at) {
      const Result<std::vector<uint32_t>> stations = sites.stations(name);
      const Result<uint32_t> place = sites.vertex(name);
      if (stations) {
        for (const uint32_t s : *stations) {
          const std::vector<uint32_t>& docks = m.stations[s].docks;
          places.insert(places.end(), docks.begin(), docks.end());
        }
      } else if (place) {
        places.push_back(*place);
      } else {
        r.fail("at", sites.no_place(name).message);
        return;
      }
    }
    // The i-th one's battery.
    const auto numbered = [&](uint32_t i) {
      Robot one = robot;
      if (count > 1) one.battery += (battery_to - robot.battery) * i / (count - 1);
      return one;
    };
    if (at.empty()) {
      for (uint32_t i = 0; i < count; ++i) anywhere.push_back(numbered(i));
      return;
    }
    std::erase_if(places, [&](uint32_t v) { return taken[v] != 0 || v >= taken.size(); });
    std::vector<uint32_t> chosen;
    for (const uint32_t v : places) {
      if (chosen.size() == count) break;
      if (taken[v]) continue;
      taken[v] = 1;
      chosen.push_back(v);
    }
    if (chosen.size() < count) {
      r.fail("at", "expected places for " + with_commas(count) + " robots, found " +
                       with_commas(static_cast<int64_t>(chosen.size())) + " that are free");
      return;
    }
    for (uint32_t i = 0; i < count; ++i) {
      m.robots.push_back(numbered(i));
      m.robots.back().vertex = chosen[i];
    }
  });
  if (in.describing() || in.failed()) return;
  if (m.types.empty()) {
    in.fail("", "expected at least one [[robots]], found none");
    return;
  }
  spread(in, m, anywhere);
}

Source read_source(ConfigReader& in, const Model& m, const Sites& sites) {
  Source s;
  s.name = in.text("name", required, "of the source");
  const std::vector<std::string> stops =
      in.texts("stops", required,
               "stations in the order of the task's stops; several with | between them, or the "
               "name of several: one is drawn for each task");
  s.gap = read_law(in, "gap", "0s", "time between two tasks, such as exponential(30s)");
  const double per_hour = in.number("per_hour", 0,
                                    {.unit = "tasks/h",
                                     .doc = "in place of gap: tasks at random times, so many on "
                                            "average",
                                     .min = 0,
                                     .max = 3'600'000});
  s.start =
      m.start + in.duration("start", Duration{},
                            {.doc = "of the first gap, from the scenario's", .max = kLongest});
  s.count = static_cast<uint64_t>(
      in.integer("count", std::numeric_limits<int64_t>::max(),
                 {.unit = "tasks", .doc = "in all; without it, for ever", .min = 0}));
  s.priority = static_cast<int32_t>(in.integer(
      "priority", 0, {.doc = "of its tasks, larger first", .min = -1'000'000, .max = 1'000'000}));
  const bool has_due = in.has("due");
  const Duration due = in.duration("due", Duration{}, {.doc = "from release", .max = kLongest});
  if (has_due) s.due = due;
  s.payload_kg =
      in.number("payload_kg", 0, {.unit = "kg", .doc = "of a task's load", .min = 0, .max = 1e9});
  if (in.describing() || in.failed()) return s;
  if (stops.empty() || stops.size() > 1000)
    in.fail("stops", "expected 1 to 1000 stops, found " + std::to_string(stops.size()));
  for (size_t i = 0; i < stops.size(); ++i) {
    const Result<std::vector<uint32_t>> choices = sites.stations(stops[i]);
    if (!choices) {
      in.fail("stops", choices.error().message);
      return s;
    }
    for (const uint32_t choice : *choices) {
      if (const auto fits = check_stop(m.stations[choice], i, stops.size()); !fits) {
        in.fail("stops", fits.error().message);
        return s;
      }
    }
    s.chain.push_back(*choices);
  }
  if ((per_hour > 0) == in.has("gap"))
    in.fail("gap", "expected one of gap and per_hour, found " +
                       std::string(per_hour > 0 ? "both" : "neither"));
  if (per_hour > 0) s.gap = Distribution::exponential(3600 / per_hour);
  return s;
}

void read_closures(ConfigReader& in, Model& m, const Sites& sites) {
  in.tables("closure", "places that nobody may enter for a while", [&](ConfigReader& c, size_t) {
    const std::vector<std::string> at =
        c.texts("at", required, "cells \"column,row\" from 0, or names of [[map.vertex]]");
    const Moment from = read_moment(c, "from", required, "a time, or a duration from the start");
    const Moment until = read_moment(c, "until", required, "when they are open again");
    if (c.describing() || c.failed()) return;
    if (at.empty()) c.fail("at", "expected at least one place, found none");
    const Time begin = from.from(m.start), end = until.from(m.start);
    if (begin < m.start)
      c.fail("from", "expected a time from the start on, found " + to_string(begin));
    if (end <= begin)
      c.fail("until", "expected a time after " + to_string(begin) + ", found " + to_string(end));
    for (const std::string& place : at) {
      const Result<uint32_t> v = sites.vertex(place);
      if (!v) {
        c.fail("at", v.error().message);
        return;
      }
      m.closures.push_back({*v, begin, end});
    }
  });
}

void read_commands(ConfigReader& in, Model& m) {
  in.table("commands", "how robots are told what to do", [&](ConfigReader& c) {
    m.frame_period = c.duration(
        "frame_period", m.frame_period,
        {.doc = "of a robot's sensor frames, where a network is linked", .min = 1_ms, .max = 1_d});
    m.frame_bytes =
        read_count(c, "frame_bytes", m.frame_bytes,
                   {.unit = "bytes", .doc = "of a sensor frame", .min = 0, .max = 1'000'000'000});
    m.command_deadline =
        c.duration("deadline", m.command_deadline,
                   {.doc = "a robot stops, and blocks its place, when its newest command is older",
                    .min = 1_us,
                    .max = kLongest});
  });
}

}  // namespace

void read_floor(ConfigReader& in, Model& m, Sites& sites) {
  read_stations(in, m, sites);
  read_robots(in, m, sites);
  in.tables("source", "tasks that come up while the floor works",
            [&](ConfigReader& s, size_t) { m.sources.push_back(read_source(s, m, sites)); });
  read_closures(in, m, sites);
  if (m.motion == Motion::steps)
    refuse(in, {"commands"}, "with motion \"steps\", in which commands are never late");
  read_commands(in, m);
}

}  // namespace dure::floor
