// What the world measures.
#include <algorithm>
#include <cmath>

#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {
namespace {

constexpr uint32_t kSeriesCapacity = 1024;

Duration series_interval(const Model& m) {
  const Time last = m.end == Time::never() ? later(m.start, 365_d) : m.end;
  return std::max(1_ns, (last - m.start) / std::max<int64_t>(1, m.samples));
}

// Not more than fits; frames of what moves in ticks are ticks apart.
Film film_for(const Model& m) {
  Film film;
  if (m.film.interval == 0_s) return film;
  film.start = m.start;
  film.interval = m.film.interval;
  if (m.motion == Motion::steps)
    film.interval = m.tick * std::max<int64_t>(1, (film.interval.ns - 1) / m.tick.ns + 1);
  film.capacity = std::min<uint64_t>(m.film.frames, FilmPlan::frames_that_fit(m.robots.size()));
  return film;
}

}  // namespace

void World::start_kpis() {
  const Model& m = *model_;
  kpis_ = {};
  kpis_.since = now_;
  kpis_.visits.assign(m.vertices(), 0);
  kpis_.waited.assign(m.vertices(), 0);
  if (m.motion == Motion::steps) kpis_.wait_unit = m.tick;
  kpis_.done_over_time = Counts(m.start, series_interval(m), kSeriesCapacity);
  kpis_.live_over_time = Series(m.start, series_interval(m), kSeriesCapacity);
  kpis_.live_over_time.set(m.start, 0);
  kpis_.film = film_for(m);
}

void World::reset_kpis() {
  for (uint32_t r = 0; r < drive_.robots.size(); ++r) settle_battery(r);
  Kpis before = std::move(kpis_);
  start_kpis();
  // What is drawn over time shows the whole run.
  kpis_.done_over_time = std::move(before.done_over_time);
  kpis_.live_over_time = std::move(before.live_over_time);
  kpis_.film = std::move(before.film);
  kpis_.collisions = before.collisions;
  for (Drive& d : drive_.robots) d.state_since = now_;
}

std::array<double, kRobotStates> World::state_s() const {
  auto out = kpis_.state_s;
  for (const Drive& d : drive_.robots)
    out[static_cast<size_t>(d.state)] += (now_ - d.state_since).seconds();
  return out;
}

std::vector<uint32_t> World::waited() const {
  std::vector<uint32_t> out = kpis_.waited;
  for (uint32_t r = 0; r < drive_.robots.size(); ++r) {
    const Drive& d = drive_.robots[r];
    if (d.state == RobotState::wait)
      out[vertex(r)] += static_cast<uint32_t>((now_ - d.state_since) / kpis_.wait_unit);
  }
  return out;
}

double World::energy_wh() const {
  double out = kpis_.energy_wh;
  for (uint32_t r = 0; r < drive_.robots.size(); ++r) {
    const Drive& d = drive_.robots[r];
    if (model_->type_of(r).battery_wh > 0 && !d.charging) out += d.battery_wh - battery_left(r);
  }
  return out;
}

double World::charged_wh() const {
  double out = kpis_.charged_wh;
  for (uint32_t r = 0; r < drive_.robots.size(); ++r) {
    const Drive& d = drive_.robots[r];
    if (d.charging) out += battery_left(r) - d.battery_wh;
  }
  return out;
}

