#include "worlds/floor/model.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"

namespace dure::floor {
namespace {

constexpr uint32_t kMaxVertices = 1u << 28;
constexpr uint32_t kMaxRobots = 1u << 20;

Error wrong(std::string key, std::string message) {
  return {.message = std::move(message), .key = std::move(key)};
}

bool positive(double x) { return x > 0 && std::isfinite(x); }
bool not_negative(double x) { return x >= 0 && std::isfinite(x); }
bool is_zero(const Distribution& d) { return d == Distribution(); }

Result<void> check_roads(const Model& m) {
  const uint32_t n = m.vertices();
  if (n == 0 || n > kMaxVertices)
    return wrong("map", "expected 1 to 268435456 places for robots, found " + std::to_string(n));
  if (!positive(m.cell_m)) return wrong("cell", "expected a positive length in metres");
  DURE_ASSERT(m.lane_m.empty() || m.lane_m.size() == m.roads.next.size(), "a length for each lane");
  DURE_ASSERT(m.cell_of.empty() || m.cell_of.size() == n, "a cell for each vertex");
  for (size_t i = 0; i < m.lane_m.size(); ++i) {
    if (m.roads.next[i] != kNoVertex && !positive(m.lane_m[i]))
      return wrong("lane", "expected a positive length in metres");
  }
  return {};
}

Result<void> check_types(const Model& m) {
  if (m.types.empty()) return wrong("robot", "expected at least one type of robot");
  const bool has_chargers = std::any_of(m.stations.begin(), m.stations.end(), [](const Station& s) {
    return (s.kinds & Station::charge) != 0;
  });
  for (const RobotType& t : m.types) {
    const std::string key = "robot " + t.name;
    if (!positive(t.speed_mps)) return wrong(key, "expected a positive speed");
    if (!(t.accel_mps2 > 0)) return wrong(key, "expected a positive acceleration");
    if (t.turn < 0_s || t.turn > 1_h) return wrong(key, "expected a turn of 0 s to 1 h");
    if (!(t.payload_kg >= 0)) return wrong(key, "expected a payload of at least 0 kg");
    for (const double x :
         {t.battery_wh, t.drive_wh_per_m, t.loaded_wh_per_m, t.idle_w, t.charge_w}) {
      if (!not_negative(x)) return wrong(key, "expected figures of its battery of at least 0");
    }
    if (t.battery_wh > 0 && t.charge_w == 0 && has_chargers)
      return wrong(key, "expected a charging power above 0 W, as there are chargers");
    if (t.battery_wh > 0 && (t.tow <= 0_s || !(t.towed_share > 0 && t.towed_share <= 1)))
      return wrong(key, "expected a positive time to tow it and a share of its battery in (0, 1]");
    if (!is_zero(t.mtbf) && t.mtbf.mean() < 1)
      return wrong(key, "expected a mean time between failures of at least 1 s");
  }
  return {};
}

Result<void> check_robots(const Model& m) {
  if (m.robots.empty() || m.robots.size() > kMaxRobots)
    return wrong("robots",
                 "expected 1 to 1048576 robots, found " + std::to_string(m.robots.size()));
  std::vector<uint32_t> at(m.vertices(), kNone);
  for (uint32_t r = 0; r < m.robots.size(); ++r) {
    const Robot& robot = m.robots[r];
    const std::string key = "robot " + std::to_string(r);
    if (robot.vertex >= m.vertices()) return wrong(key, "expected to stand on a free place");
    if (robot.heading >= kHeadings) return wrong(key, "expected a heading of 0 to 3");
    if (robot.type >= m.types.size()) return wrong(key, "expected a type of robot");
    if (!(robot.battery > 0 && robot.battery <= 1))
      return wrong(key, "expected a battery share above 0 and at most 1");
    uint32_t& other = at[robot.vertex];
    if (other != kNone)
      return wrong(key, "stands where robot " + std::to_string(other) + " stands");
    other = r;
  }
  return {};
}

Result<void> check_tasks(const Model& m) {
  double most_kg = 0;
  for (const RobotType& t : m.types) most_kg = std::max(most_kg, t.payload_kg);
  for (const Stop& s : m.stops) {
    if (s.station == kNone ? s.vertex >= m.vertices()
                           : s.vertex != kNoVertex || s.station >= m.stations.size())
      return wrong("task", "expected stops at free places or stations");
  }
  for (uint32_t i = 0; i < m.lines.size(); ++i) {
    const TaskLine& line = m.lines[i];
    const std::string key = "task " + std::to_string(i);
    DURE_ASSERT(line.first <= m.stops.size() && line.stops <= m.stops.size() - line.first,
                "a task line's stops");
    if (line.stops == 0 || line.stops > 0xFFFF) return wrong(key, "expected 1 to 65535 stops");
    if (!not_negative(line.payload_kg) || line.payload_kg > most_kg)
      return wrong(key, "expected a payload that some robot can carry");
  }
  if (m.pool > 0 && m.lines.empty()) return wrong("task", "expected at least one task");
  for (const Source& s : m.sources) {
    const std::string key = "source " + s.name;
    if (s.chain.empty() || s.chain.size() > 0xFFFF) return wrong(key, "expected 1 to 65535 stops");
    for (const auto& choices : s.chain) {
      if (choices.empty()) return wrong(key, "expected at least one station for each stop");
      for (const uint32_t c : choices) {
        if (c >= m.stations.size()) return wrong(key, "expected a station");
      }
    }
    if (s.gap.mean() < 1e-3 && s.count > 1'000'000)
      return wrong(key, "expected a mean gap of at least 1 ms between tasks");
    if (!not_negative(s.payload_kg) || s.payload_kg > most_kg)
      return wrong(key, "expected a payload that some robot can carry");
  }
  return {};
}

// What `steps` has no notion of must not be asked for in vain.
Result<void> check_motion(const Model& m) {
  const bool steps = m.motion == Motion::steps;
  if (steps) {
    for (const Station& s : m.stations) {
      if (!is_zero(s.service))
        return wrong("station " + s.name, "service takes time in motion \"drive\" only");
    }
    for (const RobotType& t : m.types) {
      if (t.battery_wh > 0 || !is_zero(t.mtbf))
        return wrong("robot " + t.name, "batteries and failures need motion \"drive\"");
    }
    if (!m.closures.empty()) return wrong("closure", "closures need motion \"drive\"");
  } else if (m.delays.events != Delays::Events::none) {
    return wrong("delays", "delays by the rules of 2026 need motion \"steps\"");
  }
  const Delays& d = m.delays;
  if (d.events != Delays::Events::none &&
      (d.min < 1 || d.max < d.min || d.max > 1'000'000 || !(d.chance >= 0 && d.chance <= 1) ||
       !std::isfinite(d.mean_ratio) || !not_negative(d.sd_ratio)))
    return wrong("delays", "expected a chance of 0 to 1 and delays of 1 to 1000000 ticks");
  for (const auto& [key, period] : {std::pair{"tick", m.tick}, {"plan_period", m.plan_period}}) {
    if (period < 1_us || period > 1_d) return wrong(key, "expected a time from 1 us to 1 d");
  }
  if (m.max_pending < 1 || m.max_pending > 255)
    return wrong("max_pending", "expected 1 to 255 moves");
  if (m.frame_period < 1_ms || m.frame_period > 1_d)
    return wrong("frame_period", "expected a time from 1 ms to 1 d");
  if (m.command_deadline <= 0_s || m.command_deadline > 36500_d)
    return wrong("command_deadline", "expected a positive time");
  if (m.jam_after < 1_s || m.jam_after > 365_d)
    return wrong("jam_after", "expected a time from 1 s to 365 d");
  for (const Closure& c : m.closures) {
    if (c.vertex >= m.vertices() || c.until <= c.from || c.from < m.start)
      return wrong("closure", "expected a free place, and an end after its begin");
  }
  return {};
}

}  // namespace

Result<void> Model::finish() {
  DURE_CHECK(check_roads(*this));
  station_of.assign(vertices(), kNone);
  for (uint32_t s = 0; s < stations.size(); ++s) {
    const std::string key = "station " + stations[s].name;
    if (stations[s].docks.empty()) return wrong(key, "expected at least one dock");
    for (const uint32_t dock : stations[s].docks) {
      if (dock >= vertices()) return wrong(key, "expected docks on free places");
      if (station_of[dock] != kNone)
        return wrong(key, "has a dock of station " + stations[station_of[dock]].name);
      station_of[dock] = s;
    }
  }
  DURE_CHECK(check_types(*this));
  DURE_CHECK(check_robots(*this));
  DURE_CHECK(check_tasks(*this));
  DURE_CHECK(check_motion(*this));
  if (start < Time{0} || end <= start) return wrong("end", "expected an end after the start");
  if (warm_up < 0_s) return wrong("warm_up", "expected a time of at least 0 s");
  if (film.interval < 0_s || film.frames < 2 || film.frames % 2 != 0 || film.frames > 100'000)
    return wrong("film", "expected an even number of frames, 2 to 100000");

  if (pool == 0) {
    std::stable_sort(lines.begin(), lines.end(),
                     [](const TaskLine& a, const TaskLine& b) { return a.release < b.release; });
  }
  longest_chain = 0;
  for (Source& s : sources) {
    longest_chain = std::max(longest_chain, static_cast<uint32_t>(s.chain.size()));
    s.start = std::max(s.start, start);
  }
  has_batteries = has_failures = false;
  for (const RobotType& t : types) {
    has_batteries = has_batteries || t.battery_wh > 0;
    has_failures = has_failures || !is_zero(t.mtbf);
  }
  if (places.empty() && !cell_of.empty()) {
    for (const uint32_t cell : cell_of)
      places.push_back({(cell % width + 0.5) * cell_m, (cell / width + 0.5) * cell_m});
  }
  if (places.empty()) places.resize(vertices());
  DURE_ASSERT(places.size() == vertices(), "a place for each vertex");
  return {};
}

void set_grid(Model& m, Grid grid) {
  m.roads = std::move(grid.roads);
  m.width = grid.width;
  m.height = grid.height;
  m.cell_of = std::move(grid.cell_of);
}

uint32_t Model::find_station(std::string_view name) const {
  for (uint32_t s = 0; s < stations.size(); ++s) {
    if (stations[s].name == name) return s;
  }
  return kNone;
}

uint64_t Model::digest() const {
  Digest d;
  const auto put = [&](const auto&... x) { (d.value(x), ...); };
  const auto size = [&](const auto& v) { d.value(static_cast<uint64_t>(v.size())); };
  const auto numbers = [&](const auto& v) {
    size(v);
    for (const auto& x : v) d.value(x);
  };
  numbers(roads.next);
  put(width, height, cell_m);
  numbers(cell_of);
  numbers(lane_m);
  size(places);
  for (const Point& p : places) put(p.x, p.y);
  size(stations);
  for (const Station& s : stations) {
    d.text(s.name);
    put(s.kinds);
    numbers(s.docks);
    d.text(s.service.text());
  }
  size(types);
  for (const RobotType& t : types) {
    d.text(t.name);
    put(t.speed_mps, t.accel_mps2, t.turn, t.payload_kg, t.battery_wh, t.drive_wh_per_m,
        t.loaded_wh_per_m, t.idle_w, t.charge_w, t.tow, t.towed_share);
    d.text(t.mtbf.text());
    d.text(t.mttr.text());
  }
  size(robots);
  for (const Robot& r : robots) put(r.vertex, r.heading, r.type, r.battery);
  size(stops);
  for (const Stop& s : stops) put(s.vertex, s.station);
  size(lines);
  for (const TaskLine& l : lines) put(l.first, l.stops, l.priority, l.release, l.due, l.payload_kg);
  size(sources);
  for (const Source& s : sources) {
    d.text(s.name);
    size(s.chain);
    for (const auto& choices : s.chain) numbers(choices);
    d.text(s.gap.text());
    put(s.start, s.count, s.priority, s.due, s.payload_kg);
  }
  size(closures);
  for (const Closure& c : closures) put(c.vertex, c.from, c.until);
  put(pool, motion, tick, plan_period, max_pending, delays.events, delays.durations, delays.seed,
      delays.min, delays.max, delays.chance, delays.mean_ratio, delays.sd_ratio, frame_period,
      frame_bytes, command_deadline, jam_after, start, end, warm_up, samples, film.interval,
      film.frames, seed);
  return d.finish();
}

}  // namespace dure::floor
