// What the world measures.
#include <algorithm>
#include <cmath>

#include "worlds/floor/world.h"
#include "worlds/floor/world_parts.h"

namespace dure::floor {
namespace {

constexpr uint32_t kSeriesCapacity = 1024;
constexpr uint64_t kMostSpots = 1u << 20;  // of a film: 12 MiB

Duration series_interval(const Model& m) {
  const Time last = m.end == Time::never() ? later(m.start, 365_d) : m.end;
  return std::max(1_ns, (last - m.start) / std::max<int64_t>(1, m.samples));
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
  if (m.film.interval > 0_s && m.film.frames * uint64_t{robots()} <= kMostSpots) {
    kpis_.film.start = m.start;
    kpis_.film.interval = m.film.interval;
    kpis_.film.capacity = m.film.frames;
  }
}

void World::reset_kpis() {
  for (uint32_t r = 0; r < drive_.robots.size(); ++r) settle_battery(r);
  Kpis before = std::move(kpis_);
  start_kpis();
  // What is drawn over time shows the whole run.
  kpis_.done_over_time = std::move(before.done_over_time);
  kpis_.live_over_time = std::move(before.live_over_time);
  kpis_.film = std::move(before.film);
  for (Drive& d : drive_.robots) d.state_since = now_;
}

std::array<double, kRobotStates> World::state_s() const {
  auto out = kpis_.state_s;
  for (const Drive& d : drive_.robots)
    out[static_cast<size_t>(d.state)] += (now_ - d.state_since).seconds();
  return out;
}

RobotState World::state(uint32_t r) const {
  if (model_->motion == Motion::drive) return drive_.robots[r].state;
  const bool goes = goal_[r] != kNoVertex && goal_[r] != vertex_[r];
  if (moves_[r] != Move::wait) {
    return loaded_[r] ? RobotState::drive_loaded : RobotState::drive_empty;
  }
  return goes ? RobotState::wait : RobotState::idle;
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