void World::count_deadlocks() {
  const Model& m = *model_;
  const auto apart_mm = [&](uint32_t a, uint32_t b) {
    const double x = m.places[a].x - m.places[b].x, y = m.places[a].y - m.places[b].y;
    return static_cast<uint32_t>(std::min(4e9, 1000 * std::sqrt(x * x + y * y)));
  };
  const double far = m.cell_of.empty() ? 0 : 3000 * m.cell_m * 0.999;
  for (uint32_t r = 0; r < robots(); ++r) {
    if (goal_[r] == kNoVertex) continue;
    const uint32_t here = vertex(r);
    if (here == goal_[r]) continue;
    Course& c = courses_[r];
    const uint32_t left = apart_mm(here, goal_[r]);
    const bool first = c.from == kNone;
    if (first || left < c.nearest_mm || (here != c.from && apart_mm(here, c.from) >= far)) {
      c = {first ? c.since : now_, here, first ? left : std::min(left, c.nearest_mm)};
    } else if (!drive_.robots.empty() && (drive_.robots[r].down || drive_.robots[r].stale)) {
      if (c.since < Time::never()) c.since = now_;
    }
    if (c.since < Time::never() && now_ - c.since >= m.jam_after) {
      ++kpis_.deadlocks;
      c.since = Time::never();
    }
  }
}

RobotState World::state(uint32_t r) const {
  if (model_->motion == Motion::drive) return drive_.robots[r].state;
  const bool goes = goal_[r] != kNoVertex && goal_[r] != vertex_[r];
  if (moves_[r] != Move::wait) {
    return loaded_[r] ? RobotState::drive_loaded : RobotState::drive_empty;
  }
  return goes ? RobotState::wait : RobotState::idle;
}

// Of a state that was read.
bool World::kpis_consistent() const {
  const Model& m = *model_;
  const size_t n = robots();
  if (kpis_.visits.size() != m.vertices() || kpis_.waited.size() != m.vertices()) return false;
  if (kpis_.wait_unit != (m.motion == Motion::steps ? m.tick : Kpis().wait_unit)) return false;
  if (kpis_.since < m.start || kpis_.since > now_) return false;
  if (!kpis_.done_over_time.consistent(m.start)) return false;
  struct {
    Time start, since;
    Duration interval;
    uint64_t capacity = 0, values = 0;
    void operator()(Time a, Time b, Duration c, uint64_t d, double, const std::vector<double>& v) {
      start = a, since = b, interval = c, capacity = d, values = v.size();
    }
  } live;
  Series(kpis_.live_over_time).fields(live);
  if (live.start != m.start || live.since < m.start || live.since > now_ || live.interval <= 0_s ||
      live.capacity != kSeriesCapacity || live.values > kSeriesCapacity)
    return false;
  const Film& film = kpis_.film;
  const Film plan = film_for(m);
  if (film.capacity != plan.capacity || film.start != plan.start) return false;
  if (film.capacity == 0) return film.spots.empty();
  Duration interval = plan.interval;
  while (interval < film.interval && interval.ns < Duration::max().ns / 2) interval = 2 * interval;
  return interval == film.interval && film.spots.size() % n == 0 &&
         film.spots.size() / n <= film.capacity;
}

Time World::film_due() const {
  const Film& film = kpis_.film;
  if (film.capacity == 0) return Time::never();
  const auto frames = static_cast<int64_t>(film.spots.size() / robots());
  return film.interval.ns < (Time::never() - film.start).ns / (frames + 1)
             ? film.start + frames * film.interval
             : Time::never();
}

void World::shoot() {
  Film& film = kpis_.film;
  const size_t n = robots();
  if (film.spots.size() / n == film.capacity) {
    for (size_t k = 1; 2 * k < film.capacity; ++k)
      std::copy_n(film.spots.begin() + static_cast<std::ptrdiff_t>(2 * k * n), n,
                  film.spots.begin() + static_cast<std::ptrdiff_t>(k * n));
    film.spots.resize(film.capacity / 2 * n);
    film.interval = 2 * film.interval;
    if (film_due() > now_) return;
  }
  for (uint32_t r = 0; r < n; ++r) {
    const Point p = place(r);
    film.spots.push_back({static_cast<int32_t>(std::lround(p.x * 1e3)),
                          static_cast<int32_t>(std::lround(p.y * 1e3)),
                          static_cast<uint16_t>(heading(r)), static_cast<uint16_t>(state(r))});
  }
}

}  // namespace dure::floor
