// Names of lots, and what the world measures.
#include <algorithm>

#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

constexpr uint32_t kSeriesCapacity = 1024;

Duration series_interval(const Model& m) {
  const Time last = m.end == Time::never() ? m.start + 365_d : m.end;
  return std::max(1_ns, (last - m.start) / std::max<int64_t>(1, m.samples));
}

}  // namespace

Time World::must_start(uint32_t id) const {
  const StepCore& s = model_->cores[lots_[id].step];
  Time first = Time::never();
  for (uint32_t c = 0; c < s.closes_count; ++c)
    first = std::min(first, windows_[id * model_->windows + model_->closes[s.closes_first + c]]);
  return first;
}

std::string World::lot_name(uint32_t id) const {
  const Lot& lot = lots_[id];
  if (lot.lot_class >= model_->streams.size()) return model_->wip[lot.number].name;
  return model_->streams[lot.lot_class].name + "_" + std::to_string(lot.number + 1);
}

uint32_t World::find_lot(std::string_view name) const {
  for (uint32_t i = 0; i < lots_.size(); ++i) {
    if (lots_[i].state != Lot::State::gone && lot_name(i) == name) return i;
  }
  return kNone;
}

void World::start_kpis() {
  const Model& m = *model_;
  kpis_ = {};
  kpis_.since = now_;
  kpis_.classes.resize(m.classes.size());
  kpis_.groups.resize(m.groups.size());
  kpis_.areas.resize(m.areas.size());
  kpis_.wip_over_time = Series(m.start, series_interval(m), kSeriesCapacity);
  kpis_.wip.set(now_, wip_);
  kpis_.wip_over_time.set(now_, wip_);
  for (AreaKpis& a : kpis_.areas) a.lots.set(now_, 0);
}

void World::reset_kpis() {
  const Kpis before = std::move(kpis_);
  start_kpis();
  // Charts over time and histories show the whole run.
  kpis_.wip_over_time = before.wip_over_time;
  kpis_.moves_per_day = before.moves_per_day;
  kpis_.finished_per_day = before.finished_per_day;
  kpis_.released_per_day = before.released_per_day;
  kpis_.gantt = before.gantt;
  kpis_.history = before.history;
  for (size_t a = 0; a < before.areas.size(); ++a)
    kpis_.areas[a].lots.set(now_, before.areas[a].lots.value());
  for (uint32_t t = 0; t < tools_.size(); ++t) {
    tools_[t].since = now_;
    kpis_.groups[model_->group_of[t]].setup_s += setup_left(t).seconds();
  }
}

std::array<double, kToolStates> World::state_s(uint32_t g) const {
  auto out = kpis_.groups[g].state_s;
  const ToolGroup& group = model_->groups[g];
  for (uint32_t t = group.first_tool; t < group.first_tool + group.tools; ++t)
    out[static_cast<size_t>(tools_[t].state)] += (now_ - tools_[t].since).seconds();
  return out;
}

double World::setup_s(uint32_t g) const {
  double out = kpis_.groups[g].setup_s;
  const ToolGroup& group = model_->groups[g];
  for (uint32_t t = group.first_tool; t < group.first_tool + group.tools; ++t)
    out -= setup_left(t).seconds();
  return out;
}

// A repair comes before it, and so do the setups of lots that went in before.
Duration World::setup_left(uint32_t t) const {
  const Time from = std::max(now_, tools_[t].down_until);
  Duration left;
  for (uint32_t i = 0; i < model_->max_capacity; ++i) {
    const Job& j = job(t, i);
    if (j.lot != kNone) left += std::max(0_ns, j.setup_until - std::max(from, j.setup_from));
  }
  return left;
}

void World::count_day(std::vector<uint32_t>& days) const {
  const auto day = static_cast<size_t>((now_ - model_->start) / 1_d);
  if (day >= days.size()) days.resize(day + 1);
  ++days[day];
}

void World::count_wip(int change, uint32_t lot_class) {
  wip_ += static_cast<uint32_t>(change);
  wip_of_[lot_class] += static_cast<uint32_t>(change);
  kpis_.wip.set(now_, wip_);
  kpis_.wip_over_time.set(now_, wip_);
}

void World::trace(uint32_t group, const Span& span) {
  const TraceWindow& w = model_->trace;
  if (span.until <= w.from || span.from >= w.to) return;
  if (std::find(w.groups.begin(), w.groups.end(), group) == w.groups.end()) return;
  kpis_.gantt.push_back(span);
}

bool World::consistent() const {
  const Model& m = *model_;
  return lines_.size() == m.groups.size() && waiting_wafers_.size() == m.steps.size() &&
         tools_.size() == m.tools && jobs_.size() == size_t{m.tools} * m.max_capacity &&
         open_.size() == m.tools && upkeeps_.size() == m.tool_upkeeps.size() &&
         numbers_.size() == m.streams.size() && proposed_.size() == m.streams.size() &&
         held_.size() == m.streams.size() && wip_of_.size() == m.classes.size() &&
         windows_.size() == lots_.size() * m.windows &&
         dedications_.size() == lots_.size() * m.dedications &&
         kpis_.classes.size() == m.classes.size() && kpis_.groups.size() == m.groups.size() &&
         kpis_.areas.size() == m.areas.size();
}

}  // namespace dure::fab
